package org.cotangent.scalar;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.cotangent.type.DType;

/**
 * A straight-line scalar function in static single assignment form: what a kernel computes for one
 * element. Registers are numbered: the inputs first, then one for each instruction. Written with
 * {@link BodyBuilder}.
 *
 * @param inputs dtypes of the inputs
 * @param instructions in an order in which each uses only registers above it
 * @param results registers of the results
 */
public record Body(List<DType> inputs, List<Instruction> instructions, List<Integer> results) {
  /** Copies the lists. */
  public Body {
    inputs = List.copyOf(inputs);
    instructions = List.copyOf(instructions);
    results = List.copyOf(results);
  }

  /**
   * {@return the dtype of a register}
   *
   * @param register below inputs + instructions
   */
  public DType dtype(int register) {
    return register < inputs.size()
        ? inputs.get(register)
        : instructions.get(register - inputs.size()).dtype();
  }

  /** {@return the dtypes of the results} */
  public List<DType> resultTypes() {
    return results.stream().map(this::dtype).toList();
  }

  /**
   * {@return the results for one element, by the primitives' meaning on single values}
   *
   * @param arguments one for each input, boxed as {@link DType#holds} says
   */
  public List<Object> evaluate(List<Object> arguments) {
    List<Object> registers = new ArrayList<>(arguments);
    for (Instruction instruction : instructions) {
      registers.add(
          switch (instruction) {
            case Instruction.Literal literal -> literal.value();
            case Instruction.Apply apply ->
                Scalars.apply(
                    apply.primitive(),
                    dtype(apply.operands().getLast()),
                    apply.dtype(),
                    apply.operands().stream().map(registers::get).toList());
          });
    }
    return results.stream().map(registers::get).toList();
  }

  /** {@return the body as text, one instruction a line} */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < inputs.size(); i++) {
      text.append(i == 0 ? "" : ", ").append('r').append(i).append(' ').append(inputs.get(i));
    }
    text.append(") {\n");
    for (int i = 0; i < instructions.size(); i++) {
      Instruction instruction = instructions.get(i);
      text.append("  r").append(inputs.size() + i).append(' ').append(instruction.dtype());
      text.append(" = ");
      switch (instruction) {
        case Instruction.Literal literal -> text.append(literal.value());
        case Instruction.Apply apply ->
            text.append(apply.primitive())
                .append(
                    apply.operands().stream()
                        .map(r -> "r" + r)
                        .collect(Collectors.joining(" ", " ", "")));
      }
      text.append('\n');
    }
    return text.append("  return ")
        .append(results.stream().map(r -> "r" + r).collect(Collectors.joining(" ")))
        .append("\n}")
        .toString();
  }
}
