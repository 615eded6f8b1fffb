/**
 * Models of three kinds, each in a file, trained by one compiled step: {@code mvn -q -Pexamples}.
 * Start reading at {@code Task}, what a model has to say, and {@code Trainer}.
 */
@NullMarked
package org.cotangent.benchmarks.examples;

import org.jspecify.annotations.NullMarked;
