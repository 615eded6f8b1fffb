package org.cotangent.graph;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Sums of products of two inputs over paired axes. The result's axes are the batch axes, then the
 * free axes of the left input, then those of the right, each in their input's order.
 */
public non-sealed interface Contraction extends Op {
  /** {@return batch axes of the left input, paired with those of the right} */
  List<Integer> leftBatch();

  /** {@return batch axes of the right input} */
  List<Integer> rightBatch();

  /** {@return contracted axes of the left input, paired with those of the right} */
  List<Integer> leftContracted();

  /** {@return contracted axes of the right input} */
  List<Integer> rightContracted();

  /**
   * {@return the dtype in which products are summed; each sum is converted to the result's dtype}
   *
   * @param inputs dtype of both inputs
   */
  DType accumulator(DType inputs);

  /**
   * {@return the axes that are neither batch nor contracted, ascending}
   *
   * @param shape of an input
   * @param batch its batch axes
   * @param contracted its contracted axes
   */
  static List<Integer> free(Shape shape, List<Integer> batch, List<Integer> contracted) {
    return IntStream.range(0, shape.rank())
        .filter(axis -> !batch.contains(axis) && !contracted.contains(axis))
        .boxed()
        .toList();
  }
}
