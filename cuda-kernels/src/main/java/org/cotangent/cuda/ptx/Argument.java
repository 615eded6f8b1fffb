package org.cotangent.cuda.ptx;

/** What a kernel function is given, in the order of its parameters; each is 8 bytes. */
public sealed interface Argument {
  /**
   * An address in a buffer of the program.
   *
   * @param buffer index into the program's buffers
   * @param offset in bytes from the buffer's start
   */
  record Memory(int buffer, long offset) implements Argument {}

  /**
   * A number.
   *
   * @param value the number
   */
  record Int64(long value) implements Argument {}
}
