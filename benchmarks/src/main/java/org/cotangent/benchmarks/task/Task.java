package org.cotangent.benchmarks.task;

import java.util.List;
import java.util.SequencedMap;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * Something to compute. Engines get the same input, and what they make of it is compared with what
 * plain Java makes of it in float64, at some elements.
 */
public sealed interface Task permits Addition, Product, Chain, Perceptron, Import {
  /** {@return the name of the suite that times it, as in {@code Add}} */
  String suite();

  /** {@return what the suite's parameters are for it, by name} */
  SequencedMap<String, String> parameters();

  /** {@return the dtype of the arithmetic} */
  DType dtype();

  /** {@return the input, always the same, in C order} */
  List<HostArray> inputs();

  /** {@return the shape of the result} */
  Shape shape();

  /** {@return what plain Java makes of the input} */
  Reference reference();

  /** {@return how far from the reference an element may be} */
  double tolerance();

  /** {@return how many runs give a result of their own, which is compared} */
  default int runs() {
    return 1;
  }

  /** {@return floating-point operations, a fused multiply-add being two; 0 if they do not count} */
  double flop();

  /** {@return bytes that are read and written at least, each input and the result once} */
  default double bytes() {
    double inputs = inputs().stream().mapToDouble(array -> array.type().bytes()).sum();
    return inputs + (double) shape().size() * dtype().bytes();
  }

  /** {@return suite and parameters, as in {@code Add size=1024 operands=ROW dtype=FLOAT32}} */
  default String title() {
    StringBuilder title = new StringBuilder(suite());
    parameters().forEach((name, value) -> title.append(' ').append(name + "=" + value));
    return title.toString();
  }
}
