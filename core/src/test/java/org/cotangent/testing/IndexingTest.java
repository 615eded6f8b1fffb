package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.IndexMode;
import org.cotangent.op.Take;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Reading and writing at indices: against NumPy, and what NumPy does not say. */
class IndexingTest extends OnCpu {
  private static final Shape BOX = Shape.of(2, 5, 3);

  /** Python's names for what follows; put and add change a copy. */
  private static final String TO = "(lambda x: (%s, x)[1])(a.copy())";

  /** Indices of an axis of 5, negative ones among them and most of them twice. */
  private static Tensor five(Tensor numbers) {
    return numbers.remainder(9).sub(5).cast(DType.INT64).clamp(-5, 4);
  }

  private static final String FIVE = "np.clip((b %% 9 - 5).astype(int), -5, 4)".replace("%%", "%");

  /** Coordinates on axes of 2 and 5. */
  private static Tensor pairs(Tensor numbers) {
    Tensor row = numbers.slice(-1, 0, 1).remainder(4).sub(2);
    Tensor column = numbers.slice(-1, 1, 2).remainder(10).sub(5);
    return Tensor.concatenate(-1, row, column).cast(DType.INT32);
  }

  private static final String PAIRS =
      "((b[..., 0] % 4 - 2).astype(int), (b[..., 1] % 10 - 5).astype(int))";

  @Test
  void takesLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row(
                "np.take(a, " + FIVE + ", 1)",
                in -> in.get(0).take(five(in.get(1)), 1),
                BOX,
                Shape.of(3, 4)),
            LikeNumPy.row(
                "np.take(a, np.clip(b.astype(int), -5, 4), 1)",
                in -> in.get(0).take(in.get(1).cast(DType.INT32), 1, IndexMode.CLIPPED),
                BOX,
                Shape.of(11)),
            LikeNumPy.row(
                "np.take_along_axis(a, " + FIVE + ", 1)",
                in -> in.get(0).takeAlongAxis(five(in.get(1)), 1),
                BOX,
                Shape.of(2, 7, 3)),
            LikeNumPy.row(
                "np.take_along_axis(a, " + FIVE + ", 0)",
                in -> in.get(0).takeAlongAxis(five(in.get(1)), 0),
                Shape.of(5),
                Shape.of(11)),
            LikeNumPy.row(
                "np.take_along_axis(a, " + FIVE + ", -1)",
                in -> in.get(0).takeAlongAxis(five(in.get(1)), -1),
                Shape.of(3, 5),
                Shape.of(1, 2)),
            LikeNumPy.row(
                "np.take_along_axis(a, " + FIVE + ", 1)",
                in -> in.get(0).takeAlongAxis(five(in.get(1)), 1),
                Shape.of(1, 5, 3),
                Shape.of(2, 4, 1)),
            LikeNumPy.row(
                "np.take_along_axis(a, " + FIVE + ", 0)",
                in -> in.get(0).takeAlongAxis(five(in.get(1)), 0),
                Shape.of(5, 0),
                Shape.of(7, 0)),
            LikeNumPy.row(
                "np.take_along_axis(a.T, np.clip(b.astype(int), -5, 4).T, 0)",
                in ->
                    in.get(0)
                        .transpose()
                        .takeAlongAxis(
                            in.get(1).cast(DType.INT64).transpose(), 0, IndexMode.CLIPPED),
                Shape.of(3, 5),
                Shape.of(3, 6)),
            LikeNumPy.row(
                "np.take_along_axis(a, np.argmax(a, 1)[:, None], 1)",
                Shape.of(4, 6),
                x -> x.takeAlongAxis(x.argmax(1).expandDims(1), 1))));
  }

  @Test
  void gathersLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row(
                "a[" + PAIRS + "]",
                in -> in.get(0).gather(pairs(in.get(1))),
                BOX,
                Shape.of(4, 3, 2)),
            LikeNumPy.row(
                "a[" + PAIRS + "]", in -> in.get(0).gather(pairs(in.get(1))), BOX, Shape.of(2)),
            LikeNumPy.row(
                "a[" + PAIRS + "]",
                in -> in.get(0).gather(pairs(in.get(1))),
                Shape.of(2, 5),
                Shape.of(7, 2)),
            LikeNumPy.row(
                "a[" + PAIRS + "]", in -> in.get(0).gather(pairs(in.get(1))), BOX, Shape.of(0, 2)),
            LikeNumPy.row(
                "a[" + FIVE + "]",
                in -> in.get(0).gather(five(in.get(1)).expandDims(-1)),
                Shape.of(5, 3),
                Shape.of(2, 4)),
            LikeNumPy.row(
                "np.stack([a] * 4)",
                in -> in.get(0).gather(device(in).zeros(DType.INT32, 4, 0)),
                BOX),
            LikeNumPy.row(
                "a[b.astype(int) % 2, b.astype(int) % 5, b.astype(int) % 3]",
                in -> {
                  Tensor b = in.get(1).cast(DType.INT64);
                  return in.get(0)
                      .gather(Tensor.stack(-1, b.remainder(2), b.remainder(5), b.remainder(3)));
                },
                BOX,
                Shape.of(13))));
  }

  private static Device device(List<Tensor> in) {
    return in.getFirst().device();
  }

  @Test
  void addsLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row(
                TO.formatted("np.add.at(x, (slice(None), " + FIVE + "), c)"),
                in -> in.get(0).scatterAdd(five(in.get(1)), in.get(2), 1),
                BOX,
                Shape.of(4, 2),
                Shape.of(2, 4, 2, 3)),
            LikeNumPy.row(
                TO.formatted("np.add.at(x, " + FIVE + ", c)"),
                in -> in.get(0).scatterAdd(five(in.get(1)), in.get(2), 0),
                Shape.of(5, 2),
                Shape.of(9),
                Shape.of(2)),
            LikeNumPy.row(
                TO.formatted("np.add.at(x, " + PAIRS + ", c)"),
                in -> in.get(0).scatterAdd(pairs(in.get(1)), in.get(2)),
                BOX,
                Shape.of(4, 6, 2),
                Shape.of(4, 6, 3)),
            LikeNumPy.row(
                TO.formatted("np.add.at(x, " + PAIRS + ", c)"),
                in -> in.get(0).scatterAdd(pairs(in.get(1)), in.get(2)),
                Shape.of(2, 5),
                Shape.of(23, 2),
                Shape.SCALAR),
            LikeNumPy.row(
                TO.formatted(
                    "np.add.at(x, (np.arange(2)[:, None, None], " + FIVE + ", np.arange(3)), c)"),
                in -> in.get(0).scatterAddAlongAxis(five(in.get(1)), in.get(2), 1),
                BOX,
                Shape.of(2, 8, 3),
                Shape.of(8, 1))));
  }

  @Test
  void setsLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row(
                TO.formatted("x.__setitem__((slice(None), " + FIVE + "), c)"),
                in -> in.get(0).scatterSet(five(in.get(1)), in.get(2), 1),
                BOX,
                Shape.of(4),
                Shape.of(2, 4, 3)),
            LikeNumPy.row(
                TO.formatted("x.__setitem__((" + FIVE + ",), c)"),
                in -> in.get(0).scatterSet(five(in.get(1)), in.get(2), 0),
                Shape.of(5, 7),
                Shape.of(3, 3),
                Shape.of(3, 3, 1)),
            LikeNumPy.row(
                TO.formatted("x.__setitem__((" + FIVE + ",), c)"),
                in -> in.get(0).scatterSet(five(in.get(1)), in.get(2), 0),
                Shape.of(5),
                Shape.of(0),
                Shape.of(0)),
            LikeNumPy.row(
                TO.formatted("x.__setitem__(" + PAIRS + ", c)"),
                in -> in.get(0).scatterSet(pairs(in.get(1)), in.get(2)),
                BOX,
                Shape.of(17, 2),
                Shape.of(17, 3)),
            LikeNumPy.row(
                TO.formatted("np.put_along_axis(x, " + FIVE + ", c, 1)"),
                in -> in.get(0).scatterSetAlongAxis(five(in.get(1)), in.get(2), 1),
                BOX,
                Shape.of(2, 8, 3),
                Shape.of(2, 8, 3)),
            LikeNumPy.row(
                TO.formatted("np.put_along_axis(x, " + FIVE + ", c, 0)"),
                in -> in.get(0).scatterSetAlongAxis(five(in.get(1)), in.get(2), 0),
                Shape.of(5, 4),
                Shape.of(2, 1),
                Shape.of(2, 4))));
  }

  @Test
  void oneHotLikeNumPy() throws Exception {
    LikeNumPy.check(
        device,
        List.of(
            LikeNumPy.row(
                "(a[..., None] == np.arange(7))",
                Shape.of(3, 5),
                x -> x.cast(DType.INT16).oneHot(7, DType.BFLOAT16)),
            LikeNumPy.row(
                "(a[..., None] == np.arange(1))",
                Shape.SCALAR,
                x -> x.cast(DType.INT64).oneHot(1, DType.BOOL)),
            LikeNumPy.row(
                "np.zeros((4, 0))", Shape.of(4), x -> x.cast(DType.INT64).oneHot(0, DType.INT8))));
  }

  /** What no update is for stays to the bit, but that adding makes 0 of -0. */
  @Test
  void otherElementsStay() {
    float[] special = {Float.NaN, -0f, Float.NEGATIVE_INFINITY, Float.MIN_VALUE};
    Tensor x = device.tensor(special);
    Tensor at = device.tensor(new int[] {-1});
    Tensor one = device.tensor(new float[] {1});
    assertArrayEquals(
        new float[] {Float.NaN, -0f, Float.NEGATIVE_INFINITY, 1},
        x.scatterSet(at, one, 0).toFloatArray());
    assertArrayEquals(
        new float[] {Float.NaN, 0f, Float.NEGATIVE_INFINITY, 1},
        x.scatterAdd(at, one, 0).toFloatArray());
  }

  // ---- derivatives

  /** Of two updates for one place the last stays, and has all of the cotangent. */
  @Test
  void theLastUpdateHasTheCotangent() {
    Tensor x = device.tensor(new double[] {1, 2, 3, 4});
    Tensor at = device.tensor(new int[] {1, -1, 1, 3});
    Tensor updates = device.tensor(new double[] {5, 6, 7, 8});
    Tensor weights = device.tensor(new double[] {10, 20, 30, 40});
    assertArrayEquals(
        new double[] {10, 0, 30, 0},
        Cotangent.grad((Tensor p) -> p.scatterSet(at, updates, 0).mul(weights).sum(), x)
            .toDoubleArray());
    assertArrayEquals(
        new double[] {0, 0, 20, 40},
        Cotangent.grad((Tensor u) -> x.scatterSet(at, u, 0).mul(weights).sum(), updates)
            .toDoubleArray());
    assertArrayEquals(
        new double[] {20, 40, 20, 40},
        Cotangent.grad((Tensor u) -> x.scatterAdd(at, u, 0).mul(weights).sum(), updates)
            .toDoubleArray());
    // Of second order, through a product with itself.
    assertArrayEquals(
        new double[] {0, 0, 2, 2},
        Cotangent.grad(
                (Tensor u) ->
                    Cotangent.grad((Tensor v) -> x.scatterSet(at, v, 0).square().sum(), u).sum(),
                updates)
            .toDoubleArray());
  }

  @Test
  void gradientsOfGatheringAdd() {
    Tensor x = device.tensor(new double[] {1, 2, 3, 4}).reshape(2, 2);
    Tensor points = device.tensor(new int[] {0, 1, -2, -1, 1, 0}).reshape(3, 2);
    Tensor weights = device.tensor(new double[] {10, 20, 30});
    assertArrayEquals(
        new double[] {0, 30, 30, 0},
        Cotangent.grad((Tensor p) -> p.gather(points).mul(weights).sum(), x).toDoubleArray());
    Tensor along = device.tensor(new int[] {0, 0, 0, 1, 1, -2}).reshape(2, 3);
    assertArrayEquals(
        new double[] {60, 0, 30, 30},
        Cotangent.grad((Tensor p) -> p.takeAlongAxis(along, 1).mul(weights).sum(), x)
            .toDoubleArray());
    // A broadcast line has the cotangents of all its copies.
    assertArrayEquals(
        new double[] {90, 30},
        Cotangent.grad((Tensor p) -> p.takeAlongAxis(along, 1).mul(weights).sum(), x.slice(0, 0, 1))
            .toDoubleArray());
  }

  /** Large enough for threads, with many updates for each place. */
  @Test
  void manyUpdatesInOrder() {
    int count = 100_003;
    int size = 257;
    HostArray at = HostArray.allocate(new TensorType(DType.INT64, Shape.of(count, 2)));
    HostArray updates = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(count)));
    float[] sums = new float[size * 3];
    float[] last = new float[size * 3];
    for (int i = 0; i < count; i++) {
      int row = (int) (i * 7919L % size);
      int column = i % 3;
      at.set(2L * i, (long) row);
      at.set(2L * i + 1, (long) (column - 3));
      updates.set(i, 1f / (i + 1));
      sums[3 * row + column] += 1f / (i + 1);
      last[3 * row + column] = 1f / (i + 1);
    }
    Tensor zeros = device.zeros(DType.FLOAT32, size, 3);
    Tensor points = device.tensor(at);
    Tensor values = device.tensor(updates);
    assertArrayEquals(sums, zeros.scatterAdd(points, values).reshape(-1).toFloatArray());
    assertArrayEquals(last, zeros.scatterSet(points, values).reshape(-1).toFloatArray());
  }

  // ---- mistakes

  @TestFactory
  Stream<DynamicTest> mistakes() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 5);
    Tensor doubles = device.zeros(DType.FLOAT64, 2, 5);
    Tensor bools = device.zeros(DType.BOOL, 2, 5);
    Tensor ints = device.zeros(DType.INT32, 2, 3);
    Tensor nothing = device.zeros(DType.FLOAT32, 0, 3);
    Tensor updates = device.zeros(DType.FLOAT32, 2, 3);
    Tensor wrong = device.tensor(new long[] {0, 1, 2, 3, 4, 5}).reshape(2, 3);
    Tensor points = device.tensor(new long[] {0, 4, 1, -6, -3, 0}).reshape(3, 2);
    return FaceErrors.tests(
        List.of(
            row(
                IndexException.class,
                "takeAlongAxis: index 5 at position (1, 2) is out of bounds for axis 1 of size 5",
                () -> x.takeAlongAxis(wrong, 1)),
            row(
                IndexException.class,
                "take: index 2 at position (0, 2) is out of bounds for axis 0 of size 2",
                () -> x.take(wrong, 0)),
            row(
                IndexException.class,
                "gather: index -3 at position (2,) is out of bounds for axis 0 of size 2",
                () -> x.gather(points)),
            row(
                IndexException.class,
                "gather: index -6 at position (1,) is out of bounds for axis 1 of size 5",
                () -> x.gather(points.slice(0, 0, 2))),
            row(
                IndexException.class,
                "scatterAdd: index -3 at position (2,) is out of bounds for axis 0 of size 2",
                () -> x.scatterAdd(points, device.scalar(DType.FLOAT32, 1))),
            row(
                IndexException.class,
                "scatterSet: index 5 at position (1, 2) is out of bounds for axis 1 of size 5",
                () -> x.scatterSet(wrong, device.scalar(DType.FLOAT32, 1), 1)),
            row(
                IndexException.class,
                "scatterSetAlongAxis: index 5 at position (1, 2) is out of bounds for axis 1 of"
                    + " size 5",
                () -> x.scatterSetAlongAxis(wrong, updates, 1)),
            row(
                IndexException.class,
                "takeAlongAxis: index 0 at position (0, 0) is out of bounds for axis 0 of size 0",
                () -> nothing.takeAlongAxis(ints, 0)),
            row(
                ShapeException.class,
                "takeAlongAxis: axis 0 has size 0, so the indices (2, 3) cannot be clipped to it",
                () -> nothing.takeAlongAxis(ints, 0, IndexMode.CLIPPED)),
            row(
                ShapeException.class,
                "gather: (0, 3) has no places that the indices (3, 2) could name",
                () -> nothing.gather(points)),
            row(
                ShapeException.class,
                "takeAlongAxis: the indices (2,) have not as many axes as (2, 5); reshape them,"
                    + " with axes of size 1 to broadcast",
                () -> x.takeAlongAxis(device.zeros(DType.INT32, 2), 1)),
            row(
                ShapeException.class,
                "takeAlongAxis: shapes (1, 5) and (1, 3) do not broadcast: 5 != 3 at axis -1;"
                    + " reshape one, or insert an axis of size 1",
                () -> x.takeAlongAxis(ints, 0)),
            row(
                ShapeException.class,
                "gather: the last axis of the indices (2, 3) does not hold coordinates of (2, 5);"
                    + " it has one for each of at most 2 axes",
                () -> x.gather(ints)),
            row(
                DTypeException.class,
                "gather: float32(2, 3) is not an integer tensor; cast it to int64 first",
                () -> device.zeros(DType.INT32, 2, 2, 2).gather(updates)),
            row(
                DTypeException.class,
                "scatterAdd: dtypes differ: float64(2, 5) and float32(2, 3); cast one of them",
                () -> doubles.scatterAdd(ints, updates, 1)),
            row(
                DTypeException.class,
                "scatterAdd: bool(2, 2, 3) is not a number; cast it to a number dtype first",
                () -> bools.scatterAdd(ints, device.zeros(DType.BOOL, 2, 2, 3), 1)),
            row(
                ShapeException.class,
                "scatterSet: (2, 2, 2, 3) does not broadcast to (2, 2, 3)",
                () -> x.scatterSet(ints, device.zeros(DType.FLOAT32, 2, 2, 2, 3), 1)),
            row(
                ShapeException.class,
                "scatterAddAlongAxis: (1, 2, 3) does not broadcast to (2, 3)",
                () -> x.scatterAddAlongAxis(ints, device.zeros(DType.FLOAT32, 1, 2, 3), 1)),
            row(
                ShapeException.class,
                "take: axis 2 is out of range for shape (2, 5) of rank 2",
                () -> x.take(ints, 2, IndexMode.CLIPPED)),
            row(ArgumentException.class, "take: the mode is null", () -> x.take(ints, 1, null)),
            row(
                ShapeException.class,
                "take: the indices (2, 3) differ from (2, 5) in other axes than 0; broadcast one"
                    + " of them",
                () -> Tensor.apply(new Take(0, true, IndexMode.CHECKED), x, ints)),
            row(
                DTypeException.class,
                "oneHot: float32(2, 5) is not an integer tensor; cast it to int64 first",
                () -> x.oneHot(3, DType.INT8)),
            row(
                ShapeException.class,
                "oneHot: the depth -1 is negative",
                () -> ints.oneHot(-1, DType.INT8))),
        device);
  }

  /** Clipped far outside, in every dtype of indices. */
  @Test
  void clippedIndicesStayInside() {
    Tensor x = device.tensor(new int[] {1, 2, 3});
    Tensor far = device.tensor(new long[] {Long.MIN_VALUE, -4, -3, -1, 0, 2, 3, Long.MAX_VALUE});
    assertArrayEquals(
        new int[] {1, 1, 1, 3, 1, 3, 3, 3}, x.take(far, 0, IndexMode.CLIPPED).toIntArray());
    for (DType dtype : DType.values()) {
      if (dtype.isInteger()) {
        Tensor near = device.tensor(new long[] {0, 3, 100}).cast(dtype);
        assertEquals(
            List.of(1, 3, 3),
            Arrays.stream(x.take(near, 0, IndexMode.CLIPPED).toIntArray()).boxed().toList());
      }
    }
  }
}
