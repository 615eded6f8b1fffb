package org.cotangent.cuda.machine;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.IntPredicate;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.cuda.machine.PtxFunctionCode.Operand;
import org.cotangent.cuda.machine.PtxFunctionCode.Step;
import org.cotangent.cuda.machine.PtxThread.Wait;

/** What an instruction does, as the PTX ISA 8.0 defines it. */
final class PtxInstruction {
  private static final Pattern ADDRESS = Pattern.compile("\\[([%\\w]+)(?:\\+(-?\\d+))?]");

  private final PtxFunctionCode function;
  private final String opcode;
  private final List<String> parts;
  private final List<String> operands;

  PtxInstruction(PtxFunctionCode function, String opcode, List<String> operands) {
    this.function = function;
    this.opcode = opcode;
    this.parts = Arrays.asList(opcode.split("\\."));
    this.operands = operands;
  }

  Step step() {
    if (parts.contains("approx") || parts.contains("ftz")) {
      throw new PtxFault(opcode + ": its bits are not defined");
    }
    return switch (parts.getFirst()) {
      case "ret", "exit" -> thread -> thread.wait = Wait.END;
      case "bar" -> barrier();
      case "shfl" -> shuffle();
      case "mma", "ldmatrix" -> matrices();
      case "cp" -> copy();
      case "bra" -> branch();
      case "ld" -> load();
      case "st" -> store();
      case "red" -> minimum();
      case "mov" -> move();
      case "cvta" -> binary((a, _) -> a);
      case "cvt" -> convert();
      case "setp" -> compare();
      case "selp" -> select();
      case "add" -> arithmetic(Long::sum, Double::sum);
      case "sub" -> arithmetic((a, b) -> a - b, (a, b) -> a - b);
      case "mul" -> multiply();
      case "mad" -> multiplyAndAdd();
      case "fma" -> fma();
      case "div" -> isFloat() ? floats((a, b) -> a / b) : quotient(false);
      case "rem" -> quotient(true);
      case "sqrt" -> floats((a, _) -> Math.sqrt(a));
      case "neg" -> isFloat() ? flip(sign(), false) : binary((a, _) -> -a);
      case "abs" -> isFloat() ? flip(sign(), true) : integers((a, _) -> Math.abs(a));
      case "min" -> integers(Math::min);
      case "max" -> integers(Math::max);
      case "and" -> binary((a, b) -> a & b);
      case "or" -> binary((a, b) -> a | b);
      case "xor" -> binary((a, b) -> a ^ b);
      case "not" -> binary((a, _) -> type().equals("pred") ? a ^ 1 : ~a);
      case "shl" -> shiftLeft();
      case "shr" -> shiftRight();
      case "brev" -> reverse();
      case "bfe" -> extract();
      case "bfi" -> insert();
      default -> beside();
    };
  }

  /** Of those of Hopper. */
  private Step beside() {
    return new PtxAsyncInstruction(function, opcode, operands).step().orElseThrow(this::unknown);
  }

  private PtxFault unknown() {
    return new PtxFault(opcode + " is not known");
  }

  // ---- types

  private String type() {
    return parts.getLast();
  }

  private static int width(String type) {
    return type.equals("pred") ? 1 : Integer.parseInt(type.substring(1));
  }

  private int width() {
    return width(type());
  }

  private boolean isFloat() {
    return type().startsWith("f");
  }

  private boolean isSigned() {
    return type().startsWith("s");
  }

  private long sign() {
    return 1L << (width() - 1);
  }

  /** The value of bits as an integer of a type. */
  private static LongUnaryOperator extension(String type) {
    int unused = Long.SIZE - width(type);
    return type.startsWith("s")
        ? bits -> bits << unused >> unused
        : bits -> bits << unused >>> unused;
  }

  private static double number(String type, long bits) {
    return type.equals("f32") ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
  }

  private static long bits(String type, double value) {
    return type.equals("f32")
        ? Float.floatToRawIntBits((float) value)
        : Double.doubleToRawLongBits(value);
  }

  // ---- operands

  private int result() {
    return function.register(operands.getFirst());
  }

  private Operand operand(int k) {
    return operands.size() > k ? function.operand(operands.get(k)) : _ -> 0;
  }

  private Step binary(LongBinaryOperator operator) {
    int result = result();
    Operand a = operand(1);
    Operand b = operand(2);
    return thread -> thread.set(result, operator.applyAsLong(a.bits(thread), b.bits(thread)));
  }

  private Step integers(LongBinaryOperator operator) {
    if (isFloat()) {
      throw unknown();
    }
    LongUnaryOperator value = extension(type());
    return binary((a, b) -> operator.applyAsLong(value.applyAsLong(a), value.applyAsLong(b)));
  }

  /**
   * Rounds twice where the type is f32: from float64, which is as rounding once for one sum,
   * difference, product, quotient or root.
   */
  private Step floats(DoubleBinaryOperator operator) {
    if (!parts.contains("rn")) {
      throw new PtxFault(opcode + ": say how it is rounded");
    }
    String type = type();
    return binary((a, b) -> bits(type, operator.applyAsDouble(number(type, a), number(type, b))));
  }

  private Step arithmetic(LongBinaryOperator integers, DoubleBinaryOperator floats) {
    return isFloat() ? floats(floats) : binary(integers);
  }

  private Step flip(long sign, boolean clear) {
    return isFloat() ? binary((a, _) -> clear ? a & ~sign : a ^ sign) : reject();
  }

  private Step reject() {
    throw unknown();
  }

  // ---- arithmetic

  private Step multiply() {
    if (isFloat()) {
      return floats((a, b) -> a * b);
    }
    if (parts.contains("hi")) {
      if (width() == 64) {
        return binary(isSigned() ? Math::multiplyHigh : Math::unsignedMultiplyHigh);
      }
      return integers((a, b) -> (a * b) >> 32);
    }
    return parts.contains("wide") ? integers((a, b) -> a * b) : binary((a, b) -> a * b);
  }

  private Step multiplyAndAdd() {
    int result = result();
    Operand a = operand(1);
    Operand b = operand(2);
    Operand c = operand(3);
    boolean wide = parts.contains("wide");
    LongUnaryOperator value = wide ? extension(type()) : x -> x;
    if (isFloat() || !(wide || parts.contains("lo"))) {
      throw unknown();
    }
    return thread -> {
      long product = value.applyAsLong(a.bits(thread)) * value.applyAsLong(b.bits(thread));
      thread.set(result, product + c.bits(thread));
    };
  }

  private Step fma() {
    if (!parts.contains("rn")) {
      throw new PtxFault(opcode + ": say how it is rounded");
    }
    int result = result();
    Operand a = operand(1);
    Operand b = operand(2);
    Operand c = operand(3);
    boolean single = type().equals("f32");
    return thread -> {
      long x = a.bits(thread);
      long y = b.bits(thread);
      long z = c.bits(thread);
      thread.set(
          result,
          single
              ? Float.floatToRawIntBits(
                  Math.fma(
                      Float.intBitsToFloat((int) x),
                      Float.intBitsToFloat((int) y),
                      Float.intBitsToFloat((int) z)))
              : Double.doubleToRawLongBits(
                  Math.fma(
                      Double.longBitsToDouble(x),
                      Double.longBitsToDouble(y),
                      Double.longBitsToDouble(z))));
    };
  }

  private Step quotient(boolean remainder) {
    boolean signed = isSigned();
    long least = extension(type()).applyAsLong(sign());
    return integers((x, y) -> {
      if (y == 0 || (signed && y == -1 && x == least)) {
        throw new PtxFault(opcode + " of " + x + " and " + y + " is not defined");
      }
      if (signed) {
        return remainder ? x % y : x / y;
      }
      return remainder ? Long.remainderUnsigned(x, y) : Long.divideUnsigned(x, y);
    });
  }

  /** A count of bits is 32 bits without a sign. */
  private static long amount(long bits) {
    return bits & 0xffffffffL;
  }

  private Step shiftLeft() {
    int width = width();
    return binary((a, b) -> amount(b) >= width ? 0 : a << amount(b));
  }

  private Step shiftRight() {
    LongUnaryOperator extension = extension(type());
    boolean signed = isSigned();
    int width = width();
    return binary((a, b) -> {
      long value = extension.applyAsLong(a);
      long count = Math.min(amount(b), Long.SIZE - 1);
      if (signed) {
        return value >> count;
      }
      return amount(b) >= width ? 0 : value >>> count;
    });
  }

  private Step reverse() {
    require(opcode.equals("brev.b32"));
    return binary((a, _) -> Integer.reverse((int) a));
  }

  /** Some bits, whose highest is the sign of the signed. */
  private Step extract() {
    int result = result();
    Operand a = operand(1);
    Operand first = operand(2);
    Operand count = operand(3);
    LongUnaryOperator extension = extension(type());
    return thread -> {
      int bits = (int) count.bits(thread);
      int unused = Long.SIZE - bits;
      long low = extension.applyAsLong(a.bits(thread)) >> first.bits(thread);
      if (bits < 1 || first.bits(thread) + bits > width()) {
        throw new PtxFault(opcode + " beyond the highest bit is not known");
      }
      thread.set(result, isSigned() ? low << unused >> unused : low << unused >>> unused);
    };
  }

  /** The low bits of a in place of some bits of b. */
  private Step insert() {
    require(opcode.equals("bfi.b32"));
    int result = result();
    Operand a = operand(1);
    Operand b = operand(2);
    Operand first = operand(3);
    Operand count = operand(4);
    return thread -> {
      long mask = (1L << count.bits(thread)) - 1;
      long at = first.bits(thread);
      require(at >= 0 && at < Integer.SIZE);
      thread.set(result, (b.bits(thread) & ~(mask << at)) | (a.bits(thread) & mask) << at);
    };
  }

  // ---- choices

  private Step compare() {
    require(parts.size() == 3);
    int result = result();
    Operand a = operand(1);
    Operand b = operand(2);
    if (isFloat()) {
      Ordered comparison = floatComparison(parts.get(1));
      String type = type();
      return thread -> {
        double x = number(type, a.bits(thread));
        double y = number(type, b.bits(thread));
        thread.set(result, comparison.holds(x, y) ? 1 : 0);
      };
    }
    LongUnaryOperator value = extension(type());
    LongBinaryOperator order = isSigned() ? Long::compare : Long::compareUnsigned;
    IntPredicate comparison = integerComparison(parts.get(1));
    return thread -> {
      long x = value.applyAsLong(a.bits(thread));
      long y = value.applyAsLong(b.bits(thread));
      thread.set(result, comparison.test((int) order.applyAsLong(x, y)) ? 1 : 0);
    };
  }

  @FunctionalInterface
  private interface Ordered {
    boolean holds(double a, double b);
  }

  private Ordered floatComparison(String comparison) {
    return switch (comparison) {
      case "eq" -> (a, b) -> a == b;
      case "ne" -> (a, b) -> a < b || a > b;
      case "lt" -> (a, b) -> a < b;
      case "le" -> (a, b) -> a <= b;
      case "gt" -> (a, b) -> a > b;
      case "ge" -> (a, b) -> a >= b;
      case "neu" -> (a, b) -> a != b;
      case "num" -> (a, b) -> !Double.isNaN(a) && !Double.isNaN(b);
      case "nan" -> (a, b) -> Double.isNaN(a) || Double.isNaN(b);
      default -> throw unknown();
    };
  }

  /** Of how two numbers are ordered. */
  private IntPredicate integerComparison(String comparison) {
    return switch (comparison) {
      case "eq" -> order -> order == 0;
      case "ne" -> order -> order != 0;
      case "lt", "lo" -> order -> order < 0;
      case "le", "ls" -> order -> order <= 0;
      case "gt", "hi" -> order -> order > 0;
      case "ge", "hs" -> order -> order >= 0;
      default -> throw unknown();
    };
  }

  private Step select() {
    int result = result();
    Operand yes = operand(1);
    Operand no = operand(2);
    Operand condition = operand(3);
    return thread ->
        thread.set(result, condition.bits(thread) == 1 ? yes.bits(thread) : no.bits(thread));
  }

  private Step branch() {
    int label = function.label(operands.getFirst());
    return thread -> thread.next = label;
  }

  // ---- conversions

  private Step convert() {
    if (opcode.equals("cvt.rna.tf32.f32")) {
      return binary((a, _) -> tf32((int) a));
    }
    String from = type();
    String to = parts.get(parts.size() - 2);
    String rounding = parts.size() > 3 ? parts.get(1) : "";
    if (!to.startsWith("f")) {
      if (!from.startsWith("f")) {
        LongUnaryOperator first = extension(from);
        LongUnaryOperator second = extension(to);
        return binary((a, _) -> second.applyAsLong(first.applyAsLong(a)));
      }
      return switch (rounding) {
        case "rzi" -> binary((a, _) -> truncated(from, to, number(from, a)));
        default -> throw unknown();
      };
    }
    if (!from.startsWith("f")) {
      require(rounding.equals("rn") || (to.equals("f64") && width(from) < 64));
      LongUnaryOperator extension = extension(from);
      return binary((a, _) -> {
        long value = extension.applyAsLong(a);
        return to.equals("f32")
            ? Float.floatToRawIntBits((float) value)
            : Double.doubleToRawLongBits((double) value);
      });
    }
    return switch (rounding) {
      case "" -> {
        require(from.equals("f32") && to.equals("f64"));
        yield binary((a, _) -> bits(to, number(from, a)));
      }
      case "rn" -> binary((a, _) -> bits(to, number(from, a)));
      case "rni" -> binary((a, _) -> bits(to, Math.rint(number(from, a))));
      case "rmi" -> binary((a, _) -> bits(to, Math.floor(number(from, a))));
      default -> throw unknown();
    };
  }

  /** To 10 bits of fraction, ties away from zero: a carry may reach the exponent. */
  static int tf32(int bits) {
    boolean isFinite = Float.isFinite(Float.intBitsToFloat(bits));
    return (isFinite ? bits + 0x1000 : bits) & ~0x1fff;
  }

  private void require(boolean known) {
    if (!known) {
      throw unknown();
    }
  }

  private long truncated(String from, String to, double value) {
    require(to.startsWith("s"));
    if (Double.isNaN(value)) {
      // As PTX has it.
      return from.equals("f64") || to.equals("s64") ? 1L << (width(to) - 1) : 0;
    }
    return to.equals("s32") ? (int) value : (long) value;
  }

  // ---- other threads

  /** Of the block, or of a whole warp. */
  private Step barrier() {
    if (opcode.equals("bar.warp.sync")) {
      require(operands.equals(List.of("-1")));
      return thread -> thread.join(warp -> thread.shared.barrier(thread.number / PtxWarp.SIZE));
    }
    require(opcode.equals("bar.sync") && operands.equals(List.of("0")));
    return thread -> thread.wait = Wait.BARRIER;
  }

  /** Downwards in a whole warp, the only one there is so far. */
  private Step shuffle() {
    require(opcode.equals("shfl.sync.down.b32"));
    require(operands.get(3).equals("31") && operands.get(4).equals("-1"));
    int result = result();
    Operand value = operand(1);
    Operand distance = operand(2);
    return thread -> thread.join(warp -> shuffle(warp, result, value, distance));
  }

  private static void shuffle(List<PtxThread> warp, int result, Operand value, Operand distance) {
    long[] offered = warp.stream().mapToLong(value::bits).toArray();
    for (int lane = 0; lane < warp.size(); lane++) {
      PtxThread thread = warp.get(lane);
      int other = lane + (int) distance.bits(thread);
      thread.set(result, offered[other < warp.size() ? other : lane]);
    }
  }

  /** Of matrices in the registers of a whole warp. */
  private Step matrices() {
    PtxWarp together =
        parts.getFirst().equals("mma")
            ? PtxMatrices.multiplyAdd(opcode, registers(0), operands(1), operands(2), operands(3))
            : loadMatrices();
    return thread -> thread.join(together);
  }

  private PtxWarp loadMatrices() {
    boolean transposed = parts.contains("trans");
    require(
        opcode.equals(
            transposed
                ? "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16"
                : "ldmatrix.sync.aligned.m8n8.x4.shared.b16"));
    return PtxMatrices.load(transposed, registers(0), address(operands.get(1), true));
  }

  private int[] registers(int k) {
    return names(operands.get(k)).stream().mapToInt(function::register).toArray();
  }

  private Operand[] operands(int k) {
    return names(operands.get(k)).stream().map(function::operand).toArray(Operand[]::new);
  }

  /** From global to shared memory, behind the thread's back. */
  private Step copy() {
    if (opcode.equals("cp.async.commit_group")) {
      return thread -> thread.copies.commit();
    }
    if (opcode.equals("cp.async.wait_group")) {
      int last = Integer.parseInt(operands.getFirst());
      return thread -> thread.copies.await(thread, last);
    }
    boolean isWhole = opcode.equals("cp.async.cg.shared.global");
    if (!isWhole && !opcode.equals("cp.async.ca.shared.global")) {
      return beside();
    }
    Operand target = address(operands.getFirst(), true);
    Operand source = address(operands.get(1), false);
    int bytes = Integer.parseInt(operands.get(2));
    require(bytes == 16 || (!isWhole && (bytes == 4 || bytes == 8)));
    Operand valid = operands.size() > 3 ? operand(3) : _ -> bytes;
    return thread ->
        thread.copies.begin(
            thread, target.bits(thread), bytes, source.bits(thread), (int) valid.bits(thread));
  }

  // ---- memory

  /** Of one value, or of a pair of words from or to one of 64 bits. */
  private Step move() {
    List<String> to = names(operands.getFirst());
    List<String> from = names(operands.get(1));
    if (to.size() == 1 && from.size() == 1) {
      // A truth value may be written as -1.
      return type().equals("pred") ? binary((a, _) -> a & 1) : binary((a, _) -> a);
    }
    require(type().equals("b64"));
    if (from.size() == 2) {
      int result = result();
      Operand low = function.operand(from.getFirst());
      Operand high = function.operand(from.getLast());
      return thread ->
          thread.set(result, high.bits(thread) << 32 | (low.bits(thread) & 0xffffffffL));
    }
    int low = function.register(to.getFirst());
    int high = function.register(to.getLast());
    Operand value = operand(1);
    return thread -> {
      long bits = value.bits(thread);
      thread.set(low, bits << 32 >> 32);
      thread.set(high, bits >> 32);
    };
  }

  private Step load() {
    String space = parts.get(1);
    if (space.equals("param")) {
      int parameter = parameter(operands.get(1));
      int result = result();
      return thread -> thread.set(result, thread.launch.number(parameter));
    }
    boolean isShared = space.equals("shared");
    require(isShared || space.equals("global"));
    int[] results = names(operands.getFirst()).stream().mapToInt(function::register).toArray();
    Operand address = address(operands.get(1), isShared);
    LongUnaryOperator extension = extension(type());
    int bytes = width() / Byte.SIZE;
    return thread -> {
      long at = address.bits(thread);
      PtxMemory.requireAligned(at, bytes * results.length);
      for (int i = 0; i < results.length; i++) {
        long place = at + (long) bytes * i;
        long bits =
            isShared
                ? thread.shared.read(thread, place, bytes)
                : thread.launch.memory().read(place, bytes);
        thread.set(results[i], extension.applyAsLong(bits));
      }
    };
  }

  private Step store() {
    boolean isShared = parts.get(1).equals("shared");
    require(isShared || parts.get(1).equals("global"));
    Operand address = address(operands.getFirst(), isShared);
    Operand[] values =
        names(operands.get(1)).stream().map(function::operand).toArray(Operand[]::new);
    int bytes = width() / Byte.SIZE;
    return thread -> {
      long at = address.bits(thread);
      PtxMemory.requireAligned(at, bytes * values.length);
      for (int i = 0; i < values.length; i++) {
        long place = at + (long) bytes * i;
        if (isShared) {
          thread.shared.write(thread, place, bytes, values[i].bits(thread));
        } else {
          thread.launch.memory().write(place, bytes, values[i].bits(thread));
        }
      }
    };
  }

  /** What is in memory becomes the smaller of itself and a value, at once. */
  private Step minimum() {
    require(opcode.equals("red.global.min.u64"));
    Operand address = address(operands.getFirst(), false);
    Operand value = operand(1);
    return thread -> {
      long at = address.bits(thread);
      long before = thread.launch.memory().read(at, Long.BYTES);
      long own = value.bits(thread);
      long least = Long.compareUnsigned(own, before) < 0 ? own : before;
      thread.launch.memory().write(at, Long.BYTES, least);
    };
  }

  private static List<String> names(String text) {
    return text.startsWith("{")
        ? Arrays.stream(text.substring(1, text.length() - 1).split(",")).map(String::strip).toList()
        : List.of(text);
  }

  private int parameter(String text) {
    int parameter = function.parameter(text.substring(1, text.length() - 1));
    if (parameter < 0) {
      throw new PtxFault(opcode + ": no parameter " + text);
    }
    return parameter;
  }

  /** Shared memory has addresses of 32 bits. */
  private Operand address(String text, boolean isShared) {
    Matcher address = ADDRESS.matcher(text);
    if (!address.matches()) {
      throw new PtxFault(opcode + ": no address: " + text);
    }
    Operand base = function.operand(address.group(1));
    long offset = address.group(2) == null ? 0 : Long.parseLong(address.group(2));
    long mask = isShared ? 0xffffffffL : -1;
    return thread -> (base.bits(thread) + offset) & mask;
  }
}
