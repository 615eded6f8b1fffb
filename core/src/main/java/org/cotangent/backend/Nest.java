package org.cotangent.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Nested axes and each operand's stride on them: the fewest axes that visit the same elements in
 * the same order. There is at least one.
 */
public final class Nest {
  /** How far it is from one element of the innermost axis to the next. */
  public enum Step {
    /** They all are the same element. */
    NONE,
    /** They follow each other. */
    ONE,
    /** Any distance. */
    ANY;

    /**
     * {@return the step of a stride}
     *
     * @param stride in elements
     */
    public static Step of(long stride) {
      return stride == 0 ? NONE : stride == 1 ? ONE : ANY;
    }
  }

  private final List<Long> dims;
  private final List<List<Long>> strides;

  private Nest(List<Long> dims, List<List<Long>> strides) {
    this.dims = dims;
    this.strides = strides;
  }

  /**
   * {@return the fewest axes of a domain that is not empty}
   *
   * @param domain the axes
   * @param layouts of the operands, each of the domain's shape
   */
  public static Nest of(Shape domain, List<Layout> layouts) {
    return of(
        IntStream.range(0, domain.rank()).mapToObj(domain::dim).toList(),
        layouts.stream().map(Nest::strides).toList());
  }

  /**
   * {@return the strides on all axes, in elements}
   *
   * @param layout of an operand
   */
  public static List<Long> strides(Layout layout) {
    return IntStream.range(0, layout.shape().rank()).mapToObj(layout::stride).toList();
  }

  /**
   * {@return the fewest axes}
   *
   * @param dims sizes of the axes, none of them 0
   * @param strides for each operand its strides on these axes
   */
  public static Nest of(List<Long> dims, List<List<Long>> strides) {
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

  /** {@return the number of axes} */
  public int rank() {
    return dims.size();
  }

  /**
   * {@return the size of an axis}
   *
   * @param axis 0 to rank - 1
   */
  public long dim(int axis) {
    return dims.get(axis);
  }

  /**
   * {@return the stride of an operand, in elements}
   *
   * @param operand in the order in which they were given
   * @param axis 0 to rank - 1
   */
  public long stride(int operand, int axis) {
    return strides.get(operand).get(axis);
  }

  /** {@return the size of the innermost axis} */
  public long inner() {
    return dims.getLast();
  }

  /** {@return the number of elements} */
  public long size() {
    return dims.stream().reduce(1L, (a, b) -> a * b);
  }

  /**
   * {@return how an operand moves along the innermost axis}
   *
   * @param operand in the order in which they were given
   */
  public Step step(int operand) {
    return Step.of(strides.get(operand).getLast());
  }
}
