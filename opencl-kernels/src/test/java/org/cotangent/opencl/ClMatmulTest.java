package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Origin;
import org.cotangent.opencl.kernel.Kernels;
import org.cotangent.opencl.kernel.Traits;
import org.cotangent.opencl.kernel.TuningTable;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Matrix products of both families have the bits of the one chain of fused multiply-adds, as {@link
 * org.cotangent.testing.ProgramInterpreter} computes it, and stay inside their buffers.
 */
@NeedsOpenCl
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClMatmulTest {
  /** Everything packed and spilled, in small blocks. */
  private static final String PACKED =
      "cpu * * * rows=5 vectors=2 span=16 row-block=10 column-block=70 pack-left=0 pack-right=0";

  /** How an operand of shape (batch, first, second) lies in its buffer. */
  enum Lie {
    CONTIGUOUS,
    TRANSPOSED,
    REVERSED,
    GAPS,
    ONE_BATCH,
    ONE_ROW;

    Layout layout(long batch, long first, long second) {
      Shape shape = Shape.of(batch, first, second);
      long size = first * second;
      return switch (this) {
        case CONTIGUOUS -> Layout.contiguous(shape);
        case TRANSPOSED -> Layout.of(shape, new long[] {size, 1, first}, 0);
        case REVERSED -> Layout.of(shape, new long[] {size, -second, -1}, size == 0 ? 0 : size - 1);
        case GAPS -> Layout.of(shape, new long[] {6 * size + 1, 3 * second, 2}, 3);
        case ONE_BATCH -> Layout.of(shape, new long[] {0, second, 1}, 1);
        case ONE_ROW -> Layout.of(shape, new long[] {second, 0, 1}, 0);
      };
    }
  }

  /** A device to play. */
  record Played(String name, Traits traits, TuningTable table) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A product. */
  record Case(
      Played device,
      DType dtype,
      long batch,
      long rows,
      long depth,
      long columns,
      Lie left,
      Lie right) {
    ContractionKernel plain() {
      return new ContractionKernel(
          "matmul",
          Origin.UNKNOWN,
          dtype,
          a(),
          b(),
          new Operand(2, dtype, Layout.contiguous(Shape.of(batch, rows, columns))));
    }

    private Operand a() {
      return new Operand(0, dtype, left.layout(batch, rows, depth));
    }

    private Operand b() {
      return new Operand(1, dtype, right.layout(batch, depth, columns));
    }

    /** The product plus a bias plus another tensor plus the index; and where that is positive. */
    ContractionKernel withEpilogue() {
      Shape shape = Shape.of(batch, rows, columns);
      BodyBuilder builder = new BodyBuilder();
      Term product = builder.input(dtype);
      Term bias = builder.input(dtype);
      Term other = builder.input(dtype);
      Term index = builder.input(DType.INT64);
      Term sum = product.plus(bias).plus(other).plus(index.convert(dtype));
      Body body = builder.build(List.of(sum, builder.literal(dtype, zero()).below(sum)));
      return new ContractionKernel(
          "matmul+add",
          Origin.UNKNOWN,
          dtype,
          a(),
          b(),
          List.of(
              new Operand(2, dtype, Layout.of(shape, new long[] {0, 0, 1}, 1)),
              new Operand(3, dtype, Layout.of(shape, new long[] {1, batch, batch * rows}, 0))),
          List.of(Coordinate.INDEX),
          body,
          List.of(
              new Operand(4, dtype, Layout.contiguous(shape)),
              new Operand(5, DType.BOOL, Layout.contiguous(shape))));
    }

    private Object zero() {
      return dtype.scalar("test", 0L);
    }

    /** What the result depends on: the device does not matter. */
    private String product() {
      return List.of(dtype, batch, rows, depth, columns, left, right).toString();
    }
  }

  private final Map<String, List<MemorySegment>> expected = new HashMap<>();

  private static Played device(String name, boolean cpu, int vectorBytes, long localBytes) {
    return new Played(
        name,
        new Traits(cpu, vectorBytes, true, localBytes, 256, 1024, 2, 0),
        TuningTable.standard());
  }

  static Stream<Case> cases() {
    Played wide = device("cpu of 64", true, 64, 0);
    Played packed =
        new Played(
            "packed cpu",
            wide.traits(),
            TuningTable.parse("test", PACKED).before(TuningTable.standard()));
    Played gpu = device("gpu", false, 16, 48 << 10);
    Played tinyGpu = device("gpu of 4 KB", false, 16, 4 << 10);
    Played bareGpu = device("gpu without local memory", false, 16, 0);
    List<Case> cases = new ArrayList<>();
    for (Played device : List.of(wide, packed, gpu)) {
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
        cases.addAll(some(device, dtype));
      }
      cases.addAll(many(device));
    }
    for (Played device :
        List.of(
            device("cpu of 32", true, 32, 0), device("cpu of 16", true, 16, 0), tinyGpu, bareGpu)) {
      cases.addAll(some(device, DType.FLOAT32));
    }
    cases.addAll(some(device("cpu of 16", true, 16, 0), DType.FLOAT64));
    return cases.stream();
  }

  private static List<Case> some(Played device, DType dtype) {
    return List.of(
        new Case(device, dtype, 1, 1, 1, 1, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 2, 13, 17, 65, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 65, 100, 33, Lie.TRANSPOSED, Lie.TRANSPOSED),
        new Case(device, dtype, 1, 129, 31, 7, Lie.GAPS, Lie.REVERSED),
        new Case(device, dtype, 1, 1, 33, 100, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 100, 33, 1, Lie.CONTIGUOUS, Lie.CONTIGUOUS));
  }

  private static List<Case> many(Played device) {
    DType dtype = DType.FLOAT32;
    return List.of(
        new Case(device, dtype, 1, 257, 257, 257, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 128, 129, 160, Lie.TRANSPOSED, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 64, 65, 257, Lie.CONTIGUOUS, Lie.TRANSPOSED),
        new Case(device, dtype, 1, 64, 64, 64, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 3, 16, 31, 33, Lie.ONE_BATCH, Lie.TRANSPOSED),
        new Case(device, dtype, 3, 33, 16, 31, Lie.TRANSPOSED, Lie.ONE_BATCH),
        new Case(device, dtype, 2, 7, 64, 129, Lie.ONE_ROW, Lie.ONE_ROW),
        new Case(device, dtype, 2, 31, 13, 16, Lie.REVERSED, Lie.GAPS),
        new Case(device, dtype, 5, 5, 3, 2, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 3, 129, 257, Lie.CONTIGUOUS, Lie.TRANSPOSED),
        new Case(device, dtype, 2, 1, 129, 65, Lie.CONTIGUOUS, Lie.TRANSPOSED),
        new Case(device, dtype, 2, 129, 65, 1, Lie.TRANSPOSED, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 257, 100, 10, Lie.TRANSPOSED, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 100, 257, 10, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 2, 7, 3, Lie.GAPS, Lie.GAPS),
        new Case(device, dtype, 1, 5, 0, 7, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 0, 3, 7, Lie.CONTIGUOUS, Lie.CONTIGUOUS));
  }

  private void check(Case product, ContractionKernel kernel) {
    Handmade handmade = Handmade.random(kernel);
    List<MemorySegment> chain =
        expected.computeIfAbsent(kernel.label() + product.product(), key -> handmade.interpreted());
    Kernels kernels = new Kernels(product.device().traits(), product.device().table());
    assertEquals(0, kernels.workspace(kernel) % 128, "alignment of the workspace's size");
    try (Guarded backend = Devices.guarded(kernels)) {
      List<MemorySegment> results = handmade.run(backend);
      for (int i = 0; i < results.size(); i++) {
        long differs = chain.get(i).mismatch(results.get(i));
        assertEquals(-1, differs, "first byte of result " + i + " that differs");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasTheBitsOfTheChain(Case product) {
    check(product, product.plain());
  }

  @ParameterizedTest
  @MethodSource("fused")
  void itsEpilogueReadsAndWritesTheRightElements(Case product) {
    check(product, product.withEpilogue());
  }

  static Stream<Case> fused() {
    return cases()
        .filter(each -> each.dtype().isFloating() && each.columns() > 0)
        .filter(each -> each.rows() * each.columns() < 10_000 && each.rows() > 0)
        .filter(each -> each.depth() > 0 && each.depth() < 50);
  }
}
