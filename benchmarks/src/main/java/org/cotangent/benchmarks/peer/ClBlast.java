package org.cotangent.benchmarks.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jocl.cl_mem;

/**
 * CLBlast through its C interface, on a device that JOCL opened. Its first call of a size builds
 * kernels; warm it up.
 */
public final class ClBlast implements AutoCloseable {
  private static final Library LIBRARY =
      new Library("libclblast.so.1", "install Debian's libclblast1");
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;

  private final OpenCl cl;
  private final MethodHandle sgemm;
  private final Arena arena = Arena.ofShared();

  /** Holds the queue: the interface takes its address. */
  private final MemorySegment queue;

  /**
   * Loads it.
   *
   * @param cl where it computes
   */
  public ClBlast(OpenCl cl) {
    this.cl = cl;
    sgemm =
        LIBRARY.function(
            "CLBlastSgemm",
            FunctionDescriptor.of(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                ADDRESS,
                ADDRESS));
    queue = arena.allocateFrom(JAVA_LONG, cl.queue().getNativePointer());
  }

  /** {@return why it cannot be called and what to do, or empty if it can} */
  public static Optional<String> unavailable() {
    return OpenCl.unavailable().or(LIBRARY::unavailable);
  }

  /**
   * {@code c = a b} in row-major order, {@code (m, k) x (k, n) -> (m, n)}; returns when it is
   * computed.
   *
   * @param m rows of {@code a}
   * @param n columns of {@code b}
   * @param k columns of {@code a}
   * @param a floats
   * @param b floats
   * @param c floats, overwritten
   */
  public void sgemm(long m, long n, long k, cl_mem a, cl_mem b, cl_mem c) {
    int status;
    try {
      status =
          (int)
              sgemm.invokeExact(
                  ROW_MAJOR,
                  NO_TRANSPOSE,
                  NO_TRANSPOSE,
                  m,
                  n,
                  k,
                  1f,
                  a.getNativePointer(),
                  0L,
                  k,
                  b.getNativePointer(),
                  0L,
                  n,
                  0f,
                  c.getNativePointer(),
                  0L,
                  n,
                  queue,
                  MemorySegment.NULL);
    } catch (Throwable e) {
      throw Library.broken("CLBlastSgemm", e);
    }
    if (status != 0) {
      throw new IllegalStateException("CLBlastSgemm: status " + status + ", see clblast_c.h");
    }
    cl.finish();
  }

  /** Lets go of its kernels, which hold the context; the device stays open. */
  @Override
  public void close() {
    MethodHandle clear = LIBRARY.function("CLBlastClearCache", FunctionDescriptor.of(JAVA_INT));
    try {
      int _ = (int) clear.invokeExact();
    } catch (Throwable e) {
      throw Library.broken("CLBlastClearCache", e);
    } finally {
      arena.close();
    }
  }
}
