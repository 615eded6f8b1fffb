package org.cotangent.cuda.ptx;

import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;
import org.cotangent.cuda.driver.TensorMap;

/**
 * What a kernel function is given, in the order of its parameters; each is 8 bytes, but for tensor
 * maps.
 */
public sealed interface Argument {
  /** {@return how many bytes it has as a parameter} */
  default int bytes() {
    return Long.BYTES;
  }

  /**
   * An address in a buffer of the program.
   *
   * @param buffer index into the program's buffers
   * @param offset in bytes from the buffer's start
   */
  record Memory(int buffer, long offset) implements Argument {
    /** {@return where the element of an operand lies whose indices are all 0} */
    static Memory of(Operand operand) {
      return new Memory(operand.buffer(), operand.layout().offset() * operand.dtype().bytes());
    }
  }

  /**
   * How a tensor lies, and where.
   *
   * @param memory its first element, whose address is a multiple of 16
   * @param map the rest
   */
  record Tensor(Memory memory, TensorMap map) implements Argument {
    @Override
    public int bytes() {
      return TensorMap.BYTES;
    }
  }

  /**
   * A number.
   *
   * @param value the number
   */
  record Int64(long value) implements Argument {}

  /**
   * The address of {@value Report#WORDS} words of 64 bits where a kernel reports an element that
   * the caller must hear of: its position, or -1, and its value. Launches of one report share them;
   * every run writes the first.
   *
   * @param report what the words mean
   */
  record Status(Report report) implements Argument {}
}
