package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Product;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of Hopper's tensor cores: of small integers, whose sums are exact in any order. */
class HopperPtxTest {
  /** How an operand of shape (batch, first, second) lies in its buffer. */
  enum Lie {
    CONTIGUOUS,
    TRANSPOSED,
    PADDED,
    ONE_BATCH,
    ONE_BATCH_TRANSPOSED;

    Layout layout(long batch, long first, long second) {
      long rows = rounded(first);
      long columns = rounded(second);
      Shape shape = Shape.of(batch, first, second);
      return switch (this) {
        case CONTIGUOUS -> Layout.of(shape, new long[] {first * columns, columns, 1}, 0);
        case TRANSPOSED -> Layout.of(shape, new long[] {second * rows, 1, rows}, 0);
        case PADDED ->
            Layout.of(shape, new long[] {first * (columns + 8) + 16, columns + 8, 1}, 24);
        case ONE_BATCH -> Layout.of(shape, new long[] {0, columns, 1}, 8);
        case ONE_BATCH_TRANSPOSED -> Layout.of(shape, new long[] {0, 1, rows}, 0);
      };
    }

    /** A multiple of 16 bytes. */
    private static long rounded(long elements) {
      return Math.ceilDiv(elements, 8L) * 8;
    }
  }

  /** Sizes of a product. */
  private record Size(int batch, int rows, int depth, int columns) {}

  private static Tile tile(int columns) {
    return HopperPtx.TILES.stream()
        .filter(tile -> tile.columns() == columns)
        .findFirst()
        .orElseThrow();
  }

  private static Operand small(
      PtxRig rig, Random random, DType dtype, Lie lie, int batch, int first, int second) {
    Operand operand = rig.operand(dtype, lie.layout(batch, first, second));
    for (long i = 0; i < (long) batch * first * second; i++) {
      rig.set(operand, i, dtype.rounded(random.nextInt(-4, 5)));
    }
    return operand;
  }

  private static ContractionKernel kernel(
      PtxRig rig, Random random, DType dtype, Size size, Lie left, Lie right) {
    Operand a = small(rig, random, dtype, left, size.batch, size.rows, size.depth);
    Operand b = small(rig, random, dtype, right, size.batch, size.depth, size.columns);
    Shape shape = Shape.of(size.batch, size.rows, size.columns);
    BodyBuilder builder = new BodyBuilder();
    return new ContractionKernel(
        "matmul",
        PtxRig.ORIGIN,
        DType.FLOAT32,
        a,
        b,
        List.of(),
        List.of(),
        builder.build(builder.input(DType.FLOAT32)),
        List.of(rig.operand(DType.FLOAT32, shape)));
  }

  private static void check(
      PtxRig rig, ContractionKernel kernel, boolean swap, int columns, int units) {
    Product product =
        swap
            ? Product.of(kernel, "CUDA").withoutIdleStrides().swap()
            : Product.of(kernel, "CUDA").withoutIdleStrides();
    assertTrue(HopperPtx.fits(product));
    rig.check(kernel, HopperPtx.launch(kernel, product, tile(columns), units), units);
  }

  private static void check(
      DType dtype, Size size, Lie left, Lie right, boolean swap, int columns, int units) {
    PtxRig rig = new PtxRig();
    check(rig, kernel(rig, new Random(1), dtype, size, left, right), swap, columns, units);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void eachTileAtSizesAboutIt(DType dtype) {
    for (int columns : List.of(64, 128, 256)) {
      Size whole = new Size(1, 128, 16, columns);
      check(dtype, whole, Lie.CONTIGUOUS, Lie.TRANSPOSED, false, columns, 1);
      Size beyond = new Size(1, 129, 3, columns - 1);
      check(dtype, beyond, Lie.CONTIGUOUS, Lie.CONTIGUOUS, false, columns, 1);
      Size below = new Size(1, 63, 9, columns + 1);
      check(dtype, below, Lie.TRANSPOSED, Lie.TRANSPOSED, true, columns, 1);
    }
    check(dtype, new Size(1, 2, 2, 2), Lie.CONTIGUOUS, Lie.CONTIGUOUS, false, 64, 1);
  }

  /** Floats lie along the depth, at least the right ones, and a slice has half as many. */
  @Test
  void floatsWithEachTile() {
    for (int columns : List.of(64, 128, 256)) {
      Size whole = new Size(1, 128, 8, columns);
      check(DType.FLOAT32, whole, Lie.CONTIGUOUS, Lie.TRANSPOSED, false, columns, 1);
      Size beyond = new Size(2, 129, 33, columns - 1);
      check(DType.FLOAT32, beyond, Lie.PADDED, Lie.TRANSPOSED, false, columns, 2);
      Size below = new Size(1, 63, 5, columns + 1);
      check(DType.FLOAT32, below, Lie.ONE_BATCH, Lie.ONE_BATCH_TRANSPOSED, true, columns, 1);
      check(DType.FLOAT32, whole, Lie.TRANSPOSED, Lie.TRANSPOSED, false, columns, 1);
      check(DType.FLOAT32, beyond, Lie.ONE_BATCH_TRANSPOSED, Lie.TRANSPOSED, false, columns, 2);
      check(DType.FLOAT32, below, Lie.PADDED, Lie.PADDED, true, columns, 1);
    }
    for (int depth : List.of(31, 32, 255, 256, 257, 700)) {
      Size size = new Size(3, 20, depth, 9);
      check(DType.FLOAT32, size, Lie.PADDED, Lie.ONE_BATCH_TRANSPOSED, depth > 255, 64, 2);
      check(DType.FLOAT32, size, Lie.CONTIGUOUS, Lie.PADDED, true, 64, 1 + depth % 2);
    }
  }

  /**
   * Whatever the rounding is, a product of two operands errs by their last places; the machine
   * refuses numbers that have more bits than tf32.
   */
  @Test
  void floatsBecomeTf32() {
    floatsBecomeTf32(Lie.CONTIGUOUS);
    floatsBecomeTf32(Lie.TRANSPOSED);
  }

  private static void floatsBecomeTf32(Lie left) {
    PtxRig rig = new PtxRig();
    Random random = new Random(3);
    Size size = new Size(1, 9, 70, 10);
    ContractionKernel kernel = kernel(rig, random, DType.FLOAT32, size, left, Lie.TRANSPOSED);
    for (Operand operand : List.of(kernel.left(), kernel.right())) {
      for (long i = 0; i < operand.layout().shape().size(); i++) {
        rig.set(operand, i, (float) random.nextGaussian());
      }
    }
    Product product = Product.of(kernel, "CUDA").withoutIdleStrides();
    rig.run(HopperPtx.launch(kernel, product, tile(64), 1), 1);
    double largest = 0;
    for (int row = 0; row < size.rows; row++) {
      for (int column = 0; column < size.columns; column++) {
        double sum = 0;
        double magnitudes = 0;
        for (int step = 0; step < size.depth; step++) {
          double term =
              (double) (float) rig.get(kernel.left(), (long) row * size.depth + step)
                  * (float) rig.get(kernel.right(), (long) step * size.columns + column);
          sum += term;
          magnitudes += Math.abs(term);
        }
        float result =
            (float) rig.get(kernel.outputs().getFirst(), (long) row * size.columns + column);
        assertEquals(sum, result, magnitudes * 2 * 0x1p-10, row + ", " + column);
        largest = Math.max(largest, Math.abs(sum - result) / magnitudes);
      }
    }
    assertTrue(largest > 0x1p-16, "nothing was rounded");
  }

  /** Of more slices than a ring has stages, and of those about its end; a block has some tiles. */
  @ParameterizedTest
  @CsvSource({
    "63, 64",
    "64, 64",
    "65, 64",
    "511, 64",
    "513, 64",
    "1100, 64",
    "400, 128",
    "300, 256"
  })
  void depths(int depth, int columns) {
    Size size = new Size(3, 20, depth, 9);
    check(DType.BFLOAT16, size, Lie.PADDED, Lie.TRANSPOSED, false, columns, 2);
    check(DType.FLOAT16, size, Lie.TRANSPOSED, Lie.PADDED, false, columns, 1);
  }

  @Test
  void operandsAnywhere() {
    Size size = new Size(2, 70, 72, 66);
    int number = 0;
    for (Lie left : Lie.values()) {
      for (Lie right : Lie.values()) {
        number++;
        check(DType.BFLOAT16, size, left, right, number % 2 == 0, 64, 1 + number % 3);
      }
    }
  }

  /** Stripes of rows, the last one narrower. */
  @Test
  void moreTilesThanAStripe() {
    check(DType.FLOAT16, new Size(1, 1100, 8, 70), Lie.CONTIGUOUS, Lie.CONTIGUOUS, false, 64, 3);
  }

  /** The product plus a bias plus the index, of another dtype; and its sign. */
  @Test
  void epilogues() {
    for (int variant = 0; variant < 8; variant++) {
      DType dtype = variant < 2 ? DType.BFLOAT16 : DType.FLOAT32;
      boolean transposed = variant % 2 == 1;
      // Of floats with a left operand along its index, result and product turned or not.
      boolean turned = variant >= 4;
      boolean swap = turned ? variant >= 6 : transposed;
      PtxRig rig = new PtxRig();
      Random random = new Random(2);
      Size size = new Size(2, 37, 33, 41);
      ContractionKernel kernel =
          withEpilogue(
              rig,
              random,
              kernel(
                  rig,
                  random,
                  dtype,
                  size,
                  turned && !swap ? Lie.TRANSPOSED : Lie.CONTIGUOUS,
                  turned && swap ? Lie.CONTIGUOUS : right(dtype)),
              transposed);
      check(rig, kernel, swap, 64, 2);
    }
  }

  /** A right operand that all kernels find. */
  private static Lie right(DType dtype) {
    return dtype == DType.FLOAT32 ? Lie.TRANSPOSED : Lie.CONTIGUOUS;
  }

  private static ContractionKernel withEpilogue(
      PtxRig rig, Random random, ContractionKernel plain, boolean transposed) {
    Shape shape = plain.outputs().getFirst().layout().shape();
    Shape turned = Shape.of(shape.dim(0), shape.dim(2), shape.dim(1));
    Layout layout = Layout.contiguous(transposed ? turned : shape);
    Layout bias = Layout.of(shape, new long[] {0, 0, 1}, 0);
    List<Operand> further =
        List.of(
            rig.random(random, DType.FLOAT32, bias),
            rig.random(random, DType.FLOAT16, Layout.contiguous(shape)));
    BodyBuilder builder = new BodyBuilder();
    Term sum = builder.input(DType.FLOAT32);
    sum = sum.plus(builder.input(DType.FLOAT32));
    sum = sum.plus(builder.input(DType.FLOAT16).widen());
    sum = sum.plus(builder.input(DType.INT64).convert(DType.FLOAT32));
    Body body =
        builder.build(
            List.of(
                sum.convert(DType.BFLOAT16),
                builder.literal(DType.FLOAT32, DType.FLOAT32.scalar("test", 0L)).below(sum)));
    return new ContractionKernel(
        "matmul+add",
        PtxRig.ORIGIN,
        DType.FLOAT32,
        plain.left(),
        plain.right(),
        further,
        List.of(Coordinate.INDEX),
        body,
        List.of(
            rig.operand(
                DType.BFLOAT16, transposed ? layout.transpose(new int[] {0, 2, 1}) : layout),
            rig.operand(DType.BOOL, Layout.contiguous(shape))));
  }

  /** On a chip of 132 units. */
  private static String chosen(int capability, DType dtype, Size size, Lie left) {
    Layout right = Layout.contiguous(Shape.of(size.batch, size.depth, size.columns));
    return chosen(new Traits(capability, 132, false), dtype, size, left, right);
  }

  private static String chosen(Traits traits, DType dtype, Size size, Lie left, Layout right) {
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(size.batch, size.rows, size.columns);
    ContractionKernel kernel =
        new ContractionKernel(
            "matmul",
            PtxRig.ORIGIN,
            DType.FLOAT32,
            rig.operand(dtype, left.layout(size.batch, size.rows, size.depth)),
            rig.operand(dtype, right),
            rig.operand(DType.FLOAT32, shape));
    Launch launch = MatmulPtx.launches(kernel, traits).getFirst();
    boolean has = launch.otherwise().isPresent();
    assertEquals(has, launch.arguments().getFirst() instanceof Argument.Tensor);
    assertTrue(launch.otherwise().stream().noneMatch(each -> each.otherwise().isPresent()));
    return "%s, %d x %d".formatted(launch.source().target(), launch.blocks(), launch.threads());
  }

  @Test
  void largeProductsOnHopperAlone() {
    Size large = new Size(1, 4096, 64, 4096);
    assertEquals("sm_90a, 132 x 384", chosen(90, DType.BFLOAT16, large, Lie.CONTIGUOUS));
    assertEquals("sm_90a, 132 x 384", chosen(90, DType.FLOAT16, large, Lie.TRANSPOSED));
    assertEquals("sm_80, 1024 x 128", chosen(89, DType.FLOAT16, large, Lie.CONTIGUOUS));
    assertEquals("sm_80, 1024 x 128", chosen(100, DType.FLOAT16, large, Lie.CONTIGUOUS));
    Size small = new Size(1, 512, 64, 512);
    assertTrue(chosen(90, DType.FLOAT16, small, Lie.CONTIGUOUS).startsWith("sm_80"));
    Size shallow = new Size(1, 4096, 56, 4096);
    assertTrue(chosen(90, DType.FLOAT16, shallow, Lie.CONTIGUOUS).startsWith("sm_80"));
    Size odd = new Size(1, 4096, 64, 4100);
    assertTrue(chosen(90, DType.FLOAT16, odd, Lie.CONTIGUOUS).startsWith("sm_80"));
    Size few = new Size(1, 65536, 64, 16);
    assertTrue(chosen(90, DType.FLOAT16, few, Lie.CONTIGUOUS).startsWith("sm_80"));
  }

  /** Where rounding is allowed, and one operand at least lies along the depth. */
  @Test
  void largeProductsOfFloats() {
    Traits tf32 = new Traits(90, 132, true);
    Size large = new Size(1, 4096, 32, 4096);
    Layout along = Lie.TRANSPOSED.layout(1, 32, 4096);
    Layout across = Lie.CONTIGUOUS.layout(1, 32, 4096);
    assertEquals("sm_90a, 132 x 384", chosen(tf32, DType.FLOAT32, large, Lie.CONTIGUOUS, along));
    assertEquals("sm_90a, 132 x 384", chosen(tf32, DType.FLOAT32, large, Lie.TRANSPOSED, along));
    assertEquals("sm_90a, 132 x 384", chosen(tf32, DType.FLOAT32, large, Lie.CONTIGUOUS, across));
    assertEquals("sm_80, 1024 x 128", chosen(tf32, DType.FLOAT32, large, Lie.TRANSPOSED, across));
    Traits exact = new Traits(90, 132, false);
    assertEquals("sm_70, 1024 x 256", chosen(exact, DType.FLOAT32, large, Lie.CONTIGUOUS, along));
    Traits later = new Traits(100, 132, true);
    assertEquals("sm_80, 1024 x 128", chosen(later, DType.FLOAT32, large, Lie.CONTIGUOUS, along));
    Size shallow = new Size(1, 4096, 24, 4096);
    Layout less = Lie.TRANSPOSED.layout(1, 24, 4096);
    assertEquals("sm_80, 1024 x 128", chosen(tf32, DType.FLOAT32, shallow, Lie.CONTIGUOUS, less));
  }

  /** Whichever way the result lies: of turned products its rows are often the kernel's columns. */
  @Test
  void neighbouringThreadsStoreNeighbours() {
    Size size = new Size(1, 8, 8, 8);
    for (boolean swap : List.of(false, true)) {
      PtxRig rig = new PtxRig();
      ContractionKernel kernel =
          kernel(
              rig,
              new Random(1),
              DType.FLOAT32,
              size,
              swap ? Lie.CONTIGUOUS : Lie.TRANSPOSED,
              swap ? Lie.CONTIGUOUS : Lie.TRANSPOSED);
      Product product = Product.of(kernel, "CUDA").withoutIdleStrides();
      assertEquals(swap, HopperPtx.turned(product).swapped());
      String text =
          HopperPtx.launch(kernel, HopperPtx.turned(product), tile(64), 1).source().text();
      assertEquals(swap, Pattern.compile("mov\\.b32\\s+%nvcc_r\\d+, 1;").matcher(text).find());
    }
  }

  /** What a tensor map cannot say is left to others. */
  @Test
  void operandsThatDoNotFit() {
    assertTrue(fits(DType.FLOAT16, new long[] {64, 8, 1}, 0));
    assertTrue(fits(DType.FLOAT16, new long[] {64, 1, 8}, 8));
    assertTrue(fits(DType.FLOAT16, new long[] {0, 16, 1}, 0));
    assertFalse(fits(DType.FLOAT16, new long[] {64, 8, 1}, 4), "start");
    assertFalse(fits(DType.FLOAT16, new long[] {64, 12, 1}, 0), "row");
    assertFalse(fits(DType.FLOAT16, new long[] {68, 8, 1}, 0), "batch");
    assertFalse(fits(DType.FLOAT16, new long[] {64, 16, 2}, 0), "gaps");
    assertFalse(fits(DType.FLOAT16, new long[] {64, 0, 1}, 0), "one row");
    assertFalse(fits(DType.FLOAT16, new long[] {64, -8, 1}, 56), "reversed");
    assertTrue(fits(DType.FLOAT32, new long[] {64, 12, 1}, 4));
    assertTrue(fits(DType.FLOAT32, new long[] {64, 1, 8}, 0));
    assertFalse(fits(DType.FLOAT32, new long[] {64, 10, 1}, 0), "row");
    assertFalse(fits(DType.FLOAT32, new long[] {64, 8, 1}, 2), "start");
  }

  private static boolean fits(DType dtype, long[] strides, long offset) {
    PtxRig rig = new PtxRig();
    ContractionKernel plain =
        kernel(rig, new Random(1), dtype, new Size(2, 8, 8, 8), Lie.CONTIGUOUS, right(dtype));
    Operand left =
        new Operand(plain.left().buffer(), dtype, Layout.of(Shape.of(2, 8, 8), strides, offset));
    return HopperPtx.fits(
        Product.of(
            new ContractionKernel(
                "matmul",
                PtxRig.ORIGIN,
                DType.FLOAT32,
                left,
                plain.right(),
                plain.outputs().getFirst()),
            "CUDA"));
  }

  /**
   * Of every tile and of each way in which operands lie: plain, with an epilogue, with a long one.
   */
  private static Set<Source> sources() {
    Set<Source> sources = new LinkedHashSet<>();
    PtxRig rig = new PtxRig();
    Random random = new Random(1);
    Size size = new Size(1, 8, 8, 8);
    for (int columns : List.of(64, 128, 256)) {
      for (Lie left : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED)) {
        for (Lie right : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED)) {
          ContractionKernel kernel = kernel(rig, random, DType.BFLOAT16, size, left, right);
          sources.add(source(kernel, columns));
        }
      }
      for (Lie left : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED)) {
        ContractionKernel plain = kernel(rig, random, DType.FLOAT32, size, left, Lie.TRANSPOSED);
        sources.add(source(plain, columns));
        sources.add(source(withEpilogue(rig, random, plain, false), columns));
        sources.add(source(withEpilogue(rig, random, plain, true), columns));
        sources.add(source(MatmulPtxTest.withTanh(plain), columns));
      }
      ContractionKernel plain =
          kernel(rig, random, DType.FLOAT16, size, Lie.CONTIGUOUS, Lie.CONTIGUOUS);
      sources.add(source(withEpilogue(rig, random, plain, false), columns));
      sources.add(source(MatmulPtxTest.withTanh(plain), columns));
    }
    return sources;
  }

  private static Source source(ContractionKernel kernel, int columns) {
    return HopperPtx.launch(
            kernel, Product.of(kernel, "CUDA").withoutIdleStrides(), tile(columns), 1)
        .source();
  }

  /** Spills, registers that consumers do not get, and products that wait for each other. */
  @Test
  void allTextsAssembleAsTheyWereMeant() {
    Set<Source> sources = sources();
    String log = PtxAssembler.assemble("sm_90a", Source.module(sources));
    assertEquals(sources.size(), log.lines().filter(line -> line.contains("Used 168 ")).count());
    assertEquals(0, PtxAssembler.spills(log), log);
    assertFalse(log.contains("setmaxnreg"), log);
    assertFalse(log.contains("serialized"), log);
    assertTrue(sources.stream().allMatch(source -> source.text().contains("st.global.v")));
  }
}
