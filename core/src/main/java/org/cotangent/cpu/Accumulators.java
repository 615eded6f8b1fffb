package org.cotangent.cpu;

import java.lang.foreign.MemorySegment;
import org.cotangent.cpu.tile.TileScratch;
import org.cotangent.cpu.tile.TileTree;
import org.cotangent.cpu.tile.Tiles;

/**
 * The accumulators of a reduction in scratch memory: entries, each of one tile for each
 * accumulator. Used by one thread.
 */
final class Accumulators {
  private final Plan plan;
  private final TileTree tree;
  private final TileScratch registers;
  private final MemorySegment memory;
  private final Arguments arguments;
  private final long[] starts;
  private final TileTree.Halving halving;

  /**
   * Makes the accumulators of a participant.
   *
   * @param plan where they lie
   * @param tree combines sets
   * @param memory holds the entries
   * @param registers of the thread
   */
  Accumulators(Plan plan, TileTree tree, MemorySegment memory, TileScratch registers) {
    this.plan = plan;
    this.tree = tree;
    this.memory = memory;
    this.registers = registers;
    arguments = new Arguments(3 * plan.count());
    starts = new long[plan.count()];
    halving = tree.in(memory, registers);
  }

  /** Where entries lie in scratch memory. Immutable. */
  static final class Plan {
    private final int[] widths;
    private final long[] offsets;
    private final long start;
    private final long entryBytes;

    /**
     * Plans entries.
     *
     * @param widths bytes of each accumulator
     * @param tile elements of each
     * @param entries how many
     * @param room grows by their size
     */
    Plan(int[] widths, int tile, int entries, Room room) {
      this.widths = widths;
      offsets = new long[widths.length];
      Room entry = new Room();
      for (int a = 0; a < widths.length; a++) {
        offsets[a] = entry.take((long) widths[a] * tile);
      }
      entryBytes = entry.bytes();
      start = room.take(entries * entryBytes);
    }

    /** {@return the number of accumulators} */
    int count() {
      return widths.length;
    }
  }

  /** {@return the bytes of an element of an accumulator} */
  int width(int accumulator) {
    return plan.widths[accumulator];
  }

  /** {@return the memory that holds all} */
  MemorySegment memory() {
    return memory;
  }

  /** {@return where an element lies in the memory} */
  long offset(int entry, int accumulator, int index) {
    return plan.start
        + entry * plan.entryBytes
        + plan.offsets[accumulator]
        + (long) index * plan.widths[accumulator];
  }

  /** Makes an entry the arguments of a code, from argument {@code first} on. */
  void bind(int entry, int index, Arguments code, int first) {
    for (int a = 0; a < plan.count(); a++) {
      code.set(first + a, memory, offset(entry, a, index));
    }
  }

  /** Copies one element of all accumulators. */
  void copy(int entry, int index, int toEntry, int toIndex) {
    for (int a = 0; a < plan.count(); a++) {
      Tiles.copy(memory, offset(entry, a, index), offset(toEntry, a, toIndex), plan.widths[a]);
    }
  }

  /** Combines elements of one entry with as many of another, into the first. */
  void combine(int entry, int other, int otherIndex, int count) {
    bind(entry, 0, arguments, 0);
    bind(other, otherIndex, arguments, plan.count());
    bind(entry, 0, arguments, 2 * plan.count());
    arguments.run(tree.combine(), registers, count);
  }

  /**
   * Combines elements of a block, as {@link org.cotangent.backend.ReduceKernel} says, to the first
   * of them. Those before and behind stay as they are.
   */
  void halve(int entry, int index, int count) {
    for (int a = 0; a < plan.count(); a++) {
      starts[a] = offset(entry, a, index);
    }
    halving.run(starts, count);
  }
}
