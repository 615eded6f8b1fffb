package org.cotangent.benchmarks.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.cotangent.benchmarks.peer.CuBlas;
import org.cotangent.benchmarks.peer.Cuda;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/** cuBLAS of the system, called without anything between, on the first GPU. */
public final class CuBlasEngine implements Engine {
  /** Made by the service loader. */
  public CuBlasEngine() {}

  @Override
  public String name() {
    return "cublas";
  }

  @Override
  public List<String> devices() {
    return List.of("cuda");
  }

  @Override
  public Optional<String> unavailable(String device) {
    return CuBlas.unavailable();
  }

  @Override
  public String description(String device) {
    try (Cuda cuda = new Cuda();
        CuBlas blas = new CuBlas(cuda)) {
      return "cuBLAS " + blas.version() + " on " + cuda.description();
    }
  }

  @Override
  public boolean does(Task task) {
    return task instanceof Product;
  }

  @Override
  public Computation open(String device, Task task) {
    if (!(task instanceof Product product)) {
      throw new IllegalArgumentException("cublas does not do " + task.title());
    }
    Cuda cuda = new Cuda();
    try {
      return open(product, cuda, new CuBlas(cuda));
    } catch (RuntimeException e) {
      cuda.close();
      throw e;
    }
  }

  /** All memory of the GPU is the context's. */
  private static Computation open(Product product, Cuda cuda, CuBlas blas) {
    try {
      TensorType type = new TensorType(product.dtype(), product.shape());
      long a = copied(cuda, product.inputs().get(0));
      long b = copied(cuda, product.inputs().get(1));
      long c = cuda.allocate(type.bytes());
      Runnable run = blas.product(CuBlas.Gemm.of(product), a, b, c);
      return Computation.of(
          run,
          () -> {
            HostArray result = HostArray.allocate(type);
            try (Arena arena = Arena.ofConfined()) {
              MemorySegment copy = arena.allocate(type.bytes());
              cuda.read(c, copy);
              result.data().copyFrom(copy);
            }
            return result;
          },
          () -> {
            try (cuda) {
              blas.close();
            }
          });
    } catch (RuntimeException e) {
      blas.close();
      throw e;
    }
  }

  private static long copied(Cuda cuda, HostArray array) {
    try (Arena arena = Arena.ofConfined()) {
      return cuda.copied(arena.allocate(array.type().bytes()).copyFrom(array.data()));
    }
  }
}
