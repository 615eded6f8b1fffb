package org.cotangent.op;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * Derivatives of digamma, itself the derivative of lgamma; that of the n-th is the one after it.
 *
 * @param order n; digamma is of order 0
 */
public record Polygamma(int order) implements Elementwise {
  /** Checks the order. */
  public Polygamma {
    if (order < 0 || order > Transcendental.MOST_POLYGAMMA) {
      throw new ArgumentException(
          "polygamma: order "
              + order
              + " is not from 0 to "
              + Transcendental.MOST_POLYGAMMA
              + "; a derivative is of one order more");
    }
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.floating(this, inputs.getFirst()));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.unary(inputs.getFirst(), x -> Transcendental.polygamma(order, x));
  }

  @Override
  public Derivative derivative() {
    return Rules.partial((x, y) -> x.apply(new Polygamma(order + 1)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    Stream<List<Sample>> right =
        IntStream.of(0, 1, 2, 5)
            .mapToObj(n -> Sample.elementwise(new Polygamma(n), 1, Sample.FLOATS, 0.7, 4));
    Stream<List<Sample>> left =
        IntStream.of(0, 1, 2)
            .mapToObj(n -> Sample.elementwise(new Polygamma(n), 1, Sample.FLOATS, -3.7, -3.3));
    return Stream.concat(right, left).flatMap(List::stream).toList();
  }
}
