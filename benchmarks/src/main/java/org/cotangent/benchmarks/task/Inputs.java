package org.cotangent.benchmarks.task;

import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** Data that are the same for all engines and each run, and as plain Java wants them. */
public final class Inputs {
  private static final int LARGEST_INTEGER = 1000;

  /** From one label to the next; has no factor in common with the classes that there are. */
  private static final int LABEL_STEP = 7;

  private Inputs() {}

  /**
   * {@return zeros}
   *
   * @param dtype of the elements
   * @param dims sizes of the axes
   */
  public static HostArray zeros(DType dtype, long... dims) {
    return HostArray.allocate(new TensorType(dtype, Shape.of(dims)));
  }

  /**
   * {@return random numbers, the same for a seed}
   *
   * @param dtype a float
   * @param low the least
   * @param high above all
   * @param seed any number
   * @param dims sizes of the axes
   */
  public static HostArray uniform(DType dtype, double low, double high, long seed, long... dims) {
    if (dtype != DType.FLOAT32) {
      return drawn(dtype, seed, random -> dtype.rounded(random.nextDouble(low, high)), dims);
    }
    // Without a box for each of many millions.
    HostArray array = zeros(dtype, dims);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < array.type().shape().size(); i++) {
      float number = (float) random.nextDouble(low, high);
      array.data().setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, number);
    }
    return array;
  }

  /**
   * {@return random indices, the same for a seed}
   *
   * @param limit above all
   * @param seed any number
   * @param dims sizes of the axes
   */
  public static HostArray indices(long limit, long seed, long... dims) {
    return drawn(DType.INT64, seed, random -> random.nextLong(limit), dims);
  }

  /** {@return numbers from -1 to 1, or integers from -1000 to 1000} */
  static HostArray uniform(DType dtype, long seed, long... dims) {
    return dtype.isFloating()
        ? uniform(dtype, -1, 1, seed, dims)
        : drawn(dtype, seed, random -> random.nextInt(-LARGEST_INTEGER, LARGEST_INTEGER + 1), dims);
  }

  private static HostArray drawn(
      DType dtype, long seed, Function<SplittableRandom, Object> number, long... dims) {
    HostArray array = zeros(dtype, dims);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < array.type().shape().size(); i++) {
      array.set(i, number.apply(random));
    }
    return array;
  }

  /**
   * {@return labels as float32 (rows, classes): a 1 in each row, else zeros}
   *
   * @param rows how many
   * @param classes how many
   */
  public static HostArray labels(long rows, long classes) {
    HostArray labels = zeros(DType.FLOAT32, rows, classes);
    for (long row = 0; row < rows; row++) {
      labels.set(row * classes + row * LABEL_STEP % classes, 1f);
    }
    return labels;
  }

  /**
   * {@return the elements as doubles, in C order}
   *
   * @param array of at most 2^31 - 1 elements
   */
  public static double[] doubles(HostArray array) {
    double[] elements = new double[Math.toIntExact(array.type().shape().size())];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = array.getDouble(i);
    }
    return elements;
  }

  /** {@return half the distance from 1 to the next number} */
  static double epsilon(DType dtype) {
    return dtype == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
  }

  /** {@return a map of names and values, which alternate} */
  static SequencedMap<String, String> map(Object... namesAndValues) {
    SequencedMap<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
    }
    return map;
  }
}
