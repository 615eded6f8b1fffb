package org.cotangent.cpu.tile;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import jdk.incubator.vector.VectorShape;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.scalar.Term;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole bodies against {@link Body#evaluate}, with outputs in place of inputs. */
class TileCodeTest {
  private static final int BODIES = 60;

  private static final List<DType> ALL = List.of(DType.values());

  private static final int[] WIDTHS = {128, 256, 512};

  /** Functions too long to be fused in float64. */
  private static final List<String> LONG = List.of("erf", "softplus");

  private static boolean isFused(Primitive primitive, DType from, DType to) {
    return switch (primitive) {
      case DIV, REM -> from != DType.INT64;
      case BITCAST -> to != DType.BOOL || from == DType.BOOL;
      default -> true;
    };
  }

  static LongStream seeds() {
    return LongStream.range(0, BODIES);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void randomBodies(long seed) {
    Random random = new Random(seed);
    Body body = randomBody(random, false);
    for (TileOps ops : TileOpsTest.twins()) {
      TileCode code = TileCode.of(body, ops, null);
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        for (int run = 0; run < 2; run++) {
          int count = Cells.COUNTS[random.nextInt(Cells.COUNTS.length)];
          runAndCompare(body, code, arena, scratch, count, random);
        }
      }
    }
  }

  /** Bodies that may be fused, with vectors of all widths. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void fusedBodies(long seed) {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    Random random = new Random(seed);
    for (int bits : WIDTHS) {
      Body body = randomBody(random, true);
      TileCode code = TileCode.of(body, TileOps.plain(), null);
      code.use(
          FusedWriter.loop(body, TileCode.unshared(body), VectorShape.forBitSize(bits))
              .orElseThrow());
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        int count = Cells.COUNTS[random.nextInt(Cells.COUNTS.length)];
        runAndCompare(body, code, arena, scratch, count, random);
      }
    }
  }

  /** Some inputs have one value: in either twin, and fused. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void sharedInputs(long seed) {
    Random random = new Random(seed);
    Body body = randomBody(random, seed % 2 == 0);
    List<Boolean> shared = body.inputs().stream().map(_ -> random.nextBoolean()).toList();
    List<TileCode> codes = new ArrayList<>();
    for (TileOps ops : TileOpsTest.twins()) {
      codes.add(TileCode.of(body, shared, ops, null));
    }
    for (int bits : TileOps.vector().isPresent() ? WIDTHS : new int[0]) {
      FusedWriter.loop(body, shared, VectorShape.forBitSize(bits))
          .ifPresent(loop -> {
            TileCode code = TileCode.of(body, shared, TileOps.plain(), null);
            code.use(loop);
            codes.add(code);
          });
    }
    assertTrue(codes.size() >= (TileOps.vector().isPresent() && seed % 2 == 0 ? 5 : 1));
    try (Arena arena = Arena.ofShared();
        TileScratch scratch = new TileScratch()) {
      for (TileCode code : codes) {
        int count = Cells.COUNTS[random.nextInt(Cells.COUNTS.length)];
        runAndCompare(body, shared, code, arena, scratch, count, random);
      }
    }
  }

  /** Each primitive on each special value with each other, or many of them. */
  @ParameterizedTest
  @EnumSource
  void everyPrimitive(DType operand) {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    for (Primitive primitive : Primitive.values()) {
      List<DType> inputs = new ArrayList<>(Collections.nCopies(primitive.arity(), operand));
      if (primitive == Primitive.SELECT) {
        inputs.set(0, DType.BOOL);
      }
      List<Integer> all = IntStream.range(0, inputs.size()).boxed().toList();
      results(primitive, operand)
          .forEach(to -> {
            Instruction apply = new Instruction.Apply(primitive, to, all);
            Body body = new Body(inputs, List.of(apply), List.of(inputs.size()));
            boolean written = fused(body).isPresent();
            assertEquals(isFused(primitive, operand, to), written, body::toString);
            if (written) {
              compareSpecials(body);
            }
          });
    }
  }

  private static void compareSpecials(Body body) {
    List<List<Object>> columns = new ArrayList<>();
    int rows = 1;
    for (DType dtype : body.inputs()) {
      List<Object> specials = Cells.specials(dtype);
      int each = rows;
      columns.add(
          IntStream.range(0, 2047)
              .mapToObj(i -> specials.get(i / each % specials.size()))
              .toList());
      rows *= specials.size();
    }
    int count = Math.clamp(rows | 1, 67, 2047);
    List<Object> expected =
        IntStream.range(0, count)
            .mapToObj(i -> body.evaluate(columns.stream().map(c -> c.get(i)).toList()).getFirst())
            .toList();
    for (int bits : WIDTHS) {
      TileCode code = TileCode.of(body, TileOps.plain(), null);
      code.use(
          FusedWriter.loop(body, TileCode.unshared(body), VectorShape.forBitSize(bits))
              .orElseThrow());
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        List<Cells> cells = new ArrayList<>();
        for (int k = 0; k < columns.size(); k++) {
          cells.add(Cells.of(arena, body.inputs().get(k), columns.get(k).subList(0, count)));
        }
        cells.add(Cells.allocate(arena, body.resultTypes().getFirst(), count));
        code.run(
            cells.stream().map(Cells::memory).toArray(MemorySegment[]::new),
            cells.stream().mapToLong(Cells::offset).toArray(),
            scratch,
            count);
        cells.getLast().assertHolds(expected, bits + " bits, " + body);
      }
    }
  }

  /** Halves are converted by arithmetic on bits, which random bodies do not do. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void fusedHalves(DType dtype) {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(dtype).convert(DType.FLOAT32);
    Term scaled = x.times(x.literal(0.7));
    Body body =
        builder.build(
            x,
            scaled.convert(dtype),
            x.convert(DType.FLOAT64).convert(dtype),
            builder.literal(dtype, 1.5));
    Random random = new Random(5);
    for (int bits : WIDTHS) {
      TileCode code = TileCode.of(body, TileOps.plain(), null);
      code.use(
          FusedWriter.loop(body, TileCode.unshared(body), VectorShape.forBitSize(bits))
              .orElseThrow());
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        runAndCompare(body, code, arena, scratch, 4099, random);
      }
    }
  }

  /** In registers a narrow number is int32: it must have its own range there. */
  @Test
  void fusedNarrowNumbersWrap() {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    BodyBuilder builder = new BodyBuilder();
    Term unsigned = builder.input(DType.UINT8);
    Term signed = builder.input(DType.INT8);
    Term wide = builder.input(DType.INT32);
    Body body =
        builder.build(
            unsigned.bitcast(DType.INT8).convert(DType.INT32),
            signed.bitcast(DType.UINT8).convert(DType.INT32),
            wide.convert(DType.INT8).convert(DType.INT32),
            wide.convert(DType.UINT8).convert(DType.INT32),
            wide.convert(DType.INT16).convert(DType.INT32));
    for (int bits : WIDTHS) {
      TileCode code = TileCode.of(body, TileOps.plain(), null);
      code.use(
          FusedWriter.loop(body, TileCode.unshared(body), VectorShape.forBitSize(bits))
              .orElseThrow());
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        runAndCompare(body, code, arena, scratch, 1023, new Random(6));
      }
    }
  }

  private static Optional<FusedLoop> fused(Body body) {
    return TileCode.of(body, TileOps.plain(), null).written();
  }

  /** Each special number against each, known or not, on either side. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void extremaWithNumbersThatAreKnown(DType dtype) {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    // Some vectors of them.
    List<Object> specials =
        Stream.generate(() -> Cells.specials(dtype)).limit(4).flatMap(List::stream).toList();
    for (Object known : Cells.specials(dtype)) {
      Instruction literal = new Instruction.Literal(dtype, dtype.bits(known));
      List<Instruction> instructions = new ArrayList<>(List.of(literal));
      for (Primitive primitive : List.of(Primitive.MIN, Primitive.MAX)) {
        instructions.add(new Instruction.Apply(primitive, dtype, List.of(0, 1)));
        instructions.add(new Instruction.Apply(primitive, dtype, List.of(1, 0)));
      }
      Body body = new Body(List.of(dtype), instructions, List.of(2, 3, 4, 5));
      TileCode code = TileCode.of(body, TileOps.plain(), null);
      code.use(fused(body).orElseThrow());
      try (Arena arena = Arena.ofShared();
          TileScratch scratch = new TileScratch()) {
        List<Cells> cells = new ArrayList<>(List.of(Cells.of(arena, dtype, specials)));
        for (int k = 0; k < 4; k++) {
          cells.add(Cells.allocate(arena, dtype, specials.size()));
        }
        code.run(
            cells.stream().map(Cells::memory).toArray(MemorySegment[]::new),
            cells.stream().mapToLong(Cells::offset).toArray(),
            scratch,
            specials.size());
        for (int k = 0; k < 4; k++) {
          int result = k;
          cells
              .get(k + 1)
              .assertHolds(
                  specials.stream().map(x -> body.evaluate(List.of(x)).get(result)).toList(),
                  known + " and result " + k);
        }
      }
    }
  }

  static Stream<Arguments> functions() {
    Map<String, UnaryOperator<Term>> functions =
        Map.ofEntries(
            entry("exp", Transcendental::exp),
            entry("log", Transcendental::log),
            entry("tanh", Transcendental::tanh),
            entry("ndtri", Transcendental::ndtri),
            entry("exp2", Transcendental::exp2),
            entry("expm1", Transcendental::expm1),
            entry("sigmoid", Transcendental::sigmoid),
            entry("sinh", Transcendental::sinh),
            entry("log1p", Transcendental::log1p),
            entry("asinh", Transcendental::asinh),
            entry("softplus", Transcendental::softplus),
            entry("cbrt", Transcendental::cbrt),
            entry("atan", Transcendental::atan),
            entry("erf", Transcendental::erf));
    return functions.entrySet().stream()
        .flatMap(function ->
            Stream.of(DType.FLOAT32, DType.FLOAT64)
                .filter(dtype -> dtype == DType.FLOAT32 || !LONG.contains(function.getKey()))
                .map(dtype -> Arguments.of(function.getKey(), dtype, function.getValue())));
  }

  private static Body body(UnaryOperator<Term> function, DType dtype) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(function.apply(builder.input(dtype)));
  }

  /** Functions cast floats to bits and back, which random bodies do not. */
  @ParameterizedTest(name = "{0} of {1}")
  @MethodSource("functions")
  void fusedFunctions(String name, DType dtype, UnaryOperator<Term> function) {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    Body body = body(function, dtype);
    TileCode code = TileCode.of(body, TileOps.plain(), null);
    code.use(fused(body).orElseThrow(() -> new AssertionError(name + " is not fused")));
    try (Arena arena = Arena.ofShared();
        TileScratch scratch = new TileScratch()) {
      runAndCompare(body, code, arena, scratch, 1023, new Random(1));
    }
  }

  /** What the vectors of HotSpot do not do is left to tiles. */
  @Test
  void someBodiesAreNotFused() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.INT64);
    assertFalse(fused(builder.build(x.over(x).plus(x))).isPresent());
    assertFalse(fused(builder.build(x.remainder(x).plus(x))).isPresent());
  }

  @Test
  void fusedClassesAreWrittenForReaders(@TempDir Path folder) throws IOException {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    System.setProperty("cotangent.dump", folder.resolve("fused").toString());
    try {
      assertTrue(fused(body(Transcendental::tanh, DType.FLOAT32)).isPresent());
    } finally {
      System.clearProperty("cotangent.dump");
    }
    List<Path> files;
    try (Stream<Path> found = Files.list(folder.resolve("fused"))) {
      files = found.sorted().toList();
    }
    // Other tests may have run at the same time.
    Path file = files.getFirst();
    ClassModel model = ClassFile.of().parse(Files.readAllBytes(file));
    assertEquals(
        file.getFileName().toString(),
        model.thisClass().asInternalName().replaceAll(".*/", "") + ".class");
    assertTrue(
        model.methods().stream().anyMatch(method -> method.methodName().equalsString("run")));
    assertTrue(Files.readString(files.get(1)).contains("FMA"));
  }

  /** A code that runs often is fused, and its results stay what they are. */
  @Test
  void whatRunsOftenIsFused() {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    Body body = body(Transcendental::tanh, DType.FLOAT32);
    try (TierUp tierUp = new TierUp();
        Arena arena = Arena.ofShared();
        TileScratch scratch = new TileScratch()) {
      TileCode code = TileCode.of(body, TileOps.tiered(tierUp), tierUp);
      MemorySegment memory = arena.allocate(4096);
      long end = System.nanoTime() + 30_000_000_000L;
      while (!code.isFused() && System.nanoTime() < end) {
        runAndCompare(body, code, arena, scratch, 1023, new Random(1));
        for (int i = 0; i < 200; i++) {
          code.run(new MemorySegment[] {memory, memory}, new long[2], scratch, 1024);
        }
      }
      assertTrue(code.isFused());
      runAndCompare(body, code, arena, scratch, 1023, new Random(1));
    }
  }

  /**
   * A code that cannot be fused, with a division of int64, gets loops on vectors where they pay.
   */
  @Test
  void whatCannotBeFusedGetsVectorLoops() {
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.INT64);
    // An operation of no other test: what is proven is proven for the process.
    Body body = builder.build(x.xor(x).over(x));
    assertFalse(TieredTileOps.isProven(Primitive.XOR, DType.INT64, DType.INT64, 0));
    try (TierUp tierUp = new TierUp();
        Arena arena = Arena.ofShared();
        TileScratch scratch = new TileScratch()) {
      TileCode code = TileCode.of(body, TileOps.tiered(tierUp), tierUp);
      MemorySegment memory = arena.allocate(8 * 1024);
      long end = System.nanoTime() + 30_000_000_000L;
      while (!TieredTileOps.isProven(Primitive.XOR, DType.INT64, DType.INT64, 0)
          && System.nanoTime() < end) {
        runAndCompare(body, code, arena, scratch, 1023, new Random(1));
        for (int i = 0; i < 2000; i++) {
          code.run(new MemorySegment[] {memory, memory}, new long[2], scratch, 1024);
        }
      }
      assertTrue(TieredTileOps.isProven(Primitive.XOR, DType.INT64, DType.INT64, 0));
      runAndCompare(body, code, arena, scratch, 1023, new Random(1));
      assertFalse(code.isFused());
    }
  }

  /** A random directed acyclic graph of 1 to 60 instructions, in which all that is typed may be. */
  private static Body randomBody(Random random, boolean fused) {
    List<DType> inputs = new ArrayList<>();
    for (int k = random.nextInt(1, 5); k > 0; k--) {
      inputs.add(pick(ALL, random));
    }
    List<DType> types = new ArrayList<>(inputs);
    List<Instruction> instructions = new ArrayList<>();
    int size = random.nextInt(1, 61);
    while (instructions.size() < size) {
      Instruction next = randomInstruction(types, fused, random);
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

  private static Instruction randomInstruction(List<DType> types, boolean fused, Random random) {
    while (true) {
      int last = random.nextInt(types.size());
      DType dtype = types.get(last);
      Primitive primitive = pick(List.of(Primitive.values()), random);
      if (random.nextInt(6) == 0) {
        DType of = pick(ALL, random);
        return new Instruction.Literal(of, of.bits(Cells.random(of, random)));
      }
      List<Integer> same = having(types, dtype);
      List<Integer> bools = having(types, DType.BOOL);
      List<DType> results =
          results(primitive, dtype).filter(to -> !fused || isFused(primitive, dtype, to)).toList();
      if (results.isEmpty()
          || (primitive == Primitive.SELECT && bools.isEmpty())
          || (primitive == Primitive.BITCAST && dtype.isFloating())) {
        // The bits of a computed NaN are not defined; bitcasts of floats have their own test.
        continue;
      }
      DType result = pick(results, random);
      List<Integer> operands = new ArrayList<>();
      for (int k = 1; k < primitive.arity(); k++) {
        operands.add(pick(k == 1 && primitive == Primitive.SELECT ? bools : same, random));
      }
      operands.add(last);
      return new Instruction.Apply(primitive, result, operands);
    }
  }

  /** {@return the dtypes of a primitive's results, if it is defined on operands of a dtype} */
  private static Stream<DType> results(Primitive primitive, DType operand) {
    if (!Scalars.defined(primitive, operand)) {
      return Stream.empty();
    }
    return switch (primitive) {
      case LT, LE, EQ -> Stream.of(DType.BOOL);
      case CONVERT -> ALL.stream().filter(to -> Scalars.converts(operand, to));
      case BITCAST -> ALL.stream().filter(to -> to.bytes() == operand.bytes());
      default -> Stream.of(operand);
    };
  }

  private static List<Integer> having(List<DType> types, DType dtype) {
    return IntStream.range(0, types.size()).filter(r -> types.get(r) == dtype).boxed().toList();
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static void runAndCompare(
      Body body, TileCode code, Arena arena, TileScratch scratch, int count, Random random) {
    runAndCompare(body, TileCode.unshared(body), code, arena, scratch, count, random);
  }

  private static void runAndCompare(
      Body body,
      List<Boolean> shared,
      TileCode code,
      Arena arena,
      TileScratch scratch,
      int count,
      Random random) {
    int inputs = body.inputs().size();
    List<Cells> cells = new ArrayList<>();
    List<List<Object>> values = new ArrayList<>();
    List<Integer> takeable = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      DType dtype = body.inputs().get(i);
      if (shared.get(i)) {
        Object one = Cells.random(dtype, 1, random).getFirst();
        values.add(Collections.nCopies(count, one));
        int room = TileOps.SPLAT_BYTES / dtype.bytes();
        cells.add(Cells.of(arena, dtype, Collections.nCopies(room, one)));
      } else {
        List<Object> fresh = Cells.random(dtype, count, random);
        values.add(fresh);
        cells.add(Cells.of(arena, dtype, fresh));
        takeable.add(i);
      }
    }
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
    Body body = randomBody(new Random(7), false);
    TileCode code = TileCode.of(body, TileOps.vector().orElse(TileOps.plain()), null);
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
    TileCode code = TileCode.of(swap, TileOps.plain(), null);
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
    TileCode code = TileCode.of(body, TileOps.plain(), null);
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
        4 * TileCode.TILE,
        TileCode.of(chain.build(y.plus(x)), TileOps.plain(), null).scratchBytes());
    BodyBuilder one = new BodyBuilder();
    Term a = one.input(DType.FLOAT32);
    assertEquals(0, TileCode.of(one.build(a.plus(a)), TileOps.plain(), null).scratchBytes());
  }

  @Test
  void aTileHasItsLimits() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    TileCode waits = TileCode.of(builder.build(x.plus(x).times(x)), TileOps.plain(), null);
    Body none = new Body(List.of(DType.BOOL), List.of(), List.of(0));
    TileCode straight = TileCode.of(none, TileOps.plain(), null);
    assertEquals(TileCode.TILE, waits.most());
    for (TileCode code : List.of(waits, straight)) {
      for (int count : new int[] {0, code.most() + 1}) {
        try (TileScratch scratch = new TileScratch()) {
          IllegalArgumentException e =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> code.run(new MemorySegment[2], new long[2], scratch, count));
          assertEquals(
              "a tile has 1 to " + code.most() + " elements, not " + count, e.getMessage());
        }
      }
    }
  }

  /** Where nothing waits in scratch a tile may be much larger. */
  @Test
  void largeTiles() {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    Term y = builder.input(DType.FLOAT32);
    Body one = builder.build(x.plus(y));
    BodyBuilder two = new BodyBuilder();
    Term z = two.input(DType.FLOAT32);
    Body chain = two.build(z.times(z).plus(two.literal(DType.FLOAT32, 1.5)).negate());
    TileCode fused = TileCode.of(chain, TileOps.plain(), null);
    assumeTrue(TileOps.vector().isPresent(), "skipped: no Vector API");
    fused.use(fused.written().orElseThrow());
    List<TileCode> codes = new ArrayList<>(List.of(fused));
    TileOpsTest.twins().forEach(ops -> codes.add(TileCode.of(one, ops, null)));
    try (Arena arena = Arena.ofShared();
        TileScratch scratch = new TileScratch()) {
      for (TileCode code : codes) {
        assertTrue(code.most() > TileCode.TILE);
        for (int count : new int[] {TileCode.TILE + 1, 5003, code.most()}) {
          runAndCompare(code.body(), code, arena, scratch, count, new Random(count));
        }
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
