package org.cotangent.scalar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.type.DType;

/** Writes a {@link Body}. Equal instructions are written once; what no result needs is left out. */
public final class BodyBuilder {
  private final List<DType> inputs = new ArrayList<>();
  private final List<Instruction> instructions = new ArrayList<>();
  private final Map<Instruction, Integer> known = new HashMap<>();

  /** Starts an empty body. */
  public BodyBuilder() {}

  /**
   * {@return the next input}
   *
   * @param dtype of the input
   */
  public Term input(DType dtype) {
    inputs.add(dtype);
    return new Term(this, inputs.size() - 1, dtype);
  }

  /**
   * {@return a literal}
   *
   * @param dtype of the literal
   * @param value boxed as {@link DType#holds} says
   */
  public Term literal(DType dtype, Object value) {
    if (!dtype.holds(value)) {
      throw new IllegalArgumentException(value + " is no " + dtype);
    }
    return write(new Instruction.Literal(dtype, dtype.bits(value)));
  }

  /**
   * {@return a literal, rounded to nearest even where the dtype is narrower}
   *
   * @param dtype of the literal
   * @param value must be exact for integers
   */
  public Term literal(DType dtype, double value) {
    // A constant of an algorithm may be infinite in float32 on purpose: no overflow check here.
    return literal(
        dtype, dtype.isFloating() ? dtype.rounded(value) : dtype.scalar("literal", value));
  }

  /**
   * {@return a primitive applied to terms}
   *
   * @param primitive what is computed
   * @param dtype of the result
   * @param operands as many as the primitive's arity, of this builder
   */
  Term apply(Primitive primitive, DType dtype, Term... operands) {
    List<Integer> registers = new ArrayList<>(operands.length);
    for (Term operand : operands) {
      registers.add(own(operand).register());
    }
    DType of = operands[operands.length - 1].dtype();
    if (!Scalars.defined(primitive, of)) {
      throw new IllegalArgumentException(
          primitive + " is not defined on " + of + (of.isNarrow() ? ": widen the operands" : ""));
    }
    boolean selects = primitive == Primitive.SELECT;
    for (int i = 0; i < operands.length; i++) {
      DType expected = selects && i == 0 ? DType.BOOL : of;
      if (operands[i].dtype() != expected) {
        throw new IllegalArgumentException(
            primitive + ": operand " + i + " is " + operands[i].dtype() + ", not " + expected);
      }
    }
    if (primitive == Primitive.CONVERT && !Scalars.converts(of, dtype)) {
      throw new IllegalArgumentException(
          "CONVERT: not from " + of + " to " + dtype + " in one step: use Term.convert");
    }
    if (primitive == Primitive.BITCAST && dtype.bytes() != of.bytes()) {
      throw new IllegalArgumentException(
          "BITCAST: " + of + " and " + dtype + " differ in width: use CONVERT");
    }
    return write(new Instruction.Apply(primitive, dtype, registers));
  }

  private Term own(Term term) {
    if (term.builder() != this) {
      throw new IllegalArgumentException("a term of another builder: inline its body instead");
    }
    return term;
  }

  private Term write(Instruction instruction) {
    int register =
        known.computeIfAbsent(
            instruction,
            fresh -> {
              instructions.add(fresh);
              return -instructions.size();
            });
    return new Term(this, register, instruction.dtype());
  }

  /**
   * {@return another body's results, computed in this one}
   *
   * @param body what to write
   * @param arguments one for each of its inputs
   */
  public List<Term> inline(Body body, List<Term> arguments) {
    List<Term> registers = new ArrayList<>(arguments);
    for (Instruction instruction : body.instructions()) {
      registers.add(
          switch (instruction) {
            case Instruction.Literal literal -> write(literal);
            case Instruction.Apply apply ->
                apply(
                    apply.primitive(),
                    apply.dtype(),
                    apply.operands().stream().map(registers::get).toArray(Term[]::new));
          });
    }
    return body.results().stream().map(registers::get).toList();
  }

  /** {@return the number of instructions written so far} */
  public int size() {
    return instructions.size();
  }

  /**
   * {@return the body that computes these terms}
   *
   * @param results of this builder
   */
  public Body build(Term... results) {
    return build(List.of(results));
  }

  /**
   * {@return the body that computes these terms}
   *
   * @param results of this builder
   */
  public Body build(List<Term> results) {
    boolean[] needed = new boolean[instructions.size()];
    for (Term result : results) {
      if (own(result).register() < 0) {
        needed[-1 - result.register()] = true;
      }
    }
    for (int i = needed.length - 1; i >= 0; i--) {
      if (needed[i] && instructions.get(i) instanceof Instruction.Apply apply) {
        for (int operand : apply.operands()) {
          if (operand < 0) {
            needed[-1 - operand] = true;
          }
        }
      }
    }
    // While writing, instruction i has register -1 - i, so that later inputs could not shift it.
    int[] renumbered = new int[instructions.size()];
    List<Instruction> kept = new ArrayList<>();
    for (int i = 0; i < needed.length; i++) {
      if (needed[i]) {
        renumbered[i] = inputs.size() + kept.size();
        kept.add(
            switch (instructions.get(i)) {
              case Instruction.Literal literal -> literal;
              case Instruction.Apply apply ->
                  new Instruction.Apply(
                      apply.primitive(),
                      apply.dtype(),
                      apply.operands().stream()
                          .map(operand -> operand < 0 ? renumbered[-1 - operand] : operand)
                          .toList());
            });
      }
    }
    return new Body(
        inputs,
        kept,
        results.stream()
            .map(Term::register)
            .map(register -> register < 0 ? renumbered[-1 - register] : register)
            .toList());
  }
}
