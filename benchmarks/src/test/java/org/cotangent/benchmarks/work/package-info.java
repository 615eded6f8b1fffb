/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.work;

import org.jspecify.annotations.NullMarked;
