package org.cotangent.cpu.tile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.cpu.tier.Candidate;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tier.Trial;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * The executable form of a {@link Body}: one loop over a tile for each instruction, and once a
 * {@link TierUp} has seen that it is faster, one loop for all. Safe for use by many threads, each
 * with its own {@link TileScratch}.
 *
 * <p>An output may be exactly the memory of an input. So a register is computed straight into its
 * output only if no later step reads an input; otherwise it waits in scratch until the end. All
 * other registers share scratch by liveness, so that it stays in the first-level cache.
 */
public final class TileCode implements Candidate {
  /** The most elements of a tile. */
  public static final int TILE = 1024;

  /** The same where nothing waits in scratch: what is done once for a tile does not count then. */
  private static final int LARGE_TILE = 1 << 16;

  /** After each so many elements times steps a faster form is asked for. */
  private static final long OFTEN = 1 << 20;

  private static final int SCRATCH = -1;
  private static final int LITERAL = -2;

  /** The width of what is the same for all elements. */
  private static final int SPLAT = 0;

  private final Body body;
  private final List<Boolean> shared;
  private final Step[] steps;
  private final long scratchBytes;
  private final MemorySegment literals;
  private final TileOps ops;
  private final @Nullable TierUp tierUp;

  /** Elements times steps since the last request; not exact where threads count at once. */
  private long work;

  /** It was looked for a fused loop, and there is none that is faster. */
  private volatile boolean stays;

  private volatile @Nullable FusedLoop fused;

  private TileCode(
      Body body,
      List<Boolean> shared,
      Step[] steps,
      long scratchBytes,
      MemorySegment literals,
      TileOps ops,
      @Nullable TierUp tierUp) {
    this.body = body;
    this.shared = shared;
    this.steps = steps;
    this.scratchBytes = scratchBytes;
    this.literals = literals;
    this.ops = ops;
    this.tierUp = tierUp;
    stays = tierUp == null;
  }

  /**
   * Where a register is.
   *
   * @param entry of the arrays that a run is given, or SCRATCH or LITERAL
   * @param offset in bytes, inside scratch or literals
   * @param width bytes of an element, or SPLAT
   */
  private record Place(int entry, long offset, int width) {
    boolean isSplat() {
      return width == SPLAT;
    }

    MemorySegment segment(MemorySegment[] entries, MemorySegment scratch, MemorySegment literals) {
      return entry >= 0 ? entries[entry] : entry == SCRATCH ? scratch : literals;
    }

    long offset(long[] offsets, int first) {
      return entry >= 0 ? offsets[entry] + (long) first * width : offset;
    }
  }

  /** One loop. Operands that its primitive does not have repeat the first. */
  private record Step(TileFunction function, Place a, Place b, Place c, Place d) {}

  /**
   * {@return the code that computes a body}
   *
   * @param body what to compute
   * @param ops makes its loops
   * @param tierUp is asked for a faster form once it has run often; null if it shall stay as it is
   */
  public static TileCode of(Body body, TileOps ops, @Nullable TierUp tierUp) {
    return of(body, unshared(body), ops, tierUp);
  }

  /**
   * {@return the code that computes a body}
   *
   * @param body what to compute
   * @param shared which of its inputs have one value for a whole tile: {@link TileOps#SPLAT_BYTES}
   *     of repetitions of it
   * @param ops makes its loops
   * @param tierUp is asked for a faster form once it has run often; null if it shall stay as it is
   */
  public static TileCode of(Body body, List<Boolean> shared, TileOps ops, @Nullable TierUp tierUp) {
    return new Assembler(body, List.copyOf(shared), ops).assemble(tierUp);
  }

  /**
   * {@return that none of its inputs is shared}
   *
   * @param body any
   */
  public static List<Boolean> unshared(Body body) {
    return body.inputs().stream().map(_ -> false).toList();
  }

  /** {@return what it computes} */
  Body body() {
    return body;
  }

  /** {@return whether runs use a fused loop} */
  boolean isFused() {
    return fused != null;
  }

  /**
   * Has all runs from now on use a loop.
   *
   * @param loop of the same body
   */
  void use(FusedLoop loop) {
    fused = loop;
  }

  /**
   * {@return the most elements of a run from now on} More than {@link #TILE} where nothing waits in
   * scratch.
   */
  public int most() {
    return scratchBytes == 0 || fused != null ? LARGE_TILE : TILE;
  }

  /** {@return the bytes of scratch that a run uses} */
  public long scratchBytes() {
    return scratchBytes;
  }

  /**
   * Computes the results of a tile. Inputs and outputs are contiguous, in the dtypes of the body's
   * inputs and results, all off-heap; of a shared input there are {@link TileOps#SPLAT_BYTES}. An
   * output may be exactly the memory of an input of the same width that is not shared; apart from
   * that, outputs overlap nothing.
   *
   * @param segments hold the inputs, then the outputs
   * @param byteOffsets where in its segment each starts
   * @param scratch of the calling thread
   * @param count elements, from 1 to {@link #most}
   */
  public void run(MemorySegment[] segments, long[] byteOffsets, TileScratch scratch, int count) {
    if (count < 1 || (count > TILE && count > most())) {
      throw new IllegalArgumentException("a tile has 1 to " + most() + " elements, not " + count);
    }
    compute(segments, byteOffsets, scratch, count);
    if (!stays && fused == null) {
      // Two threads that count fight for a line of memory; so nobody counts for longer than needed.
      work += (long) count * steps.length;
      if (work >= OFTEN && tierUp != null) {
        work = 0;
        tierUp.request(this);
      }
    }
  }

  /** As {@link #run}, but asks for nothing. */
  void compute(MemorySegment[] segments, long[] byteOffsets, TileScratch scratch, int count) {
    FusedLoop loop = fused;
    int done = loop == null ? 0 : loop.run(segments, byteOffsets, count);
    if (done < count) {
      tiles(segments, byteOffsets, scratch, done, count);
    }
  }

  /** {@return how many loops a tile takes before they are fused} */
  int steps() {
    return steps.length;
  }

  /** {@return the fused loop, where there are vectors and it can be written} */
  Optional<FusedLoop> written() {
    return TileOps.vector().isPresent()
        ? FusedWriter.loop(body, shared, VectorTileOps.INSTANCE.shape())
        : Optional.empty();
  }

  @Override
  public Optional<Trial> trial() {
    boolean isWorthIt = steps.length > 1 || Expansion.isFaster(body);
    return isWorthIt ? written().map(this::trial) : Optional.empty();
  }

  @Override
  public void stays() {
    stays = true;
    for (Step step : steps) {
      ops.often(step.function);
    }
  }

  /** {@return bytes of its widest operand} */
  private int widest() {
    return Stream.concat(body.inputs().stream(), body.resultTypes().stream())
        .mapToInt(DType::bytes)
        .max()
        .orElseThrow();
  }

  private Trial trial(FusedLoop loop) {
    return new TileTrial(body.inputs().size() + body.results().size()) {
      private final MemorySegment[] segments = new MemorySegment[offsets.length];

      {
        Arrays.fill(segments, memory);
      }

      @Override
      public int few() {
        return 16 * VectorTileOps.INSTANCE.shape().vectorBitSize() / 8 / widest();
      }

      @Override
      public void present(int elements) {
        tiles(segments, offsets, registers, 0, elements);
      }

      @Override
      public void faster(int elements) {
        int _ = loop.run(segments, offsets, elements);
      }

      @Override
      public void use() {
        TileCode.this.use(loop);
      }
    };
  }

  /** Computes elements of a tile by a loop for each instruction. */
  private void tiles(
      MemorySegment[] segments, long[] byteOffsets, TileScratch scratch, int from, int to) {
    MemorySegment registers = scratch.atLeast(scratchBytes);
    for (Step step : steps) {
      step.function.apply(
          step.a.segment(segments, registers, literals),
          step.a.offset(byteOffsets, from),
          step.b.segment(segments, registers, literals),
          step.b.offset(byteOffsets, from),
          step.c.segment(segments, registers, literals),
          step.c.offset(byteOffsets, from),
          step.d.segment(segments, registers, literals),
          step.d.offset(byteOffsets, from),
          to - from);
    }
  }

  /** Decides where each register is, and writes the steps. */
  private static final class Assembler {
    private static final int FOREVER = Integer.MAX_VALUE;

    private final Body body;
    private final List<Boolean> shared;
    private final TileOps ops;
    private final int inputs;
    private final int registers;

    /** The register whose memory a register shares: its own, or for a BITCAST its operand's. */
    private final int[] root;

    private final int[] lastUse;
    private final Place[] places;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Integer, Deque<Place>> free = new HashMap<>();
    private long scratchBytes;

    Assembler(Body body, List<Boolean> shared, TileOps ops) {
      this.body = body;
      this.shared = shared;
      this.ops = ops;
      inputs = body.inputs().size();
      registers = inputs + body.instructions().size();
      root = new int[registers];
      lastUse = new int[registers];
      places = new Place[registers];
    }

    TileCode assemble(@Nullable TierUp tierUp) {
      MemorySegment literals = placeLiterals();
      int[] results = body.results().stream().mapToInt(Integer::intValue).toArray();
      int lastRead = analyse(results);
      boolean[] stored = new boolean[results.length];
      for (int register = inputs; register < registers; register++) {
        if (root[register] == register
            && instruction(register) instanceof Instruction.Apply apply) {
          int output = register >= lastRead ? indexOf(register, results) : -1;
          releaseOperands(register, apply);
          places[register] = output >= 0 ? output(output) : allocate(apply.dtype().bytes());
          if (output >= 0) {
            stored[output] = true;
          }
          write(register, apply);
          if (lastUse[register] < register) {
            release(register);
          }
        }
      }
      store(results, stored, lastRead);
      return new TileCode(
          body, shared, steps.toArray(Step[]::new), scratchBytes, literals, ops, tierUp);
    }

    private Instruction instruction(int register) {
      return body.instructions().get(register - inputs);
    }

    /** {@return whether there is one value, repeated as often as fills a vector} */
    private boolean isSplat(int register) {
      return places[root[register]].isSplat();
    }

    private MemorySegment placeLiterals() {
      List<Instruction.Literal> values = new ArrayList<>();
      for (int register = 0; register < registers; register++) {
        if (register < inputs) {
          int width = shared.get(register) ? SPLAT : body.dtype(register).bytes();
          places[register] = new Place(register, 0, width);
        } else if (instruction(register) instanceof Instruction.Literal literal) {
          places[register] = new Place(LITERAL, (long) TileOps.SPLAT_BYTES * values.size(), SPLAT);
          values.add(literal);
        }
      }
      if (values.isEmpty()) {
        return MemorySegment.NULL;
      }
      MemorySegment literals =
          Arena.ofAuto().allocate((long) TileOps.SPLAT_BYTES * values.size(), TileOps.SPLAT_BYTES);
      for (int i = 0; i < values.size(); i++) {
        Tiles.splat(
            literals, (long) TileOps.SPLAT_BYTES * i, values.get(i).dtype(), values.get(i).bits());
      }
      return literals;
    }

    /**
     * Finds roots and last uses.
     *
     * @return the last step that reads an input: an instruction's register, or registers + k for
     *     the copy of an input to result k
     */
    private int analyse(int[] results) {
      Arrays.fill(lastUse, -1);
      int lastRead = -1;
      for (int register = 0; register < registers; register++) {
        root[register] = register;
        if (register >= inputs && instruction(register) instanceof Instruction.Apply apply) {
          if (sharesMemory(apply)) {
            root[register] = root[apply.operands().getFirst()];
            continue;
          }
          for (int operand : apply.operands()) {
            lastUse[root[operand]] = register;
            if (root[operand] < inputs) {
              lastRead = register;
            }
          }
        }
      }
      for (int k = 0; k < results.length; k++) {
        results[k] = root[results[k]];
        lastUse[results[k]] = FOREVER;
        if (results[k] < inputs) {
          lastRead = registers + k;
        }
      }
      return lastRead;
    }

    private boolean sharesMemory(Instruction.Apply apply) {
      return apply.primitive() == Primitive.BITCAST
          || (apply.primitive() == Primitive.CONVERT
              && body.dtype(apply.operands().getFirst()) == apply.dtype());
    }

    private void write(int register, Instruction.Apply apply) {
      List<Integer> operands = apply.operands();
      int splats = 0;
      for (int k = 0; k < operands.size(); k++) {
        splats |= isSplat(operands.get(k)) ? 1 << k : 0;
      }
      DType dtype = body.dtype(operands.getLast());
      Place a = places[root[operands.getFirst()]];
      steps.add(
          new Step(
              ops.function(apply.primitive(), dtype, apply.dtype(), splats),
              a,
              operands.size() > 1 ? places[root[operands.get(1)]] : a,
              operands.size() > 2 ? places[root[operands.get(2)]] : a,
              places[register]));
    }

    /**
     * Copies the results that are not yet in their outputs: first the inputs to where it is safe.
     */
    private void store(int[] results, boolean[] stored, int lastRead) {
      Place[] from = new Place[results.length];
      for (int k = 0; k < results.length; k++) {
        from[k] = places[results[k]];
        if (results[k] < inputs) {
          stored[k] = registers + k == lastRead;
          Place safe = stored[k] ? output(k) : allocate(body.dtype(results[k]).bytes());
          copy(results[k], from[k], safe);
          from[k] = safe;
        }
      }
      for (int k = 0; k < results.length; k++) {
        if (!stored[k]) {
          copy(results[k], from[k], output(k));
        }
      }
    }

    private void copy(int register, Place from, Place to) {
      DType dtype = body.dtype(register);
      int splats = from.isSplat() ? 1 : 0;
      steps.add(
          new Step(ops.function(Primitive.BITCAST, dtype, dtype, splats), from, from, from, to));
    }

    private Place output(int k) {
      return new Place(inputs + k, 0, body.dtype(body.results().get(k)).bytes());
    }

    private Deque<Place> free(int width) {
      return free.computeIfAbsent(width, _ -> new ArrayDeque<>());
    }

    private Place allocate(int width) {
      Place reused = free(width).poll();
      if (reused != null) {
        return reused;
      }
      Place fresh = new Place(SCRATCH, scratchBytes, width);
      scratchBytes += (long) width * TILE;
      return fresh;
    }

    /** Frees operands that die here, so that the result may take the memory of one. */
    private void releaseOperands(int register, Instruction.Apply apply) {
      apply.operands().stream()
          .mapToInt(operand -> root[operand])
          .distinct()
          .filter(operand -> lastUse[operand] == register)
          .forEach(this::release);
    }

    private void release(int register) {
      if (places[register].entry == SCRATCH) {
        free(body.dtype(register).bytes()).push(places[register]);
      }
    }

    private static int indexOf(int register, int[] results) {
      for (int k = 0; k < results.length; k++) {
        if (results[k] == register) {
          return k;
        }
      }
      return -1;
    }
  }
}
