package org.cotangent.op;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * Random bits as integers from 0 to below a bound: the upper word of bits times bound (Lemire, Fast
 * random integer generation in an interval, 2019, without its rejection). The bits are one int64,
 * or two, the upper one first. A number's probability differs from the others' by less than bound /
 * 2⁶⁴ of it, with two by less than bound / 2¹²⁸.
 *
 * @param bound not 0; read as unsigned
 */
public record RandomBelow(long bound) implements Elementwise {
  private static final long LOW = 0xFFFF_FFFFL;

  /** Checks that there is a number below. */
  public RandomBelow {
    if (bound == 0) {
      throw new ArgumentException("randomBelow: no number is below 0; pass another bound");
    }
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = Rules.alike(this, inputs);
    if (type.dtype() != DType.INT64) {
      throw new DTypeException("randomBelow: " + type + " holds no 64 random bits; pass int64");
    }
    return List.of(type);
  }

  @Override
  public Body body(List<DType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    Term upper = builder.input(DType.INT64);
    if (inputs.size() == 1) {
      return builder.build(highProduct(upper));
    }
    Term carried = highProduct(builder.input(DType.INT64));
    Term low = upper.times(upper.literal(bound));
    Term sign = low.literal(Long.MIN_VALUE);
    Term overflows = low.plus(carried).xor(sign).below(low.xor(sign));
    return builder.build(
        highProduct(upper).plus(overflows.select(low.literal(1L), low.literal(0L))));
  }

  /** The upper 64 bits of the unsigned product with the bound, by halves. */
  private Term highProduct(Term x) {
    Term mask = x.literal(LOW);
    Term half = x.literal(32L);
    Term boundLow = x.literal(bound & LOW);
    Term boundHigh = x.literal(bound >>> 32);
    Term low = x.and(mask);
    Term high = x.shiftRightLogical(half);
    Term middle = high.times(boundLow).plus(low.times(boundLow).shiftRightLogical(half));
    Term other = low.times(boundHigh).plus(middle.and(mask));
    return high.times(boundHigh)
        .plus(middle.shiftRightLogical(half))
        .plus(other.shiftRightLogical(half));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return LongStream.of(1, 6, 1L << 32, (1L << 40) + 7, -1)
        .boxed()
        .flatMap(bound ->
            Stream.of(1, 2)
                .flatMap(arity ->
                    Sample.elementwise(
                        new RandomBelow(bound), arity, List.of(DType.INT64), -9e18, 9e18)
                        .stream()))
        .toList();
  }
}
