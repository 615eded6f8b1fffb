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
 * @param checkFinite whether the search finds infinities too
 * @param profiling whether the time of each kernel is measured, for {@link Compiled1#times}
 * @param tf32 whether products of float32 may be computed from rounded operands, see {@link
 *     #tf32(boolean)}
 * @param preallocated bytes that the device takes from the system when it is opened
 */
public record DeviceOptions(
    int threads,
    long memoryLimit,
    boolean checkNaN,
    boolean checkFinite,
    boolean profiling,
    boolean tf32,
    long preallocated) {
  /** One thread a core, no limit, no search for NaN, no times, float32 as it is, no memory yet. */
  public static final DeviceOptions DEFAULT = new DeviceOptions(0, Long.MAX_VALUE, false);

  /**
   * Options without profiling or memory taken beforehand, and with float32 as it is.
   *
   * @param threads threads a CPU device may use; 0 for one a core
   * @param memoryLimit bytes the device may reserve
   * @param checkNaN whether each op is run by itself and its results are searched for NaN
   * @throws ArgumentException if a number is negative
   */
  public DeviceOptions(int threads, long memoryLimit, boolean checkNaN) {
    this(threads, memoryLimit, checkNaN, false, false, false, 0);
  }

  /**
   * Checks the values.
   *
   * @throws ArgumentException if one is negative, or more is preallocated than the limit allows
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
    if (preallocated < 0 || preallocated > memoryLimit) {
      throw Located.at(
          Origin.here("preallocate"),
          new ArgumentException(
              "preallocate: "
                  + preallocated
                  + " bytes is not in 0 to the limit of "
                  + memoryLimit));
    }
  }

  /**
   * {@return the same with another number of threads}
   *
   * @param count 0 for one a core
   */
  public DeviceOptions threads(int count) {
    return new DeviceOptions(
        count, memoryLimit, checkNaN, checkFinite, profiling, tf32, preallocated);
  }

  /**
   * {@return the same with another limit}
   *
   * @param bytes the device may reserve
   */
  public DeviceOptions memoryLimit(long bytes) {
    return new DeviceOptions(threads, bytes, checkNaN, checkFinite, profiling, tf32, preallocated);
  }

  /**
   * {@return the same with or without the search for NaN}
   *
   * @param check whether to search
   */
  public DeviceOptions checkNaN(boolean check) {
    return new DeviceOptions(
        threads, memoryLimit, check, checkFinite, profiling, tf32, preallocated);
  }

  /**
   * {@return the same with or without the search for NaN and infinities} The error names the first
   * op that made one, and the user's line. An infinity that is meant, such as that of a mask or of
   * what a max pool pads with, is found as well.
   *
   * @param check whether to search
   */
  public DeviceOptions checkFinite(boolean check) {
    return new DeviceOptions(threads, memoryLimit, checkNaN, check, profiling, tf32, preallocated);
  }

  /**
   * {@return the same with or without the time of each kernel} Measuring keeps kernels from
   * overlapping, so that a run takes a little longer.
   *
   * @param measure whether to measure
   */
  public DeviceOptions profiling(boolean measure) {
    return new DeviceOptions(
        threads, memoryLimit, checkNaN, checkFinite, measure, tf32, preallocated);
  }

  /**
   * {@return the same with or without tf32} With it, products of float32 ({@code matmul}, {@code
   * einsum}, convolutions, and so their gradients) may run on a GPU's tensor cores: operands are
   * rounded to 10 bits of fraction, products are exact, and are summed in float32 in the GPU's own
   * order. A result then errs by about 1e-3 of the sum of the magnitudes of its products, where it
   * would by about 1e-7, and runs on two kinds of GPU differ in their last digits. Only CUDA
   * devices of compute capability 8.0 or higher look at it; products of other dtypes, and all other
   * ops, are the same. Without it, float32 is float32.
   *
   * @param allow whether to allow it
   */
  public DeviceOptions tf32(boolean allow) {
    return new DeviceOptions(
        threads, memoryLimit, checkNaN, checkFinite, profiling, allow, preallocated);
  }

  /**
   * {@return the same with other memory taken beforehand} The device takes it from the system when
   * it is opened, in one region if the system gives one so large, and lends it to whatever needs
   * memory first: so runs do not wait for the system, large tensors cut one region instead of
   * having one each, and a GPU that has too little says so at once. It limits nothing, and goes
   * back to the system only where a request would not fit otherwise, or in {@link Device#close}.
   *
   * @param bytes how much; 0 for none
   */
  public DeviceOptions preallocate(long bytes) {
    return new DeviceOptions(threads, memoryLimit, checkNaN, checkFinite, profiling, tf32, bytes);
  }
}
