package org.cotangent.testing;

import static org.cotangent.testing.LikeNumPy.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** Reductions and scans against NumPy and closed forms, and their derivatives at ties and zeros. */
class ReductionsTest extends OnCpu {
  private static final double INF = Double.POSITIVE_INFINITY;

  @Test
  void theyAreNumPys() throws Exception {
    List<LikeNumPy.Row> rows = new ArrayList<>();
    Shape shape = Shape.of(3, 5, 4);
    for (String axes : List.of("0", "1", "2", "-1", "0, 2", "1, 2", "0, 1, 2")) {
      int[] over = Arrays.stream(axes.split(", ")).mapToInt(Integer::parseInt).toArray();
      String in = "(a, (" + axes + ",))";
      rows.add(row("np.min" + in, shape, x -> x.min(over)));
      rows.add(row("np.any" + in, shape, x -> x.any(over)));
      rows.add(row("np.all" + in, shape, x -> x.all(over)));
      rows.add(row("np.count_nonzero" + in, shape, x -> x.countNonzero(over)));
      rows.add(row("np.prod(a % 4, (" + axes + ",))", shape, x -> x.remainder(4).prod(over)));
      rows.add(
          row(
              "np.min(a.astype(np.int8), (" + axes + ",), keepdims=True)",
              shape,
              x -> x.cast(DType.INT8).keepDims(Tensor::min, over)));
      rows.add(
          row(
              "np.sum(a, (" + axes + ",), keepdims=True)",
              shape,
              x -> x.keepDims(Tensor::sum, over)));
    }
    rows.add(row("np.argmin(a, 1)", shape, x -> x.argmin(1)));
    rows.add(row("np.argmin(a)", shape, x -> x.argmin()));
    rows.add(row("np.argmin(a > 0, -1)", shape, x -> x.greater(0).argmin(-1)));
    rows.add(row("np.min(a > 0, -1)", shape, x -> x.greater(0).min(-1)));
    for (int axis = 0; axis < 3; axis++) {
      int along = axis;
      for (Shape each : List.of(shape, Shape.of(1, 17, 2), Shape.of(2, 0, 3))) {
        rows.add(
            row(
                "np.cumprod(a %% 3, %d)".formatted(axis),
                each,
                x -> x.remainder(3).cumprod(along)));
        rows.add(row("np.maximum.accumulate(a, %d)".formatted(axis), each, x -> x.cummax(along)));
        rows.add(row("np.minimum.accumulate(a, %d)".formatted(axis), each, x -> x.cummin(along)));
      }
    }
    rows.add(row("np.prod(a)", Shape.of(3, 0), x -> x.prod()));
    rows.add(row("np.any(a, 1)", Shape.of(3, 0), x -> x.any(1)));
    rows.add(row("np.all(a, 1)", Shape.of(3, 0), x -> x.all(1)));
    LikeNumPy.check(device, rows);
  }

  /** Against the definition in plain doubles. */
  @Test
  void moments() {
    Tensor x = device.tensor(new double[] {3, 1, 4, 1, 5, 9.5, -2, 6}, 2, 4);
    double[] means = {2.25, 4.625};
    double[][] rows = {{3, 1, 4, 1}, {5, 9.5, -2, 6}};
    for (int r = 0; r < 2; r++) {
      double mean = means[r];
      double sum = Arrays.stream(rows[r]).map(v -> (v - mean) * (v - mean)).sum();
      double squares = Arrays.stream(rows[r]).map(v -> v * v).sum();
      double cubes = Arrays.stream(rows[r]).map(v -> Math.abs(v * v * v)).sum();
      double exps = Arrays.stream(rows[r]).map(Math::exp).sum();
      assertEquals(sum / 4, x.variance(1).toDoubleArray()[r], 1e-13);
      assertEquals(sum / 3, x.sampleVariance(-1).toDoubleArray()[r], 1e-13);
      assertEquals(Math.sqrt(sum / 4), x.std(1).toDoubleArray()[r], 1e-13);
      assertEquals(Math.sqrt(sum / 3), x.sampleStd(1).toDoubleArray()[r], 1e-13);
      assertEquals(Math.sqrt(squares), x.norm(1).toDoubleArray()[r], 1e-13);
      assertEquals(Math.sqrt(squares), x.norm(2.0, 1).toDoubleArray()[r], 1e-13);
      assertEquals(Math.cbrt(cubes), x.norm(3.0, 1).toDoubleArray()[r], 1e-13);
      assertEquals(Math.log(exps), x.logSumExp(1).toDoubleArray()[r], 1e-13);
    }
    assertArrayEquals(new double[] {9, 22.5}, x.norm(1.0, 1).toDoubleArray());
    assertArrayEquals(new double[] {4, 9.5}, x.norm(INF, 1).toDoubleArray());
    assertArrayEquals(new double[] {1, 2}, x.norm(-INF, 1).toDoubleArray());
    // Far from zero the two passes keep their digits.
    Tensor far = device.tensor(new double[] {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}, 4);
    assertEquals(30, far.sampleVariance().item());
    assertEquals(DType.FLOAT64, device.arange(DType.INT32, 5).variance().dtype());
    assertEquals(2, device.arange(DType.INT32, 5).variance().item());
    assertTrue(Double.isNaN(device.ones(DType.FLOAT32, 1).sampleVariance().item()));
    assertTrue(Double.isNaN(device.ones(DType.FLOAT32, 0).variance().item()));
    assertEquals(DType.FLOAT16, device.ones(DType.FLOAT16, 3).std().dtype());
  }

  @Test
  void logSumExpOfInfinities() {
    Tensor x = device.tensor(new double[] {-INF, -INF, INF, 1, 1000, 1000, -2000, -INF}, 4, 2);
    assertArrayEquals(
        new double[] {-INF, INF, 1000 + Math.log(2), -2000}, x.logSumExp(1).toDoubleArray(), 1e-12);
    Tensor at = device.tensor(new double[] {1, 3, -INF}, 3);
    assertArrayEquals(
        at.softmax(0).toDoubleArray(),
        Cotangent.grad(p -> p.logSumExp(), at).toDoubleArray(),
        1e-15);
  }

  @Test
  void nanIsFound() {
    Tensor x = device.tensor(new double[] {3, Double.NaN, 1, Double.NaN}, 4);
    assertTrue(Double.isNaN(x.min().item()));
    assertEquals(1, x.argmin().item());
    assertEquals(4, x.countNonzero().item());
    assertArrayEquals(
        new double[] {3, Double.NaN, Double.NaN, Double.NaN}, x.cummin(0).toDoubleArray());
  }

  @Test
  void theSmallestInteger() {
    Tensor x = device.tensor(new int[] {5, Integer.MIN_VALUE, Integer.MAX_VALUE}, 3);
    assertEquals(Integer.MIN_VALUE, x.min().item());
    assertEquals(1, x.argmin().item());
    assertArrayEquals(
        new int[] {5, Integer.MIN_VALUE, Integer.MIN_VALUE}, x.cummin(0).toIntArray());
  }

  private double[] slopes(Function<Tensor, Tensor> f, double... at) {
    return Cotangent.grad(p -> f.apply(p).sum(), device.tensor(at, at.length)).toDoubleArray();
  }

  @Test
  void derivativesAtTiesAndZeros() {
    assertArrayEquals(new double[] {0.5, 0, 0.5}, slopes(Tensor::min, 1, 2, 1));
    assertArrayEquals(new double[] {0, 0, 0}, slopes(Tensor::norm, 0, 0, 0));
    assertArrayEquals(new double[] {0.6, 0.8}, slopes(Tensor::norm, 3, 4), 1e-15);
    for (double order : new double[] {0.5, 1, 1.5, 2, 3, 4, INF, -INF}) {
      assertArrayEquals(new double[] {0, 0, 0}, slopes(x -> x.norm(order), 0, 0, 0), "" + order);
    }
    // d/dx of (x^1.5 + y^1.5)^(2/3) is (x / norm)^0.5; an element at 0 adds nothing.
    double norm = Math.pow(Math.pow(3, 1.5) + 8, 2 / 3.0);
    assertArrayEquals(
        new double[] {0, Math.sqrt(3 / norm), Math.sqrt(4 / norm)},
        slopes(x -> x.norm(1.5), 0, 3, 4),
        1e-15);
    // Of order 1/2, a + b + 2 sqrt(ab).
    assertArrayEquals(new double[] {0, 1.5, 3}, slopes(x -> x.norm(0.5), 0, 4, 1), 1e-14);
    assertArrayEquals(new double[] {0, 0, 0}, slopes(Tensor::std, 2, 2, 2));
    assertArrayEquals(new double[] {12, 8, 6}, slopes(Tensor::prod, 2, 3, 4));
    assertArrayEquals(new double[] {0, 8, 0}, slopes(Tensor::prod, 2, 0, 4));
    assertArrayEquals(new double[] {0, 0, 0}, slopes(Tensor::prod, 0, 0, 4));
    // The mixed second derivative beside two zeros is the product of the rest.
    assertArrayEquals(
        new double[] {4, 0, 0},
        slopes(x -> Cotangent.grad(p -> p.prod(), x).slice(0, 1, 2), 0, 0, 4));
    assertArrayEquals(new double[] {1, 10, 0}, slopes(x -> x.cumprod(0), 2, 0, 4));
    assertArrayEquals(new double[] {3, 0, 0}, slopes(x -> x.cumprod(0).slice(0, 0, 2), 0, 2, 9));
  }

  /** 1000 * 1000 is beyond float16, the products of all but one are not. */
  @Test
  void slopesOfNarrowProductsAreWide() {
    double[] at = {1000, 1000, 0.0625, 0.0625, 0.5};
    Tensor x = device.tensor(at, 5).cast(DType.FLOAT16);
    double[] others = {1.953125, 1.953125, 31250, 31250, 3906.25};
    for (DType dtype : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      assertArrayEquals(
          device.tensor(others, 5).cast(dtype).cast(DType.FLOAT64).toDoubleArray(),
          Cotangent.grad(p -> p.prod(), x.cast(dtype)).cast(DType.FLOAT64).toDoubleArray(),
          dtype.toString());
    }
  }

  @Test
  void scansHaveDerivatives() {
    Tensor x = device.tensor(new double[] {0.5, -1.5, 2, 0, 1.25, -3, 0, 2.5, 1, 4}, 2, 5);
    for (int axis = 0; axis < 2; axis++) {
      int along = axis;
      Derivatives.check(device, in -> in.getFirst().cumprod(along), List.of(x));
      Derivatives.check(device, in -> in.getFirst().add(0.1).logSumExp(along), List.of(x));
      Derivatives.check(device, in -> in.getFirst().sampleStd(along), List.of(x));
      Derivatives.check(device, in -> in.getFirst().prod(along), List.of(x));
    }
    Tensor apart = device.tensor(new double[] {0.5, -1.5, 2, 0, 1.25}, 5);
    Derivatives.check(device, in -> in.getFirst().cummax(0), List.of(apart));
    Derivatives.check(device, in -> in.getFirst().cummin(0), List.of(apart));
    Derivatives.check(device, in -> in.getFirst().norm(3.0), List.of(apart));
  }

  @Test
  void badInput() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 0);
    assertThrows(ShapeException.class, () -> x.min(1));
    assertThrows(ShapeException.class, () -> x.argmin());
    assertThrows(ShapeException.class, () -> x.logSumExp(1));
    assertThrows(ShapeException.class, () -> x.prod(2));
    assertThrows(ShapeException.class, () -> x.any(0, 0));
    assertThrows(ShapeException.class, () -> x.cumprod(2));
    assertThrows(ArgumentException.class, () -> x.norm(0.0));
    assertThrows(ArgumentException.class, () -> x.norm(Double.NaN, 1));
    Tensor full = device.zeros(DType.FLOAT32, 2, 3);
    String message =
        assertThrows(ShapeException.class, () -> full.keepDims((t, axes) -> t, 0)).getMessage();
    assertTrue(
        String.valueOf(message)
            .startsWith("keepDims: over axes [0] of (2, 3) the reduction gave (2, 3); pass one"),
        message);
    message = assertThrows(ShapeException.class, () -> x.logSumExp(1)).getMessage();
    assertTrue(String.valueOf(message).contains("(at ReductionsTest.java:"), message);
  }
}
