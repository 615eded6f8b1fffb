package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Product;
import org.cotangent.error.DeviceException;
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

/** Products have the bits of the one chain of multiply-adds, and stay inside their buffers. */
class MatmulPtxTest {
  private static final Traits CORES = new Traits(70, 4, false);
  private static final Traits COPIES = new Traits(80, 4, false);

  private static final List<DType> DTYPES =
      List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64);

  /** How an operand of shape (batch, first, second) lies in its buffer. */
  enum Lie {
    CONTIGUOUS,
    TRANSPOSED,
    LATER,
    PADDED,
    REVERSED,
    GAPS,
    BATCH_INSIDE,
    ONE_BATCH,
    ONE_ROW,
    ONE_COLUMN,
    ONE_ELEMENT;

    Layout layout(long batch, long first, long second) {
      Shape shape = Shape.of(batch, first, second);
      long size = first * second;
      return switch (this) {
        case CONTIGUOUS -> Layout.contiguous(shape);
        case TRANSPOSED -> Layout.of(shape, new long[] {size, 1, first}, 0);
        case LATER -> Layout.of(shape, new long[] {size, second, 1}, 1);
        case PADDED -> Layout.of(shape, new long[] {first * (second + 8), second + 8, 1}, 4);
        case REVERSED -> Layout.of(shape, new long[] {size, -second, -1}, Math.max(0, size - 1));
        case GAPS -> Layout.of(shape, new long[] {6 * size + 1, 3 * second, 2}, 3);
        case BATCH_INSIDE -> Layout.of(shape, new long[] {1, batch * second, batch}, 0);
        case ONE_BATCH -> Layout.of(shape, new long[] {0, second, 1}, 1);
        case ONE_ROW -> Layout.of(shape, new long[] {second, 0, 1}, 0);
        case ONE_COLUMN -> Layout.of(shape, new long[] {first, 1, 0}, 0);
        case ONE_ELEMENT -> Layout.of(shape, new long[] {0, 0, 0}, 2);
      };
    }
  }

  /** Those with a place for each element. */
  private static final List<Lie> DISTINCT =
      List.of(
          Lie.CONTIGUOUS,
          Lie.TRANSPOSED,
          Lie.LATER,
          Lie.PADDED,
          Lie.REVERSED,
          Lie.GAPS,
          Lie.BATCH_INSIDE);

  private static final Set<Lie> STRAIGHT = EnumSet.of(Lie.CONTIGUOUS, Lie.TRANSPOSED);

  /** A dtype and one of its tiles. */
  record Kind(DType dtype, Tile tile) {}

  private static Stream<Kind> kinds() {
    return DTYPES.stream()
        .flatMap(dtype ->
            Stream.of(CORES, COPIES)
                .flatMap(traits -> MatmulPtx.tiles(dtype, traits).stream())
                .distinct()
                .map(tile -> new Kind(dtype, tile)));
  }

  /** Sizes of a product. */
  private record Size(int batch, int rows, int depth, int columns) {}

  private static Operand random(
      PtxRig rig, Random random, Kind kind, Lie lie, int batch, int first, int second) {
    return rig.random(random, kind.dtype, lie.layout(batch, first, second));
  }

  private static void check(Kind kind, Size size, Lie left, Lie right, boolean epilogue, int seed) {
    PtxRig rig = new PtxRig();
    Random random = new Random(seed);
    Operand a = random(rig, random, kind, left, size.batch, size.rows, size.depth);
    Operand b = random(rig, random, kind, right, size.batch, size.depth, size.columns);
    Lie result = DISTINCT.get(seed % DISTINCT.size());
    ContractionKernel kernel =
        epilogue
            ? withEpilogue(rig, random, kind.dtype, a, b, size, result)
            : plain(rig, kind.dtype, a, b, size);
    Product product = Product.of(kernel, "CUDA");
    boolean swap = seed % 3 == 0;
    rig.check(
        kernel, MatmulPtx.launch(kernel, swap ? product.swap() : product, kind.tile), 1 + seed % 4);
  }

  private static ContractionKernel plain(PtxRig rig, DType dtype, Operand a, Operand b, Size size) {
    Shape shape = Shape.of(size.batch, size.rows, size.columns);
    return new ContractionKernel("matmul", PtxRig.ORIGIN, dtype, a, b, rig.operand(dtype, shape));
  }

  /** The product plus a bias plus others plus the index, as another dtype; and its sign. */
  private static ContractionKernel withEpilogue(
      PtxRig rig, Random random, DType dtype, Operand a, Operand b, Size size, Lie result) {
    Shape shape = Shape.of(size.batch, size.rows, size.columns);
    DType wide = dtype == DType.FLOAT32 ? DType.FLOAT64 : DType.INT32;
    List<Operand> further =
        List.of(
            rig.random(random, dtype, Lie.ONE_ROW.layout(size.batch, size.rows, size.columns)),
            rig.random(random, wide, Lie.CONTIGUOUS.layout(size.batch, size.rows, size.columns)),
            rig.random(random, DType.FLOAT16, Layout.contiguous(shape)),
            rig.random(
                random, DType.BOOL, Lie.ONE_COLUMN.layout(size.batch, size.rows, size.columns)));
    BodyBuilder builder = new BodyBuilder();
    Term sum = builder.input(dtype);
    sum = sum.plus(builder.input(dtype));
    sum = sum.plus(builder.input(wide).convert(dtype));
    sum = sum.plus(builder.input(DType.FLOAT16).widen().convert(dtype));
    sum = sum.plus(builder.input(DType.BOOL).convert(dtype));
    sum = sum.plus(builder.input(DType.INT64).convert(dtype));
    Body body =
        builder.build(
            List.of(
                sum.convert(wide), builder.literal(dtype, dtype.scalar("test", 0L)).below(sum)));
    return new ContractionKernel(
        "matmul+add",
        PtxRig.ORIGIN,
        dtype,
        a,
        b,
        further,
        List.of(Coordinate.INDEX),
        body,
        List.of(
            rig.operand(wide, result.layout(size.batch, size.rows, size.columns)),
            rig.operand(DType.BOOL, Layout.contiguous(shape))));
  }

  /** About the edges of a tile and of a slice. */
  private static List<Size> sizes(Tile tile) {
    int rows = tile.rows();
    int columns = tile.columns();
    return List.of(
        new Size(1, 1, 1, 1),
        new Size(1, 1, 9, 1),
        new Size(2, 3, 0, 5),
        new Size(2, rows, 16, columns),
        new Size(1, rows + 1, 17, columns - 1),
        new Size(1, rows - 1, 7, columns + 1),
        new Size(1, 2 * rows + 3, 8, 3),
        new Size(1, 5, 33, 2 * columns + 7),
        new Size(3, 7, 70, 6),
        new Size(1, 16, 129, 4));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void sizesAboutATile(Kind kind) {
    int seed = 0;
    for (Size size : sizes(kind.tile)) {
      for (boolean epilogue : List.of(false, true)) {
        check(kind, size, Lie.CONTIGUOUS, Lie.CONTIGUOUS, epilogue, seed++);
        check(kind, size, Lie.TRANSPOSED, Lie.TRANSPOSED, epilogue, seed++);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void operandsAnywhere(Kind kind) {
    int seed = 0;
    Size size = new Size(2, 37, 20, 36);
    for (Lie left : Lie.values()) {
      for (Lie right : Lie.values()) {
        seed++;
        // Each with some; the two that matter most with each other.
        if (seed % 3 == 0 || (STRAIGHT.contains(left) && STRAIGHT.contains(right))) {
          check(kind, size, left, right, seed % 2 == 0, seed);
        }
      }
    }
  }

  /** Of negative products too small for a float a sum is -0, to which nothing may be added. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void minusZeroStays(DType dtype) {
    for (Kind kind : kinds().filter(each -> each.dtype == dtype).toList()) {
      PtxRig rig = new PtxRig();
      Operand a = rig.operand(dtype, Shape.of(1, 5, 3));
      Operand b = rig.operand(dtype, Shape.of(1, 3, 6));
      for (int i = 0; i < 15; i++) {
        rig.set(a, i, dtype.rounded(dtype == DType.FLOAT32 ? -1e-30 : -1e-200));
      }
      for (int i = 0; i < 18; i++) {
        rig.set(b, i, dtype.rounded(dtype == DType.FLOAT32 ? 1e-30 : 1e-200));
      }
      ContractionKernel kernel = plain(rig, dtype, a, b, new Size(1, 5, 3, 6));
      rig.check(kernel, MatmulPtx.launch(kernel, Product.of(kernel, "CUDA"), kind.tile), 1);
    }
  }

  @Test
  void anOutputMayTakeTheMemoryOfAFurtherInput() {
    PtxRig rig = new PtxRig();
    Random random = new Random(1);
    Operand a = rig.random(random, DType.FLOAT32, Layout.contiguous(Shape.of(2, 33, 9)));
    Operand b = rig.random(random, DType.FLOAT32, Layout.contiguous(Shape.of(2, 9, 39)));
    Operand c = rig.random(random, DType.FLOAT32, Layout.contiguous(Shape.of(2, 33, 39)));
    BodyBuilder builder = new BodyBuilder();
    Body sum = builder.build(builder.input(DType.FLOAT32).plus(builder.input(DType.FLOAT32)));
    ContractionKernel kernel =
        new ContractionKernel(
            "matmul+add",
            PtxRig.ORIGIN,
            DType.FLOAT32,
            a,
            b,
            List.of(c),
            List.of(),
            sum,
            List.of(c));
    rig.check(kernel, MatmulPtx.launches(kernel, CORES).getFirst(), 2);
  }

  private static ContractionKernel kernel(PtxRig rig, DType dtype, Size size) {
    Operand a = rig.operand(dtype, Shape.of(size.batch, size.rows, size.depth));
    Operand b = rig.operand(dtype, Shape.of(size.batch, size.depth, size.columns));
    return plain(rig, dtype, a, b, size);
  }

  private static String chosen(Traits traits, DType dtype, Size size) {
    PtxRig rig = new PtxRig();
    Launch launch = MatmulPtx.launches(kernel(rig, dtype, size), traits).getFirst();
    return launch.blocks() + " x " + launch.threads();
  }

  @Test
  void theTileIsTheFastestForTheSize() {
    assertEquals("256 x 256", chosen(CORES, DType.FLOAT32, new Size(1, 2048, 4, 2048)));
    assertEquals("256 x 128", chosen(CORES, DType.FLOAT32, new Size(1, 1024, 4, 1024)));
    assertEquals("64 x 64", chosen(CORES, DType.FLOAT32, new Size(1, 256, 4, 256)));
    assertEquals("200 x 128", chosen(CORES, DType.FLOAT32, new Size(200, 64, 4, 64)));
    assertEquals("32 x 128", chosen(CORES, DType.FLOAT32, new Size(1, 1000, 4, 1)));
    assertEquals("32 x 128", chosen(CORES, DType.FLOAT32, new Size(1, 1, 4, 1000)));
    assertEquals("1024 x 64", chosen(CORES, DType.INT32, new Size(1, 1024, 4, 1024)));
    assertEquals("256 x 128", chosen(CORES, DType.FLOAT64, new Size(1, 1024, 4, 1024)));
  }

  /** From 8.0 on a tile of few columns has all there are, and more bytes on their way. */
  @Test
  void fewColumnsAreStreamedWhereThreadsCopy() {
    assertEquals("64 x 128", chosen(CORES, DType.FLOAT32, new Size(1, 1000, 4, 8)));
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
      assertEquals("32 x 128", chosen(COPIES, dtype, new Size(1, 1000, 4, 8)));
      assertEquals("128 x 128", chosen(COPIES, dtype, new Size(1, 4096, 4, 1)));
      assertEquals("128 x 128", chosen(COPIES, dtype, new Size(1, 1, 4, 4096)));
      assertEquals("128 x 128", chosen(COPIES, dtype, new Size(4, 8, 4, 1000)));
    }
    assertEquals("32 x 64", chosen(COPIES, DType.FLOAT32, new Size(1, 1000, 4, 9)));
    assertEquals("32 x 64", chosen(COPIES, DType.INT32, new Size(1, 1000, 4, 8)));
  }

  @Test
  void nothingIsLaunchedForNoElements() {
    PtxRig rig = new PtxRig();
    for (Size size : List.of(new Size(0, 3, 4, 5), new Size(2, 3, 4, 0))) {
      assertEquals(List.of(), MatmulPtx.launches(kernel(rig, DType.FLOAT32, size), CORES));
    }
  }

  @Test
  void dtypesThatDifferAreRefused() {
    PtxRig rig = new PtxRig();
    Operand a = rig.operand(DType.FLOAT32, Shape.of(1, 2, 3));
    Operand b = rig.operand(DType.FLOAT64, Shape.of(1, 3, 4));
    ContractionKernel kernel = plain(rig, DType.FLOAT32, a, b, new Size(1, 2, 3, 4));
    assertEquals(
        PtxRig.ORIGIN
            + ": CUDA multiplies and sums in one dtype, not float32 by float64 in float32; cast"
            + " both first",
        assertThrows(DeviceException.class, () -> MatmulPtx.launches(kernel, CORES)).getMessage());
  }

  /** Texts of every kernel: plain, with the epilogue above, and with a long one. */
  private static Set<Source> sources(String chip) {
    Set<Source> sources = new LinkedHashSet<>();
    Size size = new Size(1, 2, 3, 4);
    kinds()
        .filter(kind -> kind.tile.template(kind.dtype).target().compareTo(chip) <= 0)
        .forEach(kind -> {
          PtxRig rig = new PtxRig();
          Random random = new Random(1);
          ContractionKernel plain = kernel(rig, kind.dtype, size);
          List<ContractionKernel> kernels = new ArrayList<>(List.of(plain));
          kernels.add(
              withEpilogue(
                  rig, random, kind.dtype, plain.left(), plain.right(), size, Lie.CONTIGUOUS));
          if (kind.dtype.isFloating()) {
            kernels.add(withTanh(plain));
          }
          kernels.forEach(kernel ->
              sources.add(
                  MatmulPtx.launch(kernel, Product.of(kernel, "CUDA"), kind.tile).source()));
        });
    return sources;
  }

  /** A product with a long epilogue. */
  static ContractionKernel withTanh(ContractionKernel plain) {
    BodyBuilder builder = new BodyBuilder();
    return new ContractionKernel(
        "matmul+tanh",
        PtxRig.ORIGIN,
        plain.accumulator(),
        plain.left(),
        plain.right(),
        List.of(),
        List.of(),
        builder.build(Transcendental.tanh(builder.input(plain.accumulator()))),
        plain.outputs());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_70", "sm_80", "sm_86", "sm_89", "sm_90"})
  void allTextsAssembleWithoutSpills(String chip) {
    Set<Source> sources = sources(chip);
    String log = PtxAssembler.assemble(chip, Source.module(sources));
    assertEquals(sources.size(), log.lines().filter(line -> line.contains("Used ")).count());
    assertEquals(0, PtxAssembler.spills(log), log);
    assertTrue(
        sources.stream()
            .filter(source -> source.target().equals(Source.ANY))
            .allMatch(source -> source.text().contains("st.global.v")));
  }
}
