package org.cotangent.cpu;

import java.util.LinkedHashMap;
import java.util.Map;
import org.cotangent.cpu.tile.Fuser;
import org.cotangent.cpu.tile.TileCode;
import org.cotangent.cpu.tile.TileOps;
import org.cotangent.scalar.Body;
import org.jspecify.annotations.Nullable;

/** Makes the code of bodies, and remembers the last ones: programs share many. */
final class Codes {
  private static final int MOST = 1024;

  private final TileOps ops;
  private final @Nullable Fuser fuser;

  private final Map<Body, TileCode> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Body, TileCode> eldest) {
          return size() > MOST;
        }
      };

  /**
   * Makes a memory of codes.
   *
   * @param ops their loops
   * @param fuser of codes that run often, or null
   */
  Codes(TileOps ops, @Nullable Fuser fuser) {
    this.ops = ops;
    this.fuser = fuser;
  }

  /**
   * {@return the code of a body}
   *
   * @param body what it computes
   */
  synchronized TileCode of(Body body) {
    return known.computeIfAbsent(body, fresh -> TileCode.of(fresh, ops, fuser));
  }
}
