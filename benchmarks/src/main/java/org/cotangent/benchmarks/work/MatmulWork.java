package org.cotangent.benchmarks.work;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.Compiled2;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.peer.ClBlast;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.jocl.cl_mem;

/** The product of two square float32 matrices: 2 n³ operations. */
public final class MatmulWork {
  /** A page, so that no matrix shares a cache line with anything else. */
  private static final long ALIGNMENT = 4096;

  private MatmulWork() {}

  /**
   * {@return it on a device of Cotangent}
   *
   * @param device its name
   * @param n rows and columns
   */
  public static Work cotangent(String device, int n) {
    return OnDevice.open(
        device,
        (opened, scope) -> {
          Shape shape = Shape.of(n, n);
          Tensor a = scope.keep(opened.key(1).uniform(DType.FLOAT32, shape));
          Tensor b = scope.keep(opened.key(2).uniform(DType.FLOAT32, shape));
          Compiled2<Tensor, Tensor, Tensor> product =
              opened.compiler().name("matmul").compile(Tensor::matmul, a, b);
          return () -> product.run(a, b).close();
        });
  }

  /**
   * {@return it by OpenBLAS, with one thread a core}
   *
   * @param n rows and columns
   */
  public static Work openBlas(int n) {
    OpenBlas blas = new OpenBlas(Runtime.getRuntime().availableProcessors());
    Arena arena = Arena.ofShared();
    MemorySegment a = copied(arena, Data.uniform(n * n, 1));
    MemorySegment b = copied(arena, Data.uniform(n * n, 2));
    MemorySegment c = copied(arena, new float[n * n]);
    return Work.of(() -> blas.sgemm(n, n, n, a, b, c), arena::close);
  }

  private static MemorySegment copied(Arena arena, float[] data) {
    MemorySegment segment = arena.allocate((long) data.length * Float.BYTES, ALIGNMENT);
    MemorySegment.copy(data, 0, segment, ValueLayout.JAVA_FLOAT, 0, data.length);
    return segment;
  }

  /**
   * {@return it by CLBlast on the first OpenCL device}
   *
   * @param n rows and columns
   */
  public static Work clBlast(int n) {
    OpenCl cl = new OpenCl();
    ClBlast blast = new ClBlast(cl);
    cl_mem a = cl.buffer(Data.uniform(n * n, 1));
    cl_mem b = cl.buffer(Data.uniform(n * n, 2));
    cl_mem c = cl.buffer(new float[n * n]);
    return Work.of(
        () -> blast.sgemm(n, n, n, a, b, c),
        () -> {
          blast.close();
          cl.close();
        });
  }
}
