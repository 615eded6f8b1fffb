package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;

/**
 * A body as OpenCL C, at any width. Each primitive has the one result that {@link Primitive}
 * defines: integers wrap in unsigned types, no division traps, conversions that OpenCL leaves to
 * the implementation are written out.
 */
final class BodyCode {
  private final Body body;
  private final int width;
  private final String prefix;
  private final List<String> registers;
  private final StringBuilder text = new StringBuilder();

  private BodyCode(Body body, List<String> inputs, int width, String prefix) {
    this.body = body;
    this.width = width;
    this.prefix = prefix;
    this.registers = new ArrayList<>(inputs);
  }

  /**
   * Statements, and where the results are.
   *
   * @param statements to be put into a block
   * @param results names of registers or values
   */
  record Written(String statements, List<String> results) {}

  /**
   * {@return the code of a body}
   *
   * @param body what to compute
   * @param inputs names of its inputs' registers
   * @param width lanes of each register
   * @param prefix of the names it makes
   */
  static Written write(Body body, List<String> inputs, int width, String prefix) {
    BodyCode code = new BodyCode(body, inputs, width, prefix);
    code.run();
    return new Written(
        code.text.toString(), body.results().stream().map(code.registers::get).toList());
  }

  private void run() {
    for (int i = 0; i < body.instructions().size(); i++) {
      Instruction instruction = body.instructions().get(i);
      String name = prefix + i;
      String value =
          switch (instruction) {
            case Instruction.Literal literal -> literal(literal.dtype(), literal.bits(), width);
            case Instruction.Apply apply -> apply(apply);
          };
      text.append(
          "const %s %s = %s;\n".formatted(C.register(instruction.dtype(), width), name, value));
      registers.add(name);
    }
  }

  /** {@return a value by its bits, so that no decimal is rounded on its way} */
  static String literal(DType dtype, long bits, int width) {
    String one =
        switch (dtype) {
          case FLOAT32 -> "as_float(0x%08xu)".formatted((int) bits);
          case FLOAT64 -> "as_double(0x%016xUL)".formatted(bits);
          case INT32 -> "as_int(0x%08xu)".formatted((int) bits);
          case INT64 -> "as_long(0x%016xUL)".formatted(bits);
          case BOOL -> bits == 0 ? "0" : "-1";
          case INT8 -> "(char)%d".formatted(bits);
          case UINT8 -> "(uchar)%d".formatted(bits & 0xff);
          case INT16, FLOAT16, BFLOAT16 -> "(short)%d".formatted(bits);
        };
    return C.splat(dtype == DType.BOOL ? "int" : C.memory(dtype), one, width);
  }

  private String apply(Instruction.Apply apply) {
    DType from = body.dtype(apply.operands().getFirst());
    DType to = apply.dtype();
    String a = registers.get(apply.operands().get(0));
    String b = apply.operands().size() > 1 ? registers.get(apply.operands().get(1)) : "";
    String c = apply.operands().size() > 2 ? registers.get(apply.operands().get(2)) : "";
    return switch (apply.primitive()) {
      case ADD -> arithmetic("+", to, a, b);
      case SUB -> arithmetic("-", to, a, b);
      case MUL -> arithmetic("*", to, a, b);
      case DIV -> to.isFloating() ? a + " / " + b : quotient(to, a, b);
      case REM -> remainder(to, a, b);
      case FMA -> "fma(%s, %s, %s)".formatted(a, b, c);
      case SQRT -> "sqrt(" + a + ")";
      case NEG -> to.isFloating() ? "-" + a : signed(to, "-" + unsigned(to, a));
      case ABS -> to.isFloating() ? "fabs(" + a + ")" : signed(to, "abs(" + a + ")");
      case MIN -> to.isFloating() ? extreme("<", "|", to, a, b) : lower(to, a, b);
      case MAX -> to.isFloating() ? extreme(">", "&", to, a, b) : higher(to, a, b);
      case RINT -> "rint(" + a + ")";
      case FLOOR -> "floor(" + a + ")";
      case LT -> bool(from, a + (from == DType.BOOL ? " > " : " < ") + b);
      case LE -> bool(from, a + (from == DType.BOOL ? " >= " : " <= ") + b);
      case EQ -> bool(from, a + " == " + b);
      case SELECT -> select(wide(to, a), b, c);
      case CONVERT -> convert(from, to, a);
      case BITCAST -> "as_%s(%s)".formatted(C.register(to, width), a);
      case AND -> a + " & " + b;
      case OR -> a + " | " + b;
      case XOR -> a + " ^ " + b;
      case NOT -> "~" + a;
      case SHL -> signed(to, unsigned(to, a) + " << " + shift(to, b));
      case SHR -> a + " >> " + shift(to, b);
      case USHR -> signed(to, unsigned(to, a) + " >> " + shift(to, b));
    };
  }

  // ---- integers

  private String arithmetic(String operator, DType dtype, String a, String b) {
    return dtype.isFloating()
        ? "%s %s %s".formatted(a, operator, b)
        : signed(dtype, "%s %s %s".formatted(unsigned(dtype, a), operator, unsigned(dtype, b)));
  }

  private String signed(DType dtype, String value) {
    return "as_%s(%s)".formatted(C.register(dtype, width), value);
  }

  private String unsigned(DType dtype, String value) {
    return "as_%s(%s)".formatted(C.unsigned(dtype, width), value);
  }

  private String shift(DType dtype, String count) {
    return "(%s & %d)".formatted(unsigned(dtype, count), dtype.bytes() * 8 - 1);
  }

  /** A divisor that traps on no machine: 1 in place of 0 and -1, whose quotients are known. */
  private String divisor(DType dtype, String b) {
    String zero = masked(dtype, b + " == 0");
    String minus = masked(dtype, b + " == -1");
    return select("(%s | %s)".formatted(zero, minus), literal(dtype, 1, width), b);
  }

  private String quotient(DType dtype, String a, String b) {
    String divided = "%s / %s".formatted(a, divisor(dtype, b));
    String negated = signed(dtype, "-" + unsigned(dtype, a));
    String signed = select(masked(dtype, b + " == -1"), negated, divided);
    return select(masked(dtype, b + " == 0"), literal(dtype, 0, width), signed);
  }

  private String remainder(DType dtype, String a, String b) {
    // By 0 it is 0, and by the 1 that stands for it as well.
    return "%s %% %s".formatted(a, divisor(dtype, b));
  }

  // ---- choices; true is -1, so bools are ordered the other way round

  private static String lower(DType dtype, String a, String b) {
    return "%s(%s, %s)".formatted(dtype == DType.BOOL ? "max" : "min", a, b);
  }

  private static String higher(DType dtype, String a, String b) {
    return "%s(%s, %s)".formatted(dtype == DType.BOOL ? "min" : "max", a, b);
  }

  /** A comparison of registers, as lanes of 0 or -1 that are as wide as they. */
  private String masked(DType dtype, String comparison) {
    return width > 1 ? "(" + comparison + ")" : "-(%s)(%s)".formatted(C.mask(dtype, 1), comparison);
  }

  private String bool(DType dtype, String comparison) {
    String mask = masked(dtype, comparison);
    return C.is64(dtype) ? C.convert("int", width) + "(" + mask + ")" : mask;
  }

  /** A bool's register as lanes that are as wide as those of a dtype. */
  private String wide(DType dtype, String bool) {
    return C.is64(dtype) && width > 1 ? C.convert("long", width) + "(" + bool + ")" : bool;
  }

  private String select(String mask, String yes, String no) {
    return width > 1
        ? "select(%s, %s, %s)".formatted(no, yes, mask)
        : "(%s ? %s : %s)".formatted(mask, yes, no);
  }

  /** The smaller or larger of floats: equal ones may be zeros of both signs, either may be NaN. */
  private String extreme(String wins, String zeros, DType dtype, String a, String b) {
    String mask = C.mask(dtype, width);
    String equal =
        "as_%s(as_%s(%s) %s as_%s(%s))"
            .formatted(C.register(dtype, width), mask, a, zeros, mask, b);
    String ordered = select(masked(dtype, a + " " + wins + " " + b), a, b);
    String numbers = select(masked(dtype, a + " == " + b), equal, ordered);
    return select(masked(dtype, a + " != " + a), a, numbers);
  }

  // ---- conversions

  private String convert(DType from, DType to, String a) {
    if (from == to) {
      return a;
    }
    if (from == DType.BOOL) {
      return "%s(-%s)".formatted(C.convert(C.memory(to), width), a);
    }
    if (to == DType.BOOL) {
      return bool(from, a + " != " + literal(from, 0, width));
    }
    if (from.isFloating() && to.isInteger()) {
      return truncated(from, to, a);
    }
    if (from == DType.INT64 && to == DType.INT32) {
      String low = "%s & %s".formatted(unsigned(from, a), C.splat("ulong", "0xffffffffUL", width));
      return signed(to, "%s(%s)".formatted(C.convert("uint", width), low));
    }
    if (to.isNarrow()) {
      String mask = C.splat("uint", to.bytes() == 1 ? "0xffu" : "0xffffu", width);
      String low = "%s & %s".formatted(unsigned(from, a), mask);
      String type = to.bytes() == 1 ? "uchar" : "ushort";
      return signed(to, "%s(%s)".formatted(C.convert(type, width), low));
    }
    return "%s(%s)".formatted(C.convert(C.memory(to), width), a);
  }

  /** Towards zero, and saturated; what OpenCL leaves open is never converted. */
  private String truncated(DType from, DType to, String a) {
    double limit = to == DType.INT32 ? 0x1p31 : 0x1p63;
    String high = number(from, limit);
    String low = number(from, -limit);
    long largest = to == DType.INT32 ? Integer.MAX_VALUE : Long.MAX_VALUE;
    long smallest = to == DType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    String above = masked(from, "%s >= %s".formatted(a, high));
    String below = masked(from, "%s <= %s".formatted(a, low));
    String inside =
        width > 1
            ? "(%s > %s & %s < %s)".formatted(a, low, a, high)
            : "(%s > %s && %s < %s)".formatted(a, low, a, high);
    String safe = select(inside, a, literal(from, 0, width));
    String whole = "%s(%s)".formatted(C.convert(C.memory(to), width), safe);
    String bounded = select(resized(from, to, below), literal(to, smallest, width), whole);
    return select(resized(from, to, above), literal(to, largest, width), bounded);
  }

  private String number(DType dtype, double value) {
    return dtype == DType.FLOAT32
        ? literal(dtype, Float.floatToRawIntBits((float) value), width)
        : literal(dtype, Double.doubleToRawLongBits(value), width);
  }

  private String resized(DType from, DType to, String mask) {
    return C.is64(from) == C.is64(to) || width == 1
        ? mask
        : "%s(%s)".formatted(C.convert(C.is64(to) ? "long" : "int", width), mask);
  }
}
