package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/**
 * Both modes of a user's function of float64 tensors against each other and against differences.
 */
final class Derivatives {
  private static final long SEED = 20_251_125;

  private Derivatives() {}

  /** Order 1, and order 2 as the derivative of the pulled cotangent. */
  static void check(Device device, Function<List<Tensor>, Tensor> f, List<Tensor> at) {
    Random random = new Random(SEED);
    List<Tensor> v = directions(device, at, random);
    Tensor u = normal(device, f.apply(at).type(), random);
    checkOrder(g -> List.of(f.apply(g)), at, v, List.of(u));

    List<Tensor> w = directions(device, at, random);
    checkOrder(p -> Cotangent.<List<Tensor>, Tensor>vjp(f, p, u).cotangent(), at, v, w);
  }

  private static void checkOrder(
      Function<List<Tensor>, List<Tensor>> f, List<Tensor> at, List<Tensor> v, List<Tensor> u) {
    double forward = dot(u, Cotangent.jvp(f, at, v).tangent());
    double reverse = dot(v, Cotangent.<List<Tensor>, List<Tensor>>vjp(f, at, u).cotangent());
    assertEquals(forward, reverse, 1e-10 * Math.max(1, Math.abs(forward)), "jvp against vjp");
    double h = 1e-5;
    double difference = (dot(u, f.apply(moved(at, v, h))) - dot(u, f.apply(moved(at, v, -h))));
    assertEquals(
        difference / (2 * h), forward, 1e-6 * Math.max(1, Math.abs(forward)), "difference");
  }

  private static List<Tensor> directions(Device device, List<Tensor> at, Random random) {
    return at.stream().map(x -> normal(device, x.type(), random)).toList();
  }

  private static List<Tensor> moved(List<Tensor> at, List<Tensor> v, double h) {
    return IntStream.range(0, at.size()).mapToObj(i -> at.get(i).add(v.get(i).mul(h))).toList();
  }

  static Tensor normal(Device device, TensorType type, Random random) {
    HostArray array = HostArray.allocate(type);
    for (long i = 0; i < type.shape().size(); i++) {
      array.set(i, random.nextGaussian());
    }
    return device.tensor(array);
  }

  private static double dot(List<Tensor> a, List<Tensor> b) {
    double sum = 0;
    for (int k = 0; k < a.size(); k++) {
      double[] x = a.get(k).toDoubleArray();
      double[] y = b.get(k).toDoubleArray();
      for (int i = 0; i < x.length; i++) {
        sum += x[i] * y[i];
      }
    }
    return sum;
  }
}
