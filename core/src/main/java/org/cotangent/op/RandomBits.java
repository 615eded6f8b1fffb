package org.cotangent.op;

import java.util.List;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Generator;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Uniform random bits by Philox 4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2,
 * 3, 2011). The input is the key, an int64 scalar whose halves are the two words of Philox's key.
 * The counter is a block number; element i of int32 is word {@code i mod 4} of block {@code i / 4},
 * and of int64 the two words from {@code 2 (i mod 2)} of block {@code i / 2}, low word first.
 *
 * @param type int32 or int64, and the shape
 */
public record RandomBits(TensorType type) implements Generator {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    requireKey(this, inputs.getFirst());
    Rules.integer(this, type);
    if (type.dtype().isNarrow()) {
      throw new DTypeException(
          name() + ": " + type + " is too narrow; draw int32 or int64 and cast");
    }
    return List.of(type);
  }

  static void requireKey(Generator op, TensorType key) {
    if (key.dtype() != DType.INT64) {
      throw new DTypeException(op.name() + ": a key is int64(), not " + key + "; cast the seed");
    }
    if (key.shape().rank() != 0) {
      throw new ShapeException(op.name() + ": a key is int64(), not " + key + "; slice one out");
    }
  }

  @Override
  public Body body(List<TensorType> inputs) {
    BodyBuilder builder = new BodyBuilder();
    Term key = builder.input(DType.INT64);
    Term index = builder.input(DType.INT64);
    boolean wide = type.dtype() == DType.INT64;
    Term block = index.shiftRightLogical(index.literal(wide ? 1L : 2L));
    Term[] words = Philox.words(key, block, 0);
    Term low = index.and(index.literal(1L)).equal(index.literal(0L));
    if (wide) {
      return builder.build(
          low.select(Philox.join(words[0], words[1]), Philox.join(words[2], words[3])));
    }
    Term front = index.and(index.literal(2L)).equal(index.literal(0L));
    Term word = front.select(low.select(words[0], words[1]), low.select(words[2], words[3]));
    return builder.build(word.convert(DType.INT32));
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** Philox on terms of a body. */
  static final class Philox {
    private Philox() {}

    static Term[] words(Term key, Term counter, long purpose) {
      Term zero = key.literal(0L);
      return Transcendental.philox(
          new Term[] {low(counter), high(counter), zero, key.literal(purpose)},
          new Term[] {low(key), high(key)});
    }

    private static Term low(Term x) {
      return x.and(x.literal(0xFFFF_FFFFL));
    }

    private static Term high(Term x) {
      return x.shiftRightLogical(x.literal(32L));
    }

    static Term join(Term low, Term high) {
      return low.or(high.shiftLeft(high.literal(32L)));
    }
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return List.of(DType.INT32, DType.INT64).stream()
        .flatMap(dtype ->
            Sample.SHAPES.stream()
                .map(shape ->
                    Sample.of(
                        new RandomBits(new TensorType(dtype, shape)),
                        Sample.Input.of(DType.INT64, Shape.SCALAR, 0, 1e6))))
        .toList();
  }
}
