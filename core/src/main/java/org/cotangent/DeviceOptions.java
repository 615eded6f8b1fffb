package org.cotangent;

import org.cotangent.error.ArgumentException;
import org.cotangent.graph.Origin;

/**
 * How a device is opened.
 *
 * @param threads threads a CPU device may use, the caller's among them; 0 for one a core
 * @param memoryLimit bytes the device may reserve
 * @param checkNaN whether each op is run by itself and its results are searched for NaN, so that
 *     the error names the first op that made one, and the user's line
 * @param profiling whether the time of each kernel is measured, for {@link Compiled1#times}
 */
public record DeviceOptions(int threads, long memoryLimit, boolean checkNaN, boolean profiling) {
  /** One thread a core, no limit, no search for NaN, no times. */
  public static final DeviceOptions DEFAULT = new DeviceOptions(0, Long.MAX_VALUE, false);

  /**
   * Options without profiling.
   *
   * @param threads threads a CPU device may use; 0 for one a core
   * @param memoryLimit bytes the device may reserve
   * @param checkNaN whether each op is run by itself and its results are searched for NaN
   * @throws ArgumentException if a number is negative
   */
  public DeviceOptions(int threads, long memoryLimit, boolean checkNaN) {
    this(threads, memoryLimit, checkNaN, false);
  }

  /**
   * Checks the values.
   *
   * @throws ArgumentException if one is negative
   */
  public DeviceOptions {
    if (threads < 0 || threads > 1024) {
      throw Located.at(
          Origin.here("threads"),
          new ArgumentException("threads: " + threads + " is not in 0 to 1024"));
    }
    if (memoryLimit < 0) {
      throw Located.at(
          Origin.here("memoryLimit"),
          new ArgumentException("memoryLimit: " + memoryLimit + " bytes is negative"));
    }
  }

  /**
   * {@return the same with another number of threads}
   *
   * @param count 0 for one a core
   */
  public DeviceOptions threads(int count) {
    return new DeviceOptions(count, memoryLimit, checkNaN, profiling);
  }

  /**
   * {@return the same with another limit}
   *
   * @param bytes the device may reserve
   */
  public DeviceOptions memoryLimit(long bytes) {
    return new DeviceOptions(threads, bytes, checkNaN, profiling);
  }

  /**
   * {@return the same with or without the search for NaN}
   *
   * @param check whether to search
   */
  public DeviceOptions checkNaN(boolean check) {
    return new DeviceOptions(threads, memoryLimit, check, profiling);
  }

  /**
   * {@return the same with or without the time of each kernel} Measuring keeps kernels from
   * overlapping, so that a run takes a little longer.
   *
   * @param measure whether to measure
   */
  public DeviceOptions profiling(boolean measure) {
    return new DeviceOptions(threads, memoryLimit, checkNaN, measure);
  }
}
