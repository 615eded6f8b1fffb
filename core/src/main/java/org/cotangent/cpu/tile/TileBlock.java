package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.cotangent.cpu.tier.Candidate;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tier.Trial;
import org.jspecify.annotations.Nullable;

/**
 * Whole blocks of a reduction in one go, once a {@link TierUp} has seen that this is faster than to
 * lift and to halve them. Safe for use by many threads.
 */
public final class TileBlock implements Candidate {
  /**
   * After each so many elements times steps the faster form is asked for: four times as often as a
   * fused lift and a fused tree, which it makes superfluous.
   */
  private static final int OFTEN = 1 << 18;

  /** The fewest elements of a block. */
  public static final int SMALLEST = 128;

  private final TileCode lift;
  private final TileTree tree;
  private final List<Boolean> shared;
  private final int count;
  private final @Nullable TierUp tierUp;

  /** Elements times steps since the last request; not exact where threads count at once. */
  private int work;

  private volatile boolean stays;
  private volatile @Nullable FusedBlock fused;

  /**
   * Of elements that are lifted along the way.
   *
   * @param lift the accumulators of one element
   * @param tree combines them
   * @param shared inputs of the lift that have one value for a whole block
   * @param count elements of a block, a power of two from {@link #SMALLEST} to {@link
   *     TileCode#TILE}
   * @param tierUp is asked for the faster form; null if there shall be none
   */
  public TileBlock(
      TileCode lift, TileTree tree, List<Boolean> shared, int count, @Nullable TierUp tierUp) {
    this.lift = lift;
    this.tree = tree;
    this.shared = List.copyOf(shared);
    this.count = count;
    this.tierUp = tierUp;
  }

  /** {@return whether {@link #run} may be called} Once it is so, it stays so. */
  public boolean isFused() {
    return fused != null;
  }

  /**
   * Reduces a block, if it {@link #isFused}.
   *
   * @param segments hold the inputs of the lift, then the accumulators, all off-heap
   * @param byteOffsets where in its segment each starts; of an input that is shared there are
   *     {@link TileOps#SPLAT_BYTES} of repeated elements. An accumulator has room for a block,
   *     overlaps nothing, and its first element gets the result
   */
  public void run(MemorySegment[] segments, long[] byteOffsets) {
    Objects.requireNonNull(fused, "not fused").reduce(segments, byteOffsets);
  }

  /** Says that a block was lifted and halved, for want of the faster form. */
  public void count() {
    if (tierUp != null && !stays) {
      work += count * (lift.steps() + tree.combine().steps());
      if (work >= OFTEN) {
        work = 0;
        tierUp.request(this);
      }
    }
  }

  /** Has blocks run in one go from now on, without a proof that this is faster, if they can. */
  public void fuse() {
    written().ifPresent(this::use);
  }

  /**
   * Has blocks run in one go from now on.
   *
   * @param block of the same lift and tree
   */
  void use(FusedBlock block) {
    fused = block;
  }

  /** {@return the faster form, where there are vectors and it can be written} */
  Optional<FusedBlock> written() {
    return TileOps.vector().isPresent()
        ? FusedWriter.block(
            lift.body(), tree.combine().body(), shared, count, VectorTileOps.INSTANCE.shape())
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

  private Trial trial(FusedBlock block) {
    int inputs = lift.body().inputs().size();
    int accumulators = lift.body().results().size();
    return new TileTrial(inputs + accumulators) {
      private final MemorySegment[] segments = new MemorySegment[offsets.length];
      private final long[] results = Arrays.copyOfRange(offsets, inputs, offsets.length);
      private final TileTree.Halving halving = tree.in(memory, registers);

      {
        Arrays.fill(segments, memory);
      }

      @Override
      public int few() {
        return MOST; // A block has as many elements as it has, whatever is asked for.
      }

      @Override
      public int probe() {
        return MOST;
      }

      @Override
      public void present(int elements) {
        lift.compute(segments, offsets, registers, count);
        halving.halve(results, count);
      }

      @Override
      public void faster(int elements) {
        block.reduce(segments, offsets);
      }

      @Override
      public void use() {
        TileBlock.this.use(block);
      }
    };
  }
}
