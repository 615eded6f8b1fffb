/** DJL on PyTorch as an engine of the benchmarks. */
@NullMarked
package org.cotangent.benchmarks.djl;

import org.jspecify.annotations.NullMarked;
