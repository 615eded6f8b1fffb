package org.cotangent.cpu.tile;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.cotangent.cpu.tier.Candidate;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tier.Trial;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;

/**
 * Loops that are plain until vectors have been seen to be faster. Until then the Vector API is not
 * even initialised, and a short program does without.
 */
final class TieredTileOps implements TileOps {
  /** The vector loops that were seen to be faster: for the process, as what HotSpot compiled is. */
  private static final ConcurrentHashMap<LoopKey, TileFunction> PROVEN = new ConcurrentHashMap<>();

  /** After each so many elements vectors are asked for. */
  private static final long OFTEN = 1 << 20;

  private final ConcurrentHashMap<LoopKey, TileFunction> loops = new ConcurrentHashMap<>();
  private final TierUp tierUp;

  /**
   * Makes no loop yet.
   *
   * @param tierUp looks whether vectors are faster
   */
  TieredTileOps(TierUp tierUp) {
    this.tierUp = tierUp;
  }

  /** {@return whether the vectors of a loop were seen to be faster; see {@link #function}} */
  static boolean isProven(Primitive primitive, DType operand, DType result, int splats) {
    return PROVEN.containsKey(new LoopKey(primitive, operand, result, splats));
  }

  @Override
  public TileFunction function(Primitive primitive, DType operand, DType result, int splats) {
    LoopKey key = new LoopKey(primitive, operand, result, splats);
    TileFunction proven = PROVEN.get(key);
    return proven == null ? loops.computeIfAbsent(key, fresh -> new Loop(fresh, tierUp)) : proven;
  }

  @Override
  public void often(TileFunction function) {
    if (function instanceof Loop loop && !loop.decided) {
      loop.wanted = true;
    }
  }

  /** One loop. */
  private static final class Loop implements TileFunction, Candidate {
    private final LoopKey key;
    private final TileFunction plain;
    private final TierUp tierUp;
    private volatile TileFunction running;
    private volatile boolean wanted;
    private volatile boolean decided;

    /** Since the last request; not exact where threads count at once, nor need it be. */
    private long elements;

    Loop(LoopKey key, TierUp tierUp) {
      this.key = key;
      this.tierUp = tierUp;
      plain = key.function(TileOps.plain());
      running = plain;
    }

    @Override
    public void apply(
        MemorySegment a,
        long ao,
        MemorySegment b,
        long bo,
        MemorySegment c,
        long co,
        MemorySegment d,
        long to,
        int count) {
      running.apply(a, ao, b, bo, c, co, d, to, count);
      if (wanted) {
        elements += count;
        if (elements >= OFTEN) {
          elements = 0;
          tierUp.request(this);
        }
      }
    }

    @Override
    public void stays() {
      decided = true;
      wanted = false;
    }

    @Override
    public Optional<Trial> trial() {
      TileFunction vector = key.function(VectorTileOps.INSTANCE);
      return vector.equals(plain) ? Optional.empty() : Optional.of(trial(vector));
    }

    private Trial trial(TileFunction vector) {
      return new TileTrial(4) {
        @Override
        public int few() {
          return MOST;
        }

        @Override
        public void present(int elements) {
          run(plain, elements);
        }

        @Override
        public void faster(int elements) {
          run(vector, elements);
        }

        private void run(TileFunction loop, int elements) {
          loop.apply(
              memory,
              offsets[0],
              memory,
              offsets[1],
              memory,
              offsets[2],
              memory,
              offsets[3],
              elements);
        }

        @Override
        public void use() {
          PROVEN.put(key, vector);
          running = vector;
          stays();
        }
      };
    }
  }
}
