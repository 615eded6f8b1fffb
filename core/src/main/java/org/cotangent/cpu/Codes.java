package org.cotangent.cpu;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tile.TileBlock;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.cpu.tile.TileOps;
import org.cotangent.cpu.tile.TileTree;
import org.cotangent.scalar.Body;
import org.jspecify.annotations.Nullable;

/** Makes the code of bodies, and remembers the last ones: programs share many. */
final class Codes {
  private static final int MOST = 1024;

  private final TileOps ops;
  private final @Nullable TierUp tierUp;
  private final boolean unproven;

  private final Map<CodeKey, TileCode> known = new Latest<>();
  private final Map<Body, TileTree> trees = new Latest<>();
  private final Map<BlockKey, TileBlock> blocks = new Latest<>();

  /** What a code is made of. */
  private record CodeKey(Body body, List<Boolean> shared) {}

  /** What a block is made of. */
  private record BlockKey(Body lift, Body combine, List<Boolean> shared, int count) {}

  /** What was used last. */
  private static final class Latest<K, T> extends LinkedHashMap<K, T> {
    private static final long serialVersionUID = 1L;

    Latest() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, T> eldest) {
      return size() > MOST;
    }
  }

  /**
   * Makes a memory of codes.
   *
   * @param ops their loops
   * @param tierUp of what runs often, or null
   * @param unproven whether blocks are fused from the first on
   */
  Codes(TileOps ops, @Nullable TierUp tierUp, boolean unproven) {
    this.ops = ops;
    this.tierUp = tierUp;
    this.unproven = unproven;
  }

  /**
   * {@return the code of a body}
   *
   * @param body what it computes
   */
  TileCode of(Body body) {
    return of(body, TileCode.unshared(body));
  }

  /**
   * {@return the code of a body}
   *
   * @param body what it computes
   * @param shared which of its inputs have one value for a whole tile
   */
  synchronized TileCode of(Body body, List<Boolean> shared) {
    return known.computeIfAbsent(
        new CodeKey(body, List.copyOf(shared)),
        fresh -> TileCode.of(fresh.body, fresh.shared, ops, tierUp));
  }

  /**
   * {@return the tree of a reduction}
   *
   * @param combine makes one set of accumulators of two
   */
  synchronized TileTree tree(Body combine) {
    return trees.computeIfAbsent(combine, fresh -> new TileTree(of(fresh), tierUp));
  }

  /**
   * {@return whole blocks of a reduction}
   *
   * @param lift the accumulators of one element
   * @param combine makes one set of accumulators of two
   * @param shared inputs of the lift that have one value for a whole block
   * @param count elements of a block, as {@link TileBlock} takes them
   */
  synchronized TileBlock block(Body lift, Body combine, List<Boolean> shared, int count) {
    return blocks.computeIfAbsent(
        new BlockKey(lift, combine, List.copyOf(shared), count),
        fresh -> {
          TileBlock block =
              new TileBlock(of(lift), tree(combine), fresh.shared, fresh.count, tierUp);
          if (unproven) {
            block.fuse();
          }
          return block;
        });
  }
}
