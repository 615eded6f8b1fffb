package org.cotangent.backend;

/**
 * What the runs of a program spent on one of its kernels, as the device's own clock has it.
 *
 * @param label of the kernel
 * @param runs how many were measured
 * @param nanoseconds in all of them together
 */
public record KernelTime(String label, long runs, long nanoseconds) {
  /**
   * {@return the sum, under this label}
   *
   * @param other what else was spent
   */
  public KernelTime plus(KernelTime other) {
    return new KernelTime(label, runs + other.runs, nanoseconds + other.nanoseconds);
  }
}
