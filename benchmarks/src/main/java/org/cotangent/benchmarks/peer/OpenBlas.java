package org.cotangent.benchmarks.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * OpenBLAS through its C interface. It chooses its kernels when it is loaded, by the processor and
 * by environment variables: {@code OPENBLAS_CORETYPE} and {@code OPENBLAS_L2_SIZE} can halve its
 * speed and must not be set; {@link #core} says what it chose.
 */
public final class OpenBlas {
  private static final Library LIBRARY =
      new Library("libopenblas.so.0", "install Debian's libopenblas0-pthread");
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;

  private final MethodHandle sgemm;

  /**
   * Loads it.
   *
   * @param threads that it may use
   */
  public OpenBlas(int threads) {
    sgemm =
        LIBRARY.function(
            "cblas_sgemm",
            FunctionDescriptor.ofVoid(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_FLOAT,
                ADDRESS,
                JAVA_INT,
                ADDRESS,
                JAVA_INT,
                JAVA_FLOAT,
                ADDRESS,
                JAVA_INT));
    MethodHandle setThreads =
        LIBRARY.function("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    try {
      setThreads.invokeExact(threads);
    } catch (Throwable e) {
      throw Library.broken("openblas_set_num_threads", e);
    }
  }

  /** {@return why it cannot be called and what to do, or empty if it can} */
  public static Optional<String> unavailable() {
    return LIBRARY.unavailable();
  }

  /** {@return the processor whose kernels it chose, as in {@code SkylakeX}} */
  public static String core() {
    return text("openblas_get_corename");
  }

  /** {@return version and build options} */
  public static String config() {
    return text("openblas_get_config").strip();
  }

  @SuppressWarnings("restricted")
  private static String text(String function) {
    MethodHandle handle = LIBRARY.function(function, FunctionDescriptor.of(ADDRESS));
    try {
      MemorySegment characters = (MemorySegment) handle.invokeExact();
      return characters.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable e) {
      throw Library.broken(function, e);
    }
  }

  /**
   * {@code c = a b} in row-major order, {@code (m, k) x (k, n) -> (m, n)}.
   *
   * @param m rows of {@code a}
   * @param n columns of {@code b}
   * @param k columns of {@code a}
   * @param a floats outside the heap
   * @param b floats outside the heap
   * @param c floats outside the heap, overwritten
   */
  public void sgemm(int m, int n, int k, MemorySegment a, MemorySegment b, MemorySegment c) {
    try {
      sgemm.invokeExact(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, 1f, a, k, b, n, 0f, c, n);
    } catch (Throwable e) {
      throw Library.broken("cblas_sgemm", e);
    }
  }
}
