package org.cotangent.op;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * An op with inputs it can be tried on. The samples beside each op drive its tests: values against
 * the reference, both modes of differentiation against each other and against differences.
 *
 * @param op with its attributes
 * @param inputs types and ranges
 */
public record Sample(Op op, List<Input> inputs) {
  /** Sizes that break kernels: none, one, primes, one under and over a vector. */
  static final List<Shape> SHAPES =
      List.of(
          Shape.SCALAR,
          Shape.of(0),
          Shape.of(1),
          Shape.of(7),
          Shape.of(3, 5),
          Shape.of(4, 0, 3),
          Shape.of(2, 3, 17),
          Shape.of(1031));

  static final List<DType> FLOATS =
      Arrays.stream(DType.values()).filter(DType::isFloating).toList();
  static final List<DType> NUMBERS =
      Arrays.stream(DType.values()).filter(dtype -> dtype != DType.BOOL).toList();
  static final List<DType> ALL = List.of(DType.values());
  static final List<DType> INTEGERS = NUMBERS.stream().filter(DType::isInteger).toList();
  static final List<DType> BOOLS = List.of(DType.BOOL);

  /**
   * What an input is made of.
   *
   * @param type dtype and shape
   * @param low smallest value
   * @param high largest value
   */
  public record Input(TensorType type, double low, double high) {
    static Input of(DType dtype, Shape shape) {
      return new Input(new TensorType(dtype, shape), -2, 2);
    }

    static Input of(DType dtype, Shape shape, double low, double high) {
      return new Input(new TensorType(dtype, shape), low, high);
    }
  }

  static Sample of(Op op, Input... inputs) {
    return new Sample(op, List.of(inputs));
  }

  /** An elementwise op of {@code arity} inputs of one type, for each dtype and shape. */
  static List<Sample> elementwise(Op op, int arity, List<DType> dtypes, double low, double high) {
    return dtypes.stream()
        .flatMap(dtype ->
            SHAPES.stream()
                .map(shape ->
                    new Sample(op, Collections.nCopies(arity, Input.of(dtype, shape, low, high)))))
        .toList();
  }
}
