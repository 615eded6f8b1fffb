package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.optim.Adadelta;
import org.cotangent.optim.Adagrad;
import org.cotangent.optim.Adam;
import org.cotangent.optim.Adamax;
import org.cotangent.optim.Clipping;
import org.cotangent.optim.Optimizer;
import org.cotangent.optim.RmsProp;
import org.cotangent.optim.Schedule;
import org.cotangent.optim.Sgd;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimisers against the same formulas in plain doubles, for 1,000 compiled steps. */
class OptimizerTest {
  private static final int STEPS = 1000;

  record Model(Tensor w, List<Tensor> rest) {}

  record Step(Model model, Optimizer.State<Model> state) {}

  /** One number on its way: its value, what is remembered, and the number of the step. */
  interface Scalar {
    double move(double p, double g, double[] slots, int t);
  }

  private static Arguments row(Optimizer optimizer, int slots, Scalar scalar) {
    return Arguments.of(optimizer, slots, scalar);
  }

  static Stream<Arguments> optimizers() {
    return Stream.of(
        row(Sgd.of(0.01), 0, (p, g, s, t) -> p - 0.01 * g),
        row(
            Sgd.of(0.01).withMomentum(0.9).withDampening(0.3).withWeightDecay(0.1),
            1,
            (p, g, s, t) -> {
              double slope = g + 0.1 * p;
              s[0] = t == 1 ? slope : 0.9 * s[0] + 0.7 * slope;
              return p - 0.01 * s[0];
            }),
        row(
            Sgd.of(0.003).withNesterov(0.8),
            1,
            (p, g, s, t) -> {
              s[0] = 0.8 * s[0] + g;
              return p - 0.003 * (g + 0.8 * s[0]);
            }),
        row(Adam.of(0.02), 2, (p, g, s, t) -> adam(p, g, s, t, false)),
        row(
            Adam.of(0.02).withWeightDecay(0.05).withAmsgrad(),
            3,
            (p, g, s, t) -> adam(p, g + 0.05 * p, s, t, true)),
        row(Adam.decoupled(0.02), 2, (p, g, s, t) -> adam(p * (1 - 0.02 * 0.01), g, s, t, false)),
        row(
            Adamax.of(0.02),
            2,
            (p, g, s, t) -> {
              s[0] = 0.9 * s[0] + (1 - 0.9) * g;
              s[1] = Math.max(0.999 * s[1], Math.abs(g) + 1e-8);
              return p - 0.02 / (1 - Math.pow(0.9, t)) * s[0] / s[1];
            }),
        row(
            // Small steps: once they jump across the minimum, each doubles any difference.
            RmsProp.of(2e-4),
            1,
            (p, g, s, t) -> {
              s[0] = 0.99 * s[0] + (1 - 0.99) * (g * g);
              return p - 2e-4 * (g / (Math.sqrt(s[0]) + 1e-8));
            }),
        row(
            RmsProp.of(5e-5).withCentering().withMomentum(0.5),
            3,
            (p, g, s, t) -> {
              s[0] = 0.99 * s[0] + (1 - 0.99) * (g * g);
              s[1] = 0.99 * s[1] + (1 - 0.99) * g;
              s[2] = 0.5 * s[2] + g / (Math.sqrt(s[0] - s[1] * s[1]) + 1e-8);
              return p - 5e-5 * s[2];
            }),
        row(
            new Adagrad(Schedule.constant(0.1), 0.01, 0.02, 0.5, 1e-10),
            1,
            (p, g, s, t) -> {
              double slope = g + 0.02 * p;
              s[0] = (t == 1 ? 0.5 : s[0]) + slope * slope;
              return p - 0.1 / (1 + (t - 1) * 0.01) * slope / (Math.sqrt(s[0]) + 1e-10);
            }),
        row(
            Adadelta.of(1),
            2,
            (p, g, s, t) -> {
              s[0] = 0.9 * s[0] + (1 - 0.9) * (g * g);
              double delta = Math.sqrt(s[1] + 1e-6) / Math.sqrt(s[0] + 1e-6) * g;
              s[1] = 0.9 * s[1] + (1 - 0.9) * (delta * delta);
              return p - delta;
            }));
  }

  private static double adam(double p, double g, double[] s, int t, boolean amsgrad) {
    s[0] = 0.9 * s[0] + (1 - 0.9) * g;
    s[1] = 0.999 * s[1] + (1 - 0.999) * (g * g);
    double square = s[1];
    if (amsgrad) {
      s[2] = Math.max(s[2], s[1]);
      square = s[2];
    }
    double divisor = Math.sqrt(square) / Math.sqrt(1 - Math.pow(0.999, t)) + 1e-8;
    return p - 0.02 / (1 - Math.pow(0.9, t)) * s[0] / divisor;
  }

  /** A smooth bowl with a steep and a flat side, whose slope is plain arithmetic. */
  private static Tensor loss(Model model) {
    return Stream.concat(Stream.of(model.w()), model.rest().stream())
        .map(p -> p.sub(0.7).square().mul(0.5).add(p.square().square().mul(0.05)).sum())
        .reduce(Tensor::add)
        .orElseThrow();
  }

  private static double slope(double p) {
    return p - 0.7 + 0.2 * p * p * p;
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void followsPlainDoubles(Optimizer optimizer, int slots, Scalar scalar) {
    double[] start = {-2.5, -1, 0.3, 0.71, 1.5, 2.25};
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Model model =
          new Model(
              device.tensor(new double[] {-2.5, -1, 0.3}, 3),
              List.of(device.tensor(new double[] {0.71, 1.5}, 2, 1), device.scalar(2.25)));
      Optimizer.State<Model> state = optimizer.start(model);
      assertEquals(slots, state.slots().size());
      var step =
          device
              .compiler()
              .donate(0, 1)
              .compile(
                  (Model m, Optimizer.State<Model> s) -> {
                    var next = optimizer.step(m, Cotangent.grad(OptimizerTest::loss, m), s);
                    return new Step(next.parameters(), next.state());
                  },
                  model,
                  state);
      double[] expected = start.clone();
      double[][] remembered = new double[start.length][slots];
      for (int t = 1; t <= STEPS; t++) {
        Step next = step.run(model, state);
        model = next.model();
        state = next.state();
        for (int i = 0; i < expected.length; i++) {
          expected[i] = scalar.move(expected[i], slope(expected[i]), remembered[i], t);
        }
        if (t <= 3 || t % 250 == 0) {
          double[] found = values(device, model);
          for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], found[i], 1e-10, optimizer + " step " + t + " of " + i);
          }
        }
      }
      assertEquals(STEPS, state.steps().item());
      step.close();
    }
  }

  /** A view would share memory that the next step is donated: it is closed here. */
  private static double[] values(Device device, Model model) {
    try (Scope _ = device.open()) {
      return Stream.of(model.w(), model.rest().get(0), model.rest().get(1))
          .flatMapToDouble(p -> Arrays.stream(p.reshape(-1).toDoubleArray()))
          .toArray();
    }
  }

  @Test
  void schedules() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      assertSchedule(device, Schedule.constant(0.3), 0.3, 0.3, 0.3);
      assertSchedule(device, Schedule.exponential(2, 0.5), 2, 1, 0.5);
      assertSchedule(device, Schedule.stairs(2, 0.5, 2), 2, 2, 1, 1, 0.5);
      assertSchedule(device, Schedule.linear(1, 0.2, 4), 1, 0.8, 0.6, 0.4, 0.2, 0.2);
      double diagonal = 0.3 * (1 + Math.sqrt(0.5));
      assertSchedule(device, Schedule.cosine(0.6, 0, 4), 0.6, diagonal, 0.3, 0.6 - diagonal, 0, 0);
      assertSchedule(device, Schedule.cosine(1, 0.2, 2), 1, 0.6, 0.2, 0.2, 0.2);
      assertSchedule(device, Schedule.cosine(0.1, 0.7, 3), 0.1, 0.25, 0.55, 0.7, 0.7);
      assertSchedule(device, Schedule.constant(1).warmedUp(4), 0.25, 0.5, 0.75, 1, 1);
      assertSchedule(device, Schedule.linear(1, 0, 2).warmedUp(2), 0.5, 1, 1, 0.5, 0);
    }
  }

  private static void assertSchedule(Device device, Schedule schedule, double... rates) {
    for (int i = 0; i < rates.length; i++) {
      assertEquals(rates[i], schedule.at(device.scalar(i)).item(), 1e-15, "after " + i);
    }
  }

  @Test
  void clipping() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      List<Tensor> tree =
          List.of(device.tensor(new double[] {3, -4}, 2), device.tensor(new float[] {12}, 1));
      assertEquals(13, Clipping.globalNorm(tree).item(), 1e-12);
      List<Tensor> clipped = Clipping.byGlobalNorm(tree, 6.5);
      assertEquals(1.5, clipped.get(0).toDoubleArray()[0], 1e-6);
      assertEquals(6, clipped.get(1).toFloatArray()[0], 1e-5);
      assertEquals(3, Clipping.byGlobalNorm(tree, 100).get(0).toDoubleArray()[0]);
      assertEquals(-2.5, Clipping.byValue(tree, 2.5).get(0).toDoubleArray()[1]);
      List<Tensor> zeros = List.of(device.zeros(DType.FLOAT64, 3));
      assertEquals(0, Clipping.byGlobalNorm(zeros, 1).get(0).toDoubleArray()[0]);
    }
  }

  @Test
  void badInput() {
    assertThrows(ArgumentException.class, () -> Sgd.of(-1));
    assertThrows(ArgumentException.class, () -> Sgd.of(Double.NaN));
    assertThrows(ArgumentException.class, () -> Adam.of(0.1).withBetas(1, 0.9));
    assertThrows(ArgumentException.class, () -> Sgd.of(0.1).withNesterov(0));
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor p = device.zeros(DType.FLOAT32, 2, 3);
      Optimizer sgd = Sgd.of(0.1);
      String message =
          assertThrows(
                  ShapeException.class,
                  () -> sgd.step(p, device.zeros(DType.FLOAT32, 3), sgd.start(p)))
              .getMessage();
      assertTrue(message.contains("float32(3,)") && message.contains("float32(2, 3)"), message);
      assertThrows(ArgumentException.class, () -> sgd.start(List.of()));
      assertThrows(ArgumentException.class, () -> sgd.start(device.zeros(DType.INT32, 2)));
      assertThrows(
          ArgumentException.class,
          () -> sgd.step(List.of(p), List.of(p, p), sgd.start(List.of(p))));
    }
  }
}
