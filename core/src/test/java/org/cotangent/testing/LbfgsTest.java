package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.Cotangent;
import org.cotangent.Cotangent.ValueAndGrad;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.optim.Lbfgs;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * L-BFGS against BFGS with the whole matrix in plain doubles, and on functions known to be hard.
 */
class LbfgsTest {
  record Model(Tensor head, List<Tensor> rest) {}

  private static final double[] START = {-2.5, -1, 0.3, 0.71, 1.5, 2.25};

  private static ValueAndGrad<Model> bowl(Model at) {
    return Cotangent.valueAndGrad(LbfgsTest::loss, at);
  }

  /** Coupled, with a steep and a flat side. */
  private static Tensor loss(Model model) {
    Tensor p =
        Tensor.concatenate(
            0, model.head(), model.rest().get(0).reshape(-1), model.rest().get(1).reshape(1));
    Tensor bowl = p.sub(0.7).square().mul(0.5).add(p.square().square().mul(0.05)).sum();
    return bowl.add(p.slice(0, 1, 6).sub(p.slice(0, 0, 5)).square().sum());
  }

  private static double[] slope(double[] p) {
    double[] g = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      g[i] += p[i] - 0.7 + 0.2 * p[i] * p[i] * p[i];
      if (i > 0) {
        g[i] += 2 * (p[i] - p[i - 1]);
        g[i - 1] -= 2 * (p[i] - p[i - 1]);
      }
    }
    return g;
  }

  private static Model model(Device device) {
    return new Model(
        device.tensor(new double[] {-2.5, -1, 0.3}, 3),
        List.of(device.tensor(new double[] {0.71, 1.5}, 2, 1), device.scalar(2.25)));
  }

  private static double[] values(Model model) {
    List<Double> all = new ArrayList<>();
    for (Tensor p : List.of(model.head(), model.rest().get(0), model.rest().get(1))) {
      Arrays.stream(p.reshape(-1).toDoubleArray()).forEach(all::add);
    }
    return all.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * The iterates of the definition: each step's matrix is the scaled unit matrix, updated with the
   * remembered pairs by {@code (I - r s y') H (I - r y s') + r s s'}.
   */
  private static double[] dense(int steps, double rate, int history) {
    double[] p = START.clone();
    double[] g = slope(p);
    int n = p.length;
    List<double[]> moves = new ArrayList<>();
    List<double[]> bends = new ArrayList<>();
    for (int k = 0; k < steps; k++) {
      double[][] h = new double[n][n];
      double scale =
          k == 0
              ? 1
              : dot(moves.getLast(), bends.getLast()) / dot(bends.getLast(), bends.getLast());
      for (int i = 0; i < n; i++) {
        h[i][i] = scale;
      }
      for (int m = 0; m < moves.size(); m++) {
        h = updated(h, moves.get(m), bends.get(m));
      }
      double l1 = Arrays.stream(g).map(Math::abs).sum();
      double length = k == 0 ? Math.min(1, 1 / l1) * rate : rate;
      double[] move = new double[n];
      for (int i = 0; i < n; i++) {
        move[i] = -length * dot(h[i], g);
        p[i] += move[i];
      }
      double[] now = slope(p);
      double[] bend = new double[n];
      for (int i = 0; i < n; i++) {
        bend[i] = now[i] - g[i];
      }
      g = now;
      if (dot(move, bend) > 1e-10) {
        moves.add(move);
        bends.add(bend);
      }
      if (moves.size() > history) {
        moves.removeFirst();
        bends.removeFirst();
      }
    }
    return p;
  }

  private static double[][] updated(double[][] h, double[] s, double[] y) {
    int n = s.length;
    double r = 1 / dot(s, y);
    double[][] left = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        left[i][j] = (i == j ? 1 : 0) - r * s[i] * y[j];
      }
    }
    double[][] result = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int a = 0; a < n; a++) {
          for (int b = 0; b < n; b++) {
            result[i][j] += left[i][a] * h[a][b] * left[j][b];
          }
        }
        result[i][j] += r * s[i] * s[j];
      }
    }
    return result;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /** With a small rate the way is long, and each step is compared. */
  @ParameterizedTest
  @CsvSource({"0.02, 3, 1000", "0.1, 100, 60", "0.5, 1, 30"})
  void followsTheWholeMatrix(double rate, int history, int steps) {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Lbfgs lbfgs = Lbfgs.of(rate).withHistory(history).withIterations(1).withTolerances(0, 0);
      Model at = model(device);
      Lbfgs.State state = lbfgs.start();
      for (int k = 1; k <= steps; k++) {
        try (Scope step = device.open()) {
          Lbfgs.Update<Model> next = lbfgs.step(LbfgsTest::bowl, at, state);
          at = next.parameters();
          state = next.state();
          if (k <= 5 || k % 10 == 0) {
            assertArrayEquals(dense(k, rate, history), values(at), 1e-10, "after " + k);
          }
          step.keep(List.of(at, state));
        }
      }
      assertEquals(steps, state.iterations());
    }
  }

  /** One call of many iterations goes the way of many calls of one. */
  @Test
  void callsGoOnWhereTheLastEnded() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Lbfgs once = Lbfgs.of(0.3).withIterations(12).withTolerances(0, 0);
      Lbfgs.Update<Model> all = once.minimize(LbfgsTest::bowl, model(device));
      Lbfgs.Update<Model> half = once.withIterations(6).minimize(LbfgsTest::bowl, model(device));
      half = once.withIterations(6).step(LbfgsTest::bowl, half.parameters(), half.state());
      assertArrayEquals(values(all.parameters()), values(half.parameters()), 0);
      assertEquals(13, all.evaluations());
      assertEquals(loss(all.parameters()).item(), all.value());
    }
  }

  private static Tensor rosenbrock(Tensor p) {
    Tensor here = p.slice(0, 0, -1);
    Tensor next = p.slice(0, 1, p.size());
    return next.sub(here.square()).square().mul(100).add(here.neg().add(1).square()).sum();
  }

  @ParameterizedTest
  @CsvSource({"2, 60", "10, 120", "101, 900"})
  void findsTheEndOfRosenbrocksValley(int n, int most) {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      double[] start = new double[n];
      Arrays.setAll(start, i -> i % 2 == 0 ? -1.2 : 1);
      Tensor at = device.tensor(start, n);
      try (var loss =
          device
              .compiler()
              .compile((Tensor p) -> Cotangent.valueAndGrad(LbfgsTest::rosenbrock, p), at)) {
        Lbfgs.Update<Tensor> found =
            Lbfgs.of(1)
                .withStrongWolfe()
                .withIterations(most)
                .withTolerances(1e-9, 0)
                .minimize(loss::run, at);
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        assertArrayEquals(ones, found.parameters().toDoubleArray(), 1e-7, found.toString());
      }
    }
  }

  /** The step that the search takes satisfies both conditions. */
  @Test
  void theStepIsAWolfeStep() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      for (double at : new double[] {-40, -3, -0.1, 0.5, 2, 100}) {
        for (double rate : new double[] {1e-3, 1, 50}) {
          Function<Tensor, Tensor> f = p -> p.square().add(1).log().add(p.mul(0.01)).sum();
          Tensor x = device.tensor(new double[] {at}, 1);
          Lbfgs lbfgs = Lbfgs.of(rate).withStrongWolfe().withIterations(1);
          Lbfgs.Update<Tensor> next = lbfgs.minimize(p -> Cotangent.valueAndGrad(f, p), x);
          double slope0 = Cotangent.grad(f, x).sum().item();
          double slope1 = Cotangent.grad(f, next.parameters()).sum().item();
          double move = next.parameters().sum().item() - at;
          String where = at + " with rate " + rate + " goes " + move;
          assertTrue(next.value() <= f.apply(x).item() + 1e-4 * move * slope0, where);
          assertTrue(Math.abs(slope1) <= 0.9 * Math.abs(slope0), where);
        }
      }
    }
  }

  /** Where the loss is infinite or NaN the search turns back. */
  @Test
  void theSearchTurnsBackFromNaN() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor at = device.tensor(new double[] {3}, 1);
      Function<Tensor, Tensor> f = p -> p.mul(4).sub(p.log()).sum();
      Lbfgs.Update<Tensor> found =
          Lbfgs.of(50)
              .withStrongWolfe()
              .withIterations(40)
              .minimize(p -> Cotangent.valueAndGrad(f, p), at);
      assertEquals(0.25, found.parameters().toDoubleArray()[0], 1e-5);
    }
  }

  /** Only the result and its state stay. */
  @Test
  void keepsNothingElse() {
    try (Device device = Device.cpu()) {
      Model at = model(device);
      Lbfgs lbfgs = Lbfgs.of(1).withStrongWolfe().withHistory(3).withIterations(15);
      Lbfgs.Update<Model> found = lbfgs.minimize(LbfgsTest::bowl, at);
      long before = device.memory().liveBytes();
      try (Scope _ = device.open()) {
        lbfgs.step(LbfgsTest::bowl, found.parameters(), found.state());
      }
      assertEquals(before, device.memory().liveBytes());
      Trees.leaves(found).forEach(Tensor::close);
      Trees.leaves(at).forEach(Tensor::close);
      assertEquals(0, device.memory().liveBytes());
    }
  }

  @Test
  void endsAtTheMinimum() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor at = device.tensor(new double[] {3, 3}, 2);
      Lbfgs.Update<Tensor> found =
          Lbfgs.of(1).minimize(p -> Cotangent.valueAndGrad(q -> q.sub(3).square().sum(), p), at);
      assertEquals(1, found.evaluations());
      assertEquals(0, found.state().iterations());
      assertArrayEquals(new double[] {3, 3}, found.parameters().toDoubleArray());
    }
  }

  @Test
  void badInput() {
    assertThrows(ArgumentException.class, () -> Lbfgs.of(-1));
    assertThrows(ArgumentException.class, () -> Lbfgs.of(1).withIterations(0));
    assertThrows(ArgumentException.class, () -> Lbfgs.of(1).withHistory(0));
    assertThrows(ArgumentException.class, () -> Lbfgs.of(1).withTolerances(Double.NaN, 0));
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Lbfgs lbfgs = Lbfgs.of(1);
      Function<Tensor, ValueAndGrad<Tensor>> f =
          p -> Cotangent.valueAndGrad(q -> q.square().sum(), p);
      assertThrows(ArgumentException.class, () -> lbfgs.minimize(f, device.zeros(DType.INT32, 2)));
      String message =
          assertThrows(
                  ArgumentException.class,
                  () ->
                      Cotangent.grad(
                          p -> lbfgs.minimize(f, p).parameters().sum(),
                          device.zeros(DType.FLOAT32, 2)))
              .getMessage();
      assertTrue(message.contains("compile the loss"), message);
    }
  }
}
