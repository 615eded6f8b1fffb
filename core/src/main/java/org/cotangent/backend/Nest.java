package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Nested axes and each operand's stride on them: the fewest axes that visit the same elements in
 * the same order. There is at least one.
 */
final class Nest {
  /** How far it is from one element of the innermost axis to the next. */
  enum Step {
    /** They all are the same element. */
    NONE(0),
    /** They follow each other. */
    ONE(1),
    /** Any distance. */
    ANY(2);

    private final int code;

    Step(int code) {
      this.code = code;
    }

    /** {@return the step of a stride} */
    static Step of(long stride) {
      return stride == 0 ? NONE : stride == 1 ? ONE : ANY;
    }

    /** {@return its number in hand-written texts} */
    int code() {
      return code;
    }
  }

  private final List<Long> dims;
  private final List<List<Long>> strides;

  private Nest(List<Long> dims, List<List<Long>> strides) {
    this.dims = dims;
    this.strides = strides;
  }

  /**
   * {@return the fewest axes}
   *
   * @param dims sizes of the axes, none of them 0
   * @param strides for each operand its strides on these axes
   */
  static Nest of(List<Long> dims, List<List<Long>> strides) {
    List<Long> fewest = new ArrayList<>();
    List<List<Long>> steps = new ArrayList<>();
    strides.forEach(operand -> steps.add(new ArrayList<>()));
    for (int axis = 0; axis < dims.size(); axis++) {
      if (dims.get(axis) != 1) {
        append(fewest, steps, dims.get(axis), column(strides, axis));
      }
    }
    if (fewest.isEmpty()) {
      append(fewest, steps, 1, strides.stream().map(operand -> 1L).toList());
    }
    return new Nest(fewest, steps);
  }

  private static List<Long> column(List<List<Long>> strides, int axis) {
    return strides.stream().map(operand -> operand.get(axis)).toList();
  }

  private static void append(
      List<Long> dims, List<List<Long>> strides, long dim, List<Long> inner) {
    int last = dims.size() - 1;
    boolean merges =
        last >= 0
            && IntStream.range(0, inner.size())
                .allMatch(i -> strides.get(i).get(last) == inner.get(i) * dim);
    for (int i = 0; i < inner.size(); i++) {
      if (merges) {
        strides.get(i).set(last, inner.get(i));
      } else {
        strides.get(i).add(inner.get(i));
      }
    }
    if (merges) {
      dims.set(last, dims.get(last) * dim);
    } else {
      dims.add(dim);
    }
  }

  int rank() {
    return dims.size();
  }

  long dim(int axis) {
    return dims.get(axis);
  }

  long stride(int operand, int axis) {
    return strides.get(operand).get(axis);
  }

  /** {@return the size of the innermost axis} */
  long inner() {
    return dims.getLast();
  }

  /** {@return the number of elements} */
  long size() {
    return dims.stream().reduce(1L, (a, b) -> a * b);
  }

  /** {@return how an operand moves along the innermost axis} */
  Step step(int operand) {
    return Step.of(strides.get(operand).getLast());
  }
}
