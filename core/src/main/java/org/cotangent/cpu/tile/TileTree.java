package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.cotangent.cpu.tier.Candidate;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tier.Trial;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * Combines the elements of a block to one, as {@link org.cotangent.backend.ReduceKernel} says: the
 * upper half is combined with the lower one, until one element is left. By a code that combines
 * tiles, and once a {@link TierUp} has seen that it is faster, by one method. Safe for use by many
 * threads.
 */
public final class TileTree implements Candidate {
  /** After each so many elements a fused tree is asked for. */
  private static final int OFTEN = 1 << 20;

  private final TileCode combine;
  private final int[] widths;
  private final @Nullable TierUp tierUp;

  /** Since the last request; not exact where threads count at once, nor need it be. */
  private int elements;

  /** It was looked for a fused tree, and there is none that is faster. */
  private volatile boolean stays;

  private volatile @Nullable FusedTree fused;

  /**
   * Makes a tree.
   *
   * @param combine makes one set of accumulators of two
   * @param tierUp is asked for that once it has run often; null if it shall stay as it is
   */
  public TileTree(TileCode combine, @Nullable TierUp tierUp) {
    this.combine = combine;
    this.tierUp = tierUp;
    widths = combine.body().resultTypes().stream().mapToInt(DType::bytes).toArray();
  }

  /** {@return what combines two sets} */
  public TileCode combine() {
    return combine;
  }

  /**
   * {@return what one thread combines blocks with}
   *
   * @param memory holds the accumulators, each with room for a tile
   * @param registers of the thread
   */
  public Halving in(MemorySegment memory, TileScratch registers) {
    return new Halving(memory, registers);
  }

  /** One thread's blocks, in one memory. */
  public final class Halving {
    private final MemorySegment memory;
    private final TileScratch registers;

    // Of the code: the lower half, the upper half, and the lower half again as the result.
    private final MemorySegment[] segments = new MemorySegment[3 * widths.length];
    private final long[] offsets = new long[3 * widths.length];

    private Halving(MemorySegment memory, TileScratch registers) {
      this.memory = memory;
      this.registers = registers;
      Arrays.fill(segments, memory);
    }

    /**
     * Combines the elements of a block; all but element 0 are undefined afterwards, and what is
     * behind them is as it was.
     *
     * @param byteOffsets where each accumulator starts; element 0 of it gets the result
     * @param count elements, from 1 to {@link TileCode#TILE}
     */
    public void run(long[] byteOffsets, int count) {
      FusedTree tree = fused;
      if (tree == null) {
        count(count);
      }
      halve(tree, byteOffsets, count);
    }

    /** As {@link #run}, but asks for nothing. */
    void halve(long[] byteOffsets, int count) {
      halve(fused, byteOffsets, count);
    }

    private void halve(@Nullable FusedTree tree, long[] byteOffsets, int count) {
      if (tree == null) {
        tiles(byteOffsets, count);
      } else {
        tree.halve(memory, byteOffsets, count);
      }
    }

    private void tiles(long[] byteOffsets, int count) {
      int accumulators = widths.length;
      for (int elements = count; elements > 1; ) {
        int half = Integer.highestOneBit(elements - 1);
        for (int a = 0; a < accumulators; a++) {
          offsets[a] = byteOffsets[a];
          offsets[accumulators + a] = byteOffsets[a] + (long) half * widths[a];
          offsets[2 * accumulators + a] = byteOffsets[a];
        }
        combine.run(segments, offsets, registers, elements - half);
        elements = half;
      }
    }
  }

  private void count(int more) {
    if (tierUp != null && !stays) {
      elements += more;
      if (elements >= OFTEN) {
        elements = 0;
        tierUp.request(this);
      }
    }
  }

  /**
   * Has all blocks from now on use a method.
   *
   * @param tree of the same code
   */
  void use(FusedTree tree) {
    fused = tree;
  }

  /** {@return whether it is fused} */
  boolean isFused() {
    return fused != null;
  }

  /** {@return the fused tree, where there are vectors and it can be written} */
  Optional<FusedTree> written() {
    return TileOps.vector().isPresent()
        ? FusedWriter.tree(combine.body(), VectorTileOps.INSTANCE.shape())
        : Optional.empty();
  }

  @Override
  public void stays() {
    stays = true;
  }

  @Override
  public Optional<Trial> trial() {
    return written().map(this::trial);
  }

  private Trial trial(FusedTree tree) {
    return new TileTrial(widths.length) {
      private final Halving halving = new Halving(memory, registers);

      @Override
      public int few() {
        return MOST;
      }

      @Override
      public void present(int elements) {
        halving.tiles(offsets, elements);
      }

      @Override
      public void faster(int elements) {
        tree.halve(memory, offsets, elements);
      }

      @Override
      public void use() {
        TileTree.this.use(tree);
      }
    };
  }
}
