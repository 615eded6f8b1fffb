package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.PadMode;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Ops that move elements: against NumPy and loops, their derivatives, and what they refuse. */
class ShapeOpsTest extends OnCpu {
  private static final Shape LINE = Shape.of(7);
  private static final Shape PLANE = Shape.of(3, 5);
  private static final Shape BOX = Shape.of(2, 3, 5);
  private static final long ALL = Long.MAX_VALUE;
  private static final long NONE = Long.MIN_VALUE;

  // ---- values

  @Test
  void slicesLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row("a[::-1]", LINE, x -> x.slice(0, ALL, NONE, -1)),
            LikeNumPy.row("a[5:1:-2]", LINE, x -> x.slice(0, 5, 1, -2)),
            LikeNumPy.row("a[5:0:-2]", LINE, x -> x.slice(0, 5, 0, -2)),
            LikeNumPy.row("a[-2:-6:-3]", LINE, x -> x.slice(0, -2, -6, -3)),
            LikeNumPy.row("a[99:-99:-5]", LINE, x -> x.slice(0, 99, -99, -5)),
            LikeNumPy.row("a[1:5:-1]", LINE, x -> x.slice(0, 1, 5, -1)),
            LikeNumPy.row("a[3:3:-1]", LINE, x -> x.slice(0, 3, 3, -1)),
            LikeNumPy.row("a[-9::-1]", LINE, x -> x.slice(0, -9, NONE, -1)),
            LikeNumPy.row("a[4::-99]", LINE, x -> x.slice(0, 4, NONE, NONE)),
            LikeNumPy.row("a[1::99]", LINE, x -> x.slice(0, 1, ALL, ALL)),
            LikeNumPy.row("a[::-1]", Shape.of(0), x -> x.slice(0, ALL, NONE, -1)),
            LikeNumPy.row("a[:, ::-2]", BOX, x -> x.slice(1, ALL, NONE, -2)),
            LikeNumPy.row(
                "a[::-1, :, 3:0:-1]", BOX, x -> x.slice(0, ALL, NONE, -1).slice(-1, 3, 0, -1)),
            LikeNumPy.row("np.flip(a)", BOX, x -> x.flip()),
            LikeNumPy.row("np.flip(a, (0, -1))", BOX, x -> x.flip(0, -1)),
            LikeNumPy.row("np.flip(a)", Shape.SCALAR, x -> x.flip()),
            LikeNumPy.row("np.flip(a, 1).reshape(-1)", BOX, x -> x.flip(1).reshape(-1)),
            LikeNumPy.row(
                "np.flip(a).T @ np.flip(a)", PLANE, x -> x.flip().transpose().matmul(x.flip())),
            LikeNumPy.row("np.flip(a).sum(1)", BOX, x -> x.flip().sum(1))));
  }

  @Test
  void axesLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row("np.squeeze(a)", Shape.of(1, 3, 1, 2), x -> x.squeeze()),
            LikeNumPy.row("np.squeeze(a, (0, -2))", Shape.of(1, 3, 1, 1), x -> x.squeeze(0, -2)),
            LikeNumPy.row("np.squeeze(a)", Shape.of(1, 1), x -> x.squeeze()),
            LikeNumPy.row("np.expand_dims(a, 0)", PLANE, x -> x.expandDims(0)),
            LikeNumPy.row("np.expand_dims(a, (1, -1))", PLANE, x -> x.expandDims(1, -1)),
            LikeNumPy.row("np.expand_dims(a, (-1, 0))", Shape.SCALAR, x -> x.expandDims(-1, 0)),
            LikeNumPy.row("np.moveaxis(a, 0, -1)", BOX, x -> x.moveAxis(0, -1)),
            LikeNumPy.row("np.moveaxis(a, 2, 0)", BOX, x -> x.moveAxis(2, 0)),
            LikeNumPy.row(
                "np.moveaxis(a, (2, 0), (0, 1))",
                BOX,
                x -> x.moveAxis(new int[] {2, 0}, new int[] {0, 1})),
            LikeNumPy.row("np.swapaxes(a, 0, -1)", BOX, x -> x.swapAxes(0, -1)),
            LikeNumPy.row("np.swapaxes(a, 1, 1)", BOX, x -> x.swapAxes(1, 1)),
            LikeNumPy.row("np.diagonal(a)", PLANE, x -> x.diagonal()),
            LikeNumPy.row("np.diagonal(a, 1, -1, 0)", BOX, x -> x.diagonal(1, -1, 0)),
            LikeNumPy.row("np.diagonal(a, -2, 1, 2)", BOX, x -> x.diagonal(-2, 1, 2)),
            LikeNumPy.row("np.diagonal(a, 99)", PLANE, x -> x.diagonal(ALL, 0, 1)),
            LikeNumPy.row("np.diagonal(a, -99)", PLANE, x -> x.diagonal(NONE, 0, 1)),
            LikeNumPy.row("np.triu(a)", PLANE, x -> x.triu(0)),
            LikeNumPy.row("np.triu(a, 2)", BOX, x -> x.triu(2)),
            LikeNumPy.row("np.triu(a, -99)", BOX, x -> x.triu(NONE)),
            LikeNumPy.row("np.triu(a, 99)", BOX, x -> x.triu(ALL)),
            LikeNumPy.row("np.tril(a)", BOX, x -> x.tril(0)),
            LikeNumPy.row("np.tril(a, -1)", PLANE, x -> x.tril(-1)),
            LikeNumPy.row("np.tril(a, 99)", PLANE, x -> x.tril(ALL)),
            LikeNumPy.row("np.tril(a, -99)", PLANE, x -> x.tril(NONE)),
            LikeNumPy.row("np.triu(a)", Shape.of(0, 3), x -> x.triu(0))));
  }

  @Test
  void copiesLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row("np.roll(a, 2)", LINE, x -> x.roll(2)),
            LikeNumPy.row("np.roll(a, -9, 0)", LINE, x -> x.roll(-9, 0)),
            LikeNumPy.row("np.roll(a, 4)", PLANE, x -> x.roll(4)),
            LikeNumPy.row("np.roll(a, (1, 3))", PLANE, x -> x.roll(new long[] {1, 3})),
            LikeNumPy.row("np.roll(a, 2, (0, -1))", BOX, x -> x.roll(2, 0, -1)),
            LikeNumPy.row(
                "np.roll(a, (1, 3, -1), (0, 1, 1))",
                BOX,
                x -> x.roll(new long[] {1, 3, -1}, 0, 1, 1)),
            LikeNumPy.row("np.roll(a, (1, 3), 1)", PLANE, x -> x.roll(new long[] {1, 3}, 1)),
            LikeNumPy.row("np.roll(a, 5, 1)", PLANE, x -> x.roll(5, 1)),
            LikeNumPy.row("np.roll(a, 1, 0)", Shape.of(0, 2), x -> x.roll(1, 0)),
            LikeNumPy.row("np.roll(a, 1)", Shape.SCALAR, x -> x.roll(1)),
            LikeNumPy.row("np.tile(a, 3)", LINE, x -> x.tile(3)),
            LikeNumPy.row("np.tile(a, 2)", PLANE, x -> x.tile(2)),
            LikeNumPy.row("np.tile(a, (2, 1, 3))", PLANE, x -> x.tile(2, 1, 3)),
            LikeNumPy.row("np.tile(a, (2, 0))", PLANE, x -> x.tile(2, 0)),
            LikeNumPy.row("np.tile(a, (2, 3))", Shape.SCALAR, x -> x.tile(2, 3)),
            LikeNumPy.row("np.tile(a, ())", PLANE, x -> x.tile()),
            LikeNumPy.row("np.repeat(a, 3, 0)", LINE, x -> x.repeat(3, 0)),
            LikeNumPy.row("np.repeat(a, 2, -1)", BOX, x -> x.repeat(2, -1)),
            LikeNumPy.row("np.repeat(a, 0, 1)", BOX, x -> x.repeat(0, 1)),
            LikeNumPy.row(
                "np.repeat(a, (2, 0, 3), 1)", BOX, x -> x.repeat(new long[] {2, 0, 3}, 1)),
            LikeNumPy.row(
                "np.repeat(a, (0, 0, 0), 0)", PLANE, x -> x.repeat(new long[] {0, 0, 0}, 0))));
  }

  @Test
  void padsLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row("np.pad(a, (2, 1))", LINE, x -> x.pad(PadMode.CONSTANT, 2, 1)),
            LikeNumPy.row("np.pad(a, 1)", BOX, x -> x.pad(PadMode.CONSTANT, 1)),
            LikeNumPy.row(
                "np.pad(a, ((1, 0), (2, 3)), constant_values=4)",
                PLANE,
                x -> x.pad(4, new long[] {1, 0, 2, 3})),
            LikeNumPy.row(
                "np.pad(a, 2, constant_values=-3)", Shape.of(0, 2), x -> x.pad(-3, new long[] {2})),
            LikeNumPy.row("np.pad(a, 0, 'edge')", PLANE, x -> x.pad(PadMode.EDGE, 0)),
            LikeNumPy.row("np.pad(a, (2, 1), 'edge')", BOX, x -> x.pad(PadMode.EDGE, 2, 1)),
            LikeNumPy.row(
                "np.pad(a, ((0, 0), (1, 1)), 'edge')",
                Shape.of(0, 2),
                x -> x.pad(PadMode.EDGE, 0, 0, 1, 1)),
            LikeNumPy.row("np.pad(a, (6, 3), 'reflect')", LINE, x -> x.pad(PadMode.REFLECT, 6, 3)),
            LikeNumPy.row("np.pad(a, (7, 0), 'reflect')", LINE, x -> x.pad(PadMode.REFLECT, 7, 0)),
            LikeNumPy.row(
                "np.pad(a, (0, 40), 'reflect')", LINE, x -> x.pad(PadMode.REFLECT, 0, 40)),
            LikeNumPy.row(
                "np.pad(a, (7, 4), 'reflect')", Shape.of(2), x -> x.pad(PadMode.REFLECT, 7, 4)),
            LikeNumPy.row(
                "np.pad(a, (2, 3), 'reflect')", Shape.of(1), x -> x.pad(PadMode.REFLECT, 2, 3)),
            LikeNumPy.row(
                "np.pad(a, ((1, 1), (2, 0), (4, 4)), 'reflect')",
                BOX,
                x -> x.pad(PadMode.REFLECT, 1, 1, 2, 0, 4, 4)),
            LikeNumPy.row("np.pad(a, (2, 3), 'wrap')", LINE, x -> x.pad(PadMode.WRAP, 2, 3)),
            LikeNumPy.row("np.pad(a, (7, 14), 'wrap')", LINE, x -> x.pad(PadMode.WRAP, 7, 14)),
            LikeNumPy.row(
                "np.pad(a, ((1, 0), (3, 5)), 'wrap')", PLANE, x -> x.pad(PadMode.WRAP, 1, 0, 3, 5)),
            LikeNumPy.row("np.pad(a, 3, 'wrap')", Shape.SCALAR, x -> x.pad(PadMode.WRAP, 3)),
            LikeNumPy.row(
                "np.pad(a, (9, 2), 'wrap')", Shape.of(1), x -> x.pad(PadMode.WRAP, 9, 2))));
  }

  @Test
  void severalTensorsLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row(
                "np.stack([a, b])", in -> Tensor.stack(0, in.get(0), in.get(1)), PLANE, PLANE),
            LikeNumPy.row(
                "np.stack([a, b, a], 1)",
                in -> Tensor.stack(1, in.get(0), in.get(1), in.get(0)),
                PLANE,
                PLANE),
            LikeNumPy.row("np.stack([a], -1)", in -> Tensor.stack(-1, in.get(0)), PLANE),
            LikeNumPy.row(
                "np.stack([a, b])",
                in -> Tensor.stack(-1, in.get(0), in.get(1)),
                Shape.SCALAR,
                Shape.SCALAR),
            LikeNumPy.rows("np.split(a, 2)", Shape.of(6, 2), x -> x.split(2, 0)),
            LikeNumPy.rows("np.split(a, 5, -1)", BOX, x -> x.split(5, -1)),
            LikeNumPy.rows("np.split(a, 1, 1)", BOX, x -> x.split(1, 1)),
            LikeNumPy.rows("np.split(a, 3)", Shape.of(0), x -> x.split(3, 0)),
            LikeNumPy.rows("np.split(a, [2, 5])", LINE, x -> x.split(new long[] {2, 5}, 0)),
            LikeNumPy.rows(
                "np.split(a, [4, 2, -1, 99], 1)",
                PLANE,
                x -> x.split(new long[] {4, 2, -1, 99}, 1)),
            LikeNumPy.rows("np.split(a, [])", LINE, x -> x.split(new long[0], 0)),
            new LikeNumPy.Row(
                "np.meshgrid(a, b)",
                List.of(LINE, Shape.of(3)),
                in -> Tensor.meshgrid(in.get(0), in.get(1))),
            new LikeNumPy.Row(
                "np.meshgrid(a, b, c)",
                List.of(Shape.of(2), Shape.of(3), Shape.SCALAR),
                in -> Tensor.meshgrid(in.get(0), in.get(1), in.get(2))),
            new LikeNumPy.Row(
                "np.meshgrid(a, b, indexing='ij')",
                List.of(LINE, Shape.of(3)),
                in -> Tensor.meshgrid("ij", in.get(0), in.get(1))),
            new LikeNumPy.Row("np.meshgrid(a)", List.of(LINE), in -> Tensor.meshgrid(in.get(0))),
            LikeNumPy.row("np.eye(4)", Shape.SCALAR, x -> x.device().eye(DType.FLOAT64, 4)),
            LikeNumPy.row(
                "np.eye(2, 5, 3)", Shape.SCALAR, x -> x.device().eye(DType.INT32, 2, 5, 3)),
            LikeNumPy.row(
                "np.eye(5, 2, -99)", Shape.SCALAR, x -> x.device().eye(DType.BOOL, 5, 2, NONE)),
            LikeNumPy.row(
                "np.eye(0, 3)", Shape.SCALAR, x -> x.device().eye(DType.FLOAT32, 0, 3, 0))));
  }

  /** One over and under a tile, in every dtype; loops are the referee. */
  @Test
  void longAxesInEveryDtype() {
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
      for (int n : new int[] {1, 1023, 1024, 1025}) {
        Tensor x = device.arange(dtype, n);
        double[] flipped = doubles(x.flip());
        double[] rolled = doubles(x.roll(-3));
        double[] tiled = doubles(x.tile(2));
        double[] reflected = doubles(x.pad(PadMode.REFLECT, n, 2 * n));
        double[] wrapped = doubles(x.pad(PadMode.WRAP, n + 1, 3 * n));
        for (int i = 0; i < n; i++) {
          assertEquals(n - 1 - i, flipped[i]);
          assertEquals((i + 3) % n, rolled[i]);
          assertEquals(i, tiled[n + i]);
        }
        for (int i = 0; i < reflected.length; i++) {
          int at = n == 1 ? 0 : Math.floorMod(i - n, 2 * n - 2);
          assertEquals(Math.min(at, 2 * n - 2 - at), n == 1 ? 0 : reflected[i]);
        }
        for (int i = 0; i < wrapped.length; i++) {
          assertEquals(Math.floorMod(i - n - 1, n), wrapped[i]);
        }
      }
    }
  }

  /** By loops, as NumPy before 1.25 loses the period of some of them. */
  @Test
  void paddingsWiderThanTheAxis() {
    for (int n = 2; n < 5; n++) {
      Tensor x = device.arange(DType.FLOAT64, n);
      for (int before : new int[] {0, 1, n - 1, n, 2 * n - 2, 2 * n + 3, 40}) {
        for (int after : new int[] {0, 1, n - 1, n, 3 * n}) {
          double[] reflected = doubles(x.pad(PadMode.REFLECT, before, after));
          double[] wrapped = doubles(x.pad(PadMode.WRAP, before, after));
          assertEquals(before + n + after, reflected.length);
          assertEquals(before + n + after, wrapped.length);
          for (int i = 0; i < wrapped.length; i++) {
            int at = Math.floorMod(i - before, 2 * n - 2);
            assertEquals(Math.min(at, 2 * n - 2 - at), reflected[i]);
            assertEquals(Math.floorMod(i - before, n), wrapped[i]);
          }
        }
      }
    }
  }

  private static double[] doubles(Tensor x) {
    return x.cast(DType.FLOAT64).toDoubleArray();
  }

  /** NaN and -0 move like all others; what is masked out is 0 even where it was NaN. */
  @Test
  void specialValuesMove() {
    Tensor x = device.tensor(new double[] {-0.0, Double.NaN, Double.POSITIVE_INFINITY, 1}, 2, 2);
    assertEquals("[[ 0. nan]\n [ 0.  1.]]", x.triu(0).add(0).toString());
    assertArrayEquals(
        new double[] {-0.0, 0, Double.POSITIVE_INFINITY, 1}, x.tril(0).toDoubleArray());
    assertArrayEquals(
        new double[] {-0.0, -0.0, Double.NaN},
        x.slice(0, 0, 1).squeeze(0).pad(-0.0, new long[] {1, 0}).toDoubleArray());
    assertArrayEquals(
        new boolean[] {false, true},
        device.tensor(new boolean[] {true, false}).flip().toBooleanArray());
  }

  /** Views share memory: only their copies take any. */
  @Test
  void viewsTakeNoMemory() {
    Tensor x = device.arange(DType.FLOAT32, 600).reshape(20, 30);
    long before = device.memory().liveBytes();
    x.slice(0, ALL, NONE, -2);
    x.flip().diagonal();
    x.split(4, 0);
    x.expandDims(1).squeeze().moveAxis(0, 1).swapAxes(0, 1);
    Tensor.meshgrid(x.diagonal(), x.diagonal());
    assertEquals(before, device.memory().liveBytes());
  }

  @Test
  void viewsMadeBeforeAFailureAreClosed() {
    long before = device.memory().liveBlocks();
    Tensor open = device.arange(DType.FLOAT32, 3);
    Tensor closed = device.arange(DType.FLOAT32, 3);
    closed.close();
    assertThrows(ClosedException.class, () -> Tensor.meshgrid(open, closed));
    open.close();
    assertEquals(before, device.memory().liveBlocks());
  }

  // ---- derivatives

  private DynamicTest derivative(String name, Function<Tensor, Tensor> f, Shape shape) {
    return dynamicTest(
        name,
        () -> {
          try (Scope _ = device.open()) {
            Tensor x =
                Derivatives.normal(device, new TensorType(DType.FLOAT64, shape), new Random(1));
            // The square makes the second derivative other than zero.
            Derivatives.check(
                device, in -> f.apply(in.getFirst()).mul(f.apply(in.getFirst())), List.of(x));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> derivatives() {
    return Stream.of(
        derivative("slice", x -> x.slice(1, 4, 0, -2), PLANE),
        derivative("flip", x -> x.flip(0, 2), BOX),
        derivative("squeeze", x -> x.squeeze(1), Shape.of(3, 1, 2)),
        derivative("expandDims", x -> x.expandDims(1), PLANE),
        derivative("moveAxis", x -> x.moveAxis(0, 2), BOX),
        derivative("swapAxes", x -> x.swapAxes(0, 2), BOX),
        derivative("diagonal", x -> x.diagonal(-1, 2, 0), BOX),
        derivative("triu", x -> x.triu(1), BOX),
        derivative("tril", x -> x.tril(1), BOX),
        derivative("stack", x -> Tensor.stack(1, x, x.flip(0)), PLANE),
        derivative("split", x -> x.split(new long[] {1}, 1).get(1), PLANE),
        derivative("meshgrid", x -> Tensor.meshgrid(x, x).get(1), LINE),
        derivative("roll", x -> x.roll(new long[] {1, -2}, 1, 2), BOX),
        derivative("tile", x -> x.tile(2, 1, 3), PLANE),
        derivative("repeat", x -> x.repeat(3, 1), PLANE),
        derivative("repeat by counts", x -> x.repeat(new long[] {2, 0, 3}, 0), PLANE),
        derivative("pad zeros", x -> x.pad(PadMode.CONSTANT, 1, 2), PLANE),
        derivative("pad a value", x -> x.pad(3, new long[] {1, 2}), PLANE),
        derivative("pad edges", x -> x.pad(PadMode.EDGE, 1, 2), PLANE),
        derivative("pad by reflection", x -> x.pad(PadMode.REFLECT, 2, 1), PLANE),
        derivative("pad by repeated reflection", x -> x.pad(PadMode.REFLECT, 9, 5), PLANE),
        derivative("pad by wrapping", x -> x.pad(PadMode.WRAP, 7, 2), PLANE));
  }

  /** Each element's derivative is how often it was copied. */
  @Test
  void gradientsCountCopies() {
    Tensor x = device.tensor(new double[] {1, 2, 3});
    Function<Function<Tensor, Tensor>, double[]> counts =
        f -> Cotangent.grad(p -> f.apply(p).sum(), x).toDoubleArray();
    assertArrayEquals(new double[] {2, 1, 3}, counts.apply(p -> p.pad(PadMode.EDGE, 1, 2)));
    assertArrayEquals(new double[] {1, 2, 2}, counts.apply(p -> p.pad(PadMode.REFLECT, 2, 0)));
    assertArrayEquals(new double[] {4, 3, 3}, counts.apply(p -> p.pad(PadMode.WRAP, 6, 1)));
    assertArrayEquals(new double[] {2, 0, 5}, counts.apply(p -> p.repeat(new long[] {2, 0, 5}, 0)));
  }

  // ---- errors

  @TestFactory
  Stream<DynamicTest> mistakes() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 3);
    Tensor line = device.zeros(DType.FLOAT32, 3);
    Tensor ints = device.zeros(DType.INT32, 2, 3);
    Tensor nothing = device.zeros(DType.FLOAT32, 0);
    int[] one = {0};
    int[] two = {0, 1};
    return FaceErrors.tests(
        List.of(
            row(ArgumentException.class, "stack: pass at least one tensor", () -> Tensor.stack(0)),
            row(
                ShapeException.class,
                "stack: shapes differ: (2, 3) and (3,); reshape one",
                () -> Tensor.stack(0, x, line)),
            row(
                ShapeException.class,
                "stack: axis 3 is out of range for the 3 axes of the result",
                () -> Tensor.stack(3, x, x)),
            row(
                DTypeException.class,
                "stack: dtypes differ: float32(1, 2, 3) and int32(1, 2, 3); cast one of them",
                () -> Tensor.stack(0, x, ints)),
            row(
                ShapeException.class,
                "split: axis 1 of (2, 3) does not divide into 2 equal sections; pass the indices"
                    + " where to split",
                () -> x.split(2, 1)),
            row(
                ShapeException.class,
                "split: axis 1 of (2, 3) does not divide into 0 equal sections; pass the indices"
                    + " where to split",
                () -> x.split(0, -1)),
            row(
                ShapeException.class,
                "split: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.split(new long[] {1}, 2)),
            row(
                ShapeException.class,
                "squeeze: axis 1 of (2, 3) has size 3, not 1",
                () -> x.squeeze(-1)),
            row(
                ShapeException.class,
                "squeeze: axis 0 is repeated in [0, -2]",
                () -> x.squeeze(0, -2)),
            row(
                ShapeException.class,
                "expandDims: axis 4 is out of range for the 3 axes of the result",
                () -> x.expandDims(4)),
            row(
                ShapeException.class,
                "expandDims: axis 3 is repeated in [-1, 3]",
                () -> x.expandDims(-1, 3)),
            row(
                ShapeException.class,
                "flip: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.flip(2)),
            row(ShapeException.class, "flip: axis 1 is repeated in [1, -1]", () -> x.flip(1, -1)),
            row(
                ShapeException.class,
                "moveAxis: 2 axes and 1 places: [0, 1] to [0]; name a place for each axis",
                () -> x.moveAxis(two, one)),
            row(
                ShapeException.class,
                "moveAxis: axis 0 is repeated in [0, -2]",
                () -> x.moveAxis(new int[] {0, -2}, two)),
            row(
                ShapeException.class,
                "moveAxis: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.moveAxis(0, 2)),
            row(
                ShapeException.class,
                "swapAxes: axis -3 is out of range for shape (2, 3) of rank 2",
                () -> x.swapAxes(0, -3)),
            row(
                ShapeException.class,
                "diagonal: (3,) has fewer than 2 axes; expandDims first",
                () -> line.diagonal()),
            row(
                ShapeException.class,
                "diagonal: axis 1 of (2, 3) is named twice; name two axes",
                () -> x.diagonal(0, 1, -1)),
            row(
                ShapeException.class,
                "diagonal: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.diagonal(0, 0, 2)),
            row(
                ShapeException.class,
                "triu: (3,) has fewer than 2 axes; expandDims first",
                () -> line.triu(0)),
            row(
                ShapeException.class,
                "tril: (3,) has fewer than 2 axes; expandDims first",
                () -> line.tril(0)),
            row(
                ShapeException.class,
                "meshgrid: argument 1 has shape (2, 3); pass vectors",
                () -> Tensor.meshgrid(line, x)),
            row(
                ArgumentException.class,
                "meshgrid: the indexing is 'yx'; use 'xy' or 'ij'",
                () -> Tensor.meshgrid("yx", line)),
            row(
                ShapeException.class,
                "roll: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.roll(1, 2)),
            row(
                ShapeException.class,
                "roll: 2 shifts for 3 axes; pass one for each axis, or one for all",
                () -> x.roll(new long[] {1, 2}, 0, 1, 0)),
            row(
                ShapeException.class,
                "roll: no shifts; pass one for each axis",
                () -> x.roll(new long[0], 0)),
            row(ShapeException.class, "tile: -1 in [2, -1] is negative", () -> x.tile(2, -1)),
            row(
                ShapeException.class,
                "tile: too many elements: sizes overflow 64 bits with [%s]; take fewer"
                    .formatted(x.type()),
                () -> x.tile(1L << 62, 1)),
            row(ShapeException.class, "repeat: the count -1 is negative", () -> x.repeat(-1, 0)),
            row(
                ShapeException.class,
                "repeat: the count -1 is negative",
                () -> x.repeat(new long[] {2, -1}, 0)),
            row(
                ShapeException.class,
                "repeat: 1 counts for axis 1 of (2, 3), which has 3 elements; pass one for each",
                () -> x.repeat(new long[] {2}, 1)),
            row(
                ShapeException.class,
                "repeat: axis 2 is out of range for shape (2, 3) of rank 2",
                () -> x.repeat(2, 2)),
            row(
                ShapeException.class,
                "pad: 3 widths for (2, 3); pass 1 for all sides, 2 for before and after every"
                    + " axis, or 4 for before and after each axis in turn",
                () -> x.pad(PadMode.EDGE, 1, 2, 3)),
            row(
                ShapeException.class,
                "pad: width -1 of axis 1 is negative; use slice",
                () -> x.pad(0, new long[] {0, 0, -1, 0})),
            row(
                ShapeException.class,
                "pad: axis 0 of (0,) is empty; only CONSTANT can extend it",
                () -> nothing.pad(PadMode.REFLECT, 1)),
            row(
                ShapeException.class,
                "pad: too many elements: sizes overflow 64 bits with [%s]; take fewer"
                    .formatted(x.type()),
                () -> x.pad(PadMode.WRAP, ALL)),
            row(
                DTypeException.class,
                "pad: 0.5 is no int32: not exact; cast the tensor to a float dtype",
                () -> ints.pad(0.5, new long[] {1})),
            row(
                ShapeException.class,
                "eye: negative size -1 in (-1, 2)",
                () -> device.eye(DType.FLOAT32, -1, 2, 0))),
        device);
  }
}
