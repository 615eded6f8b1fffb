package org.cotangent.benchmarks.task;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** Data that are the same for all engines. */
final class Inputs {
  private Inputs() {}

  /** {@return numbers from -1 to 1, or integers from -1000 to 1000} */
  static HostArray uniform(DType dtype, long seed, long... dims) {
    HostArray array = HostArray.allocate(new TensorType(dtype, Shape.of(dims)));
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < array.type().shape().size(); i++) {
      array.set(
          i,
          dtype.isFloating()
              ? dtype.rounded(random.nextDouble(-1, 1))
              : random.nextInt(-1000, 1001));
    }
    return array;
  }

  /** {@return an element as a double} */
  static double get(HostArray array, long index) {
    return ((Number) array.get(index)).doubleValue();
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
