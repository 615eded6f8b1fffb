/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.nd4j;

import org.jspecify.annotations.NullMarked;
