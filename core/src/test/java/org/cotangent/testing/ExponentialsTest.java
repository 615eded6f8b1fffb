package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the table of ops does not reach: derivatives where a formula divides by zero, bad input. */
class ExponentialsTest extends OnCpu {
  private double[] slopes(Function<Tensor, Tensor> f, double... at) {
    Tensor x = device.tensor(at, at.length);
    return Cotangent.grad(p -> f.apply(p).sum(), x).toDoubleArray();
  }

  @Test
  void powersByTheirBase() {
    assertArrayEquals(new double[] {0, 4, -6}, slopes(x -> x.pow(2.0), 0, 2, -3));
    assertArrayEquals(new double[] {0, 0}, slopes(x -> x.pow(0.0), 0, 2));
    assertArrayEquals(new double[] {1, 1}, slopes(x -> x.pow(1.0), 0, 2));
    assertArrayEquals(new double[] {Double.POSITIVE_INFINITY, 0.25}, slopes(x -> x.pow(0.5), 0, 4));
    // The second derivative of x^2 at 0.
    assertArrayEquals(new double[] {2}, slopes(x -> Cotangent.grad(p -> p.pow(2.0).sum(), x), 0));
  }

  /** x^n has n + 1 derivatives that could be other than 0; all that follow are 0, not NaN. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void powersAtZeroInEveryOrder(int n) {
    Function<Tensor, Tensor> f = x -> x.pow((double) n);
    double factorial = 1;
    for (int k = 1; k <= n + 3; k++) {
      factorial *= k;
      assertEquals(k == n ? factorial : 0, slopes(f, 0)[0], "order " + k);
      Function<Tensor, Tensor> before = f;
      f = x -> Cotangent.grad(p -> before.apply(p).sum(), x);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 0, 0.5", "2, 1, 1.6931471805599454", "0, 0, 0", "0, 2, 0", "0.5, 0, 2"})
  void mixedDerivativesOfPowersDoNotDependOnTheOrder(double a, double b, double mixed) {
    Tensor base = device.scalar(a);
    Tensor exponent = device.scalar(b);
    Tensor baseFirst = Cotangent.grad(y -> Cotangent.grad(x -> x.pow(y), base), exponent);
    Tensor exponentFirst = Cotangent.grad(x -> Cotangent.grad(y -> x.pow(y), exponent), base);
    assertEquals(mixed, baseFirst.item(), 1e-14);
    assertEquals(mixed, exponentFirst.item(), 1e-14);
  }

  @Test
  void derivativesDoNotOverflowOnTheirWay() {
    Tensor x = device.tensor(new double[] {400, 6e4}, 2).cast(DType.FLOAT16);
    Function<UnaryOperator<Tensor>, double[]> slopes =
        f -> Cotangent.grad(p -> f.apply(p).sum(), x).cast(DType.FLOAT64).toDoubleArray();
    assertArrayEquals(new double[] {1 / 400.0, 1 / 6e4}, slopes.apply(Tensor::acosh), 3e-6);
    double ln2 = Math.log(2);
    assertArrayEquals(
        new double[] {1 / 400.0 / ln2, 1 / 6e4 / ln2}, slopes.apply(Tensor::log2), 3e-6);
    double ln10 = Math.log(10);
    assertArrayEquals(
        new double[] {1 / 400.0 / ln10, 1 / 6e4 / ln10}, slopes.apply(Tensor::log10), 3e-6);
  }

  @Test
  void powersByTheirExponent() {
    Function<Double, Function<Tensor, Tensor>> of = base -> y -> y.fullLike(base).pow(y);
    assertArrayEquals(new double[] {0, 0}, slopes(of.apply(0.0), 0, 2));
    assertArrayEquals(new double[] {0, 0}, slopes(of.apply(1.0), 0, 2));
    assertArrayEquals(
        new double[] {Math.log(2), 4 * Math.log(2)}, slopes(of.apply(2.0), 0, 2), 1e-15);
    assertArrayEquals(
        new double[] {0}, slopes(y -> Cotangent.grad(q -> of.apply(0.0).apply(q).sum(), y), 3));
  }

  @Test
  void saturatedOnesHaveFiniteDerivatives() {
    double[] far = {-1e4, -800, 800, 1e4};
    assertArrayEquals(new double[] {0, 0, 0, 0}, slopes(Tensor::sigmoid, far));
    assertArrayEquals(new double[] {0, 0, 1, 1}, slopes(Tensor::softplus, far));
    assertArrayEquals(new double[] {1, 1e-200}, slopes(Tensor::asinh, 0, 1e200), 1e-215);
  }

  @Test
  void theRootOfZeroHasNoSlope() {
    Tensor zero = device.scalar(0.0);
    List<Tensor> slopes =
        Cotangent.grad(p -> p.get(0).hypot(p.get(1)), List.of(zero, device.scalar(0.0)));
    assertEquals(0, slopes.get(0).item());
    assertEquals(0, slopes.get(1).item());
    assertEquals(5e300, device.scalar(3e300).hypot(device.scalar(4e300)).item());
  }

  @Test
  void theyBroadcastAndRefuse() {
    Tensor x = device.ones(DType.FLOAT32, 2, 3);
    assertEquals(x.shape(), x.pow(device.ones(DType.FLOAT32, 3)).shape());
    assertThrows(ShapeException.class, () -> x.hypot(device.ones(DType.FLOAT32, 2)));
    assertThrows(DTypeException.class, () -> x.pow(device.ones(DType.FLOAT64, 3)));
    assertThrows(DTypeException.class, () -> device.ones(DType.INT32, 3).pow(0.5));
    assertThrows(DTypeException.class, () -> device.ones(DType.INT64, 3).expm1());
  }
}
