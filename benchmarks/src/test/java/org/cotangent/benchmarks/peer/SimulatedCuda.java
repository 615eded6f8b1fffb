package org.cotangent.benchmarks.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.TreeMap;

/**
 * The functions of the driver and of cuBLAS that the peer calls, as their documentation has them,
 * in plain Java: memory that is checked, matrices column by column, work that is done only when it
 * is waited for. Each method has the name and the arguments of the C function.
 */
@SuppressWarnings({"checkstyle:MethodName", "unused"})
final class SimulatedCuda implements Functions {
  private static final long FIRST_ADDRESS = 0x7f00_0000_0000L;
  private static final MemorySegment CONTEXT = MemorySegment.ofAddress(0xC0);
  private static final MemorySegment HANDLE = MemorySegment.ofAddress(0xB1A5);

  private static final int OUT_OF_MEMORY = 2;
  private static final int INVALID_CONTEXT = 201;
  private static final int INVALID = 1;

  private final Arena arena = Arena.ofAuto();
  private final TreeMap<Long, byte[]> memory = new TreeMap<>();
  private final long limit;

  private long next = FIRST_ADDRESS;
  private boolean current;
  private int retained;
  private int handles;
  private Runnable started = () -> {};

  /**
   * Makes it.
   *
   * @param limit bytes of memory
   */
  SimulatedCuda(long limit) {
    this.limit = limit;
  }

  @Override
  public MethodHandle function(String name, FunctionDescriptor signature) {
    try {
      return MethodHandles.lookup()
          .findVirtual(SimulatedCuda.class, name, signature.toMethodType())
          .bindTo(this);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name + " has no signature " + signature, e);
    }
  }

  /** {@return whether everything was freed} */
  boolean isEmpty() {
    return memory.isEmpty() && retained == 0 && handles == 0;
  }

  int cuInit(int flags) {
    return flags == 0 ? 0 : INVALID;
  }

  int cuDeviceGet(MemorySegment device, int ordinal) {
    set(device, ordinal);
    return ordinal == 0 ? 0 : INVALID;
  }

  int cuDevicePrimaryCtxRetain(MemorySegment context, int device) {
    retained++;
    at(context, ADDRESS.byteSize()).set(ADDRESS, 0, CONTEXT);
    return 0;
  }

  int cuDevicePrimaryCtxRelease_v2(int device) {
    retained--;
    return 0;
  }

  int cuCtxSetCurrent(MemorySegment context) {
    current = context.equals(CONTEXT);
    return current ? 0 : INVALID_CONTEXT;
  }

  int cuCtxSynchronize() {
    started.run();
    started = () -> {};
    return current ? 0 : INVALID_CONTEXT;
  }

  int cuDeviceGetName(MemorySegment name, int length, int device) {
    at(name, length).setString(0, "Simulated GPU");
    return 0;
  }

  int cuDriverGetVersion(MemorySegment version) {
    set(version, 13_010);
    return 0;
  }

  int cuGetErrorName(int status, MemorySegment text) {
    if (status != OUT_OF_MEMORY) {
      return INVALID;
    }
    at(text, ADDRESS.byteSize()).set(ADDRESS, 0, arena.allocateFrom("CUDA_ERROR_OUT_OF_MEMORY"));
    return 0;
  }

  int cuMemAlloc_v2(MemorySegment address, long bytes) {
    if (memory.values().stream().mapToLong(block -> block.length).sum() + bytes > limit) {
      return OUT_OF_MEMORY;
    }
    memory.put(next, new byte[(int) bytes]);
    at(address, JAVA_LONG.byteSize()).set(JAVA_LONG, 0, next);
    next += bytes + 4096;
    return current ? 0 : INVALID_CONTEXT;
  }

  int cuMemFree_v2(long address) {
    return memory.remove(address) == null ? INVALID : 0;
  }

  int cuMemcpyHtoD_v2(long to, MemorySegment from, long bytes) {
    device(to, bytes).copyFrom(at(from, bytes));
    return 0;
  }

  int cuMemcpyDtoH_v2(MemorySegment to, long from, long bytes) {
    at(to, bytes).copyFrom(device(from, bytes));
    return 0;
  }

  int cublasCreate_v2(MemorySegment handle) {
    handles++;
    at(handle, ADDRESS.byteSize()).set(ADDRESS, 0, HANDLE);
    return 0;
  }

  int cublasDestroy_v2(MemorySegment handle) {
    handles--;
    return handle.equals(HANDLE) ? 0 : INVALID;
  }

  int cublasGetVersion_v2(MemorySegment handle, MemorySegment version) {
    set(version, 130_002);
    return 0;
  }

  int cublasSgemm_v2(
      MemorySegment handle,
      int transA,
      int transB,
      int m,
      int n,
      int k,
      MemorySegment alpha,
      long a,
      int lda,
      long b,
      int ldb,
      MemorySegment beta,
      long c,
      int ldc) {
    return cublasSgemmStridedBatched(
        handle, transA, transB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
  }

  int cublasDgemm_v2(
      MemorySegment handle,
      int transA,
      int transB,
      int m,
      int n,
      int k,
      MemorySegment alpha,
      long a,
      int lda,
      long b,
      int ldb,
      MemorySegment beta,
      long c,
      int ldc) {
    return cublasDgemmStridedBatched(
        handle, transA, transB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
  }

  int cublasSgemmStridedBatched(
      MemorySegment handle,
      int transA,
      int transB,
      int m,
      int n,
      int k,
      MemorySegment alpha,
      long a,
      int lda,
      long strideA,
      long b,
      int ldb,
      long strideB,
      MemorySegment beta,
      long c,
      int ldc,
      long strideC,
      int count) {
    Scale scale = new Scale(number(alpha, Float.BYTES), number(beta, Float.BYTES));
    return start(
        handle,
        () -> {
          for (int i = 0; i < count; i++) {
            gemm(
                scale,
                new Matrix(a + i * strideA * Float.BYTES, Float.BYTES, lda, transA, m, k),
                new Matrix(b + i * strideB * Float.BYTES, Float.BYTES, ldb, transB, k, n),
                new Matrix(c + i * strideC * Float.BYTES, Float.BYTES, ldc, 0, m, n));
          }
        });
  }

  int cublasDgemmStridedBatched(
      MemorySegment handle,
      int transA,
      int transB,
      int m,
      int n,
      int k,
      MemorySegment alpha,
      long a,
      int lda,
      long strideA,
      long b,
      int ldb,
      long strideB,
      MemorySegment beta,
      long c,
      int ldc,
      long strideC,
      int count) {
    Scale scale = new Scale(number(alpha, Double.BYTES), number(beta, Double.BYTES));
    return start(
        handle,
        () -> {
          for (int i = 0; i < count; i++) {
            gemm(
                scale,
                new Matrix(a + i * strideA * Double.BYTES, Double.BYTES, lda, transA, m, k),
                new Matrix(b + i * strideB * Double.BYTES, Double.BYTES, ldb, transB, k, n),
                new Matrix(c + i * strideC * Double.BYTES, Double.BYTES, ldc, 0, m, n));
          }
        });
  }

  int cublasSgemv_v2(
      MemorySegment handle,
      int trans,
      int rows,
      int columns,
      MemorySegment alpha,
      long a,
      int lda,
      long x,
      int incx,
      MemorySegment beta,
      long y,
      int incy) {
    Scale scale = new Scale(number(alpha, Float.BYTES), number(beta, Float.BYTES));
    return gemv(handle, scale, Float.BYTES, trans, rows, columns, a, lda, x, incx, y, incy);
  }

  int cublasDgemv_v2(
      MemorySegment handle,
      int trans,
      int rows,
      int columns,
      MemorySegment alpha,
      long a,
      int lda,
      long x,
      int incx,
      MemorySegment beta,
      long y,
      int incy) {
    Scale scale = new Scale(number(alpha, Double.BYTES), number(beta, Double.BYTES));
    return gemv(handle, scale, Double.BYTES, trans, rows, columns, a, lda, x, incx, y, incy);
  }

  /** {@code c = alpha a b + beta c}; for a beta of 0 what is in c does not count. */
  private record Scale(double alpha, double beta) {}

  /** Columns one after the other, {@code ld} elements apart; seen transposed if asked for. */
  private record Matrix(long address, int bytes, int ld, int trans, int rows, int columns) {
    long at(int row, int column) {
      long index = trans == 0 ? row + (long) column * ld : column + (long) row * ld;
      return address + index * bytes;
    }

    boolean isValid() {
      return ld >= (trans == 0 ? rows : columns) && (trans == 0 || trans == 1);
    }
  }

  private int gemv(
      MemorySegment handle,
      Scale scale,
      int bytes,
      int trans,
      int rows,
      int columns,
      long a,
      int lda,
      long x,
      int incx,
      long y,
      int incy) {
    // Rows and columns are those of the matrix as it lies.
    int m = trans == 0 ? rows : columns;
    int k = trans == 0 ? columns : rows;
    return start(
        handle,
        () ->
            gemm(
                scale,
                new Matrix(a, bytes, lda, trans, m, k),
                // A vector whose elements are some apart is a row of a matrix that lies so.
                new Matrix(x, bytes, incx, 1, k, 1),
                new Matrix(y, bytes, incy, 1, m, 1)));
  }

  private void gemm(Scale scale, Matrix a, Matrix b, Matrix c) {
    if (!a.isValid() || !b.isValid() || !c.isValid()) {
      throw new AssertionError("invalid: " + a + b + c);
    }
    for (int row = 0; row < c.rows(); row++) {
      for (int column = 0; column < c.columns(); column++) {
        double sum = 0;
        for (int i = 0; i < a.columns(); i++) {
          sum +=
              number(device(a.at(row, i), a.bytes()), a.bytes())
                  * number(device(b.at(i, column), b.bytes()), b.bytes());
        }
        MemorySegment to = device(c.at(row, column), c.bytes());
        double old = scale.beta() == 0 ? 0 : scale.beta() * number(to, c.bytes());
        double result = scale.alpha() * sum + old;
        if (c.bytes() == Double.BYTES) {
          to.set(JAVA_DOUBLE_UNALIGNED, 0, result);
        } else {
          to.set(JAVA_FLOAT_UNALIGNED, 0, (float) result);
        }
      }
    }
  }

  private static double number(MemorySegment at, int bytes) {
    return bytes == Double.BYTES
        ? at(at, bytes).get(JAVA_DOUBLE_UNALIGNED, 0)
        : at(at, bytes).get(JAVA_FLOAT_UNALIGNED, 0);
  }

  private int start(MemorySegment handle, Runnable work) {
    if (!handle.equals(HANDLE)) {
      return INVALID;
    }
    started = work;
    return 0;
  }

  private static void set(MemorySegment pointer, int value) {
    at(pointer, JAVA_INT.byteSize()).set(JAVA_INT, 0, value);
  }

  @SuppressWarnings("restricted")
  private static MemorySegment at(MemorySegment pointer, long bytes) {
    return pointer.byteSize() == 0 ? pointer.reinterpret(bytes) : pointer.asSlice(0, bytes);
  }

  /** {@return memory of the device, all of it in one block} */
  private MemorySegment device(long address, long bytes) {
    Map.Entry<Long, byte[]> block = memory.floorEntry(address);
    if (block == null || address + bytes > block.getKey() + block.getValue().length) {
      throw new AssertionError("no memory at " + Long.toHexString(address) + " of " + bytes);
    }
    return MemorySegment.ofArray(block.getValue()).asSlice(address - block.getKey(), bytes);
  }
}
