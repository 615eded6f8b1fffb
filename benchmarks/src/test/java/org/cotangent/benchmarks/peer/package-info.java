/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
