package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.backend.Check;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Indexing.Mode;
import org.cotangent.graph.Origin;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.ScatterSet;
import org.cotangent.op.Take;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

  static Stream<Indexing> ops() {
    return Stream.of(IndexMode.values())
        .flatMap(bounds ->
            Stream.of(false, true)
                .flatMap(along ->
                    Stream.of(
                        new Take(1, along, bounds),
                        new ScatterAdd(1, 0, along, bounds),
                        new ScatterSet(1, 0, along, bounds))));
  }

  static Stream<Indexing> checked() {
    return ops().filter(op -> op.bounds() == IndexMode.CHECKED);
  }

  private static IndexKernel kernel(
      CpuRig rig,
      Random random,
      Indexing op,
      DType dtype,
      DType indexType,
      Size size,
      int flavour) {
    boolean gather = op.mode() == Mode.GATHER;
    Operand data =
        rig.random(
            random,
            dtype,
            flavour(flavour, size.outer, gather ? size.size : size.count, size.inner));
    Shape picked = Shape.of(size.outer, size.count, size.inner);
    long[] strides =
        op.along()
            ? flavour(flavour, picked.dims()).strides()
            : new long[] {0, flavour == 1 ? -2 : 1, 0};
    Operand indices = rig.operand(indexType, Layout.of(picked, strides, 0));
    Layout output =
        Layout.contiguous(Shape.of(size.outer, gather ? size.count : size.size, size.inner));
    IndexKernel kernel =
        new IndexKernel(
            "take",
            TAKE,
            op,
            op.along() ? picked : Shape.of(size.count),
            data,
            indices,
            rig.operand(dtype, Layout.of(output.shape(), output.strides(), 2)));
    long more = op.bounds() == IndexMode.CLIPPED ? 3 : 0;
    for (long i = 0; picked.size() > 0 && i < kernel.distinct().layout().shape().size(); i++) {
      long index = random.nextLong(-size.size - more, size.size + more);
      rig.set(kernel.distinct(), i, indexType.value(index));
    }
    return kernel;
  }

  private static long index(CpuRig rig, IndexKernel kernel, Size size, long... at) {
    long index =
        ((Number) rig.get(kernel.indices(), (at[0] * size.count + at[1]) * size.inner + at[2]))
            .longValue();
    return Math.floorMod(Math.clamp(index, -size.size, size.size - 1), size.size);
  }

  private static void check(CpuRig rig, IndexKernel kernel, Size size) {
    Shape result = kernel.output().layout().shape();
    DType dtype = kernel.output().dtype();
    List<Object> expected = new ArrayList<>();
    for (long i = 0; i < result.size(); i++) {
      long[] at = result.index(i);
      if (kernel.gathers()) {
        long index = index(rig, kernel, size, at);
        expected.add(rig.get(kernel.data(), (at[0] * size.size + index) * size.inner + at[2]));
        continue;
      }
      Object value = dtype == DType.BOOL ? (Object) false : dtype.scalar("zero", 0L);
      for (long position = 0; position < size.count; position++) {
        if (index(rig, kernel, size, at[0], position, at[2]) == at[1]) {
          Object update =
              rig.get(kernel.data(), (at[0] * size.count + position) * size.inner + at[2]);
          value =
              kernel.op() instanceof ScatterAdd
                  ? Scalars.apply(Primitive.ADD, dtype, dtype, List.of(value, update))
                  : update;
        }
      }
      expected.add(value);
    }
    for (int i = 0; i < expected.size(); i++) {
      CpuRig.assertSame(expected.get(i), rig.get(kernel.output(), i), size + " at " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everySizeAndLayout(Indexing op) {
    Random random = new Random(1);
    for (Size size : SIZES) {
      for (DType dtype : DType.values()) {
        for (int flavour = 0; flavour < 4; flavour++) {
          boolean refused = dtype == DType.BOOL || dtype.isNarrow();
          if (op.mode() == Mode.SCATTER_ADD && refused) {
            continue;
          }
          try (CpuRig rig = CpuRig.plain()) {
            DType indexType =
                List.of(DType.INT64, DType.INT32, DType.INT16, DType.INT8).get(flavour);
            IndexKernel kernel = kernel(rig, random, op, dtype, indexType, size, flavour);
            rig.run(kernel);
            check(rig, kernel, size);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void threadsAgree(Indexing op) {
    for (Size size : List.of(new Size(1, 50, 3000, 40), new Size(30, 20, 5000, 1))) {
      List<MemorySegment> results = new ArrayList<>();
      for (int threads : new int[] {1, 2, 8}) {
        try (CpuRig rig = new CpuRig(threads, Loops.TIERED, ReduceStep.Order.ANY)) {
          IndexKernel kernel = kernel(rig, new Random(2), op, DType.FLOAT32, DType.INT64, size, 0);
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
  @MethodSource("checked")
  void anIndexOutsideIsAnErrorBeforeAnythingIsWritten(Indexing op) {
    for (long bad : new long[] {5, 7, -6, Long.MIN_VALUE}) {
      try (CpuRig rig = CpuRig.plain()) {
        Size size = new Size(2, 5, 6, 3);
        IndexKernel kernel = kernel(rig, new Random(3), op, DType.FLOAT32, DType.INT64, size, 0);
        long place = op.along() ? 31 : 3;
        String position = op.along() ? "(1, 4, 1)" : "(3,)";
        rig.set(kernel.distinct(), place, bad);
        rig.set(kernel.distinct(), place + 1, 99L);
        MemorySegment before = rig.snapshot(kernel.output());
        try (LoadedProgram program = rig.load(Check.NOTHING, kernel)) {
          IndexException e = assertThrows(IndexException.class, () -> program.run(rig.slices()));
          assertEquals(
              "take at Digits.java:42: index %d at position %s is out of bounds for axis 1 of size 5"
                  .formatted(bad, position),
              e.getMessage());
          assertEquals(-1, before.mismatch(rig.memory(kernel.output())));
          // The program is as good as before.
          rig.set(kernel.distinct(), place, -5L);
          rig.set(kernel.distinct(), place + 1, 4L);
          program.run(rig.slices());
        }
        check(rig, kernel, size);
        rig.checkSentinels();
      }
    }
  }

  /** Whatever the index, nothing outside is touched. */
  @ParameterizedTest
  @MethodSource("ops")
  void clippedIndicesStayInside(Indexing op) {
    if (op.bounds() == IndexMode.CHECKED) {
      return;
    }
    try (CpuRig rig = CpuRig.plain()) {
      Size size = new Size(2, 5, 6, 3);
      IndexKernel kernel = kernel(rig, new Random(5), op, DType.FLOAT64, DType.INT64, size, 0);
      int place = 0;
      for (long far : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, -6, 5}) {
        rig.set(kernel.distinct(), place++, far);
      }
      rig.run(kernel);
      check(rig, kernel, size);
      rig.checkSentinels();
    }
  }

  @Test
  void noIndexFitsAnEmptyAxis() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand data = rig.operand(DType.FLOAT32, 2, 0, 3);
      Operand indices =
          rig.operand(DType.INT32, Layout.of(Shape.of(2, 1, 3), new long[] {0, 1, 0}, 0));
      rig.set(indices, 0, 0);
      Operand output = rig.operand(DType.FLOAT32, 2, 1, 3);
      IndexKernel kernel =
          new IndexKernel("take", TAKE, new Take(1), Shape.of(1), data, indices, output);
      IndexException e = assertThrows(IndexException.class, () -> rig.run(kernel));
      assertEquals(
          "take at Digits.java:42: index 0 at position (0,) is out of bounds for axis 1 of size 0",
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
              new ScatterAdd(1, 0),
              DType.BOOL,
              DType.INT64,
              new Size(1, 2, 3, 4),
              0);
      DeviceException e =
          assertThrows(DeviceException.class, () -> rig.load(Check.NOTHING, kernel));
      assertEquals(
          "take at Digits.java:42: the CPU adds no bool updates; cast them to int32 first",
          e.getMessage());
    }
  }
}
