package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * Combines the elements of a block to one, as {@link org.cotangent.backend.ReduceKernel} says: the
 * upper half is combined with the lower one, until one element is left. By a code that combines
 * tiles, and once a {@link Fuser} has made it, by one method. Safe for use by many threads.
 */
public final class TileTree implements Fuser.Candidate {
  /** After so many blocks a tree is fused. */
  private static final int OFTEN = 1000;

  private final TileCode combine;
  private final int[] widths;
  private final @Nullable Fuser fuser;

  /** So far, up to {@link #OFTEN}; not exact where threads count at once. */
  private int blocks;

  private volatile @Nullable FusedTree fused;

  /**
   * Makes a tree.
   *
   * @param combine makes one set of accumulators of two
   * @param fuser is asked to fuse it once it has run often; null if it shall stay as it is
   */
  public TileTree(TileCode combine, @Nullable Fuser fuser) {
    this.combine = combine;
    this.fuser = fuser;
    widths = combine.body().resultTypes().stream().mapToInt(DType::bytes).toArray();
  }

  /** {@return what combines two sets} */
  public TileCode combine() {
    return combine;
  }

  /**
   * Combines the elements of a block; what is above element 0 is undefined afterwards.
   *
   * @param memory holds the accumulators, each with room for a tile
   * @param byteOffsets where each accumulator starts; element 0 of it gets the result
   * @param registers of the calling thread
   * @param count elements, from 1 to {@link TileCode#TILE}
   */
  public void halve(MemorySegment memory, long[] byteOffsets, TileScratch registers, int count) {
    FusedTree tree = fused;
    if (tree != null) {
      tree.halve(memory, byteOffsets, count);
      return;
    }
    tiles(memory, byteOffsets, registers, count);
    if (fuser != null && blocks < OFTEN && count == TileCode.TILE) {
      blocks++;
      if (blocks == OFTEN) {
        fuser.request(this);
      }
    }
  }

  private void tiles(MemorySegment memory, long[] byteOffsets, TileScratch registers, int count) {
    int accumulators = widths.length;
    MemorySegment[] segments = new MemorySegment[3 * accumulators];
    Arrays.fill(segments, memory);
    long[] offsets = new long[3 * accumulators];
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
    Body body = combine.body();
    return TileOps.vector().isPresent()
        ? FusedWriter.tree(body, VectorTileOps.INSTANCE.shape())
        : Optional.empty();
  }

  @Override
  public Optional<Fuser.Trial> trial() {
    return written().map(Trial::new);
  }

  /** Beside each other, on a block of zeros. */
  private final class Trial implements Fuser.Trial {
    private static final int FEW = 64;

    private final FusedTree tree;
    private final TileScratch scratch = new TileScratch();
    private final TileScratch registers = new TileScratch();
    private final MemorySegment memory;
    private final long[] offsets = new long[widths.length];

    Trial(FusedTree tree) {
      this.tree = tree;
      long bytes = (long) DType.FLOAT64.bytes() * TileCode.TILE;
      memory = scratch.atLeast(bytes * widths.length);
      Arrays.setAll(offsets, a -> bytes * a);
    }

    @Override
    public void tiles() {
      TileTree.this.tiles(memory, offsets, registers, TileCode.TILE);
    }

    @Override
    public void fused() {
      tree.halve(memory, offsets, TileCode.TILE);
    }

    @Override
    public void few() {
      tree.halve(memory, offsets, FEW);
    }

    @Override
    public void use() {
      TileTree.this.use(tree);
    }

    @Override
    public void close() {
      scratch.close();
      registers.close();
    }
  }
}
