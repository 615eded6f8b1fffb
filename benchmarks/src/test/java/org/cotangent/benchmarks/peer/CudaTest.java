package org.cotangent.benchmarks.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Samples;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The calls of the driver and of cuBLAS, against a simulated GPU: which arguments they get. On a
 * real one {@code EngineTest} does the rest.
 */
class CudaTest {
  private static final long MIB = 1 << 20;

  static Stream<Product> products() {
    return Samples.tasks().stream().filter(Product.class::isInstance).map(Product.class::cast);
  }

  @ParameterizedTest
  @MethodSource("products")
  void cuBlasIsAskedForTheProduct(Product product) {
    SimulatedCuda simulated = new SimulatedCuda(MIB);
    TensorType type = new TensorType(product.dtype(), product.shape());
    try (Arena arena = Arena.ofConfined();
        Cuda cuda = new Cuda(simulated);
        CuBlas blas = new CuBlas(simulated, cuda)) {
      long c = cuda.allocate(type.bytes());
      Runnable run =
          blas.product(
              CuBlas.Gemm.of(product),
              cuda.copied(outside(arena, product.inputs().get(0))),
              cuda.copied(outside(arena, product.inputs().get(1))),
              c);
      for (int i = 0; i < 2; i++) {
        run.run();
        MemorySegment result = arena.allocate(type.bytes());
        cuda.read(c, result);
        HostArray read = new HostArray(type, result);
        for (long index = 0; index < product.shape().size(); index++) {
          assertEquals(
              product.reference().at(0, index), read.getDouble(index), product.tolerance());
        }
      }
      assertFalse(simulated.isEmpty());
    }
    assertTrue(simulated.isEmpty());
  }

  private static MemorySegment outside(Arena arena, HostArray array) {
    return arena.allocate(array.type().bytes()).copyFrom(array.data());
  }

  @Test
  void bothAreDescribed() {
    SimulatedCuda simulated = new SimulatedCuda(MIB);
    try (Cuda cuda = new Cuda(simulated);
        CuBlas blas = new CuBlas(simulated, cuda)) {
      assertEquals("Simulated GPU, driver for CUDA 13.1", cuda.description());
      assertEquals("13.0.2", blas.version());
    }
  }

  @Test
  void anErrorHasItsNameAndNothingIsLost() {
    SimulatedCuda simulated = new SimulatedCuda(MIB);
    try (Cuda cuda = new Cuda(simulated)) {
      cuda.allocate(MIB);
      var error = assertThrows(IllegalStateException.class, () -> cuda.allocate(1));
      assertEquals("cuMemAlloc_v2 of 1 bytes: CUDA_ERROR_OUT_OF_MEMORY", error.getMessage());
    }
    assertTrue(simulated.isEmpty());
  }
}
