package org.cotangent.op;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Value;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Where values belong in a sorted vector, as int64: how many of its elements are less than each, or
 * not greater, NaN being the largest. By halving, all values at once. Inputs are the vector and the
 * values.
 *
 * @param right whether elements that equal the value count too
 */
public record SearchSorted(boolean right) implements Composite {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType sorted = inputs.get(0);
    Rules.sameDType(this, sorted, inputs.get(1));
    if (sorted.shape().rank() != 1) {
      throw new ShapeException(
          "searchSorted: what is sorted has shape " + sorted.shape() + "; pass a vector");
    }
    return List.of(inputs.get(1).with(DType.INT64));
  }

  @Override
  public List<Value> expand(GraphBuilder builder, List<Value> inputs) {
    Expr sorted = new Expr(builder, inputs.get(0));
    Expr values = new Expr(builder, inputs.get(1));
    long size = sorted.shape().dim(0);
    Expr found = values.full(values.type().with(DType.INT64), 0);
    for (long step = Long.highestOneBit(size); step > 0; step >>= 1) {
      Expr further = found.plus((double) step);
      // Clipped, further is past the end and not taken.
      Expr element = sorted.apply(new Take(0, false, IndexMode.CLIPPED), further.plus(-1));
      Expr before = right ? notAbove(element, values) : below(element, values);
      found =
          further
              .compare(Compare.Kind.LESS_EQUAL, further.full((double) size))
              .and(before)
              .where(further, found);
    }
    return List.of(found.value());
  }

  private static Expr below(Expr a, Expr b) {
    Expr below = a.compare(Compare.Kind.LESS, b);
    return a.type().dtype().isFloating() ? below.or(isNaN(b).and(isNumber(a))) : below;
  }

  private static Expr notAbove(Expr a, Expr b) {
    Expr notAbove = a.compare(Compare.Kind.LESS_EQUAL, b);
    return a.type().dtype().isFloating() ? notAbove.or(isNaN(b)) : notAbove;
  }

  private static Expr isNaN(Expr x) {
    return x.compare(Compare.Kind.NOT_EQUAL, x);
  }

  private static Expr isNumber(Expr x) {
    return x.compare(Compare.Kind.EQUAL, x);
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} Random elements would not come sorted, so they are equal. */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            Stream.of(
                of(dtype, false, 1, Shape.of(7)),
                of(dtype, true, dtype == DType.BOOL ? 1 : 6, Shape.of(3, 5)),
                of(dtype, false, dtype == DType.BOOL ? 1 : 13, Shape.of(1031)),
                of(dtype, true, 0, Shape.of(3)),
                of(dtype, false, 1, Shape.of(4, 0)),
                of(dtype, false, 1, Shape.SCALAR)))
        .toList();
  }

  private static Sample of(DType dtype, boolean right, long size, Shape values) {
    return Sample.of(
        new SearchSorted(right),
        Sample.Input.of(dtype, Shape.of(size), 1, 1),
        Sample.Input.of(dtype, values));
  }
}
