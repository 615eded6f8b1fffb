package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;
import org.cotangent.type.DType;

/**
 * The text of one kernel function while it is written. It is called {@value #NAME}, because equal
 * texts of different programs are one kernel; a module gives it a name of its own.
 */
final class PtxFunction {
  /** What a text calls its function. */
  static final String NAME = "KERNEL";

  /** Threads of a block: enough to hide latency, few enough for any chip. */
  static final int THREADS = 256;

  /** Blocks that keep the largest chips busy; more work is taken by the same ones in turn. */
  private static final int MOST_BLOCKS = 4096;

  /** One for each parameter. */
  private final List<Argument> arguments;

  private final Map<PtxType, Integer> registers = new EnumMap<>(PtxType.class);
  private final Map<Integer, Integer> shared = new TreeMap<>();
  private StringBuilder statements = new StringBuilder();
  private int labels;

  /** A place in the text that branches lead to. */
  record Label(int number) {
    @Override
    public String toString() {
      return "L" + number;
    }
  }

  /** A function without parameters so far. */
  PtxFunction() {
    this(List.of());
  }

  /** A function whose first parameters are those of a template. */
  PtxFunction(List<Argument> arguments) {
    this.arguments = new ArrayList<>(arguments);
  }

  /** {@return a register that nothing was written to} */
  Reg fresh(PtxType type) {
    return new Reg(type, registers.merge(type, 1, Integer::sum) - 1);
  }

  private Reg parameter(Argument argument) {
    String name = NAME + "_" + arguments.size();
    arguments.add(argument);
    return op(PtxType.B64, "ld.param.b64", "[" + name + "]");
  }

  /** {@return a number that is a parameter, so that the text does not hold it} */
  Reg number(long value) {
    return parameter(new Argument.Int64(value));
  }

  /** {@return where the element of an operand lies whose indices are all 0, in global memory} */
  Reg address(Operand operand) {
    return global(Argument.Memory.of(operand));
  }

  /** {@return where the words of a report go, in global memory} */
  Reg status(Report report) {
    return global(new Argument.Status(report));
  }

  private Reg global(Argument address) {
    return op(PtxType.B64, "cvta.to.global.u64", parameter(address));
  }

  /** {@return the sizes of all axes of a nest but the first, as {@link #indices} wants them} */
  List<Divisor> dims(Nest nest) {
    return IntStream.range(1, nest.rank())
        .mapToObj(axis -> Divisor.of(this, nest.dim(axis), nest.size()))
        .toList();
  }

  /**
   * {@return the bytes from an element of an operand to the next, on each axis of a nest}
   *
   * @param nest the axes
   * @param operand its number in the nest
   * @param dtype of the elements
   */
  List<Reg> strides(Nest nest, int operand, DType dtype) {
    return IntStream.range(0, nest.rank())
        .mapToObj(axis -> number(nest.stride(operand, axis) * dtype.bytes()))
        .toList();
  }

  /**
   * {@return what an instruction computes}
   *
   * @param type of the result
   * @param opcode with all its modifiers
   * @param operands registers or literals
   */
  Reg op(PtxType type, String opcode, Object... operands) {
    Reg result = fresh(type);
    into(result, opcode, operands);
    return result;
  }

  /**
   * Writes an instruction.
   *
   * @param result register that it writes
   * @param opcode with all its modifiers
   * @param operands registers or literals
   */
  void into(Reg result, String opcode, Object... operands) {
    statements.append("  ").append(opcode).append(' ').append(result);
    for (Object operand : operands) {
      statements.append(", ").append(operand);
    }
    statements.append(";\n");
  }

  /** {@return a value that may be moved to later on} */
  Reg variable(PtxType type, Object start) {
    return op(type, "mov." + type.declared(), start);
  }

  /** Moves a value to a variable. */
  void move(Reg variable, Reg value) {
    into(variable, "mov." + variable.type().declared(), value);
  }

  /** {@return the sum of two numbers} */
  Reg sum(Reg a, Reg b) {
    return op(a.type(), (a.type().isFloating() ? "add.rn." : "add.") + a.type().number(), a, b);
  }

  /** {@return an integer as one of 64 bits} */
  Reg wide(Reg integer) {
    return integer.type() == PtxType.B64 ? integer : op(PtxType.B64, "cvt.s64.s32", integer);
  }

  /** {@return one of two values of a type that is no truth value} */
  Reg select(Reg condition, Object yes, Reg no) {
    return op(no.type(), "selp." + no.type().declared(), yes, no, condition);
  }

  /** {@return whether a comparison holds, as in {@code lt}} */
  Reg compare(String comparison, Reg a, Object b) {
    return op(PtxType.PRED, "setp." + comparison + "." + a.type().number(), a, b);
  }

  /** {@return whether both hold} */
  Reg both(Reg a, Reg b) {
    return op(PtxType.PRED, "and.pred", a, b);
  }

  /** {@return whether one of two holds} */
  Reg either(Reg a, Reg b) {
    return op(PtxType.PRED, "or.pred", a, b);
  }

  /** Writes a statement that has no result. */
  void statement(String text) {
    statements.append("  ").append(text).append(";\n");
  }

  /** {@return statements that are not part of the function yet} */
  String aside(Runnable writing) {
    StringBuilder function = statements;
    statements = new StringBuilder();
    writing.run();
    String text = statements.toString();
    statements = function;
    return text;
  }

  /** {@return a label that is bound to no place yet} */
  Label label() {
    return new Label(labels++);
  }

  /** Binds a label to the place after what is written so far. */
  void bind(Label label) {
    statements.append(label).append(":\n");
  }

  /** Goes to a label. */
  void branch(Label label) {
    statement("bra.uni " + label);
  }

  /** Goes to a label if a predicate holds. */
  void branchIf(Reg predicate, Label label) {
    statement("@" + predicate + " bra " + label);
  }

  /** Goes to a label unless a predicate holds. */
  void branchUnless(Reg predicate, Label label) {
    statement("@!" + predicate + " bra " + label);
  }

  /** Does something if a predicate holds. */
  void when(Reg predicate, Runnable body) {
    Label over = label();
    branchUnless(predicate, over);
    body.run();
    bind(over);
  }

  /** Does something again and again, while what is computed before holds. */
  void loop(Supplier<Reg> condition, Runnable body) {
    Label again = label();
    Label over = label();
    bind(again);
    branchUnless(condition.get(), over);
    body.run();
    branch(again);
    bind(over);
  }

  /** Does something for each number from a first one, in steps, below an end. */
  void count(Object first, Reg end, Object step, Consumer<Reg> each) {
    Reg number = variable(PtxType.B64, first);
    loop(
        () -> compare("lt", number, end),
        () -> {
          each.accept(number);
          into(number, "add.s64", number, step);
        });
  }

  /**
   * {@return a launch in which all threads share units of work, each taking one after another}
   *
   * @param units how many, at least one
   * @param each writes what becomes of the unit of a number
   */
  Launch forEach(long units, Consumer<Reg> each) {
    count(thread(), number(units), threads(), each);
    return launch(Math.ceilDiv(units, (long) THREADS));
  }

  /** {@return an address that is moved along some axes, by the bytes from index to index} */
  Reg moved(Reg start, List<Reg> indices, List<Reg> strides) {
    Reg place = start;
    for (int axis = 0; axis < indices.size(); axis++) {
      place = op(PtxType.B64, "mad.lo.s64", indices.get(axis), strides.get(axis), place);
    }
    return place;
  }

  /** {@return the number of this thread among all, of one dimension} */
  Reg thread() {
    Reg block = op(PtxType.B32, "mov.u32", "%ctaid.x");
    Reg size = op(PtxType.B32, "mov.u32", "%ntid.x");
    Reg inside = op(PtxType.B32, "mov.u32", "%tid.x");
    Reg wide = op(PtxType.B64, "cvt.u64.u32", inside);
    Reg first = op(PtxType.B64, "mul.wide.u32", block, size);
    return op(PtxType.B64, "add.s64", first, wide);
  }

  /** {@return how many threads there are} */
  Reg threads() {
    Reg blocks = op(PtxType.B32, "mov.u32", "%nctaid.x");
    Reg size = op(PtxType.B32, "mov.u32", "%ntid.x");
    return op(PtxType.B64, "mul.wide.u32", blocks, size);
  }

  /**
   * {@return the indices on each axis of a row-major number}
   *
   * @param number of an element
   * @param dims sizes of all axes but the first
   */
  List<Reg> indices(Reg number, List<Divisor> dims) {
    List<Reg> indices = new ArrayList<>();
    Reg rest = number;
    for (Divisor dim : dims.reversed()) {
      Divisor.Division division = dim.divide(this, rest);
      indices.addFirst(division.remainder());
      rest = division.quotient();
    }
    indices.addFirst(rest);
    return indices;
  }

  /** {@return a value as a word of 32 or 64 bits, for memory and for shuffles} */
  Reg word(Reg value) {
    return switch (value.type()) {
      case PRED -> op(PtxType.B32, "selp.b32", 1, 0, value);
      case F32 -> op(PtxType.B32, "mov.b32", value);
      case F64 -> op(PtxType.B64, "mov.b64", value);
      case B32, B64 -> value;
    };
  }

  /**
   * {@return the value that a word stands for, see {@link #word}}
   *
   * @param type of the value
   * @param word of it
   */
  Reg unpacked(PtxType type, Reg word) {
    return switch (type) {
      case PRED -> op(type, "setp.ne.s32", word, 0);
      case F32 -> op(type, "mov.b32", word);
      case F64 -> op(type, "mov.b64", word);
      case B32, B64 -> word;
    };
  }

  /**
   * {@return the name of memory that the threads of a block share}
   *
   * @param number of the memory; the same one for the same number
   * @param bytes its size
   */
  String shared(int number, int bytes) {
    shared.put(number, bytes);
    return NAME + "_shared" + number;
  }

  /** {@return where a word of 8 bytes lies in memory that the threads of a block share} */
  Reg sharedWord(String memory, Reg number) {
    Reg start = op(PtxType.B32, "mov.u32", memory);
    return op(PtxType.B32, "mad.lo.s32", number, Long.BYTES, start);
  }

  /**
   * {@return a launch of the function, which ends here}
   *
   * @param blocks as many as there is work for
   */
  Launch launch(long blocks) {
    statements.append("  ret;\n");
    String text = text(".maxntid %d, 1, 1\n".formatted(THREADS), statements.toString());
    return new Launch(new Source(text), arguments, (int) Math.min(MOST_BLOCKS, blocks), THREADS);
  }

  /**
   * {@return a launch of a template that has no marks}
   *
   * @param template whose parameters are the function's
   * @param blocks as many as there is work for
   */
  Launch launch(PtxTemplate template, long blocks) {
    return launch(
        template,
        (mark, _) -> {
          throw new IllegalStateException("nothing is known of " + mark);
        },
        blocks);
  }

  /**
   * {@return a launch of a template, before which the function's own statements run}
   *
   * @param template whose parameters are the function's first ones
   * @param marks see {@link PtxTemplate#filled}
   * @param blocks as many as there is work for
   */
  Launch launch(PtxTemplate template, BiConsumer<String, List<String>> marks, long blocks) {
    String body = template.filled(this, marks);
    String text = text(template.directives(), statements + body);
    return new Launch(
        new Source(text, template.capability()),
        arguments,
        (int) Math.min(Integer.MAX_VALUE, blocks),
        template.threads());
  }

  private String text(String directives, String body) {
    StringBuilder text = new StringBuilder(".visible .entry ").append(NAME).append("(\n");
    for (int i = 0; i < arguments.size(); i++) {
      text.append("  .param .b64 %s_%d".formatted(NAME, i));
      text.append(i + 1 < arguments.size() ? ",\n" : "\n");
    }
    text.append(")\n").append(directives).append("{\n");
    text.append(
        registers.entrySet().stream()
            .map(e ->
                "  .reg .%s %s<%d>;\n"
                    .formatted(e.getKey().declared(), e.getKey().prefix(), e.getValue()))
            .collect(Collectors.joining()));
    shared.forEach((number, bytes) ->
        text.append("  .shared .align 8 .b8 %s_shared%d[%d];\n".formatted(NAME, number, bytes)));
    return text.append(body).append("}\n").toString();
  }
}
