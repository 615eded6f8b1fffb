package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The loops of the vector twin, one {@link Template} for each kind of operator; all dtypes share
 * them. Each runs over whole vectors and leaves the tail to the plain twin. An operand that has one
 * value is loaded before the loop.
 *
 * <p>Hazard: once any code of the process has accessed a heap segment by the Vector API, the type
 * profile inside its methods is mixed, and C2 no longer moves the checks out of a loop: 4 times
 * slower. (FloatVector.test does that behind the scenes until it is compiled; so no loop uses it.)
 * Asking each segment isNative() first, in the loop's own method, tells C2 its class all the same.
 */
final class VectorLoops {
  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Eight bools at once: element k in bits 8 k and up. */
  static final ValueLayout.OfLong EIGHT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final String HEAP = "a tile must be off-heap";

  private VectorLoops() {}

  /**
   * What a copy of a loop is for.
   *
   * @param species of the operands; all dtypes as Number, since static fields take no type variable
   * @param result species of a conversion's result, with as many lanes
   * @param operator of the Vector API, where the loop takes one
   * @param splats bit k is set where operand k has one value
   * @param tail the plain twin
   */
  record Data(
      VectorSpecies<Number> species,
      VectorSpecies<Number> result,
      VectorOperators.@Nullable Operator operator,
      int splats,
      TileFunction tail) {

    <T extends VectorOperators.Operator> T operator(Class<T> type) {
      return type.cast(Objects.requireNonNull(operator));
    }

    boolean tile(int operand) {
      return ((splats >> operand) & 1) == 0;
    }

    /** {@return bytes from one element of an operand to the next} */
    long stride(int operand) {
      return tile(operand) ? species.elementSize() / 8 : 0;
    }
  }

  /** {@code op(a)}. */
  static final class Unary implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
    private static final VectorOperators.Unary OP = DATA.operator(VectorOperators.Unary.class);
    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final long WIDTH = SPECIES.elementSize() / 8;
    private static final long A = DATA.stride(0);
    private static final TileFunction TAIL = DATA.tail();

    Unary() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = SPECIES.loopBound(count);
      for (int i = 0; i < end; i += SPECIES.length()) {
        SPECIES
            .fromMemorySegment(a, ao + A * i, ORDER)
            .lanewise(OP)
            .intoMemorySegment(d, to + WIDTH * i, ORDER);
      }
      TAIL.apply(a, ao + A * end, b, bo, c, co, d, to + WIDTH * end, count - end);
    }
  }

  /** {@code a op b}. */
  static final class Binary implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
    private static final VectorOperators.Binary OP = DATA.operator(VectorOperators.Binary.class);
    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final Vector<Number> ZERO = SPECIES.zero();
    private static final long WIDTH = SPECIES.elementSize() / 8;
    private static final long A = DATA.stride(0);
    private static final long B = DATA.stride(1);
    private static final TileFunction TAIL = DATA.tail();

    Binary() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !b.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = SPECIES.loopBound(count);
      Vector<Number> splatA = A == 0 ? SPECIES.fromMemorySegment(a, ao, ORDER) : ZERO;
      Vector<Number> splatB = B == 0 ? SPECIES.fromMemorySegment(b, bo, ORDER) : ZERO;
      for (int i = 0; i < end; i += SPECIES.length()) {
        Vector<Number> x = A == 0 ? splatA : SPECIES.fromMemorySegment(a, ao + A * i, ORDER);
        Vector<Number> y = B == 0 ? splatB : SPECIES.fromMemorySegment(b, bo + B * i, ORDER);
        x.lanewise(OP, y).intoMemorySegment(d, to + WIDTH * i, ORDER);
      }
      TAIL.apply(a, ao + A * end, b, bo + B * end, c, co, d, to + WIDTH * end, count - end);
    }
  }

  /** {@code a * b + c}, rounded once. */
  static final class Fma implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final Vector<Number> ZERO = SPECIES.zero();
    private static final long WIDTH = SPECIES.elementSize() / 8;
    private static final long A = DATA.stride(0);
    private static final long B = DATA.stride(1);
    private static final long C = DATA.stride(2);
    private static final TileFunction TAIL = DATA.tail();

    Fma() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !b.isNative() || !c.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = SPECIES.loopBound(count);
      Vector<Number> splatA = A == 0 ? SPECIES.fromMemorySegment(a, ao, ORDER) : ZERO;
      Vector<Number> splatB = B == 0 ? SPECIES.fromMemorySegment(b, bo, ORDER) : ZERO;
      Vector<Number> splatC = C == 0 ? SPECIES.fromMemorySegment(c, co, ORDER) : ZERO;
      for (int i = 0; i < end; i += SPECIES.length()) {
        Vector<Number> x = A == 0 ? splatA : SPECIES.fromMemorySegment(a, ao + A * i, ORDER);
        Vector<Number> y = B == 0 ? splatB : SPECIES.fromMemorySegment(b, bo + B * i, ORDER);
        Vector<Number> z = C == 0 ? splatC : SPECIES.fromMemorySegment(c, co + C * i, ORDER);
        x.lanewise(VectorOperators.FMA, y, z).intoMemorySegment(d, to + WIDTH * i, ORDER);
      }
      TAIL.apply(
          a, ao + A * end, b, bo + B * end, c, co + C * end, d, to + WIDTH * end, count - end);
    }
  }

  /**
   * The nearest integral value, or the one below. Adding and subtracting the number from which on
   * floats have no fraction rounds to nearest even; the Vector API has no operator for it.
   */
  static final class Round implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final Vector<Number> ZERO = SPECIES.zero();
    private static final boolean FLOOR = VectorOperators.LE.equals(DATA.operator());
    private static final long INTEGRAL = SPECIES.elementSize() == 32 ? 1L << 23 : 1L << 52;
    private static final long WIDTH = SPECIES.elementSize() / 8;
    private static final long A = DATA.stride(0);
    private static final TileFunction TAIL = DATA.tail();

    Round() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = SPECIES.loopBound(count);
      Vector<Number> integral = SPECIES.broadcast(INTEGRAL);
      Vector<Number> one = SPECIES.broadcast(1);
      for (int i = 0; i < end; i += SPECIES.length()) {
        Vector<Number> x = SPECIES.fromMemorySegment(a, ao + A * i, ORDER);
        Vector<Number> size = x.lanewise(VectorOperators.ABS);
        Vector<Number> near = size.add(integral).sub(integral);
        Vector<Number> signed =
            near.blend(near.lanewise(VectorOperators.NEG), x.compare(VectorOperators.LT, ZERO));
        // What is integral stays, for its -0, and so do the large, for which near is wrong, and
        // NaN.
        Vector<Number> rounded =
            x.blend(
                signed,
                near.compare(VectorOperators.NE, size)
                    .and(size.compare(VectorOperators.LT, integral)));
        if (FLOOR) {
          rounded = rounded.blend(rounded.sub(one), rounded.compare(VectorOperators.GT, x));
        }
        rounded.intoMemorySegment(d, to + WIDTH * i, ORDER);
      }
      TAIL.apply(a, ao + A * end, b, bo, c, co, d, to + WIDTH * end, count - end);
    }
  }

  /**
   * {@code a op b} as bools: the masks of vectors collected to at least eight bits, then spread.
   */
  static final class Compare implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
    private static final VectorOperators.Comparison OP =
        DATA.operator(VectorOperators.Comparison.class);
    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final Vector<Number> ZERO = SPECIES.zero();
    private static final int STEP = Math.max(8, SPECIES.length());
    private static final long A = DATA.stride(0);
    private static final long B = DATA.stride(1);
    private static final TileFunction TAIL = DATA.tail();

    Compare() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !b.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = count & -STEP;
      Vector<Number> splatA = A == 0 ? SPECIES.fromMemorySegment(a, ao, ORDER) : ZERO;
      Vector<Number> splatB = B == 0 ? SPECIES.fromMemorySegment(b, bo, ORDER) : ZERO;
      for (int i = 0; i < end; i += STEP) {
        long bits = 0;
        for (int k = 0; k < STEP; k += SPECIES.length()) {
          Vector<Number> x =
              A == 0 ? splatA : SPECIES.fromMemorySegment(a, ao + A * (i + k), ORDER);
          Vector<Number> y =
              B == 0 ? splatB : SPECIES.fromMemorySegment(b, bo + B * (i + k), ORDER);
          bits |= x.compare(OP, y).toLong() << k;
        }
        for (int k = 0; k < STEP; k += 8) {
          d.set(EIGHT, to + i + k, spread((bits >>> k) & 0xff));
        }
      }
      TAIL.apply(a, ao + A * end, b, bo + B * end, c, co, d, to + end, count - end);
    }

    /** {@return eight bits as eight bytes} A product moves seven of them without a collision. */
    private static long spread(long bits) {
      return (((bits & 0x7f) * 0x0002040810204081L) | ((bits & 0x80) << 49)) & 0x0101010101010101L;
    }
  }

  /** {@code a ? b : c}, where a is bool: eight bools or more are packed into a mask's bits. */
  static final class Select implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);
    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final Vector<Number> ZERO = SPECIES.zero();
    private static final int STEP = Math.max(8, SPECIES.length());
    private static final long WIDTH = SPECIES.elementSize() / 8;
    private static final long A = DATA.tile(0) ? 1 : 0;
    private static final long B = DATA.stride(1);
    private static final long C = DATA.stride(2);
    private static final TileFunction TAIL = DATA.tail();

    Select() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !b.isNative() || !c.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = count & -STEP;
      Vector<Number> splatB = B == 0 ? SPECIES.fromMemorySegment(b, bo, ORDER) : ZERO;
      Vector<Number> splatC = C == 0 ? SPECIES.fromMemorySegment(c, co, ORDER) : ZERO;
      for (int i = 0; i < end; i += STEP) {
        long bits = 0;
        for (int k = 0; k < STEP; k += 8) {
          bits |= pack(a.get(EIGHT, ao + A * (i + k))) << k;
        }
        for (int k = 0; k < STEP; k += SPECIES.length()) {
          Vector<Number> y =
              B == 0 ? splatB : SPECIES.fromMemorySegment(b, bo + B * (i + k), ORDER);
          Vector<Number> z =
              C == 0 ? splatC : SPECIES.fromMemorySegment(c, co + C * (i + k), ORDER);
          z.blend(y, VectorMask.fromLong(SPECIES, bits >>> k))
              .intoMemorySegment(d, to + WIDTH * (i + k), ORDER);
        }
      }
      TAIL.apply(
          a, ao + A * end, b, bo + B * end, c, co + C * end, d, to + WIDTH * end, count - end);
    }

    /** {@return eight bytes of 0 or 1 as eight bits: a product moves them to the top} */
    private static long pack(long bytes) {
      return (bytes * 0x0102040810204080L) >>> 56;
    }
  }

  /** Conversion to another dtype, as Java converts. */
  static final class Convert implements TileFunction {
    private static final Data DATA = Template.data(MethodHandles.lookup(), Data.class);

    @SuppressWarnings("unchecked") // as the species
    private static final VectorOperators.Conversion<Number, Number> OP =
        DATA.operator(VectorOperators.Conversion.class);

    private static final VectorSpecies<Number> SPECIES = DATA.species();
    private static final VectorSpecies<Number> RESULT = DATA.result();
    private static final long WIDTH = RESULT.elementSize() / 8;
    private static final long A = DATA.stride(0);
    private static final TileFunction TAIL = DATA.tail();

    Convert() {}

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      if (!a.isNative() || !d.isNative()) {
        throw new IllegalArgumentException(HEAP);
      }
      int end = SPECIES.loopBound(count);
      for (int i = 0; i < end; i += SPECIES.length()) {
        SPECIES
            .fromMemorySegment(a, ao + A * i, ORDER)
            .convertShape(OP, RESULT, 0)
            .intoMemorySegment(d, to + WIDTH * i, ORDER);
      }
      TAIL.apply(a, ao + A * end, b, bo, c, co, d, to + WIDTH * end, count - end);
    }
  }
}
