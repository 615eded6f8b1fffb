package org.cotangent.backend;

import org.cotangent.type.HostArray;

/** Where a program's buffer lies when it runs. */
public sealed interface Storage {
  /**
   * Memory of an argument.
   *
   * @param index which argument
   */
  record Input(int index) implements Storage {}

  /**
   * Memory of a result.
   *
   * @param index which result
   */
  record Output(int index) implements Storage {}

  /**
   * Memory filled once, when the program is loaded.
   *
   * @param data the contents
   */
  record Constant(HostArray data) implements Storage {}

  /**
   * A part of the run's arena.
   *
   * @param offset in bytes from the start of the arena
   */
  record Scratch(long offset) implements Storage {}
}
