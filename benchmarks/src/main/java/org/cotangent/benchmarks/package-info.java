/**
 * Worked examples and measurements.
 *
 * <ul>
 *   <li>{@code digits}: the main job, {@code mvn -q -Pdigits}.
 *   <li>{@code work}: what is timed; {@code peer}: what it is timed against.
 *   <li>{@code jmh}: suites over it; {@code mvn -q -Pbench} runs them by {@code Bench}.
 *   <li>{@code Ratios}, {@code mvn -q -Pratios}: Cotangent and its peers in turns in one JVM, for
 *       figures that a noisy machine cannot spoil; they are kept in {@code benchmarks/results}.
 * </ul>
 */
@NullMarked
package org.cotangent.benchmarks;

import org.jspecify.annotations.NullMarked;
