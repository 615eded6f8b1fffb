package org.cotangent.benchmarks.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.cotangent.Cotangent.ValueAndGrad;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.task.Inputs;
import org.cotangent.benchmarks.work.GradientWork.Subject;
import org.cotangent.benchmarks.work.GradientWork.What;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GradientWorkTest {
  private static final double STEP = 1e-5;
  private static final int COORDINATES = 20;

  static List<Objective> objectives() {
    return List.of(
        new Mixture(1, 1, 1),
        new Mixture(2, 1, 3),
        new Mixture(3, 5, 17),
        new Mixture(10, 3, 33),
        new Lstm(1, 1, 1, 2),
        new Lstm(3, 2, 5, 3),
        new Lstm(17, 7, 13, 5),
        new Bundle(1, 1, 1),
        new Bundle(2, 3, 1),
        new Bundle(3, 5, 31),
        new Bundle(7, 100, 257));
  }

  /** Coordinates of each parameter are moved one at a time, by the plain objective in float64. */
  @ParameterizedTest
  @MethodSource("objectives")
  void valueAndGradientAreThoseOfPlainJava(Objective objective) {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      List<Tensor> parameters = GradientWork.tensors(device, objective.parameters());
      List<Tensor> data = GradientWork.tensors(device, objective.data());
      List<double[]> at = GradientWork.doubles(objective.parameters());
      List<double[]> given = GradientWork.doubles(objective.data());
      double plain = objective.plain(at, given);
      var value = GradientWork.value(device, objective, parameters, data);
      assertClose(plain, value.run(parameters, data).item(), objective);
      var found = GradientWork.gradient(device, objective, parameters, data).run(parameters, data);
      assertClose(plain, found.value().item(), objective);
      GradientWork.check(objective, found);
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < at.size(); i++) {
        double[] gradient = Inputs.doubles(found.grad().get(i).toHost());
        assertEquals(at.get(i).length, gradient.length);
        for (int j = 0; j < Math.min(COORDINATES, gradient.length); j++) {
          int coordinate = gradient.length <= COORDINATES ? j : random.nextInt(0, gradient.length);
          double before = at.get(i)[coordinate];
          at.get(i)[coordinate] = before + STEP;
          double up = objective.plain(at, given);
          at.get(i)[coordinate] = before - STEP;
          double down = objective.plain(at, given);
          at.get(i)[coordinate] = before;
          assertClose((up - down) / (2 * STEP), gradient[coordinate], objective);
        }
      }
    }
  }

  private static void assertClose(double expected, double actual, Objective objective) {
    assertEquals(expected, actual, objective.tolerance() * (1 + Math.abs(expected)));
  }

  /** One sample of one component: the density of a Gaussian, and the prior of its precision. */
  @Test
  void mixtureIsThePosteriorDensity() {
    Mixture one = new Mixture(1, 1, 1);
    double precision = Math.exp(2 * 0.3);
    double normal = Math.sqrt(precision / (2 * Math.PI)) * Math.exp(-precision * 0.25 / 2);
    // Wishart in one dimension with 4 degrees of freedom: gamma with shape 2.
    double rate = 0.9 * 0.9 / 2;
    double prior = rate * rate * precision * Math.exp(-rate * precision);
    double[] weights = {7};
    double[] means = {0.5};
    double[] logDiagonals = {0.3};
    double[] samples = {1};
    double value =
        one.plain(List.of(weights, means, logDiagonals, new double[0]), List.of(samples));
    assertEquals(Math.log(normal * prior), value, 1e-12);
  }

  /** Of half numbers: gamma_2(3/2) = pi^(1/2) gamma(3/2) gamma(1) = pi / 2. */
  @Test
  void multivariateGamma() {
    assertEquals(Math.log(Math.PI / 2), Mixture.logMultivariateGamma(3, 2), 1e-15);
    assertEquals(Math.log(24), Mixture.logMultivariateGamma(10, 1), 1e-14);
  }

  private static String failure(Objective objective, ValueAndGrad<List<Tensor>> found) {
    return String.valueOf(
        assertThrows(IllegalStateException.class, () -> GradientWork.check(objective, found))
            .getMessage());
  }

  @Test
  void wrongGradientIsFound() {
    Objective objective = new Mixture(2, 3, 5);
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      List<Tensor> parameters = GradientWork.tensors(device, objective.parameters());
      List<Tensor> data = GradientWork.tensors(device, objective.data());
      var found = GradientWork.gradient(device, objective, parameters, data).run(parameters, data);
      List<Tensor> wrong = new ArrayList<>(found.grad());
      wrong.set(1, wrong.get(1).mul(1.001));
      String message = failure(objective, new ValueAndGrad<>(found.value(), wrong));
      assertTrue(message.contains("the slope by parameter 1 is"), message);
      Tensor value = found.value().add(1);
      message = failure(objective, new ValueAndGrad<>(value, found.grad()));
      assertTrue(message.contains("the value is"), message);
    }
  }

  @ParameterizedTest
  @EnumSource
  void subjectsCanBeTimed(Subject subject) {
    for (What what : What.values()) {
      try (Work work = GradientWork.cotangent("cpu", subject, what)) {
        work.run();
        work.run();
      }
    }
  }
}
