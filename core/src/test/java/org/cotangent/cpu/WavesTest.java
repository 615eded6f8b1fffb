package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Check;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WavesTest {
  private static final double PORTION = 100;
  private static final Shape SHAPE = Shape.of(7);

  /** A step of some work that notes which pieces were done. */
  private record Noted(int pieces, double work, List<Integer> done) implements PieceStep {
    Noted(int pieces, double work) {
      this(pieces, work, Collections.synchronizedList(new ArrayList<>()));
    }

    @Override
    public void piece(Frame frame, int piece, WorkerState state) {
      done.add(piece);
    }

    @Override
    public void run(Frame frame) {
      throw new AssertionError("is run by its pieces");
    }
  }

  /** A step of one piece that does something. */
  private record Acting(Consumer<WorkerState> action) implements PieceStep {
    @Override
    public int pieces() {
      return 1;
    }

    @Override
    public double work() {
      return PORTION;
    }

    @Override
    public void piece(Frame frame, int piece, WorkerState state) {
      action.accept(state);
    }

    @Override
    public void run(Frame frame) {
      throw new AssertionError("is run by its piece");
    }
  }

  private static Kernel copy(int from, int to) {
    BodyBuilder builder = new BodyBuilder();
    return new LoopKernel(
        "copy",
        CpuRig.ORIGIN,
        SHAPE,
        List.of(operand(from)),
        List.of(),
        builder.build(builder.input(DType.FLOAT32)),
        List.of(operand(to)));
  }

  private static Operand operand(int buffer) {
    return new Operand(buffer, DType.FLOAT32, Layout.contiguous(SHAPE));
  }

  private static List<Step> joined(
      int threads, List<Storage> storages, List<Step> steps, List<Kernel> kernels) {
    Program program =
        new Program(
            new GraphBuilder().build("test", List.of()),
            List.of(),
            storages.stream().map(storage -> new Buffer(1 << 10, storage)).toList(),
            kernels,
            Collections.nCopies(kernels.size(), -1),
            new MemoryPlan(0, 0, 0, 0, List.of()),
            Check.NOTHING);
    List<Stage> stages =
        IntStream.range(0, steps.size())
            .mapToObj(i -> new Stage(steps.get(i), List.of(kernels.get(i))))
            .toList();
    return new Waves(program, threads, PORTION).join(stages);
  }

  private static final List<Storage> APART =
      List.of(
          new Storage.Input(0),
          new Storage.Output(0),
          new Storage.Scratch(0),
          new Storage.Scratch(1024));

  private static int steps(int threads, Step... steps) {
    List<Kernel> kernels = IntStream.range(0, steps.length).mapToObj(i -> copy(0, 1 + i)).toList();
    return joined(threads, APART, List.of(steps), kernels).size();
  }

  @Test
  void stepsThatDoNotNeedEachOtherAreShared() {
    assertEquals(1, steps(2, new Noted(1, 100), new Noted(1, 100)));
    assertEquals(1, steps(2, new Noted(1, 60), new Noted(1, 50), new Noted(1, 100)));
    assertEquals(1, steps(4, new Noted(3, 400), new Noted(2, 300)));
  }

  @Test
  void stepsStayWhereSharingGainsNothing() {
    // All of it is less than another thread is worth, or what is left beside the largest is.
    assertEquals(3, steps(2, new Noted(1, 60), new Noted(1, 60), new Noted(1, 60)));
    assertEquals(2, steps(2, new Noted(1, 1000), new Noted(1, 90)));
    // One keeps all threads busy.
    assertEquals(2, steps(2, new Noted(2, 200), new Noted(1, 100)));
    assertEquals(2, steps(1, new Noted(1, 100), new Noted(1, 100)));
    // One is run whole, or has nothing to do.
    assertEquals(2, steps(2, new Noted(0, 500), new Noted(1, 500)));
    assertEquals(2, steps(2, frame -> {}, new Noted(1, 500)));
    assertEquals(2, steps(2, new Noted(1, 0), new Noted(1, 0)));
  }

  @Test
  void orderIsKept() {
    Step first = new Noted(2, 500);
    List<Step> all = List.of(first, new Noted(1, 100), new Noted(1, 100));
    List<Step> joined = joined(2, APART, all, List.of(copy(0, 1), copy(0, 2), copy(0, 3)));
    assertEquals(2, joined.size());
    assertSame(first, joined.getFirst());
    assertNotSame(all.getLast(), joined.getLast());
    assertTrue(joined.getLast() instanceof WaveStep);
  }

  @Test
  void stepsThatNeedEachOtherStayApart() {
    List<Step> two = List.of(new Noted(1, 100), new Noted(1, 100));
    // Written, then read; read, then written; written twice.
    assertEquals(2, joined(2, APART, two, List.of(copy(0, 2), copy(2, 1))).size());
    assertEquals(2, joined(2, APART, two, List.of(copy(2, 1), copy(0, 2))).size());
    assertEquals(2, joined(2, APART, two, List.of(copy(0, 1), copy(2, 1))).size());
    // Two buffers in the same memory, one dead before the other is written.
    List<Storage> shared =
        List.of(
            new Storage.Input(0),
            new Storage.Output(0),
            new Storage.Scratch(0),
            new Storage.Scratch(4 * (SHAPE.size() - 1)));
    assertEquals(2, joined(2, shared, two, List.of(copy(2, 1), copy(0, 3))).size());
    assertEquals(1, joined(2, APART, two, List.of(copy(2, 1), copy(0, 3))).size());
    // A third needs the first alone.
    List<Step> three = List.of(new Noted(1, 100), new Noted(1, 100), new Noted(1, 100));
    assertEquals(2, joined(2, APART, three, List.of(copy(0, 2), copy(0, 3), copy(2, 1))).size());
  }

  @Test
  void eachPieceIsDoneOnce() {
    try (CpuPool pool = new CpuPool(3, "waves")) {
      List<Noted> steps =
          List.of(
              new Noted(2, 70),
              new Noted(1, 900),
              new Noted(5, 500),
              new Noted(1, 0),
              new Noted(3, 300),
              new Noted(1, 0));
      Frame frame = new Frame(List.of(), pool);
      frame.begin(List.of());
      for (double smallest : new double[] {1, 10, 100, 1000, 100_000}) {
        new WaveStep(steps, smallest).run(frame);
        for (Noted step : steps) {
          List<Integer> all = IntStream.range(0, step.pieces()).boxed().toList();
          assertEquals(all, step.done.stream().sorted().toList());
          step.done.clear();
        }
      }
      frame.end();
    }
  }

  @Test
  void aFailureLeavesTheWaveUsable() {
    AtomicInteger failures = new AtomicInteger(1);
    Noted good = new Noted(3, 300);
    try (CpuPool pool = new CpuPool(2, "waves")) {
      Frame frame = new Frame(List.of(), pool);
      frame.begin(List.of());
      Acting failing =
          new Acting(_ -> {
            if (failures.getAndDecrement() > 0) {
              throw new IllegalStateException("once");
            }
          });
      WaveStep wave = new WaveStep(List.of(failing, good), PORTION);
      assertThrows(IllegalStateException.class, () -> wave.run(frame));
      good.done.clear();
      wave.run(frame);
      assertEquals(List.of(0, 1, 2), good.done.stream().sorted().toList());
      frame.end();
    }
  }

  /** Loops of a view of somebody else's memory, each of elements of its own. */
  @Test
  void memoryOfOthersIsReadByAll() {
    CpuBackend backend =
        new CpuBackend(
            new BackendOptions(3),
            Loops.PLAIN,
            ReduceStep.Order.ANY,
            new Joining(0, 1),
            () -> System.getLogger("org.cotangent.cpu"));
    int[] sizes = {3, 700, 41, 5, 1030};
    float[] numbers = new float[2100];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    try (Device device = Device.with("waves", backend, DeviceOptions.DEFAULT);
        Scope _ = device.open()) {
      Tensor x = device.view(NumPyArray.of(numbers, numbers.length));
      var parts =
          device
              .compiler()
              .compile(
                  (Tensor p) ->
                      Arrays.stream(sizes)
                          .mapToObj(n -> p.slice(0, n, 2L * n).mul(3).add(1))
                          .toList(),
                  x);
      for (int round = 0; round < 3; round++) {
        List<Tensor> found = parts.run(x);
        for (int i = 0; i < sizes.length; i++) {
          float[] values = found.get(i).toFloatArray();
          assertEquals(sizes[i], values.length);
          for (int k = 0; k < sizes[i]; k++) {
            assertEquals(3 * (sizes[i] + k) + 1, values[k]);
          }
        }
      }
    }
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void stepsRunAtTheSameTime() {
    // Each waits for the other.
    CyclicBarrier both = new CyclicBarrier(2);
    Set<WorkerState> states = ConcurrentHashMap.newKeySet();
    try (CpuPool pool = new CpuPool(2, "waves")) {
      Frame frame = new Frame(List.of(), pool);
      frame.begin(List.of());
      Acting meeting =
          new Acting(state -> {
            states.add(state);
            try {
              both.await();
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      new WaveStep(List.of(meeting, meeting), PORTION).run(frame);
      frame.end();
    }
    assertEquals(2, states.size());
  }
}
