package org.cotangent.opencl.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Origin;
import org.cotangent.opencl.tune.ClRunner;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products of every family on the first device of OpenCL, bit for bit against plain Java: dtypes,
 * odd sizes, layouts; sentinels around every buffer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MatmulTest {
  /** Bytes before and behind a buffer that nobody may write. */
  private static final int GUARD = 256;

  /** Buffers start here, so that vectors are misaligned as in a view of rows of 8 bytes. */
  private static final int SKEW = 8;

  private static final byte SENTINEL = (byte) 0xfe;

  /** Everything packed and spilled, in small blocks. */
  private static final String PACKED =
      "cpu * * * rows=5 vectors=2 span=16 row-block=10 column-block=70 pack-left=0 pack-right=0";

  private ClRunner runner;

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
  record Device(String name, Traits traits, TuningTable table) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A product. */
  record Case(
      Device device,
      DType dtype,
      long batch,
      long rows,
      long depth,
      long columns,
      Lie left,
      Lie right) {
    ContractionKernel kernel() {
      return new ContractionKernel(
          "matmul",
          Origin.UNKNOWN,
          dtype,
          new Operand(0, dtype, left.layout(batch, rows, depth)),
          new Operand(1, dtype, right.layout(batch, depth, columns)),
          new Operand(2, dtype, Layout.contiguous(Shape.of(batch, rows, columns))));
    }
  }

  private static Device device(String name, boolean cpu, int vectorBytes, long localBytes) {
    return new Device(
        name, new Traits(cpu, vectorBytes, true, localBytes, 256, 1024, 2), TuningTable.standard());
  }

  static Stream<Case> cases() {
    Device wide = device("cpu of 64", true, 64, 0);
    Device packed =
        new Device(
            "packed cpu",
            wide.traits(),
            TuningTable.parse("test", PACKED).before(TuningTable.standard()));
    Device gpu = device("gpu", false, 16, 48 << 10);
    Device tinyGpu = device("gpu of 4 KB", false, 16, 4 << 10);
    Device bareGpu = device("gpu without local memory", false, 16, 0);
    List<Case> cases = new ArrayList<>();
    for (Device device : List.of(wide, packed, gpu)) {
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
        cases.addAll(some(device, dtype));
      }
      cases.addAll(many(device));
    }
    for (Device device :
        List.of(
            device("cpu of 32", true, 32, 0), device("cpu of 16", true, 16, 0), tinyGpu, bareGpu)) {
      cases.addAll(some(device, DType.FLOAT32));
    }
    cases.addAll(some(device("cpu of 16", true, 16, 0), DType.FLOAT64));
    return cases.stream();
  }

  private static List<Case> some(Device device, DType dtype) {
    return List.of(
        new Case(device, dtype, 1, 1, 1, 1, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 2, 13, 17, 65, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 65, 100, 33, Lie.TRANSPOSED, Lie.TRANSPOSED),
        new Case(device, dtype, 1, 129, 31, 7, Lie.GAPS, Lie.REVERSED),
        new Case(device, dtype, 1, 1, 33, 100, Lie.CONTIGUOUS, Lie.CONTIGUOUS),
        new Case(device, dtype, 1, 100, 33, 1, Lie.CONTIGUOUS, Lie.CONTIGUOUS));
  }

  private static List<Case> many(Device device) {
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

  @BeforeAll
  void open() {
    List<ClRunner> devices = ClRunner.devices();
    if (devices.isEmpty()) {
      System.err.println(ClRunner.INSTALL);
    }
    assumeFalse(devices.isEmpty(), ClRunner.INSTALL);
    runner = devices.getFirst();
    devices.stream().skip(1).forEach(ClRunner::close);
  }

  @AfterAll
  void close() {
    if (runner != null) {
      runner.close();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasTheBitsOfTheChain(Case product) {
    ContractionKernel kernel = product.kernel();
    Matmul matmul = new Matmul(product.device().traits(), product.device().table());
    List<Launch> launches = matmul.launches(kernel, Finish.plain(kernel, matmul.widths(kernel)), 3);
    runner.build(launches.stream().map(Launch::source).toList());

    SplittableRandom random = new SplittableRandom(1);
    int bytes = product.dtype().bytes();
    ByteBuffer left = Host.random(product.dtype(), kernel.left().layout().extent(), random);
    ByteBuffer right = Host.random(product.dtype(), kernel.right().layout().extent(), random);
    ByteBuffer expected = Host.product(kernel, left, right);
    ByteBuffer output = Host.allocate(product.batch() * product.rows() * product.columns() * bytes);
    ByteBuffer workspace = Host.allocate(matmul.workspace(kernel));
    assertEquals(0, workspace.capacity() % 128, "alignment of the workspace's size");

    List<ByteBuffer> contents = List.of(left, right, output, workspace);
    long[] starts = {GUARD + SKEW, GUARD + SKEW, GUARD + SKEW, GUARD};
    cl_mem[] memories = new cl_mem[contents.size()];
    for (int i = 0; i < memories.length; i++) {
      memories[i] = runner.memory(guarded(contents.get(i), (int) starts[i]));
    }
    runner.enqueue(launches, memories, starts);
    List<ByteBuffer> results = new ArrayList<>();
    for (int i = 0; i < memories.length; i++) {
      int capacity = contents.get(i).capacity();
      ByteBuffer whole = runner.read(memories[i], (int) starts[i] + capacity + GUARD);
      requireSentinels(whole, (int) starts[i], capacity, i);
      results.add(whole.slice((int) starts[i], capacity));
      runner.release(memories[i]);
    }
    assertEquals(left, results.get(0), "the left operand was written");
    assertEquals(right, results.get(1), "the right operand was written");
    requireEqual(product, expected, results.get(2));
  }

  private static ByteBuffer guarded(ByteBuffer content, int start) {
    ByteBuffer whole = Host.allocate(start + content.capacity() + GUARD);
    for (int i = 0; i < whole.capacity(); i++) {
      whole.put(i, SENTINEL);
    }
    return whole.put(start, content, 0, content.capacity());
  }

  private static void requireSentinels(ByteBuffer whole, int start, int size, int buffer) {
    for (int i = 0; i < whole.capacity(); i++) {
      if ((i < start || i >= start + size) && whole.get(i) != SENTINEL) {
        throw new AssertionError(
            "buffer %d of %d bytes was written at byte %d".formatted(buffer, size, i - start));
      }
    }
  }

  private static void requireEqual(Case product, ByteBuffer expected, ByteBuffer actual) {
    int bytes = product.dtype().bytes();
    for (int i = 0; i < expected.capacity(); i++) {
      if (expected.get(i) != actual.get(i)) {
        long element = i / bytes;
        throw new AssertionError(
            "element (%d, %d, %d) differs"
                .formatted(
                    element / product.columns() / product.rows(),
                    element / product.columns() % product.rows(),
                    element % product.columns()));
      }
    }
  }
}
