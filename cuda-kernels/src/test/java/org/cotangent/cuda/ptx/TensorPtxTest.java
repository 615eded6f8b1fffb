package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Product;
import org.cotangent.cuda.ptx.MatmulPtxTest.Lie;
import org.cotangent.cuda.ptx.Tile.Unit;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products on tensor cores. Sums of small integers are exact in every order, so these have the bits
 * of the one chain of multiply-adds; others are as near as their depth lets them be.
 */
class TensorPtxTest {
  private static final Traits TRAITS = new Traits(80, 4, true);
  private static final List<DType> DTYPES = List.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32);

  /** Those with a place for each element. */
  private static final List<Lie> RESULTS =
      List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED, Lie.LATER, Lie.PADDED, Lie.REVERSED, Lie.GAPS);

  /** A dtype and one of its tiles. */
  record Kind(DType dtype, Tile tile) {}

  private static Stream<Kind> kinds() {
    return DTYPES.stream()
        .flatMap(dtype ->
            MatmulPtx.tiles(dtype, TRAITS).stream()
                .filter(tile -> tile.unit() == Unit.TENSOR_CORES)
                .map(tile -> new Kind(dtype, tile)));
  }

  /** The same without bfloat16, of which only the instruction that multiplies is another. */
  private static Stream<Kind> layouts() {
    return kinds().filter(kind -> kind.dtype != DType.BFLOAT16);
  }

  /** Sizes of a product. */
  private record Size(int batch, int rows, int depth, int columns) {
    Shape shape() {
      return Shape.of(batch, rows, columns);
    }
  }

  /** The operands of a product in a rig. */
  private record Pair(PtxRig rig, DType dtype, Size size, Operand left, Operand right) {
    static Pair of(DType dtype, Size size, Lie left, Lie right, Supplier<? extends Number> values) {
      PtxRig rig = new PtxRig(TRAITS);
      Supplier<Object> elements = () -> dtype.rounded(values.get().doubleValue());
      return new Pair(
          rig,
          dtype,
          size,
          rig.filled(dtype, left.layout(size.batch, size.rows, size.depth), elements),
          rig.filled(dtype, right.layout(size.batch, size.depth, size.columns), elements));
    }

    /** The sums themselves. */
    ContractionKernel plain() {
      return new ContractionKernel(
          "matmul",
          PtxRig.ORIGIN,
          DType.FLOAT32,
          left,
          right,
          rig.operand(DType.FLOAT32, size.shape()));
    }

    /** The sums rounded to a dtype, after some ops or none. */
    ContractionKernel rounded(DType result) {
      BodyBuilder builder = new BodyBuilder();
      return new ContractionKernel(
          "matmul",
          PtxRig.ORIGIN,
          DType.FLOAT32,
          left,
          right,
          List.of(),
          List.of(),
          builder.build(builder.input(DType.FLOAT32).convert(result)),
          List.of(rig.operand(result, size.shape())));
    }

    /** The sum, rounded, plus a bias, plus others, plus the index; and its sign. */
    ContractionKernel withEpilogue(Supplier<Object> values, Lie result) {
      List<Operand> further =
          List.of(
              rig.filled(dtype, Lie.ONE_ROW.layout(size.batch, size.rows, size.columns), values),
              rig.filled(DType.FLOAT32, Layout.contiguous(size.shape()), values));
      BodyBuilder builder = new BodyBuilder();
      Term sum = wide(builder.input(DType.FLOAT32).convert(dtype));
      sum = sum.plus(wide(builder.input(dtype)));
      sum = sum.plus(builder.input(DType.FLOAT32));
      sum = sum.plus(builder.input(DType.INT64).convert(DType.FLOAT32));
      Term zero = builder.literal(DType.FLOAT32, DType.FLOAT32.scalar("test", 0L));
      Body body = builder.build(List.of(sum.convert(dtype), zero.below(sum)));
      return new ContractionKernel(
          "matmul+add",
          PtxRig.ORIGIN,
          DType.FLOAT32,
          left,
          right,
          further,
          List.of(Coordinate.INDEX),
          body,
          List.of(
              rig.operand(dtype, result.layout(size.batch, size.rows, size.columns)),
              rig.operand(DType.BOOL, Layout.contiguous(size.shape()))));
    }

    /** The sums with something long after them. */
    ContractionKernel withTanh() {
      BodyBuilder builder = new BodyBuilder();
      return new ContractionKernel(
          "matmul+tanh",
          PtxRig.ORIGIN,
          DType.FLOAT32,
          left,
          right,
          List.of(),
          List.of(),
          builder.build(Transcendental.tanh(builder.input(DType.FLOAT32))),
          List.of(rig.operand(DType.FLOAT32, size.shape())));
    }

    private static Term wide(Term term) {
      return term.dtype().isNarrow() ? term.widen() : term;
    }
  }

  private static void checkExact(
      Kind kind, Size size, Lie left, Lie right, boolean epilogue, int seed) {
    Random random = new Random(seed);
    Supplier<Float> values = () -> (float) random.nextInt(-4, 5);
    Pair pair = Pair.of(kind.dtype, size, left, right, values);
    ContractionKernel kernel =
        epilogue
            ? pair.withEpilogue(values::get, RESULTS.get(seed % RESULTS.size()))
            : seed % 2 == 0 ? pair.plain() : pair.rounded(kind.dtype);
    Product product = Product.of(kernel, "CUDA").withoutIdleStrides();
    pair.rig.check(
        kernel,
        MatmulPtx.launch(kernel, seed % 3 == 0 ? product.swap() : product, kind.tile),
        1 + seed % 4);
  }

  /** About the edges of a tile and of slices. */
  private static List<Size> sizes(Tile tile) {
    int rows = tile.rows();
    int columns = tile.columns();
    return List.of(
        new Size(1, 1, 1, 1),
        new Size(2, 3, 0, 5),
        new Size(1, 9, 15, 7),
        new Size(2, rows, 32, columns),
        new Size(1, rows + 1, 33, columns - 1),
        new Size(1, rows - 1, 31, columns + 1),
        new Size(1, 5, 65, columns + 7),
        new Size(3, 7, 129, 6),
        new Size(1, 16, 200, 24));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void sizesAboutATile(Kind kind) {
    int seed = 0;
    for (Size size : sizes(kind.tile)) {
      checkExact(kind, size, Lie.CONTIGUOUS, Lie.CONTIGUOUS, seed % 4 == 2, seed++);
      checkExact(kind, size, Lie.TRANSPOSED, Lie.TRANSPOSED, seed % 4 == 1, seed++);
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void operandsAnywhere(Kind kind) {
    int seed = 0;
    Size size = new Size(2, 40, 48, 24);
    for (Lie left : Lie.values()) {
      for (Lie right : Lie.values()) {
        seed++;
        // Each with some: in lines along the depth or along the index, in whole pieces or not.
        if (seed % 4 == 0) {
          checkExact(kind, size, left, right, seed % 8 == 0, seed);
        }
      }
    }
    for (Lie left : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED)) {
      for (Lie right : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED)) {
        checkExact(kind, size, left, right, /* epilogue= */ true, seed++);
      }
    }
  }

  /** What tf32 has of a float: 10 bits of fraction, ties away from zero. */
  private static double tf32(float number) {
    return Float.intBitsToFloat((Float.floatToRawIntBits(number) + 0x1000) & ~0x1fff);
  }

  private static double operand(Pair pair, Operand operand, long index) {
    float element = (float) pair.rig.get(operand, index);
    return pair.dtype == DType.FLOAT32 ? tf32(element) : element;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void sumsAreAsNearAsTheirDepthLetsThemBe(Kind kind) {
    Random random = new Random(5);
    Size size = new Size(1, 19, 301, 13);
    Pair pair = Pair.of(kind.dtype, size, Lie.CONTIGUOUS, Lie.TRANSPOSED, random::nextGaussian);
    ContractionKernel kernel = pair.plain();
    pair.rig.run(
        MatmulPtx.launch(kernel, Product.of(kernel, "CUDA").withoutIdleStrides(), kind.tile), 1);
    for (int row = 0; row < size.rows; row++) {
      for (int column = 0; column < size.columns; column++) {
        double sum = 0;
        double magnitudes = 0;
        for (int step = 0; step < size.depth; step++) {
          double term =
              operand(pair, pair.left, (long) row * size.depth + step)
                  * operand(pair, pair.right, (long) step * size.columns + column);
          sum += term;
          magnitudes += Math.abs(term);
        }
        float result =
            (float) pair.rig.get(kernel.outputs().getFirst(), (long) row * size.columns + column);
        // One rounding for each mma.sync.
        assertEquals(sum, result, magnitudes * size.depth / 8 * 0x1p-24, row + ", " + column);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32"})
  void whatIsNotFiniteStaysInItsRowAndColumn(DType dtype) {
    Size size = new Size(1, 20, 20, 20);
    Pair pair = Pair.of(dtype, size, Lie.CONTIGUOUS, Lie.CONTIGUOUS, () -> 1);
    pair.rig.set(pair.left, 3 * 20 + 2, dtype.rounded(Double.NaN));
    pair.rig.set(pair.left, 5 * 20 + 4, dtype.rounded(Double.POSITIVE_INFINITY));
    pair.rig.set(pair.right, 19 * 20 + 7, dtype.rounded(Double.NEGATIVE_INFINITY));
    ContractionKernel kernel = pair.plain();
    pair.rig.check(kernel, MatmulPtx.launches(kernel, TRAITS).getFirst(), 1);
  }

  /** A float that rounds up to the next power of two, and one that does not round to zero. */
  @Test
  void floatsAreRoundedToTf32() {
    Size size = new Size(1, 17, 1, 17);
    Pair pair = Pair.of(DType.FLOAT32, size, Lie.CONTIGUOUS, Lie.CONTIGUOUS, () -> 1);
    pair.rig.set(pair.left, 0, Math.nextDown(2f));
    pair.rig.set(pair.left, 1, 1 + 0x1p-11f);
    pair.rig.set(pair.left, 2, 1 + 0x1p-12f);
    pair.rig.set(pair.left, 3, -1 - 0x1.8p-11f);
    ContractionKernel kernel = pair.plain();
    pair.rig.run(MatmulPtx.launches(kernel, TRAITS).getFirst(), 1);
    Operand result = kernel.outputs().getFirst();
    assertEquals(2f, pair.rig.get(result, 0));
    assertEquals(1 + 0x1p-10f, pair.rig.get(result, 17));
    assertEquals(1f, pair.rig.get(result, 2 * 17));
    assertEquals(-1 - 0x1p-10f, pair.rig.get(result, 3 * 17));
  }

  private static String chosen(DType dtype, Size size) {
    ContractionKernel kernel =
        Pair.of(dtype, size, Lie.CONTIGUOUS, Lie.CONTIGUOUS, () -> 1).plain();
    Launch launch = MatmulPtx.launches(kernel, TRAITS).getFirst();
    return launch.blocks() + " x " + launch.threads();
  }

  @Test
  void theTileIsTheFastestForTheSize() {
    assertEquals("256 x 128", chosen(DType.FLOAT16, new Size(1, 2048, 2, 2048)));
    assertEquals("256 x 128", chosen(DType.BFLOAT16, new Size(1, 1024, 2, 1024)));
    assertEquals("64 x 64", chosen(DType.FLOAT16, new Size(1, 2048, 2, 16)));
    assertEquals("64 x 64", chosen(DType.BFLOAT16, new Size(1, 1, 2, 2048)));
    assertEquals("256 x 128", chosen(DType.FLOAT32, new Size(1, 2048, 2, 2048)));
    // As it is without tf32.
    assertEquals("64 x 128", chosen(DType.FLOAT32, new Size(1, 2048, 2, 1)));
  }

  @Test
  void olderChipsHaveNoProductsOfHalves() {
    ContractionKernel kernel =
        Pair.of(DType.FLOAT16, new Size(1, 2, 3, 4), Lie.CONTIGUOUS, Lie.CONTIGUOUS, () -> 1)
            .plain();
    assertEquals(
        "float16 is widened before it is multiplied",
        assertThrows(
                IllegalArgumentException.class,
                () -> MatmulPtx.launches(kernel, new Traits(75, 4, true)))
            .getMessage());
  }

  // ---- what the machine finds

  private static String fault(Kind kind, String removed) {
    Size size = new Size(1, 40, 200, 40);
    Pair pair = Pair.of(kind.dtype, size, Lie.CONTIGUOUS, Lie.TRANSPOSED, () -> 1);
    ContractionKernel kernel = pair.plain();
    Launch launch =
        MatmulPtx.launch(kernel, Product.of(kernel, "CUDA").withoutIdleStrides(), kind.tile);
    String text = launch.source().text();
    String changed = text.replaceFirst(removed, "");
    assertTrue(changed.length() < text.length(), removed);
    Launch wrong =
        new Launch(
            new Source(changed, launch.source().target(), launch.source().shared()),
            launch.arguments(),
            launch.blocks(),
            launch.threads());
    return assertThrows(RuntimeException.class, () -> pair.rig.run(wrong, 1)).toString();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void missingWaitsAreFound(Kind kind) {
    assertTrue(fault(kind, "cp\\.async\\.wait_group \\d+;").contains("is on its way there"));
    assertTrue(fault(kind, "bar\\.sync\\s+0;").contains("no barrier between"));
  }

  // ---- the assembler

  /** Texts of every kernel, by where operands lie: plain, with an epilogue, and a long one. */
  private static Set<Source> sources() {
    Set<Source> sources = new LinkedHashSet<>();
    for (Kind kind : kinds().toList()) {
      Supplier<Object> ones = () -> kind.dtype.rounded(1);
      sources.add(
          source(kind, Lie.CONTIGUOUS, Lie.TRANSPOSED, p -> p.withEpilogue(ones, Lie.CONTIGUOUS)));
      if (kind.dtype != DType.BFLOAT16) {
        sources.add(source(kind, Lie.CONTIGUOUS, Lie.CONTIGUOUS, Pair::plain));
        sources.add(source(kind, Lie.TRANSPOSED, Lie.CONTIGUOUS, Pair::withTanh));
        sources.add(source(kind, Lie.TRANSPOSED, Lie.TRANSPOSED, Pair::plain));
      }
    }
    return sources;
  }

  private static Source source(
      Kind kind, Lie left, Lie right, Function<Pair, ContractionKernel> kernel) {
    Pair pair = Pair.of(kind.dtype, new Size(1, 2, 3, 4), left, right, () -> 1);
    ContractionKernel made = kernel.apply(pair);
    return MatmulPtx.launch(made, Product.of(made, "CUDA").withoutIdleStrides(), kind.tile)
        .source();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_86", "sm_89", "sm_90"})
  void allTextsAssembleWithoutSpills(String chip) {
    Set<Source> sources = sources();
    String module = Source.module(sources);
    assertTrue(module.startsWith(".version 8.0\n.target sm_80\n"), chip);
    String log = PtxAssembler.assemble(chip, module);
    assertEquals(sources.size(), log.lines().filter(line -> line.contains("Used ")).count());
    assertEquals(0, PtxAssembler.spills(log), log);
  }
}
