package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.cotangent.Compiled1;
import org.cotangent.Compiled2;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.error.TraceException;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs into memory that is there, and what a replay leaves behind. */
@Timeout(60)
class RunIntoTest {
  record Pair(Tensor sum, Tensor difference) {}

  @TempDir private Path folder;

  private Device device;
  private Scope scope;
  private Tensor x;
  private Tensor y;

  @BeforeEach
  void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    scope = device.open();
    x = device.tensor(new float[] {1, 2, 3});
    y = device.tensor(new float[] {10, 20, 30});
  }

  @AfterEach
  void close() {
    scope.close();
    assertEquals(0, device.memory().liveBytes());
    device.close();
  }

  private static Pair pair(Tensor a, Tensor b) {
    return new Pair(a.add(b), a.sub(b));
  }

  @Test
  void theResultsLieInTheSameMemory() {
    try (Compiled2<Tensor, Tensor, Pair> both =
        device.compiler().compile(RunIntoTest::pair, x, y)) {
      Pair results = both.run(x, y);
      MemoryStatistics before = device.memory();
      both.runInto(results, y, x);
      MemoryStatistics after = device.memory();
      assertEquals("[11. 22. 33.]", results.sum().toString());
      assertEquals("[ 9. 18. 27.]", results.difference().toString());
      assertEquals(before.liveBlocks(), after.liveBlocks());
      assertEquals(before.rawAllocations(), after.rawAllocations());
      assertEquals(before.cacheHits(), after.cacheHits(), "no memory was asked for");
      both.runInto(results, x, x);
      assertEquals("[0. 0. 0.]", results.difference().toString());
    }
  }

  @Test
  void twoTensorsInTurnAreAStateThatMoves() {
    try (Compiled1<Tensor, Tensor> twice = device.compiler().compile((Tensor p) -> p.mul(2), x)) {
      Tensor now = x;
      Tensor next = y;
      for (int i = 0; i < 10; i++) {
        twice.runInto(next, now);
        Tensor swapped = now;
        now = next;
        next = swapped;
      }
      assertEquals("[1024. 2048. 3072.]", now.toString());
    }
  }

  @Test
  void eachSpecialisationHasItsOwnTypes() {
    try (Compiled1<Tensor, Tensor> twice = device.compiler().compile((Tensor p) -> p.mul(2), x)) {
      Tensor doubles = device.tensor(new double[] {1, 2});
      Tensor into = device.zeros(DType.FLOAT64, 2);
      twice.runInto(into, doubles);
      assertEquals("[2. 4.]", into.toString());
      twice.runInto(y, x);
      assertEquals("[2. 4. 6.]", y.toString());
    }
  }

  @TestFactory
  Stream<DynamicTest> mistakes() {
    var plain = device.compiler().name("twice").compile((Tensor p) -> p.mul(2), x);
    var donating = device.compiler().name("gone").donate(0).compile((Tensor p) -> p.mul(2), x);
    var both = device.compiler().name("both").compile(RunIntoTest::pair, x, y);
    Tensor viewed = device.tensor(new float[] {1, 2, 3});
    Tensor view = viewed.slice(0, 0, 3);
    Tensor part = device.tensor(new float[] {1, 2, 3, 4}).slice(0, 1, 4);
    Tensor closed = device.tensor(new float[3]);
    closed.close();
    String closedAt = FaceErrors.lineBefore();
    Tensor host = device.view(NumPyArray.of(new float[3], 3));
    Device other = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    Tensor foreign = other.tensor(new float[3]);
    return FaceErrors.tests(
            List.of(
                row(
                    ArgumentException.class,
                    "runInto: result of twice is float32(3,), not float32(); pass a tree that run"
                        + " returned",
                    () -> plain.runInto(device.scalar(DType.FLOAT32, 1), x)),
                row(
                    ArgumentException.class,
                    "runInto: result.difference of both is float32(3,), not int32(3,); pass a tree"
                        + " that run returned",
                    () -> both.runInto(new Pair(y, device.tensor(new int[3])), x, x)),
                row(
                    ArgumentException.class,
                    "runInto: gone writes its results over what is donated; compile it without"
                        + " donate, or use run",
                    () -> donating.runInto(y, x)),
                row(
                    DeviceException.class,
                    "runInto: float32(3,) shares its memory with a view or a run in progress; close"
                        + " those first, and pass no argument of this run",
                    () -> plain.runInto(viewed, x)),
                row(
                    DeviceException.class,
                    "runInto: float32(3,) is a view of another tensor; pass a tensor of its own",
                    () -> plain.runInto(part, x)),
                row(
                    DeviceException.class,
                    "runInto: float32(3,) shares its memory with a view or a run in progress; close"
                        + " those first, and pass no argument of this run",
                    () -> plain.runInto(view, x)),
                row(
                    DeviceException.class,
                    "runInto: float32(3,) shares its memory with a view or a run in progress; close"
                        + " those first, and pass no argument of this run",
                    () -> plain.runInto(x, x)),
                row(
                    DeviceException.class,
                    "runInto: float32(3,) is a view of memory of the host; pass a tensor of its"
                        + " own",
                    () -> plain.runInto(host, x)),
                row(
                    DeviceException.class,
                    "runInto: float32(3,) is frozen; pass a tensor of its own",
                    () -> plain.runInto(y.frozen(), x)),
                row(
                    ClosedException.class,
                    "runInto: float32(3,) is passed more than once, or being written or donated by"
                        + " another thread; pass it once, after that run",
                    () -> both.runInto(new Pair(y, y), x, x)),
                row(
                    ClosedException.class,
                    "runInto: float32(3,) was closed by close at "
                        + closedAt
                        + "; close it later, or keep it in an outer scope",
                    () -> plain.runInto(closed, x)),
                row(
                    TraceException.class,
                    "runInto: twice is called in a traced function; use run, whose result is a"
                        + " value",
                    () ->
                        device
                            .compiler()
                            .compile(
                                (Tensor p) -> {
                                  plain.runInto(y, p);
                                  return p;
                                },
                                x)),
                row(
                    DeviceException.class,
                    message(DeviceException.class, () -> plain.run(foreign))
                        .replace("run:", "runInto:")
                        .replaceAll(" \\(at .*\\)$", ""),
                    () -> plain.runInto(foreign, x)),
                row(
                    ArgumentException.class,
                    "runInto: results: the tree is null; use Optional for what may be absent",
                    () -> plain.runInto(null, x))),
            device)
        .onClose(other::close);
  }

  @Test
  void anotherStructureIsNamed() {
    try (Compiled1<Tensor, Object> loose =
        device.compiler().name("loose").compile((Tensor p) -> List.of(p, p), x)) {
      assertTrue(
          message(ArgumentException.class, () -> loose.runInto(List.of(y), x))
              .startsWith(
                  "runInto: results of loose: it is a list of 1, not a list of 2; pass a tree that"
                      + " run returned (at RunIntoTest.java:"));
    }
  }

  /** The first is taken already when the second is found to be wrong. */
  @Test
  void mistakesLoseNothing() {
    Tensor viewed = device.tensor(new float[] {7, 8, 9});
    Tensor view = viewed.slice(0, 0, 3);
    try (var both = device.compiler().compile(RunIntoTest::pair, x, y)) {
      List<Long> before = FaceErrors.held(device);
      message(DeviceException.class, () -> both.runInto(new Pair(y, viewed), x, x));
      assertEquals(before, FaceErrors.held(device));
      assertEquals("[10. 20. 30.]", y.toString());
      view.close();
      both.runInto(new Pair(y, viewed), x, x);
      assertEquals("[0. 0. 0.]", viewed.toString());
    }
  }

  @Test
  void aRunThatFailsLeavesThemOpen() {
    Tensor index = device.tensor(new int[] {0, 1, 5});
    Tensor fine = device.tensor(new int[] {0, 1, 2});
    try (var take = device.compiler().compile((Tensor p, Tensor i) -> p.take(i, 0), x, fine)) {
      List<Long> before = FaceErrors.held(device);
      message(IndexException.class, () -> take.runInto(y, x, index));
      assertEquals(before, FaceErrors.held(device));
      take.runInto(y, x, fine);
      assertEquals("[1. 2. 3.]", y.toString());
    }
  }

  @Test
  void nobodyReadsWhatIsBeingWrittenAndACloseWaits() throws Exception {
    GatedBackend gate = new GatedBackend();
    try (Device slow = Device.with("gate", gate, DeviceOptions.DEFAULT);
        ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Tensor from = slow.tensor(new double[] {1, 2, 3});
      Tensor into = slow.tensor(new double[3]);
      var twice = slow.compiler().compile((Tensor p) -> p.mul(2), from);
      gate.inThread(
          pool,
          () -> {
            twice.runInto(into, from);
            return into;
          },
          () -> {
            assertTrue(
                message(ClosedException.class, into::toHost)
                    .startsWith(
                        "toHost: float64(3,) is being written or donated by another thread"));
            message(ClosedException.class, () -> twice.runInto(into, from));
            assertEquals("float64(3,) in the hands of a run", into.toString());
            long held = slow.memory().liveBlocks();
            into.close();
            assertEquals(held, slow.memory().liveBlocks(), "the run has a reference of its own");
          });
      message(ClosedException.class, into::toHost);
      from.close();
      twice.close();
      assertEquals(0, slow.memory().liveBlocks());
    }
  }

  /** Ten kernels of a program leave no more than one, and {@code runInto} less than {@code run}. */
  @Test
  void aReplayLeavesLittleOnTheHeap() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Tensor index = device.tensor(new int[] {2, 1, 0});
    try (Compiled2<Tensor, Tensor, Tensor> turns =
        device
            .compiler()
            .compile(
                (Tensor p, Tensor i) -> {
                  Tensor turned = p;
                  for (int k = 0; k < 10; k++) {
                    turned = turned.take(i, 0);
                  }
                  return turned;
                },
                x,
                index)) {
      Tensor into = turns.run(x, index);
      assertEquals("[1. 2. 3.]", into.toString());
      long replay = heap(threads, () -> turns.run(x, index).close());
      long writing = heap(threads, () -> turns.runInto(into, x, index));
      // Of the interpreter's too: compiled code leaves 320 and 80 bytes.
      assertTrue(replay <= 500, () -> "a replay: " + replay + " bytes");
      assertTrue(writing <= 250, () -> "a replay into memory that is there: " + writing + " bytes");
    }
  }

  /** Bytes for each of some runs, the least of several times. */
  private static long heap(ThreadMXBean threads, Runnable run) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 10; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 200; i++) {
        run.run();
      }
      least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / 200);
    }
    return least;
  }

  /** What a program, or a thread that waits, keeps of a run must not keep memory of others. */
  @ParameterizedTest
  @EnabledOnOs(OS.LINUX)
  @ValueSource(ints = {1, 3})
  void memoryOfOthersIsForgotten(int threads) throws Exception {
    Path file = folder.resolve("rows.npy");
    try (Device fresh = Device.cpu(DeviceOptions.DEFAULT.threads(threads));
        Scope _ = fresh.open()) {
      Tensor rows = fresh.zeros(DType.FLOAT32, 4000, 64);
      NumPy.save(file, rows.toHost());
      Tensor index = fresh.tensor(new int[4000]);
      try (Compiled2<Tensor, Tensor, Tensor> sum =
              fresh
                  .compiler()
                  .compile((Tensor p, Tensor i) -> p.add(1).take(i, 0).sum(0), rows, index);
          Compiled2<Tensor, Tensor, Tensor> take =
              fresh.compiler().compile((Tensor p, Tensor i) -> p.take(i, 0), rows, index)) {
        assertTrue(runOnMapped(file, index, sum, take), "it was mapped");
        for (int i = 0; i < 200 && isMapped(file); i++) {
          System.gc();
          Thread.sleep(10);
        }
        assertFalse(isMapped(file));
      }
    }
  }

  private static boolean runOnMapped(
      Path file,
      Tensor index,
      Compiled2<Tensor, Tensor, Tensor> sum,
      Compiled2<Tensor, Tensor, Tensor> take)
      throws IOException {
    try (Tensor view = index.device().view(NumPyArray.map(file))) {
      for (int i = 0; i < 20; i++) {
        sum.run(view, index).close();
        take.run(view, index).close();
      }
      return isMapped(file);
    }
  }

  private static boolean isMapped(Path file) throws IOException {
    return Files.readString(Path.of("/proc/self/maps")).contains(file.toString());
  }

  @Test
  void aClosedFunctionSaysWhatWasCalled() {
    var twice = device.compiler().name("twice").compile((Tensor p) -> p.mul(2), x);
    twice.close();
    assertTrue(
        message(ClosedException.class, () -> twice.runInto(y, x))
            .startsWith("runInto: twice was closed; compile it again (at RunIntoTest.java:"));
  }

  @Test
  void anEmptyResultIsWrittenToo() {
    try (var none = device.compiler().compile((Tensor p) -> p.slice(0, 0, 0).add(1), x)) {
      Tensor into = none.run(x);
      none.runInto(into, x);
      assertEquals(0, into.size());
      assertThrows(ArgumentException.class, () -> none.runInto(y, x));
    }
  }
}
