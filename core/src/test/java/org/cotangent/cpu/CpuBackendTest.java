package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.Check;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Call;
import org.cotangent.graph.Derivative;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

@Timeout(20)
class CpuBackendTest {
  static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  @Test
  void theProviderOpensIt() {
    CpuProvider provider = new CpuProvider();
    assertEquals("cpu", provider.name());
    assertEquals(Optional.empty(), provider.unavailable());
    DeviceFacts facts = provider.devices().getFirst();
    assertEquals("cpu", facts.name());
    assertEquals(Runtime.getRuntime().availableProcessors(), facts.units());
    assertTrue(facts.memoryBytes() > 1L << 26, facts.toString());
    try (Backend backend = provider.open(BackendOptions.DEFAULT)) {
      String threads = "cpu: " + Runtime.getRuntime().availableProcessors() + " thread";
      assertTrue(backend.description().startsWith(threads), backend.description());
    }
  }

  @Test
  @EnabledIf("hasVectors")
  void itSaysHowWideItsVectorsAre() {
    try (Backend backend = new CpuBackend(new BackendOptions(2))) {
      String description = backend.description();
      assertTrue(description.matches("cpu: 2 threads, vectors of (128|256|512) bits"), description);
    }
  }

  @Test
  void aPropertyChoosesThePlainTwin() {
    System.setProperty("cotangent.vector", "false");
    try (Backend backend = new CpuBackend(new BackendOptions(1))) {
      assertEquals("cpu: 1 thread, plain loops", backend.description());
    } finally {
      System.clearProperty("cotangent.vector");
    }
  }

  /** As under {@code -Xint}: vectors that are not compiled are a thousand times slower. */
  @Test
  @EnabledIf("hasVectors")
  void aJvmThatCompilesNothingKeepsThePlainTwin() {
    String info = System.setProperty("java.vm.info", "interpreted mode, sharing");
    List<String> messages = new ArrayList<>();
    try (Backend backend =
        new CpuBackend(
            new BackendOptions(1),
            Loops.TIERED,
            ReduceStep.Order.ANY,
            Joining.USUAL,
            () -> new MemoryLogger(messages))) {
      assertEquals("cpu: 1 thread, plain loops", backend.description());
    } finally {
      System.setProperty("java.vm.info", info);
    }
    assertEquals(
        List.of(
            "WARNING cpu: this JVM compiles nothing, so loops are plain and slower; start it "
                + "without -Xint"),
        messages);
  }

  @Test
  void negativeThreadsAreRefused() {
    ArgumentException e =
        assertThrows(ArgumentException.class, () -> new CpuBackend(new BackendOptions(-1)));
    assertEquals("cpu: -1 threads; pass a positive number, or 0 for one a core", e.getMessage());
  }

  /** Runs an action where a kernel would run. */
  private record Acting(Runnable action) implements Call {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public void evaluate(List<HostArray> inputs, List<HostArray> results) {
      action.run();
      results.getFirst().set(0, 1f);
    }

    @Override
    public Derivative derivative() {
      return new Derivative.None();
    }
  }

  private static OpKernel kernel(Runnable action, Operand x) {
    return new OpKernel(CpuRig.ORIGIN, new Acting(action), List.of(x), List.of(x));
  }

  @Test
  void closeWaitsForTheRunInFlight() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (CpuRig rig = new CpuRig(2, Loops.TIERED, ReduceStep.Order.ANY)) {
      Operand x = rig.operand(DType.FLOAT32, 1);
      LoadedProgram program =
          rig.load(
              Check.NOTHING,
              kernel(
                  () -> {
                    running.countDown();
                    try {
                      release.await();
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  },
                  x));
      Thread runner =
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> failure.set(e))
              .start(() -> program.run(rig.slices()));
      running.await();
      Thread closer = Thread.ofPlatform().start(rig.backend()::close);
      closer.join(50);
      assertTrue(closer.isAlive());
      release.countDown();
      runner.join();
      closer.join();
      assertEquals(null, failure.get());
      ClosedException e = assertThrows(ClosedException.class, () -> program.run(rig.slices()));
      assertEquals("cpu: the device was closed; open it again", e.getMessage());
      assertThrows(ClosedException.class, () -> rig.load(Check.NOTHING));
      assertThrows(ClosedException.class, () -> rig.backend().memory().allocate(64));
      rig.backend().close();
    }
  }

  @Test
  void aRunDoesNotCloseItsOwnDevice() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 1);
      LoadedProgram program = rig.load(Check.NOTHING, kernel(() -> rig.backend().close(), x));
      DeviceException e = assertThrows(DeviceException.class, () -> program.run(rig.slices()));
      assertEquals("cpu: closed by one of its own runs; close it after the run", e.getMessage());
    }
  }

  @Test
  void aRunMayRunAnotherProgram() {
    try (CpuRig rig = new CpuRig(2, Loops.TIERED, ReduceStep.Order.ANY)) {
      Operand x = rig.operand(DType.FLOAT32, 1);
      LoadedProgram inner = rig.load(Check.NOTHING, kernel(() -> {}, x));
      rig.load(Check.NOTHING, kernel(() -> inner.run(rig.slices()), x)).run(rig.slices());
      assertEquals(1f, rig.get(x, 0));
    }
  }

  @Test
  void noThreadIsLeft() {
    Set<Thread> before = workers();
    Set<Thread> started;
    try (CpuRig rig = new CpuRig(5, Loops.TIERED, ReduceStep.Order.ANY)) {
      CpuPool pool = rig.backend().pool();
      WorkerState state = pool.borrow();
      pool.parallel(8, state, (piece, own) -> {});
      pool.giveBack(state);
      started = workers();
      started.removeAll(before);
      assertEquals(4, started.size());
    }
    assertTrue(started.stream().noneMatch(Thread::isAlive));
  }

  private static Set<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("cotangent-cpu-"))
        .collect(Collectors.toCollection(HashSet::new));
  }
}
