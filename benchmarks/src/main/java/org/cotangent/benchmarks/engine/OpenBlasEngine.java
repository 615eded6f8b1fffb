package org.cotangent.benchmarks.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/** OpenBLAS of the system, called without anything between. */
public final class OpenBlasEngine implements Engine {
  /** A page, so that no matrix shares a cache line with anything else. */
  private static final long ALIGNMENT = 4096;

  /** Made by the service loader. */
  public OpenBlasEngine() {}

  @Override
  public String name() {
    return "openblas";
  }

  @Override
  public Optional<String> unavailable(String device) {
    return OpenBlas.unavailable();
  }

  @Override
  public String description(String device) {
    return OpenBlas.config() + ", kernels " + OpenBlas.core() + ", " + threads() + " threads";
  }

  private static int threads() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Override
  public boolean does(Task task) {
    return task instanceof Product product && product.batch() == 1;
  }

  @Override
  public Computation open(String device, Task task) {
    if (!(task instanceof Product product)) {
      throw new IllegalArgumentException("openblas does not do " + task.title());
    }
    OpenBlas blas = new OpenBlas(threads());
    Arena arena = Arena.ofShared();
    List<HostArray> inputs = task.inputs();
    MemorySegment a = copied(arena, inputs.get(0));
    MemorySegment b = copied(arena, inputs.get(1));
    TensorType type = new TensorType(task.dtype(), task.shape());
    MemorySegment c = arena.allocate(type.bytes(), ALIGNMENT);
    OpenBlas.Gemm gemm =
        new OpenBlas.Gemm(
            task.dtype(),
            (int) product.m(),
            (int) product.n(),
            (int) product.k(),
            product.transposed() == Product.Transposed.LEFT,
            product.transposed() == Product.Transposed.RIGHT);
    return Computation.of(
        () -> blas.run(gemm, a, b, c), () -> new HostArray(type, c), arena::close);
  }

  private static MemorySegment copied(Arena arena, HostArray array) {
    return arena.allocate(array.type().bytes(), ALIGNMENT).copyFrom(array.data());
  }
}
