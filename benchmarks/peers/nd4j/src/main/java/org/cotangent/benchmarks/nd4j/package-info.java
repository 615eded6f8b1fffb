/** ND4J as an engine of the benchmarks. */
@NullMarked
package org.cotangent.benchmarks.nd4j;

import org.jspecify.annotations.NullMarked;
