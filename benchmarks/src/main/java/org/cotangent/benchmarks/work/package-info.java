/**
 * The work that is timed, each piece for Cotangent's devices and for its peers, ready to be run
 * again and again without making garbage on the device. The JMH suites and {@code Ratios} time the
 * same pieces.
 */
@NullMarked
package org.cotangent.benchmarks.work;

import org.jspecify.annotations.NullMarked;
