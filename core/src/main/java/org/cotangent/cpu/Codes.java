package org.cotangent.cpu;

import java.util.LinkedHashMap;
import java.util.Map;
import org.cotangent.cpu.tier.TierUp;
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

  private final Map<Body, TileCode> known = new Latest<>();
  private final Map<Body, TileTree> trees = new Latest<>();

  /** What was used last. */
  private static final class Latest<T> extends LinkedHashMap<Body, T> {
    private static final long serialVersionUID = 1L;

    Latest() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Body, T> eldest) {
      return size() > MOST;
    }
  }

  /**
   * Makes a memory of codes.
   *
   * @param ops their loops
   * @param tierUp of what runs often, or null
   */
  Codes(TileOps ops, @Nullable TierUp tierUp) {
    this.ops = ops;
    this.tierUp = tierUp;
  }

  /**
   * {@return the code of a body}
   *
   * @param body what it computes
   */
  synchronized TileCode of(Body body) {
    return known.computeIfAbsent(body, fresh -> TileCode.of(fresh, ops, tierUp));
  }

  /**
   * {@return the tree of a reduction}
   *
   * @param combine makes one set of accumulators of two
   */
  synchronized TileTree tree(Body combine) {
    return trees.computeIfAbsent(combine, fresh -> new TileTree(of(fresh), tierUp));
  }
}
