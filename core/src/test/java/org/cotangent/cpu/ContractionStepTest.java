package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContractionStepTest {
  private static final Loops[] LOOPS = Loops.values();

  private record Size(long batch, long rows, long depth, long columns) {}

  private static final List<Size> SIZES =
      List.of(
          new Size(1, 1, 1, 1),
          new Size(1, 7, 5, 3),
          new Size(3, 17, 33, 9),
          new Size(2, 5, 0, 3),
          new Size(0, 2, 3, 4),
          new Size(1, 0, 3, 4),
          new Size(1, 65, 70, 67));

  /** Contiguous, each matrix transposed, the batch shared, backwards with gaps. */
  private static Layout flavour(int flavour, long... dims) {
    Shape shape = Shape.of(dims);
    return switch (flavour) {
      case 0 -> Layout.contiguous(shape);
      case 1 ->
          Layout.contiguous(Shape.of(dims[0], dims[2], dims[1])).transpose(new int[] {0, 2, 1});
      case 2 -> Layout.contiguous(shape.with(0, 1)).broadcast(shape);
      default -> Layout.of(shape, new long[] {-3 * dims[1] * dims[2], 2 * dims[2] + 1, -2}, 5);
    };
  }

  private static ContractionKernel kernel(
      CpuRig rig, Random random, DType dtype, Size size, int left, int right) {
    Operand a = rig.random(random, dtype, flavour(left, size.batch, size.rows, size.depth));
    Operand b = rig.random(random, dtype, flavour(right, size.batch, size.depth, size.columns));
    Layout y = Layout.contiguous(Shape.of(size.batch, size.rows, size.columns));
    // Not at the start of its buffer.
    Operand output = rig.operand(dtype, Layout.of(y.shape(), y.strides(), 3));
    return new ContractionKernel("matmul", CpuRig.ORIGIN, a.dtype(), a, b, output);
  }

  private static void check(CpuRig rig, ContractionKernel kernel, Size size) {
    for (long i = 0; i < size.batch * size.rows * size.columns; i++) {
      long batch = i / size.columns / size.rows;
      long row = i / size.columns % size.rows;
      Object sum = zero(kernel.outputs().getFirst().dtype());
      for (long k = 0; k < size.depth; k++) {
        Object a = rig.get(kernel.left(), (batch * size.rows + row) * size.depth + k);
        Object b =
            rig.get(kernel.right(), (batch * size.depth + k) * size.columns + i % size.columns);
        sum = fma(a, b, sum);
      }
      CpuRig.assertSame(sum, rig.get(kernel.outputs().getFirst(), i), size + " at " + i);
    }
  }

  private static Object zero(DType dtype) {
    return dtype.scalar("zero", 0L);
  }

  private static Object fma(Object a, Object b, Object sum) {
    return switch (a) {
      case Float x -> Math.fma(x, (float) b, (float) sum);
      case Double x -> Math.fma(x, (double) b, (double) sum);
      case Integer x -> x * (int) b + (int) sum;
      case Long x -> x * (long) b + (long) sum;
      default -> throw new AssertionError(a);
    };
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void everySizeAndLayout(DType dtype) {
    Random random = new Random(1);
    for (Size size : SIZES) {
      for (int flavours = 0; flavours < 16; flavours++) {
        try (CpuRig rig = new CpuRig(1, LOOPS[flavours % 3], ReduceStep.Order.ANY)) {
          ContractionKernel kernel = kernel(rig, random, dtype, size, flavours % 4, flavours / 4);
          rig.run(kernel);
          check(rig, kernel, size);
        }
      }
    }
  }

  @Test
  void threadsAndTwinsAgree() {
    Size size = new Size(2, 150, 90, 130);
    List<MemorySegment> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 8}) {
      for (Loops loops : Loops.values()) {
        try (CpuRig rig = new CpuRig(threads, loops, ReduceStep.Order.ANY)) {
          ContractionKernel kernel = kernel(rig, new Random(2), DType.FLOAT32, size, 0, 1);
          rig.run(kernel);
          // The first elements are a gap.
          results.add(rig.snapshot(kernel.outputs().getFirst()).asSlice(12));
        }
      }
    }
    for (MemorySegment result : results) {
      assertEquals(-1, results.getFirst().mismatch(result));
    }
  }
}
