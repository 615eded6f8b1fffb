package org.cotangent.benchmarks.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.cotangent.type.DType;

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
  private static final int TRANSPOSE = 112;

  private final MethodHandle sgemm;
  private final MethodHandle dgemm;

  /**
   * Loads it.
   *
   * @param threads that it may use
   */
  public OpenBlas(int threads) {
    sgemm = LIBRARY.function("cblas_sgemm", signature(JAVA_FLOAT));
    dgemm = LIBRARY.function("cblas_dgemm", signature(JAVA_DOUBLE));
    MethodHandle setThreads =
        LIBRARY.function("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    try {
      setThreads.invokeExact(threads);
    } catch (Throwable e) {
      throw Library.broken("openblas_set_num_threads", e);
    }
  }

  private static FunctionDescriptor signature(MemoryLayout number) {
    return FunctionDescriptor.ofVoid(
        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, number, ADDRESS, JAVA_INT,
        ADDRESS, JAVA_INT, number, ADDRESS, JAVA_INT);
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
   * A product {@code c = a b} in row-major order, {@code (m, k) x (k, n) -> (m, n)}.
   *
   * @param dtype float32 or float64
   * @param m rows of {@code c}
   * @param n columns of {@code c}
   * @param k of the sums
   * @param left whether {@code a} lies transposed, as (k, m)
   * @param right whether {@code b} lies transposed, as (n, k)
   */
  public record Gemm(DType dtype, int m, int n, int k, boolean left, boolean right) {}

  /**
   * Computes a product.
   *
   * @param gemm which
   * @param a elements outside the heap
   * @param b elements outside the heap
   * @param c elements outside the heap, overwritten
   */
  public void run(Gemm gemm, MemorySegment a, MemorySegment b, MemorySegment c) {
    int m = gemm.m();
    int n = gemm.n();
    int k = gemm.k();
    int left = gemm.left() ? TRANSPOSE : NO_TRANSPOSE;
    int right = gemm.right() ? TRANSPOSE : NO_TRANSPOSE;
    int lda = gemm.left() ? m : k;
    int ldb = gemm.right() ? k : n;
    try {
      if (gemm.dtype() == DType.FLOAT64) {
        dgemm.invokeExact(ROW_MAJOR, left, right, m, n, k, 1.0, a, lda, b, ldb, 0.0, c, n);
      } else {
        sgemm.invokeExact(ROW_MAJOR, left, right, m, n, k, 1f, a, lda, b, ldb, 0f, c, n);
      }
    } catch (Throwable e) {
      throw Library.broken("cblas_gemm", e);
    }
  }
}
