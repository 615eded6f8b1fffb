package org.cotangent.cpu;

import java.util.Arrays;
import org.cotangent.cpu.gemm.Workspace;
import org.cotangent.cpu.tile.TileScratch;
import org.jspecify.annotations.Nullable;

/**
 * The memory that one participant of a run works in. It is lent to one thread at a time and takes
 * nothing before it is used.
 */
final class WorkerState implements AutoCloseable {
  private final TileScratch registers = new TileScratch();
  private final TileScratch tiles = new TileScratch();
  private final TileScratch partials = new TileScratch();
  private final Workspace workspace = new Workspace();

  /** By their number; see {@link #arguments}. */
  private @Nullable Arguments[] arguments = new @Nullable Arguments[8];

  /** {@return where a code keeps its registers} */
  TileScratch registers() {
    return registers;
  }

  /** {@return where a step keeps tiles while it works on a piece} */
  TileScratch tiles() {
    return tiles;
  }

  /** {@return where the caller of a step keeps what its pieces hand to the next phase} */
  TileScratch partials() {
    return partials;
  }

  /** {@return where a matrix product keeps its panels} */
  Workspace workspace() {
    return workspace;
  }

  /**
   * {@return arguments for a code, the same ones each time, so one code's at a time} They keep what
   * they were set to, which is never somebody else's memory: tiles of that are copied.
   *
   * @param count of inputs and outputs together
   */
  Arguments arguments(int count) {
    if (count >= arguments.length) {
      arguments = Arrays.copyOf(arguments, 2 * count);
    }
    Arguments kept = arguments[count];
    if (kept == null) {
      kept = new Arguments(count);
      arguments[count] = kept;
    }
    return kept;
  }

  @Override
  public void close() {
    registers.close();
    tiles.close();
    partials.close();
    workspace.close();
  }
}
