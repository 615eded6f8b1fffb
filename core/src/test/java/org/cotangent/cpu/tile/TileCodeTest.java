package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole bodies against {@link Body#evaluate}, with outputs in place of inputs. */
class TileCodeTest {
  private static final int BODIES = 60;

  static LongStream seeds() {
    return LongStream.range(0, BODIES);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void randomBodies(long seed) {
    Random random = new Random(seed);
    Body body = randomBody(random);
    for (TileOps ops : TileOpsTest.twins()) {
      TileCode code = TileCode.of(body, ops);
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        for (int run = 0; run < 2; run++) {
          int count = Cells.COUNTS[random.nextInt(Cells.COUNTS.length)];
          runAndCompare(body, code, arena, scratch, count, random);
        }
      }
    }
  }

  /** A random directed acyclic graph of 1 to 60 instructions, in which all that is typed may be. */
  private static Body randomBody(Random random) {
    List<DType> inputs = new ArrayList<>();
    for (int k = random.nextInt(1, 5); k > 0; k--) {
      inputs.add(pick(List.of(DType.values()), random));
    }
    List<DType> types = new ArrayList<>(inputs);
    List<Instruction> instructions = new ArrayList<>();
    int size = random.nextInt(1, 61);
    while (instructions.size() < size) {
      Instruction next = randomInstruction(types, random);
      instructions.add(next);
      types.add(next.dtype());
    }
    List<Integer> results = new ArrayList<>();
    for (int k = random.nextInt(1, 5); k > 0; k--) {
      // Late registers, and now and then any: an input, a literal, the same one again.
      results.add(
          random.nextInt(3) == 0
              ? random.nextInt(types.size())
              : random.nextInt(Math.max(0, types.size() - 5), types.size()));
    }
    return new Body(inputs, instructions, results);
  }

  private static Instruction randomInstruction(List<DType> types, Random random) {
    while (true) {
      int last = random.nextInt(types.size());
      DType dtype = types.get(last);
      Primitive primitive = pick(List.of(Primitive.values()), random);
      if (random.nextInt(6) == 0) {
        DType of = pick(List.of(DType.values()), random);
        return new Instruction.Literal(of, of.bits(Cells.random(of, random)));
      }
      List<Integer> same = having(types, dtype);
      List<Integer> bools = having(types, DType.BOOL);
      if (!Scalars.defined(primitive, dtype)
          || (primitive == Primitive.SELECT && bools.isEmpty())
          || (primitive == Primitive.BITCAST && dtype.isFloating())) {
        // The bits of a computed NaN are not defined; bitcasts of floats have their own test.
        continue;
      }
      DType result =
          switch (primitive) {
            case LT, LE, EQ -> DType.BOOL;
            case CONVERT ->
                pick(
                    Stream.of(DType.values()).filter(to -> Scalars.converts(dtype, to)).toList(),
                    random);
            case BITCAST ->
                pick(
                    List.of(DType.values()).stream()
                        .filter(to -> to.bytes() == dtype.bytes())
                        .toList(),
                    random);
            default -> dtype;
          };
      List<Integer> operands = new ArrayList<>();
      for (int k = 1; k < primitive.arity(); k++) {
        operands.add(pick(k == 1 && primitive == Primitive.SELECT ? bools : same, random));
      }
      operands.add(last);
      return new Instruction.Apply(primitive, result, operands);
    }
  }

  private static List<Integer> having(List<DType> types, DType dtype) {
    return IntStream.range(0, types.size()).filter(r -> types.get(r) == dtype).boxed().toList();
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static void runAndCompare(
      Body body, TileCode code, Arena arena, TileScratch scratch, int count, Random random) {
    int inputs = body.inputs().size();
    List<Cells> cells = new ArrayList<>();
    List<List<Object>> values = new ArrayList<>();
    for (DType dtype : body.inputs()) {
      List<Object> fresh = Cells.random(dtype, count, random);
      values.add(fresh);
      cells.add(Cells.of(arena, dtype, fresh));
    }
    List<Integer> takeable = new ArrayList<>(IntStream.range(0, inputs).boxed().toList());
    for (DType dtype : body.resultTypes()) {
      cells.add(output(arena, dtype, count, cells, takeable, random));
    }
    MemorySegment[] segments = cells.stream().map(Cells::memory).toArray(MemorySegment[]::new);
    long[] offsets = cells.stream().mapToLong(Cells::offset).toArray();
    code.run(segments, offsets, scratch, count);
    List<List<Object>> expected =
        IntStream.range(0, count)
            .mapToObj(i -> body.evaluate(values.stream().map(v -> v.get(i)).toList()))
            .toList();
    for (int k = 0; k < body.results().size(); k++) {
      int result = k;
      cells
          .get(inputs + k)
          .assertHolds(
              expected.stream().map(row -> row.get(result)).toList(),
              "result " + k + ", count " + count + ", " + body);
    }
    takeable.forEach(k -> cells.get(k).assertHolds(values.get(k), "input " + k + " of " + body));
  }

  /** Often the memory of an input of the same width that no other output has. */
  private static Cells output(
      Arena arena,
      DType dtype,
      int count,
      List<Cells> inputs,
      List<Integer> takeable,
      Random random) {
    for (Integer k : List.copyOf(takeable)) {
      Cells input = inputs.get(k);
      if (input.dtype().bytes() == dtype.bytes() && random.nextInt(3) > 0) {
        takeable.removeIf(k::equals);
        return new Cells(dtype, count, input.memory(), input.offset());
      }
    }
    return Cells.allocate(arena, dtype, count);
  }

  @Test
  void threadsShareOneCode() throws Exception {
    Body body = randomBody(new Random(7));
    TileCode code = TileCode.of(body, TileOps.vector().orElse(TileOps.plain()));
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<?>> runs = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        long seed = thread;
        runs.add(
            threads.submit(() -> {
              try (Arena arena = Arena.ofConfined();
                  TileScratch scratch = new TileScratch()) {
                for (int i = 0; i < 20; i++) {
                  runAndCompare(body, code, arena, scratch, 1023, new Random(seed + 2L * i));
                }
              }
            }));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    }
  }

  /** Results cross over in memory: each output is the memory of the other's operand. */
  @Test
  void swapsInPlace() {
    Body swap = new Body(List.of(DType.INT64, DType.INT64), List.of(), List.of(1, 0));
    TileCode code = TileCode.of(swap, TileOps.plain());
    try (Arena arena = Arena.ofConfined();
        TileScratch scratch = new TileScratch()) {
      Cells a = Cells.of(arena, DType.INT64, List.of(1L, 2L, 3L));
      Cells b = Cells.of(arena, DType.INT64, List.of(4L, 5L, 6L));
      code.run(
          new MemorySegment[] {a.memory(), b.memory(), a.memory(), b.memory()},
          new long[] {a.offset(), b.offset(), a.offset(), b.offset()},
          scratch,
          3);
      a.assertHolds(List.of(4L, 5L, 6L), "a");
      b.assertHolds(List.of(1L, 2L, 3L), "b");
    }
  }

  @Test
  void bitcastsShareMemory() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    Term bits = x.bitcast(DType.INT32);
    Term literal = builder.literal(DType.FLOAT32, 1.5).bitcast(DType.INT32);
    Body body = builder.build(bits.plus(literal), bits, literal);
    TileCode code = TileCode.of(body, TileOps.plain());
    try (Arena arena = Arena.ofConfined();
        TileScratch scratch = new TileScratch()) {
      runAndCompare(body, code, arena, scratch, 207, new Random(1));
    }
  }

  @Test
  void aChainNeedsOneRegister() {
    BodyBuilder chain = new BodyBuilder();
    Term x = chain.input(DType.FLOAT32);
    Term y = x;
    for (int i = 0; i < 50; i++) {
      y = y.fma(y.literal(0.5 + i), y.literal(1.0)).bitcast(DType.INT32).bitcast(DType.FLOAT32);
    }
    assertEquals(
        4 * TileCode.TILE, TileCode.of(chain.build(y.plus(x)), TileOps.plain()).scratchBytes());
    BodyBuilder one = new BodyBuilder();
    Term a = one.input(DType.FLOAT32);
    assertEquals(0, TileCode.of(one.build(a.plus(a)), TileOps.plain()).scratchBytes());
  }

  @Test
  void aTileHasItsLimits() {
    Body body = new Body(List.of(DType.BOOL), List.of(), List.of(0));
    TileCode code = TileCode.of(body, TileOps.plain());
    try (TileScratch scratch = new TileScratch()) {
      for (int count : new int[] {0, 1025}) {
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class,
                () -> code.run(new MemorySegment[2], new long[2], scratch, count));
        assertEquals("a tile has 1 to 1024 elements, not " + count, e.getMessage());
      }
    }
  }

  @Test
  void scratchGrowsAndCloses() {
    TileScratch scratch = new TileScratch();
    for (long bytes : new long[] {0, 1, 100_000, 10, 1 << 20}) {
      MemorySegment memory = scratch.atLeast(bytes);
      assertEquals(0, memory.address() % 64);
      assertEquals(true, memory.byteSize() >= bytes);
      memory.fill((byte) 1);
    }
    scratch.close();
    scratch.close();
    assertThrows(IllegalStateException.class, () -> scratch.atLeast(1));
  }
}
