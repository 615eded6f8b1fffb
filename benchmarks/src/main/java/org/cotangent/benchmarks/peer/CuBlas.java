package org.cotangent.benchmarks.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.type.DType;

/**
 * cuBLAS through its C interface, on a GPU that was opened before. Its matrices are column by
 * column: what lies row by row is to it the transposed matrix, so that it is asked for {@code c^T =
 * b^T a^T}. Its default mode computes float32 in float32.
 */
public final class CuBlas implements AutoCloseable {
  private static final String INSTALL = "install cuBLAS, or name its folder in LD_LIBRARY_PATH";

  private static final List<Library> VERSIONS =
      Stream.of("libcublas.so.13", "libcublas.so.12", "libcublas.so.11")
          .map(file -> new Library(file, INSTALL))
          .toList();

  /** Looked for once: a library may be there, and too new for the driver. */
  private static final class Chosen {
    static final Library LIBRARY;
    static final Optional<String> UNAVAILABLE;

    static {
      Library chosen = VERSIONS.getFirst();
      Optional<String> reason = Cuda.unavailable();
      if (reason.isEmpty()) {
        reason = chosen.unavailable();
        for (Library version : VERSIONS) {
          if (version.unavailable().isEmpty()) {
            reason = failure(version);
            chosen = version;
            if (reason.isEmpty()) {
              break;
            }
          }
        }
      }
      LIBRARY = chosen;
      UNAVAILABLE = reason;
    }

    private Chosen() {}

    private static Optional<String> failure(Library library) {
      try (Cuda cuda = new Cuda();
          CuBlas _ = new CuBlas(library, cuda)) {
        return Optional.empty();
      } catch (IllegalStateException e) {
        return Optional.of(library.file() + " does not start: " + e.getMessage());
      }
    }
  }

  private static final int AS_IS = 0;
  private static final int TRANSPOSE = 1;

  private final Functions library;
  private final Cuda cuda;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment handle;

  /**
   * Starts it.
   *
   * @param cuda where it computes
   */
  public CuBlas(Cuda cuda) {
    this(Chosen.LIBRARY, cuda);
  }

  CuBlas(Functions library, Cuda cuda) {
    this.library = library;
    this.cuda = cuda;
    cuda.use();
    try {
      MemorySegment pointer = arena.allocate(ADDRESS);
      check("cublasCreate_v2", call("cublasCreate_v2", onPointer(), pointer));
      handle = pointer.get(ADDRESS, 0);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** {@return why it cannot be called and what to do, or empty if it can} */
  public static Optional<String> unavailable() {
    return Chosen.UNAVAILABLE;
  }

  /** {@return its version, as in {@code 13.0.2}} */
  public String version() {
    MemorySegment number = arena.allocate(JAVA_INT);
    check(
        "cublasGetVersion_v2",
        call(
            "cublasGetVersion_v2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS),
            handle,
            number));
    // 10000 major + 100 minor + patch, since version 11.
    int version = number.get(JAVA_INT, 0);
    return version / 10_000 + "." + version % 10_000 / 100 + "." + version % 100;
  }

  /**
   * Products {@code c = a b} in row-major order, {@code (m, k) x (k, n) -> (m, n)}, one after the
   * other in memory.
   *
   * @param dtype float32 or float64
   * @param batch how many
   * @param m rows of {@code c}
   * @param n columns of {@code c}
   * @param k of the sums
   * @param left whether {@code a} lies transposed, as (k, m)
   * @param right whether {@code b} lies transposed, as (n, k)
   */
  public record Gemm(DType dtype, int batch, int m, int n, int k, boolean left, boolean right) {
    /** {@return what does a task} */
    public static Gemm of(Product product) {
      return new Gemm(
          product.dtype(),
          (int) product.batch(),
          (int) product.m(),
          (int) product.n(),
          (int) product.k(),
          product.transposed() == Product.Transposed.LEFT,
          product.transposed() == Product.Transposed.RIGHT);
    }

    private boolean isDouble() {
      return dtype == DType.FLOAT64;
    }

    private int aRow() {
      return left ? m : k;
    }

    private int bRow() {
      return right ? k : n;
    }

    private int a() {
      return left ? TRANSPOSE : AS_IS;
    }

    private int b() {
      return right ? TRANSPOSE : AS_IS;
    }
  }

  /**
   * {@return a product, ready to run; each run returns when it is computed}
   *
   * @param gemm which
   * @param a address of elements on the GPU
   * @param b address of elements on the GPU
   * @param c address of elements on the GPU, which are overwritten
   */
  public Runnable product(Gemm gemm, long a, long b, long c) {
    MemorySegment one = number(gemm, 1);
    MemorySegment zero = number(gemm, 0);
    if (gemm.batch() > 1) {
      return matrices(gemm, one, zero, a, b, c);
    }
    return gemm.n() == 1 ? vector(gemm, one, zero, a, b, c) : matrix(gemm, one, zero, a, b, c);
  }

  private MemorySegment number(Gemm gemm, int value) {
    return gemm.isDouble()
        ? arena.allocateFrom(JAVA_DOUBLE, value)
        : arena.allocateFrom(JAVA_FLOAT, value);
  }

  private Runnable matrices(
      Gemm gemm, MemorySegment one, MemorySegment zero, long a, long b, long c) {
    String name = gemm.isDouble() ? "cublasDgemmStridedBatched" : "cublasSgemmStridedBatched";
    MethodHandle function =
        library.function(
            name,
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS,
                JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG,
                JAVA_INT, JAVA_LONG, JAVA_INT));
    int m = gemm.m();
    int n = gemm.n();
    int k = gemm.k();
    int left = gemm.a();
    int right = gemm.b();
    int lda = gemm.aRow();
    int ldb = gemm.bRow();
    long ofA = (long) m * k;
    long ofB = (long) k * n;
    long ofC = (long) m * n;
    return run(
        name,
        () ->
            (int)
                function.invokeExact(
                    handle,
                    right,
                    left,
                    n,
                    m,
                    k,
                    one,
                    b,
                    ldb,
                    ofB,
                    a,
                    lda,
                    ofA,
                    zero,
                    c,
                    n,
                    ofC,
                    gemm.batch()));
  }

  /** One product has a function of its own, which may choose other kernels. */
  private Runnable matrix(
      Gemm gemm, MemorySegment one, MemorySegment zero, long a, long b, long c) {
    String name = gemm.isDouble() ? "cublasDgemm_v2" : "cublasSgemm_v2";
    MethodHandle function =
        library.function(
            name,
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS,
                JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    int m = gemm.m();
    int n = gemm.n();
    int k = gemm.k();
    int left = gemm.a();
    int right = gemm.b();
    int lda = gemm.aRow();
    int ldb = gemm.bRow();
    return run(
        name,
        () ->
            (int)
                function.invokeExact(
                    handle, right, left, n, m, k, one, b, ldb, a, lda, zero, c, n));
  }

  /** A matrix times a vector too. */
  private Runnable vector(
      Gemm gemm, MemorySegment one, MemorySegment zero, long a, long b, long c) {
    String name = gemm.isDouble() ? "cublasDgemv_v2" : "cublasSgemv_v2";
    MethodHandle function =
        library.function(
            name,
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT,
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    int rows = gemm.left() ? gemm.m() : gemm.k();
    int columns = gemm.left() ? gemm.k() : gemm.m();
    int transpose = gemm.left() ? AS_IS : TRANSPOSE;
    return run(
        name,
        () ->
            (int)
                function.invokeExact(
                    handle, transpose, rows, columns, one, a, rows, b, 1, zero, c, 1));
  }

  /** A call that starts something. */
  @FunctionalInterface
  private interface Start {
    /** {@return its status} */
    int call() throws Throwable;
  }

  /** {@return what starts something and waits for it} */
  private Runnable run(String name, Start start) {
    return () -> {
      cuda.use();
      int status;
      try {
        status = start.call();
      } catch (Throwable e) {
        throw Library.broken(name, e);
      }
      check(name, status);
      cuda.finish();
    };
  }

  private static FunctionDescriptor onPointer() {
    return FunctionDescriptor.of(JAVA_INT, ADDRESS);
  }

  private int call(String name, FunctionDescriptor signature, Object... arguments) {
    return Cuda.call(library, name, signature, arguments);
  }

  private static void check(String what, int status) {
    if (status != 0) {
      throw new IllegalStateException(what + ": status " + status + ", see cublas_api.h");
    }
  }

  /** Lets go of what it holds; the GPU stays open. */
  @Override
  public void close() {
    try {
      check("cublasDestroy_v2", call("cublasDestroy_v2", onPointer(), handle));
    } finally {
      arena.close();
    }
  }
}
