package org.cotangent.backend;

/**
 * How to open a device.
 *
 * @param selector which of the backend's devices: a number from 0 on, or a part of a name; empty
 *     for the first
 * @param threads number of threads a CPU may use, the caller's among them; 0 for one a core
 * @param profiling whether the time of each kernel is measured
 * @param tf32 whether products of float32 may round their operands to 10 bits of fraction, where a
 *     device then is faster
 */
public record BackendOptions(String selector, int threads, boolean profiling, boolean tf32) {
  /** The first device, one thread a core, no times, float32 as it is. */
  public static final BackendOptions DEFAULT = new BackendOptions("", 0, false, false);

  /**
   * The backend's first device, without times, and with float32 as it is.
   *
   * @param threads number of threads a CPU may use; 0 for one a core
   */
  public BackendOptions(int threads) {
    this("", threads, false, false);
  }
}
