package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;

/**
 * A body as PTX. Each primitive has the one result that {@link Primitive} defines: no approximate
 * instruction, no flush to zero, and what PTX leaves open, as quotients by 0, is written out.
 */
final class BodyPtx {
  private final PtxFunction code;
  private final Body body;
  private final List<Reg> registers;

  private BodyPtx(PtxFunction code, Body body, List<Reg> inputs) {
    this.code = code;
    this.body = body;
    registers = new ArrayList<>(inputs);
  }

  /**
   * {@return the results of a body}
   *
   * @param code takes the instructions
   * @param body what to compute
   * @param inputs its inputs
   */
  static List<Reg> write(PtxFunction code, Body body, List<Reg> inputs) {
    BodyPtx written = new BodyPtx(code, body, inputs);
    body.instructions().forEach(written::write);
    return body.results().stream().map(written.registers::get).toList();
  }

  private void write(Instruction instruction) {
    registers.add(
        switch (instruction) {
          case Instruction.Literal literal -> literal(code, literal.dtype(), literal.bits());
          case Instruction.Apply apply -> apply(apply);
        });
  }

  /** {@return a value by its bits, so that no decimal is rounded on its way} */
  static Reg literal(PtxFunction code, DType dtype, long bits) {
    PtxType type = PtxType.of(dtype);
    return switch (type) {
      case F32 -> code.op(type, "mov.f32", "0f%08X".formatted((int) bits));
      case F64 -> code.op(type, "mov.f64", "0d%016X".formatted(bits));
      case B64 -> code.op(type, "mov.b64", bits);
      case B32 -> code.op(type, "mov.b32", value(dtype, bits));
      case PRED -> code.op(type, "setp.ne.s32", bits == 0 ? 0 : 1, 0);
    };
  }

  /** What a register of 32 bits holds. */
  private static int value(DType dtype, long bits) {
    return switch (dtype) {
      case INT8 -> (byte) bits;
      case UINT8 -> (int) bits & 0xff;
      case INT16, FLOAT16, BFLOAT16 -> (short) bits;
      case INT32 -> (int) bits;
      case BOOL, INT64, FLOAT32, FLOAT64 -> throw new IllegalArgumentException(dtype.toString());
    };
  }

  private Reg apply(Instruction.Apply apply) {
    List<Reg> operands = apply.operands().stream().map(registers::get).toList();
    DType from = body.dtype(apply.operands().getFirst());
    Reg a = operands.getFirst();
    Reg b = operands.size() > 1 ? operands.get(1) : a;
    Reg c = operands.size() > 2 ? operands.get(2) : a;
    PtxType type = PtxType.of(apply.dtype());
    String number = type.number();
    return switch (apply.primitive()) {
      case ADD -> code.sum(a, b);
      case SUB -> code.op(type, (type.isFloating() ? "sub.rn." : "sub.") + number, a, b);
      case MUL -> code.op(type, (type.isFloating() ? "mul.rn." : "mul.lo.") + number, a, b);
      case DIV ->
          type.isFloating() ? code.op(type, "div.rn." + number, a, b) : quotient(type, a, b);
      case REM -> remainder(type, a, b);
      case FMA -> code.op(type, "fma.rn." + number, a, b, c);
      case SQRT -> code.op(type, "sqrt.rn." + number, a);
      case NEG -> code.op(type, "neg." + number, a);
      case ABS ->
          type.isFloating()
              ? code.op(type, "abs." + number, a)
              : code.op(type, "max." + number, a, code.op(type, "neg." + number, a));
      case MIN -> extreme(type, "lt", "min", "or", a, b);
      case MAX -> extreme(type, "gt", "max", "and", a, b);
      case RINT -> code.op(type, "cvt.rni." + number + "." + number, a);
      case FLOOR -> code.op(type, "cvt.rmi." + number + "." + number, a);
      case LT -> less(a, b);
      case LE -> lessOrEqual(a, b);
      case EQ -> equal(a, b);
      case SELECT -> select(code, a, b, c);
      case CONVERT -> convert(from, apply.dtype(), a);
      case BITCAST -> bitcast(type, a);
      case AND -> code.op(type, "and." + type.declared(), a, b);
      case OR -> code.op(type, "or." + type.declared(), a, b);
      case XOR -> code.op(type, "xor." + type.declared(), a, b);
      case NOT -> code.op(type, "not." + type.declared(), a);
      case SHL -> code.op(type, "shl." + type.declared(), a, count(b));
      case SHR -> code.op(type, "shr." + number, a, count(b));
      case USHR -> code.op(type, "shr." + number.replace('s', 'u'), a, count(b));
    };
  }

  // ---- integers

  /** A count of bits modulo the width; PTX stops at the width. */
  private Reg count(Reg b) {
    int mask = b.type() == PtxType.B64 ? Long.SIZE - 1 : Integer.SIZE - 1;
    Reg low = b.type() == PtxType.B64 ? code.op(PtxType.B32, "cvt.u32.u64", b) : b;
    return code.op(PtxType.B32, "and.b32", low, mask);
  }

  /** A divisor that PTX defines: 1 in place of 0 and -1, whose quotients are known. */
  private Reg divisor(PtxType type, Reg zero, Reg minus, Reg b) {
    Reg either = code.op(PtxType.PRED, "or.pred", zero, minus);
    return code.op(type, "selp." + type.declared(), 1, b, either);
  }

  private Reg is(Reg b, int value) {
    return code.op(PtxType.PRED, "setp.eq." + b.type().number(), b, value);
  }

  private Reg quotient(PtxType type, Reg a, Reg b) {
    Reg zero = is(b, 0);
    Reg minus = is(b, -1);
    Reg divided = code.op(type, "div." + type.number(), a, divisor(type, zero, minus, b));
    Reg negated = code.op(type, "neg." + type.number(), a);
    Reg signed = code.op(type, "selp." + type.declared(), negated, divided, minus);
    return code.op(type, "selp." + type.declared(), 0, signed, zero);
  }

  private Reg remainder(PtxType type, Reg a, Reg b) {
    // By 0 it is 0, and by the 1 that stands for it as well.
    return code.op(type, "rem." + type.number(), a, divisor(type, is(b, 0), is(b, -1), b));
  }

  // ---- choices

  private Reg less(Reg a, Reg b) {
    return a.type() == PtxType.PRED
        ? code.op(PtxType.PRED, "and.pred", code.op(PtxType.PRED, "not.pred", a), b)
        : code.op(PtxType.PRED, "setp.lt." + a.type().number(), a, b);
  }

  private Reg lessOrEqual(Reg a, Reg b) {
    return a.type() == PtxType.PRED
        ? code.op(PtxType.PRED, "or.pred", code.op(PtxType.PRED, "not.pred", a), b)
        : code.op(PtxType.PRED, "setp.le." + a.type().number(), a, b);
  }

  private Reg equal(Reg a, Reg b) {
    return a.type() == PtxType.PRED
        ? code.op(PtxType.PRED, "not.pred", code.op(PtxType.PRED, "xor.pred", a, b))
        : code.op(PtxType.PRED, "setp.eq." + a.type().number(), a, b);
  }

  /** {@return one of two values} */
  static Reg select(PtxFunction code, Reg condition, Reg yes, Reg no) {
    if (yes.type() != PtxType.PRED) {
      return code.op(yes.type(), "selp." + yes.type().declared(), yes, no, condition);
    }
    Reg first = code.op(PtxType.PRED, "and.pred", condition, yes);
    Reg otherwise = code.op(PtxType.PRED, "not.pred", condition);
    Reg second = code.op(PtxType.PRED, "and.pred", otherwise, no);
    return code.op(PtxType.PRED, "or.pred", first, second);
  }

  /** The smaller or larger: equal floats may be zeros of both signs, either may be NaN. */
  private Reg extreme(PtxType type, String wins, String integers, String zeros, Reg a, Reg b) {
    if (type == PtxType.PRED) {
      // The smaller of two truth values is their conjunction.
      return code.op(type, (integers.equals("min") ? "and" : "or") + ".pred", a, b);
    }
    if (!type.isFloating()) {
      return code.op(type, integers + "." + type.number(), a, b);
    }
    PtxType bits = type == PtxType.F32 ? PtxType.B32 : PtxType.B64;
    Reg both = code.op(bits, zeros + "." + bits.declared(), bitcast(bits, a), bitcast(bits, b));
    Reg equal = code.op(PtxType.PRED, "setp.eq." + type.number(), a, b);
    Reg isAhead = code.op(PtxType.PRED, "setp." + wins + "." + type.number(), a, b);
    Reg nan = code.op(PtxType.PRED, "setp.nan." + type.number(), a, a);
    Reg first = code.op(PtxType.PRED, "or.pred", isAhead, nan);
    Reg ordered = code.op(type, "selp." + type.declared(), a, b, first);
    return code.op(type, "selp." + type.declared(), bitcast(type, both), ordered, equal);
  }

  // ---- conversions

  private Reg bitcast(PtxType type, Reg a) {
    return a.type() == type ? a : code.op(type, "mov.b" + (is64(type) ? 64 : 32), a);
  }

  private static boolean is64(PtxType type) {
    return type == PtxType.B64 || type == PtxType.F64;
  }

  private Reg convert(DType from, DType to, Reg a) {
    PtxType type = PtxType.of(to);
    if (from == to) {
      return a;
    }
    if (to == DType.BOOL) {
      String zero =
          a.type().isFloating()
              ? (a.type() == PtxType.F32 ? "0f00000000" : "0d0000000000000000")
              : "0";
      // NaN is not 0.
      String compare = a.type().isFloating() ? "setp.neu." : "setp.ne.";
      return code.op(type, compare + a.type().number(), a, zero);
    }
    if (from == DType.BOOL) {
      Reg one = code.op(PtxType.B32, "selp.b32", 1, 0, a);
      return type == PtxType.B32 ? one : code.op(type, widened(type, PtxType.B32), one);
    }
    if (a.type().isFloating() && !type.isFloating()) {
      Reg whole = code.op(type, "cvt.rzi." + type.number() + "." + a.type().number(), a);
      // Beyond the range PTX saturates.
      Reg nan = code.op(PtxType.PRED, "setp.nan." + a.type().number(), a, a);
      return code.op(type, "selp." + type.declared(), 0, whole, nan);
    }
    if (to.isNarrow()) {
      Reg low = a.type() == PtxType.B64 ? code.op(PtxType.B32, "cvt.u32.u64", a) : a;
      return narrow(to, low);
    }
    return type == a.type() ? a : code.op(type, widened(type, a.type()), a);
  }

  /** The value that the low bits are. */
  private Reg narrow(DType to, Reg a) {
    return to == DType.UINT8
        ? code.op(PtxType.B32, "and.b32", a, 0xff)
        : code.op(PtxType.B32, "bfe.s32", a, 0, 8 * to.bytes());
  }

  /** The conversion between two kinds of number, rounded to nearest even where it has to be. */
  private static String widened(PtxType to, PtxType from) {
    boolean rounds = to == PtxType.F32 || (to == PtxType.F64 && from != PtxType.F32);
    if (to == PtxType.B32) {
      return "cvt.u32.u64";
    }
    return (rounds ? "cvt.rn." : "cvt.") + to.number() + "." + from.number();
  }
}
