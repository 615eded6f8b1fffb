/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
