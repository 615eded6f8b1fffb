package org.cotangent.benchmarks.work;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** A scalar function whose gradient is worth timing, on tensors and in loops of plain Java. */
sealed interface Objective permits Mixture, Lstm, Bundle {
  /** {@return where the gradient is taken, always the same} */
  List<HostArray> parameters();

  /** {@return what else the function depends on, always the same} */
  List<HostArray> data();

  /** {@return the value, a scalar tensor} */
  Tensor value(List<Tensor> parameters, List<Tensor> data);

  /** {@return the value in float64} Arrays are in C order. */
  double plain(List<double[]> parameters, List<double[]> data);

  /** {@return how far value and slopes may be from the plain ones, as a share} */
  double tolerance();

  /** {@return elements as doubles, in C order} */
  static List<double[]> doubles(List<HostArray> arrays) {
    List<double[]> all = new ArrayList<>();
    for (HostArray array : arrays) {
      double[] elements = new double[Math.toIntExact(array.type().shape().size())];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = array.getDouble(i);
      }
      all.add(elements);
    }
    return all;
  }

  /** {@return an array of zeros} */
  static HostArray zeros(DType dtype, long... dims) {
    return HostArray.allocate(new TensorType(dtype, Shape.of(dims)));
  }

  /** {@return an array of numbers from low to high, the same for a seed} */
  static HostArray uniform(DType dtype, double low, double high, long seed, long... dims) {
    HostArray array = zeros(dtype, dims);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < array.type().shape().size(); i++) {
      array.set(i, dtype.rounded(random.nextDouble(low, high)));
    }
    return array;
  }

  /** {@return an array of indices below a limit, the same for a seed} */
  static HostArray indices(long limit, long seed, long... dims) {
    HostArray array = zeros(DType.INT64, dims);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < array.type().shape().size(); i++) {
      array.set(i, random.nextLong(limit));
    }
    return array;
  }
}
