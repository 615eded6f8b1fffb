package org.cotangent.benchmarks.digits;

/**
 * What came of an epoch.
 *
 * @param loss mean of its steps, on the training samples
 * @param accuracy on the test samples, from 0 to 1
 * @param steps how many it took
 * @param seconds they took together
 */
record Epoch(double loss, double accuracy, int steps, double seconds) {}
