package org.cotangent.scalar;

import java.util.List;
import org.cotangent.type.DType;

/** One line of a {@link Body}: it computes one value of one dtype. */
public sealed interface Instruction {
  /** {@return the dtype of the value} */
  DType dtype();

  /**
   * A value known when the body is written.
   *
   * @param dtype of the value
   * @param bits the value as {@link DType#bits} has it, so that NaN equals NaN and -0 is not 0
   */
  record Literal(DType dtype, long bits) implements Instruction {
    /** {@return the value, boxed as {@link DType#holds} says} */
    public Object value() {
      return dtype.value(bits);
    }
  }

  /**
   * A primitive applied to values above it.
   *
   * @param primitive what is computed
   * @param dtype of the result
   * @param operands registers: first the body's inputs, then one for each instruction
   */
  record Apply(Primitive primitive, DType dtype, List<Integer> operands) implements Instruction {
    /** Copies the operands. */
    public Apply {
      operands = List.copyOf(operands);
    }
  }
}
