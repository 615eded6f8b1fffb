package org.cotangent.cpu.tile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;

/**
 * Writes what not every processor's vectors have as primitives that they have, with the same bits:
 * conversions between int64 and floats, and division of int32.
 */
final class Expansion {
  private static final long LOW = 0xffff_ffffL;

  // As bits, 2^52, whose last bit is 1, and 2^84 + 2^63, where it is 2^32.
  private static final long UNITS = 0x4330_0000_0000_0000L;
  private static final long HIGH_UNITS = 0x4530_0000_8000_0000L;

  /** Of a float64 from 2^63 on: its leading bit is a long's first. */
  private static final long EXPONENT_OF_TOP = 1023 + 63;

  /** Bits of an int64 that a float32 never has. */
  private static final long LOST = (1L << 11) - 1;

  private final Body body;
  private final List<Instruction> instructions = new ArrayList<>();
  private final Map<Instruction, Integer> known = new HashMap<>();

  private Expansion(Body body) {
    this.body = body;
  }

  /** {@return a body that computes the same} */
  static Body of(Body body) {
    return new Expansion(body).write();
  }

  /**
   * {@return whether vectors are faster than the loop of a lone primitive} From floats to int64
   * they are not: they pay among others only.
   */
  static boolean isFaster(Body body) {
    return body.instructions().stream()
        .anyMatch(instruction ->
            instruction instanceof Instruction.Apply apply
                && expands(apply, body.dtype(apply.operands().getLast()))
                && apply.dtype() != DType.INT64);
  }

  private Body write() {
    int inputs = body.inputs().size();
    List<Integer> registers = new ArrayList<>();
    for (int input = 0; input < inputs; input++) {
      registers.add(input);
    }
    for (Instruction instruction : body.instructions()) {
      registers.add(
          switch (instruction) {
            case Instruction.Literal literal -> write(literal);
            case Instruction.Apply apply -> {
              List<Integer> operands = apply.operands().stream().map(registers::get).toList();
              DType dtype = body.dtype(apply.operands().getLast());
              yield expands(apply, dtype)
                  ? inline(expanded(apply, dtype), operands)
                  : write(new Instruction.Apply(apply.primitive(), apply.dtype(), operands));
            }
          });
    }
    return new Body(
        body.inputs(), instructions, body.results().stream().map(registers::get).toList());
  }

  private int write(Instruction instruction) {
    return known.computeIfAbsent(
        instruction,
        fresh -> {
          instructions.add(fresh);
          return body.inputs().size() + instructions.size() - 1;
        });
  }

  /** {@return the register of the only result} */
  private int inline(Body part, List<Integer> arguments) {
    List<Integer> registers = new ArrayList<>(arguments);
    for (Instruction instruction : part.instructions()) {
      registers.add(
          switch (instruction) {
            case Instruction.Literal literal -> write(literal);
            case Instruction.Apply apply ->
                write(
                    new Instruction.Apply(
                        apply.primitive(),
                        apply.dtype(),
                        apply.operands().stream().map(registers::get).toList()));
          });
    }
    return registers.get(part.results().getFirst());
  }

  private static boolean expands(Instruction.Apply apply, DType operand) {
    return switch (apply.primitive()) {
      case DIV, REM -> operand == DType.INT32;
      case CONVERT ->
          (operand == DType.INT64 && apply.dtype().isFloating())
              || (operand.isFloating() && apply.dtype() == DType.INT64);
      default -> false;
    };
  }

  private static Body expanded(Instruction.Apply apply, DType dtype) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(dtype);
    if (apply.primitive() == Primitive.CONVERT) {
      return builder.build(
          dtype.isFloating() ? whole(x.convert(DType.FLOAT64)) : real(x, apply.dtype()));
    }
    Term divisor = builder.input(dtype);
    Term quotient = quotient(x, divisor);
    if (apply.primitive() == Primitive.DIV) {
      return builder.build(quotient);
    }
    Term zero = x.literal(0L);
    return builder.build(divisor.equal(zero).select(zero, x.minus(quotient.times(divisor))));
  }

  /**
   * The quotient as a float64 has an error of at most 2⁻²² / |divisor|, and is 1 / |divisor| from
   * the next whole number, or is whole. Only -2³¹ / -1 is no int32.
   */
  private static Term quotient(Term x, Term divisor) {
    Term quotient = x.convert(DType.FLOAT64).over(divisor.convert(DType.FLOAT64));
    Term zero = x.literal(0L);
    return divisor
        .equal(zero)
        .select(
            zero, divisor.equal(x.literal(-1L)).select(x.negate(), quotient.convert(DType.INT32)));
  }

  private static Term real(Term x, DType dtype) {
    if (dtype == DType.FLOAT64) {
      return real(x);
    }
    // A float64 has all of the smaller ones. Of others it has these bits, of which the last is set
    // if any was lost, so that the second rounding is that of the whole number.
    Term lost = x.literal(LOST);
    Term odd = x.and(lost).plus(lost).or(x).and(x.literal(~LOST));
    Term bound = x.literal(1L << 53);
    Term isSmall = x.below(bound).and(x.literal(-1L << 53).below(x));
    return real(isSmall.select(x, odd)).convert(DType.FLOAT32);
  }

  /** Both halves become floats by their bits; only their sum is rounded. */
  private static Term real(Term x) {
    Term low = x.and(x.literal(LOW)).or(x.literal(UNITS)).bitcast(DType.FLOAT64);
    Term high =
        x.shiftRightLogical(x.literal(32L)).xor(x.literal(HIGH_UNITS)).bitcast(DType.FLOAT64);
    return high.minus(high.literal(0x1p84 + 0x1p63 + 0x1p52)).plus(low);
  }

  /** A float64's fraction with its leading bit, moved from the top of a long by its exponent. */
  private static Term whole(Term x) {
    Term bits = x.bitcast(DType.INT64);
    Term zero = bits.literal(0L);
    Term fraction = bits.shiftLeft(bits.literal(11L)).or(bits.literal(Long.MIN_VALUE));
    Term exponent = bits.shiftLeft(bits.literal(1L)).shiftRightLogical(bits.literal(53L));
    Term distance = bits.literal(EXPONENT_OF_TOP).minus(exponent);
    Term fits = zero.below(distance);
    Term isFraction = bits.literal(63L).below(distance);
    // All ones of a negative number, which is what a negation takes: the complement and 1 more.
    Term sign = bits.shiftRight(bits.literal(63L));
    Term number = fraction.shiftRightLogical(distance).xor(sign).minus(sign);
    Term limit = sign.xor(bits.literal(Long.MAX_VALUE));
    return x.equal(x).and(isFraction.not()).select(fits.select(number, limit), zero);
  }
}
