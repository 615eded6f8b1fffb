package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the table of ops does not reach: huge angles, derivatives at extremes, bad input. */
class TrigonometricTest extends OnCpu {
  private static final double INF = Double.POSITIVE_INFINITY;

  private double[] slopes(UnaryOperator<Tensor> f, double... at) {
    return slopes(f, DType.FLOAT64, at);
  }

  private double[] slopes(UnaryOperator<Tensor> f, DType dtype, double... at) {
    Tensor x = device.tensor(at, at.length).cast(dtype);
    return Cotangent.grad(p -> f.apply(p).sum(), x).cast(DType.FLOAT64).toDoubleArray();
  }

  static Stream<UnaryOperator<Tensor>> all() {
    return Stream.of(
        Tensor::sin, Tensor::cos, Tensor::tan, Tensor::asin, Tensor::acos, Tensor::atan);
  }

  /** Of every exponent, those next to multiples of pi / 2 among them. */
  @Test
  void anglesOfEverySize() {
    Random random = new Random(20261127);
    double[] x =
        random.doubles(5000).map(u -> Math.scalb(1 + u, random.nextInt(2098) - 1074)).toArray();
    x[0] = 0x1.6ac5b262ca1ffp849;
    x[1] = 45.553093477052;
    x[2] = Double.MAX_VALUE;
    Tensor angles = device.tensor(x, x.length);
    double[] sin = angles.sin().toDoubleArray();
    double[] cos = angles.cos().toDoubleArray();
    double[] tan = angles.tan().toDoubleArray();
    for (int i = 0; i < x.length; i++) {
      assertNear(StrictMath.sin(x[i]), sin[i], "sin " + x[i]);
      assertNear(StrictMath.cos(x[i]), cos[i], "cos " + x[i]);
      assertNear(StrictMath.tan(x[i]), tan[i], "tan " + x[i]);
    }
  }

  /** Both are within an ulp of the exact result. */
  private static void assertNear(double expected, double found, String what) {
    assertEquals(expected, found, 2 * Math.ulp(expected), what);
  }

  @ParameterizedTest
  @MethodSource("all")
  void nothingComesOfNothing(UnaryOperator<Tensor> f) {
    Tensor none = device.zeros(DType.FLOAT32, 3, 0);
    assertEquals(none.shape(), f.apply(none).shape());
    assertEquals(none.shape(), Cotangent.grad(p -> f.apply(p).sum(), none).shape());
  }

  @ParameterizedTest
  @MethodSource("all")
  void integersAreRefused(UnaryOperator<Tensor> f) {
    assertThrows(DTypeException.class, () -> f.apply(device.ones(DType.INT32, 3)));
    assertThrows(DTypeException.class, () -> f.apply(device.ones(DType.BOOL, 3)));
  }

  @Test
  void slopesAtTheEnds() {
    assertArrayEquals(new double[] {INF, INF, 1}, slopes(Tensor::asin, 1, -1, 0));
    assertArrayEquals(new double[] {-INF, -INF, -1}, slopes(Tensor::acos, 1, -1, 0));
    assertArrayEquals(new double[] {1, 0.5, 0}, slopes(Tensor::atan, 0, 1, INF), 1e-15);
    double next = 1 - 0x1p-53;
    double slope = 1 / Math.sqrt(0x1p-53 * (1 + next));
    assertArrayEquals(new double[] {slope}, slopes(Tensor::asin, next), 1e-14 * slope);
    assertArrayEquals(new double[] {1, 1, 1}, slopes(Tensor::tan, 0, -0.0, Double.MIN_VALUE));
  }

  @Test
  void derivativesDoNotOverflowOnTheirWay() {
    assertArrayEquals(new double[] {1e-320, 1e-300}, slopes(Tensor::atan, 1e160, -1e150), 1e-315);
    assertArrayEquals(new double[] {1 / 90001.0}, slopes(Tensor::atan, DType.FLOAT16, 300), 1e-7);
    for (double scale : new double[] {1e-200, 1, 1e200}) {
      double[] slopes = anglesSlopes(3 * scale, 4 * scale);
      assertEquals(0.16 / scale, slopes[0], 1e-15 / scale);
      assertEquals(-0.12 / scale, slopes[1], 1e-15 / scale);
    }
    assertArrayEquals(new double[] {0, 0}, anglesSlopes(0, 0));
    assertArrayEquals(new double[] {-0.5, 0}, anglesSlopes(0, -2));
    assertArrayEquals(new double[] {0, 0.25}, anglesSlopes(-4, 0));
  }

  private double[] anglesSlopes(double y, double x) {
    return Cotangent.grad(
            p -> p.get(0).atan2(p.get(1)), List.of(device.scalar(y), device.scalar(x)))
        .stream()
        .mapToDouble(slope -> slope.item() + 0.0)
        .toArray();
  }

  /** The derivatives of sine repeat after four. */
  @Test
  void derivativesOfEveryOrder() {
    double[] x = {0.3, -2, 1e5};
    Function<Tensor, Tensor> f = Tensor::sin;
    for (int order = 1; order <= 5; order++) {
      Function<Tensor, Tensor> before = f;
      f = p -> Cotangent.grad(q -> before.apply(q).sum(), p);
    }
    Tensor at = device.tensor(x, x.length);
    assertArrayEquals(at.cos().toDoubleArray(), f.apply(at).toDoubleArray());
  }

  @Test
  void inAllNarrowDtypes() {
    for (DType dtype : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      Tensor x = device.tensor(new double[] {0.5, -1, 200, 30000}, 4).cast(dtype);
      Tensor wide = x.cast(DType.FLOAT64);
      assertArrayEquals(
          wide.sin().cast(dtype).cast(DType.FLOAT64).toDoubleArray(),
          x.sin().cast(DType.FLOAT64).toDoubleArray());
      assertArrayEquals(
          wide.atan().cast(dtype).cast(DType.FLOAT64).toDoubleArray(),
          x.atan().cast(DType.FLOAT64).toDoubleArray());
    }
  }

  @Test
  void anglesOfPointsBroadcastAndRefuse() {
    Tensor x = device.ones(DType.FLOAT32, 2, 3);
    assertEquals(x.shape(), x.atan2(device.ones(DType.FLOAT32, 3)).shape());
    assertThrows(ShapeException.class, () -> x.atan2(device.ones(DType.FLOAT32, 2)));
    assertThrows(DTypeException.class, () -> x.atan2(device.ones(DType.FLOAT64, 3)));
    assertThrows(
        DTypeException.class, () -> device.ones(DType.INT32, 3).atan2(device.ones(DType.INT32, 3)));
    String message =
        assertThrows(DTypeException.class, () -> device.ones(DType.INT64, 3).sin()).getMessage();
    assertTrue(message.startsWith("sin: int64(3,) is not a float tensor"), message);
  }
}
