package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Derivatives of order 1 to 4 against their formulas, by every mixture of forward and reverse mode.
 */
class ClosedFormTest {
  /** A function of one number with the formulas of its first four derivatives. */
  record Case(String name, UnaryOperator<Tensor> f, double at, List<DoubleUnaryOperator> formulas) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case(
            "x^7",
            x -> x.pow(7),
            1.3,
            List.of(
                x -> 7 * Math.pow(x, 6),
                x -> 42 * Math.pow(x, 5),
                x -> 210 * Math.pow(x, 4),
                x -> 840 * Math.pow(x, 3))),
        new Case(
            "exp(2x)",
            x -> x.mul(2).exp(),
            0.7,
            List.of(
                x -> 2 * Math.exp(2 * x),
                x -> 4 * Math.exp(2 * x),
                x -> 8 * Math.exp(2 * x),
                x -> 16 * Math.exp(2 * x))),
        new Case(
            "x log x",
            x -> x.mul(x.log()),
            1.7,
            List.of(x -> Math.log(x) + 1, x -> 1 / x, x -> -1 / (x * x), x -> 2 / (x * x * x))),
        new Case(
            "tanh x",
            Tensor::tanh,
            0.4,
            List.of(
                x -> 1 - t(x) * t(x),
                x -> -2 * t(x) * (1 - t(x) * t(x)),
                x -> (1 - t(x) * t(x)) * (6 * t(x) * t(x) - 2),
                x -> 8 * t(x) * (1 - t(x) * t(x)) * (2 - 3 * t(x) * t(x)))),
        new Case(
            "1 / sqrt(1 + x^2)",
            x -> x.square().add(1).sqrt().pow(-1),
            0.6,
            List.of(
                x -> -x / Math.pow(1 + x * x, 1.5),
                x -> (2 * x * x - 1) / Math.pow(1 + x * x, 2.5),
                x -> (9 * x - 6 * x * x * x) / Math.pow(1 + x * x, 3.5),
                x -> (24 * Math.pow(x, 4) - 72 * x * x + 9) / Math.pow(1 + x * x, 4.5))));
  }

  private static double t(double x) {
    return Math.tanh(x);
  }

  /** The derivative of a function of one number, by one of the two modes. */
  private static UnaryOperator<Tensor> derivative(UnaryOperator<Tensor> f, boolean forward) {
    return forward
        ? x -> Cotangent.<Tensor, Tensor>jvp(f, x, one(x)).tangent()
        : x -> Cotangent.grad(f, x);
  }

  private static Tensor one(Tensor like) {
    // The direction must not depend on the point, or it would be differentiated too.
    return like.stopGradient().mul(0).add(1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void ordersOneToFourMatchTheFormulasInEveryMixtureOfModes(Case function) {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      for (int order = 1; order <= 4; order++) {
        double expected = function.formulas().get(order - 1).applyAsDouble(function.at());
        for (int mixture = 0; mixture < 1 << order; mixture++) {
          UnaryOperator<Tensor> f = function.f();
          for (int i = 0; i < order; i++) {
            f = derivative(f, (mixture >> i & 1) != 0);
          }
          double actual = f.apply(device.scalar(function.at())).item();
          assertEquals(
              expected,
              actual,
              1e-9 * Math.max(1, Math.abs(expected)),
              function + " order " + order + " mixture " + Integer.toBinaryString(mixture));
        }
      }
    }
  }

  @Test
  void internedNodesKeepHighOrdersSmall() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      UnaryOperator<Tensor> f = Tensor::tanh;
      for (int i = 0; i < 4; i++) {
        f = derivative(f, false);
      }
      UnaryOperator<Tensor> fourth = f;
      try (var program = device.compiler().compile(fourth, device.scalar(0.4))) {
        long nodes = program.explain().lines().filter(line -> line.startsWith("  %")).count();
        assertTrue(nodes < 200, nodes + " nodes in the fourth derivative of tanh");
      }
    }
  }
}
