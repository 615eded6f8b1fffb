/**
 * The main job, {@code mvn -q -Pdigits}: NumPy files in, a trained network out. Start reading at
 * {@code Net}, the model, and {@code Training}, the compiled step.
 */
@NullMarked
package org.cotangent.benchmarks.digits;

import org.jspecify.annotations.NullMarked;
