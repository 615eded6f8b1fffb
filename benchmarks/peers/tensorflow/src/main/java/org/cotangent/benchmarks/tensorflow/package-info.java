/** TensorFlow Java as an engine of the benchmarks. */
@NullMarked
package org.cotangent.benchmarks.tensorflow;

import org.jspecify.annotations.NullMarked;
