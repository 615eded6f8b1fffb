package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.Function;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.junit.jupiter.api.Test;

/** Derivatives of special functions to the second order, and bad input. */
class SpecialsTest extends OnCpu {
  private double second(Function<Tensor, Tensor> f, double at) {
    Tensor x = device.tensor(new double[] {at}, 1);
    return Cotangent.grad(p -> Cotangent.grad(q -> f.apply(q).sum(), p).sum(), x)
        .toDoubleArray()[0];
  }

  @Test
  void derivatives() {
    double slope = -4 / Math.sqrt(Math.PI) * Math.exp(-1);
    assertEquals(slope, second(Tensor::erf, 1), 1e-15);
    assertEquals(-slope, second(Tensor::erfc, 1), 1e-15);
    // Trigamma at 1, and its first derivative -2 zeta(3).
    assertEquals(Math.PI * Math.PI / 6, second(Tensor::lgamma, 1), 1e-15);
    assertEquals(-2.4041138063191885, second(Tensor::digamma, 1), 2e-15);
  }

  @Test
  void orderZeroIsDigamma() {
    Tensor x = device.tensor(new double[] {-1.5, 0.25, 40}, 3);
    assertArrayEquals(x.digamma().toDoubleArray(), x.polygamma(0).toDoubleArray());
  }

  @Test
  void badInput() {
    Tensor x = device.tensor(new int[] {1}, 1);
    assertThrows(DTypeException.class, x::erf);
    assertThrows(DTypeException.class, x::lgamma);
    assertThrows(DTypeException.class, () -> x.polygamma(1));
    Tensor y = device.tensor(new double[] {1}, 1);
    String limit = "polygamma: order 21 is not from 0 to 20; a derivative is of one order more";
    ArgumentException error = assertThrows(ArgumentException.class, () -> y.polygamma(21));
    assertEquals(limit, error.getMessage().lines().findFirst().orElseThrow());
    assertThrows(ArgumentException.class, () -> y.polygamma(-1));
    assertThrows(ArgumentException.class, () -> Cotangent.grad(p -> p.polygamma(20).sum(), y));
  }
}
