package org.cotangent.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * What one phase of a reduction reads.
 *
 * @param domain the indices
 * @param kept axes that remain
 * @param reduced axes that go
 * @param inputs operands for the first inputs of the lift
 * @param coordinates what the lift's further inputs are
 * @param lift the accumulators of one element
 */
public record Elements(
    Shape domain,
    List<Integer> kept,
    List<Integer> reduced,
    List<Operand> inputs,
    List<Coordinate> coordinates,
    Body lift) {

  /** Copies the lists. */
  public Elements {
    kept = List.copyOf(kept);
    reduced = List.copyOf(reduced);
    inputs = List.copyOf(inputs);
    coordinates = List.copyOf(coordinates);
  }

  /**
   * {@return what the first phase reads}
   *
   * @param kernel whose domain is not empty
   */
  public static Elements of(ReduceKernel kernel) {
    List<Integer> kept =
        IntStream.range(0, kernel.domain().rank())
            .boxed()
            .filter(axis -> !kernel.axes().contains(axis))
            .toList();
    return new Elements(
        kernel.domain(), kept, kernel.axes(), kernel.inputs(), kernel.coordinates(), kernel.lift());
  }

  /**
   * {@return accumulators as elements}
   *
   * @param partials what a phase has left, each of shape (kept, blocks)
   */
  public static Elements of(List<Operand> partials) {
    return new Elements(
        partials.getFirst().layout().shape(),
        List.of(0),
        List.of(1),
        partials,
        List.of(),
        identity(partials));
  }

  /**
   * {@return a body that computes nothing}
   *
   * @param operands its inputs, and results
   */
  public static Body identity(List<Operand> operands) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(operands.stream().map(operand -> builder.input(operand.dtype())).toList());
  }

  /**
   * {@return the sizes of some axes}
   *
   * @param axes of the domain
   */
  public List<Long> dims(List<Integer> axes) {
    return axes.stream().map(domain::dim).toList();
  }

  /**
   * {@return the number of elements along some axes}
   *
   * @param axes of the domain
   */
  public long size(List<Integer> axes) {
    return dims(axes).stream().reduce(1L, (a, b) -> a * b);
  }

  /**
   * {@return strides on some axes: of the inputs, and last of the index in the domain}
   *
   * @param axes of the domain
   */
  public List<List<Long>> strides(List<Integer> axes) {
    List<List<Long>> strides = new ArrayList<>();
    for (Operand input : inputs) {
      strides.add(pick(input.layout(), axes));
    }
    strides.add(pick(Layout.contiguous(domain), axes));
    return strides;
  }

  private static List<Long> pick(Layout layout, List<Integer> axes) {
    return axes.stream().map(layout::stride).toList();
  }
}
