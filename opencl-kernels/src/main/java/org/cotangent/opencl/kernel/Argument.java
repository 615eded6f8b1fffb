package org.cotangent.opencl.kernel;

import java.util.List;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;

/** What a kernel function is given, in the order of its parameters. */
public sealed interface Argument {
  /** {@return the types of its parameters} */
  List<String> types();

  /** {@return the bytes of its parameters} */
  default int bytes() {
    return types().size() * Long.BYTES;
  }

  /**
   * Memory of a buffer of the program. Two parameters: {@code __global uchar *memory, ulong
   * offset}, the offset in bytes; the macro {@code AT} makes a pointer of them.
   *
   * @param buffer index into the program's buffers
   * @param offset in bytes from the buffer's start
   */
  record Memory(int buffer, long offset) implements Argument {
    /** {@return where the element of an operand lies whose indices are all 0} */
    static Memory of(Operand operand) {
      return new Memory(operand.buffer(), operand.layout().offset() * operand.dtype().bytes());
    }

    @Override
    public List<String> types() {
      return List.of("__global uchar *", "ulong");
    }
  }

  /**
   * Numbers that do not change, from a table that the program has on the device. Two parameters:
   * {@code __global const long *table, ulong first}.
   *
   * @param values sizes, strides and counts
   */
  record Table(List<Long> values) implements Argument {
    /** Copies the list. */
    public Table {
      values = List.copyOf(values);
    }

    @Override
    public List<String> types() {
      return List.of("__global const long *", "ulong");
    }
  }

  /**
   * A number. One parameter: {@code long}.
   *
   * @param value the number
   */
  record Int64(long value) implements Argument {
    @Override
    public List<String> types() {
      return List.of("long");
    }
  }

  /**
   * Where a kernel reports an element that the caller must hear of. Two parameters: {@code __global
   * long *status, ulong first}; there are {@value Report#WORDS} words, which are -1 when a run
   * starts.
   *
   * @param report what the words mean
   */
  record Status(Report report) implements Argument {
    @Override
    public List<String> types() {
      return List.of("__global long *", "ulong");
    }
  }
}
