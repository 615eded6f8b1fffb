package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Check;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.backend.Storage;
import org.cotangent.cpu.gemm.Gemm;
import org.cotangent.cpu.tile.TileOps;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.op.Sum;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.testing.HandmadeKernels;
import org.cotangent.testing.RandomProgramBits;
import org.cotangent.testing.RandomProgramDerivatives;
import org.cotangent.testing.RandomProgramValues;
import org.cotangent.testing.ReferenceBackend;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BandsTest {
  private static final int ROWS = 6;
  private static final int COLUMNS = 10;
  private static final Shape ALL = Shape.of(ROWS, COLUMNS);
  private static final Layout ROW_VALUES = Layout.of(ALL, new long[] {1, 0}, 0);
  private static final long ALL_BYTES = 4L * ROWS * COLUMNS;

  /** Where buffers lie, and which results take over arguments. */
  private static Program program(
      List<Integer> donors, List<Storage> storages, List<Kernel> kernels) {
    return new Program(
        new GraphBuilder().build("test", List.of()),
        List.of(),
        storages.stream().map(storage -> new Buffer(1 << 20, storage)).toList(),
        kernels,
        Collections.nCopies(kernels.size(), -1),
        new MemoryPlan(0, 0, 0, 0, donors),
        Check.NOTHING);
  }

  private static Operand operand(int buffer, Layout layout) {
    return new Operand(buffer, DType.FLOAT32, layout);
  }

  private static Operand whole(int buffer) {
    return operand(buffer, Layout.contiguous(ALL));
  }

  private static LoopKernel minus(Operand a, Operand b, Operand result) {
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    return new LoopKernel(
        "subtract",
        CpuRig.ORIGIN,
        ALL,
        List.of(a, b),
        List.of(),
        builder.build(x.minus(builder.input(DType.FLOAT32))),
        List.of(result));
  }

  private static ReduceKernel sum(int axis, Operand x, Operand result) {
    return HandmadeKernels.reduction(new Sum(List.of(axis)), x, List.of(result));
  }

  private static int steps(Program program) {
    return new Steps(
            new Codes(TileOps.plain(), null, false),
            Gemm.plain(),
            1,
            ReduceStep.Order.ROWS,
            new Joining(ALL_BYTES, Double.POSITIVE_INFINITY))
        .of(program)
        .size();
  }

  private static int steps(List<Storage> storages, Kernel... kernels) {
    return steps(program(List.of(), storages, List.of(kernels)));
  }

  private static final List<Storage> APART =
      List.of(new Storage.Input(0), new Storage.Scratch(0), new Storage.Output(0));

  @Test
  void rowsPassThroughAllSteps() {
    Operand sums = operand(1, Layout.contiguous(Shape.of(ROWS)));
    Kernel sum = sum(1, whole(0), sums);
    assertEquals(1, steps(APART, sum, minus(whole(0), operand(1, ROW_VALUES), whole(2))));
    // Written over what is read there, row by row.
    assertEquals(1, steps(APART, minus(whole(0), whole(0), whole(2)), sum(1, whole(2), sums)));
  }

  @Test
  void sumsOverRowsEndABand() {
    Operand sums = operand(1, Layout.contiguous(Shape.of(COLUMNS)));
    Layout repeated = Layout.of(ALL, new long[] {0, 1}, 0);
    Kernel difference = minus(whole(0), whole(0), whole(2));
    assertEquals(
        2, steps(APART, sum(0, whole(0), sums), minus(whole(0), operand(1, repeated), whole(2))));
    // All rows read one that another step writes.
    assertEquals(
        2, steps(APART, difference, minus(operand(2, repeated), whole(0), operand(1, repeated))));
  }

  @Test
  void whatLaterRowsNeedIsNotOverwritten() {
    Operand sums = operand(1, Layout.contiguous(Shape.of(ROWS)));
    Kernel sum = sum(1, whole(0), sums);
    Kernel difference = minus(whole(0), operand(1, ROW_VALUES), whole(2));
    Storage x = new Storage.Scratch(1024);
    Storage y = new Storage.Scratch(1024 + 4 * COLUMNS);
    // The difference goes where the sums, or the next row, are to be read.
    assertEquals(
        2, steps(List.of(x, new Storage.Scratch(0), new Storage.Scratch(0)), sum, difference));
    assertEquals(2, steps(List.of(x, new Storage.Scratch(0), y), sum, difference));
    assertEquals(1, steps(List.of(x, new Storage.Scratch(0), x), sum, difference));
    List<Kernel> both = List.of(sum, difference);
    List<Storage> given =
        List.of(new Storage.Input(1), new Storage.Input(0), new Storage.Output(0));
    assertEquals(1, steps(program(List.of(-1), given, both)));
    assertEquals(1, steps(program(List.of(1), given, both)));
    assertEquals(2, steps(program(List.of(0), given, both)));
  }

  @Test
  void rowsThatNoCacheHoldsStayApart() {
    Shape two = Shape.of(2, 100);
    Operand x = operand(0, Layout.contiguous(two));
    Kernel sum = sum(1, x, operand(1, Layout.contiguous(Shape.of(2))));
    assertEquals(2, steps(APART, sum, sum));
  }

  /** Whatever is said to be apart shares no byte, in random layouts of a few bytes. */
  @Test
  void apartIsApart() {
    Random random = new Random(1);
    int apart = 0;
    for (int round = 0; round < 20_000; round++) {
      List<Storage> storages = Stream.generate(() -> storage(random)).limit(2).toList();
      Program program = program(List.of(0), storages, List.of());
      Operand a = new Operand(0, DType.INT16, layout(random));
      Operand b = new Operand(1, DType.BOOL, layout(random));
      boolean written = random.nextBoolean();
      RowReach reachOfA = RowReach.of(program, a, a.layout(), 2, true);
      RowReach reachOfB = RowReach.of(program, b, b.layout(), 2, written);
      assertEquals(reachOfA.isApartFrom(reachOfB), reachOfB.isApartFrom(reachOfA));
      if (reachOfA.isApartFrom(reachOfB)) {
        apart++;
        for (int row = 0; row < 6; row++) {
          for (int other = 0; other < 6; other++) {
            Set<String> shared = new HashSet<>(bytes(storages.getFirst(), a, row));
            shared.retainAll(bytes(storages.getLast(), b, other));
            assertTrue(row == other || shared.isEmpty(), a + " and " + b + ": " + shared);
          }
        }
      }
    }
    assertTrue(apart > 1000 && apart < 19_000, apart + "");
  }

  private static Storage storage(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Storage.Input(0);
      case 1 -> new Storage.Output(0);
      default -> new Storage.Scratch(random.nextInt(30));
    };
  }

  private static Layout layout(Random random) {
    long[] strides = {random.nextInt(-12, 13), random.nextInt(7), random.nextInt(3)};
    if (random.nextInt(3) > 0) {
      strides[0] = strides[1] * 3;
    }
    return Layout.of(Shape.of(2, 3, 2), strides, 20);
  }

  /** Which bytes a row lies in; result 0 is in the memory of argument 0. */
  private static List<String> bytes(Storage storage, Operand operand, int row) {
    String place = storage instanceof Storage.Scratch ? "arena" : "argument";
    long start = storage instanceof Storage.Scratch(long offset) ? offset : 0;
    List<String> bytes = new ArrayList<>();
    for (int column = 0; column < 2; column++) {
      long position = operand.layout().position(row * 2L + column);
      for (int k = 0; k < operand.dtype().bytes(); k++) {
        bytes.add(place + (start + position * operand.dtype().bytes() + k));
      }
    }
    return bytes;
  }

  /**
   * Few rows are a band, and any two steps that do not need each other a wave, so that any order
   * that is wrong is seen.
   */
  @ParameterizedTest
  @CsvSource({"1, PLAIN, ROWS", "3, VECTOR, ROWS", "2, PLAIN, ANY"})
  void randomProgramsHaveTheReferencesValues(int threads, Loops loops, ReduceStep.Order order) {
    CpuBackend backend =
        new CpuBackend(
            new BackendOptions(threads),
            loops,
            order,
            new Joining(100, 1),
            () -> System.getLogger("org.cotangent.cpu"));
    try (Device device = Device.with("bands", backend, DeviceOptions.DEFAULT);
        Device reference =
            Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT)) {
      new RandomProgramValues(device, reference).check(300);
      RandomProgramBits.checkExact(device, reference, 60);
      RandomProgramBits.checkFused(device, device, 10);
      new RandomProgramDerivatives(device).check(15);
      assertEquals(0, device.memory().liveBytes());
    }
  }
}
