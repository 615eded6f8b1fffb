package org.cotangent.testing;

import static org.cotangent.testing.RandomProgram.array;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.TensorType;

/**
 * Derivatives of programs of many ops: both modes against each other and against differences, and
 * every mixture of the two at order 2. With u, v and w fixed, {@code u·f'(x)v} and {@code
 * u·f''(x)(v, w)} are single numbers that all ways must agree on.
 */
public final class RandomProgramDerivatives {
  /** Two ways to compute a derivative differ by rounding alone. */
  private static final double EXACT = 1e-10;

  /** The error of a central difference, of its step and of what its terms cancel. */
  private static final double DIFFERENCE = 2e-5;

  /** Above this scale, differences of large numbers say nothing about their derivative. */
  private static final double LARGEST_SCALE = 1e4;

  /** A function of several tensors to several. */
  private interface Many extends UnaryOperator<List<Tensor>> {}

  private final Device device;
  private int compared;
  private int curved;

  /**
   * A check of one device.
   *
   * @param device under test
   */
  public RandomProgramDerivatives(Device device) {
    this.device = device;
  }

  /**
   * Checks programs; reports all that fail.
   *
   * @param seeds how many programs
   */
  public void check(int seeds) {
    assertAll(RandomProgram.each(seeds, RandomProgramSmooth::of, this::check));
    // The programs must keep having derivatives, of order 2 too.
    assertTrue(compared > 4 * seeds, compared + " comparisons at a scale that says something");
    assertTrue(curved > seeds / 3, curved + " programs with a second derivative");
  }

  private void check(RandomProgram program) {
    Random random = RandomProgram.random(~program.seed());
    try (Scope _ = device.open()) {
      List<Tensor> x = normal(program.inputs(), random);
      List<Tensor> v = normal(program.inputs(), random);
      List<Tensor> w = normal(program.inputs(), random);
      Many f = program::run;
      List<Tensor> values = run(f, x);
      List<Tensor> u = normal(values.stream().map(Tensor::type).toList(), random);
      Many gradient = vjp(f, u);
      Many forward = jvp(f, v);

      Estimate difference = difference(f, x, v, u);
      Estimate first = dot(run(forward, x), u);
      Estimate reverse = dot(run(gradient, x), v);
      requireClose("order 1 forward and reverse", first, reverse, EXACT);
      requireClose("order 1 and difference", first, difference, DIFFERENCE);

      Estimate forwardOverReverse = dot(run(jvp(gradient, w), x), v);
      Estimate reverseOverReverse = dot(run(vjp(gradient, v), x), w);
      Estimate forwardOverForward = dot(run(jvp(forward, w), x), u);
      Estimate reverseOverForward = dot(run(vjp(forward, u), x), w);
      requireClose(
          "forward and reverse over reverse", forwardOverReverse, reverseOverReverse, EXACT);
      requireClose("over reverse and over forward", forwardOverReverse, forwardOverForward, EXACT);
      requireClose(
          "forward and reverse over forward", forwardOverForward, reverseOverForward, EXACT);
      requireClose(
          "order 2 and difference", forwardOverReverse, difference(gradient, x, w, v), DIFFERENCE);
      curved += forwardOverReverse.value() == 0 ? 0 : 1;
    }
  }

  private static Many jvp(Many f, List<Tensor> direction) {
    List<Tensor> constant = direction.stream().map(Tensor::frozen).toList();
    return x -> Cotangent.<List<Tensor>, List<Tensor>>jvp(f, x, constant).tangent();
  }

  private static Many vjp(Many f, List<Tensor> seed) {
    List<Tensor> constant = seed.stream().map(Tensor::frozen).toList();
    return x -> Cotangent.vjp(f, x, constant).cotangent();
  }

  /** A sum, and the sum of its terms' absolute values, at least 1: the scale of its error. */
  private record Estimate(double value, double scale) {}

  private static Estimate dot(List<Tensor> a, List<Tensor> b) {
    double value = 0;
    double scale = 1;
    for (int k = 0; k < a.size(); k++) {
      double[] x = a.get(k).toDoubleArray();
      double[] y = b.get(k).toDoubleArray();
      for (int i = 0; i < x.length; i++) {
        value += x[i] * y[i];
        scale += Math.abs(x[i] * y[i]);
      }
    }
    return new Estimate(value, scale);
  }

  /** How {@code u·f} changes along v, by central differences. */
  private Estimate difference(Many f, List<Tensor> x, List<Tensor> v, List<Tensor> u) {
    double h = 1e-5;
    try (var compiled = device.compiler().compile(f, x)) {
      Estimate above = dot(compiled.run(moved(x, v, h)), u);
      Estimate below = dot(compiled.run(moved(x, v, -h)), u);
      return new Estimate((above.value() - below.value()) / (2 * h), above.scale());
    }
  }

  private static List<Tensor> moved(List<Tensor> x, List<Tensor> v, double h) {
    return IntStream.range(0, x.size()).mapToObj(i -> x.get(i).add(v.get(i).mul(h))).toList();
  }

  private List<Tensor> run(Many f, List<Tensor> x) {
    try (var compiled = device.compiler().compile(f, x)) {
      return compiled.run(x);
    }
  }

  private List<Tensor> normal(List<TensorType> types, Random random) {
    return types.stream()
        .map(type -> array(type, (array, i) -> array.set(i, random.nextGaussian())))
        .map(device::tensor)
        .toList();
  }

  private void requireClose(String what, Estimate a, Estimate b, double relative) {
    double scale = a.scale() + b.scale();
    if (!(scale < LARGEST_SCALE)) {
      return;
    }
    compared++;
    if (!(Math.abs(a.value() - b.value()) <= relative * scale)) {
      throw new AssertionError(what + " at scale " + scale + ": " + a.value() + ", " + b.value());
    }
  }
}
