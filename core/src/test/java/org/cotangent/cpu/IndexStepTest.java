package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.graph.Indexing.Mode;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IndexStepTest {
  private static final Origin TAKE = new Origin("take", "Digits.java:42");

  private record Size(long outer, long size, long count, long inner) {}

  private static final List<Size> SIZES =
      List.of(
          new Size(1, 1, 1, 1),
          new Size(1, 5, 7, 1),
          new Size(3, 7, 11, 2),
          new Size(2, 3, 0, 4),
          new Size(2, 3, 4, 0),
          new Size(0, 3, 4, 2),
          new Size(1, 13, 40, 17),
          new Size(4, 2, 9, 8));

  private static Layout flavour(int flavour, long... dims) {
    Shape shape = Shape.of(dims);
    long[] strides = shape.strides();
    if (flavour == 1) {
      strides = new long[] {1, dims[0], dims[0] * dims[1]};
    } else if (flavour == 2) {
      strides = new long[] {-2 * dims[1] * dims[2], 2 * dims[2], -2};
    } else if (flavour == 3) {
      strides[1] = 0;
    }
    return Layout.of(shape, strides, 0);
  }

  private static IndexKernel kernel(
      CpuRig rig, Random random, Mode mode, DType dtype, DType indexType, Size size, int flavour) {
    boolean gather = mode == Mode.GATHER;
    Operand data =
        rig.random(
            random,
            dtype,
            flavour(flavour, size.outer, gather ? size.size : size.count, size.inner));
    Layout indexLayout = Layout.of(Shape.of(size.count), new long[] {flavour == 1 ? -2 : 1}, 0);
    Operand indices = rig.operand(indexType, indexLayout);
    for (long i = 0; i < size.count; i++) {
      long index = random.nextLong(-size.size, size.size);
      rig.set(indices, i, indexType == DType.INT32 ? (Object) (int) index : (Object) index);
    }
    Layout output =
        Layout.contiguous(Shape.of(size.outer, gather ? size.count : size.size, size.inner));
    return new IndexKernel(
        "take",
        TAKE,
        mode,
        data,
        indices,
        rig.operand(dtype, Layout.of(output.shape(), output.strides(), 2)));
  }

  private static long index(CpuRig rig, IndexKernel kernel, long position, long size) {
    long index = ((Number) rig.get(kernel.indices(), position)).longValue();
    return index < 0 ? index + size : index;
  }

  private static void check(CpuRig rig, IndexKernel kernel, Size size) {
    Shape result = kernel.output().layout().shape();
    List<Object> expected = new ArrayList<>();
    for (long i = 0; i < result.size(); i++) {
      long outer = i / result.dim(2) / result.dim(1);
      long middle = i / result.dim(2) % result.dim(1);
      long inner = i % result.dim(2);
      if (kernel.mode() == Mode.GATHER) {
        long index = index(rig, kernel, middle, size.size);
        expected.add(rig.get(kernel.data(), (outer * size.size + index) * size.inner + inner));
        continue;
      }
      Object sum = kernel.output().dtype().scalar("zero", 0L);
      for (long position = 0; position < size.count; position++) {
        if (index(rig, kernel, position, size.size) == middle) {
          Object update =
              rig.get(kernel.data(), (outer * size.count + position) * size.inner + inner);
          sum =
              Scalars.apply(
                  Primitive.ADD,
                  kernel.output().dtype(),
                  kernel.output().dtype(),
                  List.of(sum, update));
        }
      }
      expected.add(sum);
    }
    for (int i = 0; i < expected.size(); i++) {
      CpuRig.assertSame(expected.get(i), rig.get(kernel.output(), i), size + " at " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everySizeAndLayout(Mode mode) {
    Random random = new Random(1);
    for (Size size : SIZES) {
      for (DType dtype : DType.values()) {
        for (int flavour = 0; flavour < 4; flavour++) {
          if (mode == Mode.SCATTER_ADD && (dtype == DType.BOOL || dtype.isNarrow())) {
            continue;
          }
          try (CpuRig rig = CpuRig.plain()) {
            DType indexType = flavour % 2 == 0 ? DType.INT64 : DType.INT32;
            IndexKernel kernel = kernel(rig, random, mode, dtype, indexType, size, flavour);
            rig.run(kernel);
            check(rig, kernel, size);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadsAgree(Mode mode) {
    for (Size size : List.of(new Size(1, 50, 3000, 40), new Size(30, 20, 5000, 1))) {
      List<MemorySegment> results = new ArrayList<>();
      for (int threads : new int[] {1, 2, 8}) {
        try (CpuRig rig = new CpuRig(threads, true, ReduceStep.Order.ANY)) {
          IndexKernel kernel =
              kernel(rig, new Random(2), mode, DType.FLOAT32, DType.INT64, size, 0);
          rig.run(kernel);
          results.add(rig.snapshot(kernel.output()).asSlice(8));
        }
      }
      for (MemorySegment result : results) {
        assertEquals(-1, results.getFirst().mismatch(result));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anIndexOutsideIsAnErrorBeforeAnythingIsWritten(Mode mode) {
    for (long bad : new long[] {5, 7, -6, Long.MIN_VALUE}) {
      try (CpuRig rig = CpuRig.plain()) {
        Size size = new Size(2, 5, 6, 3);
        IndexKernel kernel = kernel(rig, new Random(3), mode, DType.FLOAT32, DType.INT64, size, 0);
        rig.set(kernel.indices(), 3, bad);
        rig.set(kernel.indices(), 4, 99L);
        MemorySegment before = rig.snapshot(kernel.output());
        try (LoadedProgram program = rig.load(false, kernel)) {
          IndexException e = assertThrows(IndexException.class, () -> program.run(rig.slices()));
          assertEquals(
              "take at Digits.java:42: index "
                  + bad
                  + " at position (3,) is out of bounds for axis of size 5",
              e.getMessage());
          assertEquals(-1, before.mismatch(rig.memory(kernel.output())));
          // The program is as good as before.
          rig.set(kernel.indices(), 3, -5L);
          rig.set(kernel.indices(), 4, 4L);
          program.run(rig.slices());
        }
        check(rig, kernel, size);
        rig.checkSentinels();
      }
    }
  }

  @Test
  void noIndexFitsAnEmptyAxis() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand data = rig.operand(DType.FLOAT32, 2, 0, 3);
      Operand indices = rig.operand(DType.INT32, 1);
      rig.set(indices, 0, 0);
      Operand output = rig.operand(DType.FLOAT32, 2, 1, 3);
      IndexKernel kernel = new IndexKernel("take", TAKE, Mode.GATHER, data, indices, output);
      IndexException e = assertThrows(IndexException.class, () -> rig.run(kernel));
      assertEquals(
          "take at Digits.java:42: index 0 at position (0,) is out of bounds for axis of size 0",
          e.getMessage());
    }
  }

  @Test
  void boolUpdatesAreRefused() {
    try (CpuRig rig = CpuRig.plain()) {
      IndexKernel kernel =
          kernel(
              rig,
              new Random(4),
              Mode.SCATTER_ADD,
              DType.BOOL,
              DType.INT64,
              new Size(1, 2, 3, 4),
              0);
      DeviceException e = assertThrows(DeviceException.class, () -> rig.load(false, kernel));
      assertEquals(
          "take at Digits.java:42: the CPU adds no bool updates; cast them to int32 first",
          e.getMessage());
    }
  }
}
