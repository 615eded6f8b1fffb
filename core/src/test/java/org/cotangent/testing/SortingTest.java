package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.cotangent.testing.LikeNumPy.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.TopK;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.op.Sort;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sorting and what is made of it against NumPy; ties, NaN, infinities; derivatives; errors. */
class SortingTest extends OnCpu {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  private static Tensor of(double... values) {
    return device.tensor(values, values.length);
  }

  private static double[] doubles(Tensor x) {
    return x.cast(DType.FLOAT64).toDoubleArray();
  }

  // ---- NumPy

  /** Scaled by 2⁴⁹: as whole numbers all bits of the fractions show. */
  private static LikeNumPy.Row exact(String python, Shape shape, Function<Tensor, Tensor> call) {
    return row("(" + python + ") * 2.0**49", shape, x -> call.apply(x).mul(0x1p49));
  }

  @Test
  void theyAreNumPys() throws Exception {
    List<LikeNumPy.Row> rows = new ArrayList<>();
    for (Shape shape : List.of(Shape.of(3, 5, 4), Shape.of(1, 67, 2), Shape.of(2, 0, 3))) {
      for (int axis = -3; axis < 3; axis++) {
        int at = axis;
        rows.add(row("np.sort(a, %d)".formatted(at), shape, x -> x.sort(at)));
        rows.add(row("np.argsort(a, %d, kind='stable')".formatted(at), shape, x -> x.argsort(at)));
        rows.add(
            row(
                "np.argsort(-a, %d, kind='stable')".formatted(at),
                shape,
                x -> x.argsort(at, true)));
        rows.add(
            row(
                "np.argsort(np.where(a > 3, np.nan, a // 4), %d, kind='stable')".formatted(at),
                shape,
                x -> x.greater(3).where(x.fullLike(NAN), x.floorDivide(4)).argsort(at)));
        rows.add(
            row(
                "-np.sort(-a, %d).astype(np.int8)".formatted(at),
                shape,
                x -> x.cast(DType.INT8).sort(at, true)));
      }
      rows.add(row("np.argsort(a > 0, 1, kind='stable')", shape, x -> x.greater(0).argsort(1)));
    }
    Tensor shares = of(0.2, 0.9, 1, 0, 0.35, 0.61).reshape(2, 3).frozen();
    Shape shape = Shape.of(3, 5, 4);
    for (String axes : List.of("0", "1", "-1", "0, 2", "2, 1", "0, 1, 2")) {
      int[] over = Arrays.stream(axes.split(", ")).mapToInt(Integer::parseInt).toArray();
      rows.add(exact("np.median(a / 7, (" + axes + ",))", shape, x -> x.div(7).median(over)));
      rows.add(
          exact(
              "np.median(a.astype(np.int16), (" + axes + ",))",
              shape,
              x -> x.cast(DType.INT16).median(over)));
      for (double q : new double[] {0, 0.1, 1 / 3.0, 0.5, 0.77, 1}) {
        rows.add(
            exact(
                "np.quantile(a / 7, %s, (%s,))".formatted(q, axes),
                shape,
                x -> x.div(7).quantile(q, over)));
      }
      rows.add(
          exact(
              "np.quantile(a.astype(np.int32), [[0.2, 0.9, 1], [0, 0.35, 0.61]], (" + axes + ",))",
              shape,
              x -> x.cast(DType.INT32).quantile(shares, over)));
    }
    rows.add(exact("np.quantile(a, 0.3)", Shape.SCALAR, x -> x.quantile(0.3)));
    rows.add(exact("np.median(a)", Shape.SCALAR, x -> x.median()));
    rows.add(exact("np.quantile(a, 0.3, 1)", Shape.of(0, 3), x -> x.quantile(0.3, 1)));
    for (long size : new long[] {0, 1, 2, 3, 4, 5, 23, 64, 1000}) {
      for (String side : List.of("left", "right")) {
        rows.add(
            row(
                "np.searchsorted(np.sort(a), b, '" + side + "')",
                in -> in.get(0).sort(0).searchSorted(in.get(1), side.equals("right")),
                Shape.of(size),
                Shape.of(5, 11)));
        rows.add(
            row(
                "np.searchsorted(np.sort(np.where(a > 3, np.nan, a)), np.where(b > 8, np.nan, b), '"
                    + side
                    + "')",
                in ->
                    nanAbove(in.get(0), 3)
                        .sort(0)
                        .searchSorted(nanAbove(in.get(1), 8), side.equals("right")),
                Shape.of(size),
                Shape.of(33)));
      }
    }
    LikeNumPy.check(device, rows);
  }

  private static Tensor nanAbove(Tensor x, double most) {
    return x.greater(most).where(x.fullLike(NAN), x);
  }

  // ---- ties, NaN, infinities

  /** With bits, so that zeros and NaN keep theirs. */
  @Test
  void floatsInOrder() {
    float odd = Float.intBitsToFloat(0xFFC1_2345);
    float[] values = {0, odd, -0f, 3, Float.NEGATIVE_INFINITY, 0, Float.NaN, Float.MIN_VALUE, -0f};
    Tensor x = device.tensor(values);
    int[] ascending = {4, 0, 2, 5, 8, 7, 3, 1, 6};
    int[] descending = {1, 6, 3, 7, 0, 2, 5, 8, 4};
    for (boolean down : new boolean[] {false, true}) {
      int[] order = down ? descending : ascending;
      assertArrayEquals(
          IntStream.of(order).asLongStream().toArray(), x.argsort(0, down).toLongArray());
      float[] sorted = x.sort(0, down).toFloatArray();
      for (int i = 0; i < order.length; i++) {
        assertEquals(Float.floatToRawIntBits(values[order[i]]), Float.floatToRawIntBits(sorted[i]));
      }
    }
  }

  /** Rows short and long, on one thread and on several. */
  @ParameterizedTest
  @EnumSource
  void allDtypesOnSeveralThreads(DType dtype) {
    Shape shape = Shape.of(3, 500, 41);
    Tensor x = device.key(4).randint(-90, 90, DType.INT32, shape).cast(dtype);
    List<Tensor> expected = Tensor.applyAll(new Sort(1, true), x);
    assertArrayEquals(
        doubles(x.takeAlongAxis(expected.get(1), 1)), doubles(expected.get(0)), "positions");
    try (Device other = Device.cpu(DeviceOptions.DEFAULT.threads(3));
        Scope _ = other.open()) {
      List<Tensor> actual = Tensor.applyAll(new Sort(1, true), other.tensor(x.toHost()));
      for (int i = 0; i < 2; i++) {
        assertEquals(-1, expected.get(i).toHost().data().mismatch(actual.get(i).toHost().data()));
      }
    }
  }

  @Test
  void integersAtTheEnds() {
    long[] values = {0, Long.MAX_VALUE, -1, Long.MIN_VALUE, 1, Long.MIN_VALUE};
    Tensor x = device.tensor(values);
    assertArrayEquals(new long[] {3, 5, 2, 0, 4, 1}, x.argsort(0).toLongArray());
    assertArrayEquals(new long[] {1, 4, 0, 2, 3, 5}, x.argsort(0, true).toLongArray());
    Tensor longer = x.reshape(6, 1).broadcastTo(6, 20).reshape(120);
    assertArrayEquals(
        Arrays.stream(longer.toLongArray()).sorted().toArray(), longer.sort(0).toLongArray());
  }

  @Test
  void largest() {
    Tensor x = device.tensor(new double[] {3, 7, 1, 7, 5, NAN, 7, -INF, 0, 0}, 2, 5);
    TopK top = x.topk(3, 1);
    assertArrayEquals(new double[] {7, 7, 5, NAN, 7, 0}, top.values().toDoubleArray());
    assertArrayEquals(new long[] {1, 3, 4, 0, 1, 3}, top.indices().toLongArray());
    assertEquals(Shape.of(2, 0), x.topk(0, -1).values().shape());
    assertArrayEquals(doubles(x.sort(1, true)), doubles(x.topk(5, 1).values()));
    assertEquals(Shape.of(0, 2), device.zeros(DType.INT8, 0, 4).topk(2, 1).indices().shape());
    assertEquals(DType.INT8, device.zeros(DType.INT8, 4).topk(2, 0).values().dtype());
    try (var program = device.compiler().compile((Tensor p) -> p.topk(2, 1), x)) {
      assertArrayEquals(new long[] {1, 3, 0, 1}, program.run(x).indices().toLongArray());
    }
  }

  @Test
  void mediansAndQuantilesWithNaN() {
    Tensor x = device.tensor(new double[] {3, NAN, 1, 4, 2, 9}, 2, 3);
    assertArrayEquals(new double[] {NAN, 4}, x.median(1).toDoubleArray());
    assertArrayEquals(new double[] {3.5, NAN, 5}, x.median(0).toDoubleArray());
    assertArrayEquals(new double[] {NAN, 2}, x.quantile(0, 1).toDoubleArray());
    assertArrayEquals(
        new double[] {NAN, 2, NAN, 9, NAN, NAN, NAN, NAN, NAN, NAN},
        x.quantile(of(0, 1, NAN, -0.1, 1.1), 1).toDoubleArray());
    Tensor none = device.zeros(DType.FLOAT32, 2, 0);
    assertArrayEquals(new double[] {NAN, NAN}, doubles(none.median(1)));
    assertArrayEquals(new double[] {NAN, NAN}, doubles(none.quantile(0.5, 1)));
    assertEquals(Shape.of(3, 2), none.quantile(of(0, 0.5, 1), 1).shape());
    assertEquals(Shape.of(0), none.median(0).shape());
    assertTrue(Double.isNaN(device.zeros(DType.INT32, 0).median().item()));
  }

  /** Also where NumPy's formula is infinity minus infinity. */
  @Test
  void quantilesBesideInfinities() {
    double[] up = {1, INF, INF, INF};
    for (double q : new double[] {0, 0.1, 0.3, 1 / 3.0, 0.5, 0.9, 1}) {
      double[] places = {q};
      double expected = q == 0 ? 1 : INF;
      assertEquals(expected, of(up).quantile(q).item(), "q " + q);
      assertEquals(expected, of(up).quantile(of(places)).toDoubleArray()[0]);
      double mirrored = of(up).neg().quantile(1 - q).item();
      assertEquals(-expected, mirrored, "q " + (1 - q));
    }
    assertTrue(Double.isNaN(of(-INF, INF).median().item()));
    assertTrue(Double.isNaN(of(-INF, INF).quantile(0.5).item()));
    assertEquals(INF, of(INF, INF).median().item());
    double most = Double.MAX_VALUE;
    assertEquals(0, of(-most, most).quantile(0.5).item());
    assertEquals(most / 2, of(-most, most).quantile(0.75).item(), most * 1e-15);
  }

  @Test
  void dtypesOfOrderStatistics() {
    for (DType dtype : DType.values()) {
      Tensor x = of(0, 1, 1, 0, 1, 1).cast(dtype);
      DType expected = dtype.isFloating() ? dtype : DType.FLOAT64;
      assertEquals(expected, x.median().dtype());
      assertEquals(expected, x.quantile(0.1).dtype());
      assertEquals(expected, x.quantile(of(0.1)).dtype());
      assertEquals(1, x.median().item());
      assertEquals(
          0.5,
          x.quantile(device.tensor(new double[] {0.3}).cast(DType.FLOAT16))
              .cast(DType.FLOAT64)
              .toDoubleArray()[0],
          1e-2);
    }
    // Interpolated wide, rounded once: 1 and 1.001 in float16 have nothing between.
    Tensor half = of(1, 1 + 0x1p-10).cast(DType.FLOAT16);
    assertEquals(1 + 0x1p-10, half.quantile(0.6).item());
    assertEquals(1, half.quantile(0.4).item());
    assertEquals(1, half.median().item());
  }

  @Test
  void zerosAreEqualToSearchers() {
    Tensor sorted = of(-1, 0, -0.0, 0, 2, INF, NAN, NAN);
    Tensor values = of(-0.0, 0, -INF, INF, NAN, 3, -1);
    assertArrayEquals(new long[] {1, 1, 0, 5, 6, 5, 0}, sorted.searchSorted(values).toLongArray());
    assertArrayEquals(
        new long[] {4, 4, 0, 6, 8, 5, 1}, sorted.searchSorted(values, true).toLongArray());
    for (DType dtype : DType.values()) {
      Tensor two = of(0, 0, 1).cast(dtype);
      assertArrayEquals(new long[] {2, 0}, two.searchSorted(of(1, 0).cast(dtype)).toLongArray());
      assertArrayEquals(
          new long[] {3, 2}, two.searchSorted(of(1, 0).cast(dtype), true).toLongArray());
    }
  }

  // ---- derivatives

  private static double[] slopes(Function<Tensor, Tensor> f, double... at) {
    return Cotangent.grad(p -> f.apply(p).sum(), of(at)).toDoubleArray();
  }

  @Test
  void derivativesGoToTheElements() {
    Tensor weights = of(1, 10, 100, 1000);
    assertArrayEquals(
        new double[] {1000, 1, 100, 10}, slopes(x -> x.sort(0).mul(weights), 5, 2, 4, 3));
    assertArrayEquals(
        new double[] {1, 1000, 10, 100}, slopes(x -> x.sort(0, true).mul(weights), 5, 2, 4, 3));
    // Of equal elements each has its own.
    assertArrayEquals(
        new double[] {10, 1, 100, 1000}, slopes(x -> x.sort(0).mul(weights), 2, 1, 2, 2));
    assertArrayEquals(
        new double[] {0, 0, 0, 0}, slopes(x -> x.argsort(0).cast(DType.FLOAT64), 5, 2, 4, 3));
    assertArrayEquals(
        new double[] {1, 0, 10, 0}, slopes(x -> x.topk(2, 0).values().mul(of(1, 10)), 7, 1, 7, 7));
    assertArrayEquals(new double[] {0, 0, 1}, slopes(Tensor::median, 5, 2, 4));
    assertArrayEquals(new double[] {0, 0, 0.5, 0.5}, slopes(Tensor::median, 5, 2, 4, 3));
    assertArrayEquals(
        new double[] {0, 0, 0.25, 0.75},
        slopes(x -> x.quantile(0.25 + 1 / 6.0), 5, 1, 4, 3),
        1e-15);
    assertArrayEquals(new double[] {0, 1}, slopes(x -> x.quantile(0), 5, 1));
    assertArrayEquals(new double[] {0.75, 0.25}, slopes(x -> x.quantile(0.25), 2, 2));
    Tensor line = of(1, 3, 7);
    assertArrayEquals(new double[] {4, 8}, slopes(q -> line.quantile(q), 0.25, 0.875), "by q");
  }

  @Test
  void derivativesAgreeInBothModesAndOrders() {
    Tensor x = device.tensor(new double[] {0.5, -1.5, 2, 0, 1.25, -3, 0.25, 2.5, 1, 4}, 2, 5);
    Tensor q = of(0.1, 0.55, 0.8);
    for (int axis = 0; axis < 2; axis++) {
      int at = axis;
      List<Function<Tensor, Tensor>> calls =
          List.of(
              y -> y.sort(at),
              y -> y.sort(at, true),
              y -> y.topk(2, at).values(),
              y -> y.median(at),
              y -> y.median(),
              y -> y.quantile(0.3, at),
              y -> y.quantile(q, at));
      for (Function<Tensor, Tensor> call : calls) {
        Derivatives.check(device, in -> call.apply(in.getFirst().exp()).square(), List.of(x));
      }
      Derivatives.check(
          device, in -> in.get(0).square().quantile(in.get(1).sigmoid(), at), List.of(x, q));
    }
  }

  // ---- what is computed

  /** Of a sort whose positions nobody reads no kernel computes them. */
  @Test
  void unreadResultsAreLeftOut() {
    Tensor x = device.tensor(new float[] {3, 1, 2});
    try (var sort = device.compiler().compile((Tensor p) -> p.sort(0), x);
        var argsort = device.compiler().compile((Tensor p) -> p.topk(2, 0).indices(), x);
        var both =
            device
                .compiler()
                .compile((Tensor p) -> p.sort(0).add(p.argsort(0).cast(DType.FLOAT32)), x)) {
      assertEquals("[VALUES]", computed(sort.explain()));
      assertEquals("[POSITIONS]", computed(argsort.explain()));
      assertEquals("[VALUES, POSITIONS]", computed(both.explain()));
      assertArrayEquals(new double[] {2, 4, 3}, doubles(both.run(x)));
    }
  }

  private static String computed(String text) {
    return text.replaceAll("(?s).*results=(\\[[A-Z, ]*]).*", "$1");
  }

  @ParameterizedTest
  @ValueSource(longs = {63, 64, 65, 66, 255, 256, 257, 100_003})
  void lengthsAroundTheRadixSort(long length) {
    double[] values = device.key(length).normal(DType.FLOAT64, Shape.of(length)).toDoubleArray();
    assertArrayEquals(
        DoubleStream.of(values).sorted().toArray(), of(values).sort(0).toDoubleArray());
    assertFalse(Arrays.equals(values, of(values).sort(0).toDoubleArray()));
  }

  // ---- mistakes

  @TestFactory
  Stream<DynamicTest> mistakes() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 3);
    Tensor ints = device.zeros(DType.INT32, 3);
    return FaceErrors.tests(
        List.of(
            row(
                ShapeException.class,
                "sort: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.sort(2)),
            row(
                ShapeException.class,
                "argsort: axis -3 is out of range for shape (2, 3) of rank 2",
                () -> x.argsort(-3, true)),
            row(
                ShapeException.class,
                "sort: axis 0 is out of range for shape () of rank 0",
                () -> x.sum().sort(0)),
            row(
                ShapeException.class,
                "topk: axis 1 of (2, 3) has no 4 elements; pass a k from 0 to 3",
                () -> x.topk(4, 1)),
            row(
                ShapeException.class,
                "topk: axis 0 of (2, 3) has no -1 elements; pass a k from 0 to 2",
                () -> x.topk(-1, 0)),
            row(
                ArgumentException.class,
                "quantile: q is 1.5; pass one from 0 to 1",
                () -> x.quantile(1.5)),
            row(
                ArgumentException.class,
                "quantile: q is NaN; pass one from 0 to 1",
                () -> x.quantile(NAN, 0)),
            row(
                DTypeException.class,
                "quantile: q is int32(3,), not a float tensor; cast it to float64 first",
                () -> x.quantile(ints)),
            row(
                ShapeException.class,
                "searchSorted: what is sorted has shape (2, 3); pass a vector",
                () -> x.searchSorted(x)),
            row(
                DTypeException.class,
                "searchSorted: dtypes differ: int32(3,) and float32(2, 3); cast one of them",
                () -> ints.searchSorted(x)),
            row(
                ArgumentException.class,
                "sort: sort[axis=0, descending=false, results=[VALUES, POSITIONS]] has the results"
                    + " [float32(2, 3), int64(2, 3)], and apply gives one; use applyAll",
                () -> Tensor.apply(new Sort(0, false), x))),
        device);
  }
}
