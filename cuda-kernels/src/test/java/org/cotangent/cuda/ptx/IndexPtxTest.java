package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Indexing.Mode;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.ScatterSet;
import org.cotangent.op.Take;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IndexPtxTest {
  private record Size(long outer, long size, long count, long inner) {}

  private static final List<Size> SIZES =
      List.of(
          new Size(1, 1, 1, 1),
          new Size(1, 5, 7, 1),
          new Size(3, 7, 11, 2),
          new Size(2, 3, 0, 4),
          new Size(1, 13, 40, 17),
          new Size(4, 2, 9, 8),
          new Size(1, 300, 30, 1));

  /** As it is, transposed, backwards with gaps, the middle axis repeated. */
  private static final int FLAVOURS = 4;

  private static Layout flavour(int flavour, Shape shape) {
    long[] strides =
        switch (flavour) {
          case 0 -> shape.strides();
          case 1 -> new long[] {1, shape.dim(0), shape.dim(0) * shape.dim(1)};
          case 2 -> Arrays.stream(shape.strides()).map(stride -> -2 * stride).toArray();
          default -> new long[] {shape.dim(2), 0, 1};
        };
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

  /** A kernel for each dtype of elements and of indices. */
  static Stream<IndexKernel> each(PtxRig rig, Indexing op) {
    Size size = new Size(2, 5, 7, 3);
    Random random = new Random(2);
    return Stream.of(DType.values())
        .filter(dtype -> isKnown(op, dtype))
        .flatMap(dtype ->
            Stream.of(DType.values())
                .filter(DType::isInteger)
                .map(index -> kernel(rig, random, op, dtype, index, size, 0)));
  }

  /** Whether there is a kernel: what is added is no bool, and was widened. */
  private static boolean isKnown(Indexing op, DType dtype) {
    return op.mode() != Mode.SCATTER_ADD || (dtype != DType.BOOL && !dtype.isNarrow());
  }

  private static IndexKernel kernel(
      PtxRig rig, Random random, Indexing op, DType dtype, DType index, Size size, int flavour) {
    boolean gathers = op.mode() == Mode.GATHER;
    Shape picked = Shape.of(size.outer, size.count, size.inner);
    Shape whole = Shape.of(size.outer, size.size, size.inner);
    long[] line = {0, flavour == 1 ? -2 : 1, 0};
    Layout indices = op.along() ? flavour(flavour, picked) : Layout.of(picked, line, 0);
    Shape result = gathers ? picked : whole;
    IndexKernel kernel =
        new IndexKernel(
            op.name(),
            PtxRig.ORIGIN,
            op,
            op.along() ? picked : Shape.of(size.count),
            rig.random(random, dtype, flavour(flavour, gathers ? whole : picked)),
            rig.operand(index, indices),
            rig.operand(dtype, Layout.of(result, result.strides(), 2)));
    long more = op.bounds() == IndexMode.CLIPPED ? 3 : 0;
    for (long i = 0; i < kernel.distinct().layout().shape().size() && picked.size() > 0; i++) {
      long low = index == DType.UINT8 ? 0 : -size.size - more;
      rig.set(kernel.distinct(), i, index.value(random.nextLong(low, size.size + more)));
    }
    return kernel;
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everySizeAndLayout(Indexing op) {
    Random random = new Random(1);
    for (Size size : SIZES) {
      for (int flavour = 0; flavour < FLAVOURS; flavour++) {
        DType dtype = op.mode() == Mode.SCATTER_ADD ? DType.FLOAT32 : DType.BFLOAT16;
        if (op.mode() != Mode.GATHER || size.count > 0) {
          PtxRig rig = new PtxRig();
          rig.check(kernel(rig, random, op, dtype, DType.INT32, size, flavour), 1 + flavour % 2);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everyDType(Indexing op) {
    PtxRig rig = new PtxRig();
    each(rig, op).forEach(kernel -> rig.check(kernel, 1));
  }

  @ParameterizedTest
  @MethodSource("ops")
  void theFirstWrongIndexIsTheOneOfTheCpu(Indexing op) {
    Size size = new Size(2, 5, 301, 3);
    for (long wrong : List.of(5L, -6L, 100L, Long.MIN_VALUE, Long.MAX_VALUE)) {
      for (int flavour = 0; flavour < FLAVOURS; flavour++) {
        PtxRig rig = new PtxRig();
        IndexKernel kernel =
            kernel(rig, new Random(3), op, DType.FLOAT32, DType.INT64, size, flavour);
        Operand indices = kernel.distinct();
        long last = indices.layout().shape().size() - 1;
        rig.set(indices, last, wrong);
        rig.set(indices, last / 2, wrong);
        rig.check(kernel, 1);
      }
    }
  }

  // ---- many updates

  private static final List<Size> MANY =
      List.of(
          new Size(1, 1, 1, 1),
          new Size(1, 5, 7, 1),
          new Size(3, 7, 11, 2),
          new Size(1, 13, 40, 17),
          new Size(4, 2, 9, 8),
          new Size(1, 300, 30, 1),
          new Size(2, 3, 130, 5));

  static Stream<Indexing> scatters() {
    return ops().filter(op -> op.mode() != Mode.GATHER);
  }

  /** Compares with the CPU what is scattered in the order of the places. */
  private static void checkSorted(PtxRig rig, IndexKernel kernel, int blocks) {
    ScatterPtx scatter = new ScatterPtx(kernel);
    rig.check(kernel, scatter.workspace(), scatter::launches, blocks);
  }

  @ParameterizedTest
  @MethodSource("scatters")
  void updatesInTheOrderOfTheirPlaces(Indexing op) {
    Random random = new Random(6);
    for (Size size : MANY) {
      for (int flavour = 0; flavour < FLAVOURS; flavour++) {
        DType dtype = op.mode() == Mode.SCATTER_ADD ? DType.FLOAT32 : DType.BFLOAT16;
        PtxRig rig = new PtxRig();
        checkSorted(
            rig, kernel(rig, random, op, dtype, DType.INT32, size, flavour), 1 + flavour % 2);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("scatters")
  void updatesOfEveryDType(Indexing op) {
    PtxRig rig = new PtxRig();
    each(rig, op).forEach(kernel -> checkSorted(rig, kernel, 1));
  }

  @ParameterizedTest
  @MethodSource("scatters")
  void allUpdatesForOnePlace(Indexing op) {
    for (long count : List.of(1L, 3L, 4L, 5L, 8L, 9L, 37L)) {
      PtxRig rig = new PtxRig();
      IndexKernel kernel =
          kernel(rig, new Random(7), op, DType.FLOAT64, DType.INT64, new Size(2, 6, count, 3), 0);
      for (long i = 0; i < kernel.distinct().layout().shape().size(); i++) {
        rig.set(kernel.distinct(), i, i % 2 == 0 ? 4L : -2L);
      }
      checkSorted(rig, kernel, 1);
    }
  }

  @Test
  void sumsOfNegativeZerosAreZero() {
    PtxRig rig = new PtxRig();
    Size size = new Size(1, 3, 5, 1);
    IndexKernel kernel =
        kernel(rig, new Random(8), new ScatterAdd(1, 0), DType.FLOAT32, DType.INT32, size, 0);
    for (int i = 0; i < 5; i++) {
      rig.set(kernel.data(), i, -0f);
    }
    checkSorted(rig, kernel, 1);
    assertEquals(0f, rig.get(kernel.output(), 0));
  }

  @ParameterizedTest
  @MethodSource("scatters")
  void manyUpdatesAreSorted(Indexing op) {
    PtxRig rig = new PtxRig();
    Size size = new Size(1, 50, 1025, 2);
    IndexKernel kernel = kernel(rig, new Random(9), op, DType.FLOAT32, DType.INT32, size, 0);
    assertNotEquals(0, Kernels.workspace(kernel));
    rig.check(kernel, 3);
    // What is wrong goes nowhere, and is said to be.
    rig.set(kernel.distinct(), 1000, -51);
    rig.set(kernel.distinct(), 700, 50);
    rig.check(kernel, 3);
  }

  @Test
  void fewUpdatesOrPlacesAreNot() {
    assertNotEquals(0, Kernels.workspace(scatter(50_000, 1025, 512)));
    assertEquals(0, Kernels.workspace(scatter(50_000, 1024, 512)));
    assertEquals(0, Kernels.workspace(scatter(1, 1025, 512)));
    assertEquals(0, Kernels.workspace(scatter(3, 1025, 1 << 16)));
    assertEquals(0, Kernels.workspace(scatter(50_000, 1025, 0)));
    assertEquals(0, Kernels.workspace(scatter(50_000, 1L << 31, 1)));
  }

  /** A scatter of any size, because there is no memory. */
  static IndexKernel scatter(long size, long count, long inner) {
    Shape picked = Shape.of(1, count, inner);
    return new IndexKernel(
        "scatter",
        PtxRig.ORIGIN,
        new ScatterAdd(1, 0),
        Shape.of(count),
        new Operand(0, DType.FLOAT32, Layout.contiguous(picked)),
        new Operand(1, DType.INT64, Layout.of(picked, new long[] {0, 1, 0}, 0)),
        new Operand(2, DType.FLOAT32, Layout.contiguous(Shape.of(1, size, inner))));
  }

  @Test
  void textsOfManyUpdatesServeAllSizes() {
    long texts =
        MANY.stream()
            .filter(size -> size.count > MergePtx.BLOCK)
            .flatMap(size ->
                Stream.of(false, true)
                    .map(along -> new ScatterAdd(1, 0, along, IndexMode.CLIPPED))
                    .map(op -> {
                      PtxRig rig = new PtxRig();
                      return kernel(rig, new Random(5), op, DType.INT64, DType.INT32, size, 0);
                    }))
            .flatMap(kernel -> new ScatterPtx(kernel).launches(0).stream())
            .map(Launch::source)
            .distinct()
            .count();
    // Of zeros, of blocks, of merged runs, of sums.
    assertEquals(4, texts);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void manyBlocksLookForWrongIndices(boolean along) {
    Indexing op = new Take(1, along, IndexMode.CHECKED);
    Size size = new Size(2, 5, along ? 4000 : SearchPtx.FEW + 1, 3);
    for (int wrong = 0; wrong < 3; wrong++) {
      PtxRig rig = new PtxRig();
      IndexKernel kernel = kernel(rig, new Random(3), op, DType.FLOAT32, DType.INT64, size, wrong);
      Operand indices = kernel.distinct();
      long last = indices.layout().shape().size() - 1;
      for (long i = 0; i < wrong; i++) {
        rig.set(indices, last - 1000 * i, 5 + i);
      }
      assertEquals(
          wrong == 0 ? "" : kernel.outside(last - 1000 * (wrong - 1), 4 + wrong).toString(),
          wrongIndex(rig, kernel));
    }
  }

  private static String wrongIndex(PtxRig rig, IndexKernel kernel) {
    try {
      rig.run(SearchPtx.wrongIndex(kernel), 7);
      return "";
    } catch (IndexException e) {
      return e.toString();
    }
  }

  @Test
  void wrongIndicesAreSaidToBe() {
    PtxRig rig = new PtxRig();
    Size size = new Size(2, 5, 7, 3);
    IndexKernel kernel =
        kernel(rig, new Random(4), new Take(1), DType.FLOAT32, DType.INT8, size, 0);
    rig.set(kernel.distinct(), 6, -6);
    assertEquals(
        "test at Foo.java:12: index -6 at position (6,) is out of bounds for axis 1 of size 5",
        assertThrows(IndexException.class, () -> rig.run(kernel)).getMessage());
  }

  @Test
  void noBoolsAreAdded() {
    PtxRig rig = new PtxRig();
    Size size = new Size(2, 5, 7, 3);
    IndexKernel kernel =
        kernel(rig, new Random(5), new ScatterAdd(1, 0), DType.BOOL, DType.INT32, size, 0);
    assertEquals(
        "test at Foo.java:12: CUDA adds no bool updates; cast them to int32 or float32 first",
        assertThrows(DeviceException.class, () -> rig.launches(kernel)).getMessage());
  }

  @Test
  void aTextServesAllSizesAndStridesAndSlicesAndLines() {
    long texts =
        Stream.of(false, true)
            .flatMap(along ->
                IntStream.range(0, FLAVOURS)
                    .boxed()
                    .flatMap(flavour ->
                        SIZES.stream()
                            .map(size -> {
                              PtxRig rig = new PtxRig();
                              Indexing op = new ScatterAdd(1, 0, along, IndexMode.CLIPPED);
                              return rig.launches(
                                      kernel(
                                          rig,
                                          new Random(5),
                                          op,
                                          DType.INT64,
                                          DType.INT32,
                                          size,
                                          flavour))
                                  .getLast()
                                  .source();
                            })))
            .distinct()
            .count();
    assertEquals(1, texts);
  }
}
