package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products, compiled with what follows them, have the CPU's bits; larger ones on a GPU. */
class CudaMatmulTest {
  private static final List<DType> DTYPES = List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32);

  private static byte[] bytes(Device device, Shape left, Shape right, DType dtype, int variant) {
    try (Scope _ = device.open()) {
      List<Tensor> operands =
          List.of(operand(device, 1, left, dtype), operand(device, 2, right, dtype));
      Function<List<Tensor>, Tensor> function =
          in ->
              switch (variant) {
                case 0 -> in.get(0).matmul(in.get(1));
                case 1 -> in.get(0).matmul(in.get(1)).add(in.get(1).max(0)).maximum(0);
                default -> in.get(1).transpose().matmul(in.get(0).transpose()).mul(3);
              };
      try (Compiled1<List<Tensor>, Tensor> compiled =
          device.compiler().compile(function, operands)) {
        return compiled.run(operands).toHost().data().toArray(ValueLayout.JAVA_BYTE);
      }
    }
  }

  private static Tensor operand(Device device, int key, Shape shape, DType dtype) {
    return dtype.isFloating()
        ? device.key(key).normal(dtype, shape)
        : device.key(key).normal(DType.FLOAT32, shape).mul(1e4f).cast(dtype);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 2", "33, 70, 65", "130, 17, 131", "1, 300, 40", "70, 129, 1"})
  void bitsAreTheCpus(int rows, int depth, int columns) {
    check(rows, depth, columns);
  }

  @ParameterizedTest
  @CsvSource({"1000, 1001, 999", "4096, 64, 33", "5, 10000, 7", "257, 2048, 512"})
  void bitsOfLargeOnesAreTheCpus(int rows, int depth, int columns) {
    assumeTrue(Gpu.REAL, "takes a GPU");
    check(rows, depth, columns);
  }

  private static void check(int rows, int depth, int columns) {
    Shape left = Shape.of(rows, depth);
    Shape right = Shape.of(depth, columns);
    try (Gpu gpu = new Gpu();
        Device cpu = Device.cpu()) {
      for (DType dtype : DTYPES) {
        for (int variant = 0; variant < 3; variant++) {
          assertArrayEquals(
              bytes(cpu, left, right, dtype, variant),
              bytes(gpu.device(), left, right, dtype, variant),
              dtype + ", variant " + variant);
        }
      }
    }
  }
}
