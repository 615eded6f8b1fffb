package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Region;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Plans and lifetimes of programs far larger than this machine, on a device that computes nothing.
 */
class NullDeviceTest {
  private static final long GIB = 1L << 30;

  record Net(Tensor first, Tensor second) {}

  private static Net step(Net net, Tensor x) {
    Net grad =
        Cotangent.grad(n -> x.matmul(n.first()).tanh().matmul(n.second()).square().mean(), net);
    return Trees.map(net, grad, (w, g) -> w.sub(g.mul(0.1)));
  }

  @Test
  void replaysOfADonatedStepMakeNoRawAllocationAndStayWithinThePlan() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(200 * GIB);
    try (Device device = Device.with("null", new NullBackend(memory), DeviceOptions.DEFAULT)) {
      long n = 40_000;
      Net net = new Net(device.zeros(DType.FLOAT32, n, n), device.zeros(DType.FLOAT32, n, n));
      Tensor x = device.zeros(DType.FLOAT32, 1000, n);
      try (var program = device.compiler().donate(0).compile(NullDeviceTest::step, net, x)) {
        assertEquals(List.of(0, 1), program.plan().donors());
        long before = device.memory().liveBytes();
        net = program.run(net, x);
        long raw = memory.calls(SimulatedMemory.Call.ALLOCATE);
        device.memory();
        for (int i = 0; i < 100; i++) {
          net = program.run(net, x);
          assertEquals(before, device.memory().liveBytes(), "run " + i);
        }
        assertEquals(raw, memory.calls(SimulatedMemory.Call.ALLOCATE));
        assertTrue(program.plan().planned() >= program.plan().peak(), program.plan().toString());
        assertTrue(program.plan().planned() < program.plan().naive(), program.plan().toString());
      }
      Trees.leaves(net).forEach(Tensor::close);
      x.close();
      assertEquals(0, device.memory().liveBytes());
    }
    assertEquals(0, memory.used());
  }

  /** How a device does not allocate. */
  enum Refusal {
    SAYS_NO,
    FAILS
  }

  /** A memory that refuses every allocation from one on. */
  private static final class Refusing extends ForwardingMemory {
    private Refusal refusal = Refusal.SAYS_NO;
    private long granted = Long.MAX_VALUE;
    private long refused;

    Refusing(SimulatedMemory memory) {
      super(memory);
    }

    @Override
    public @Nullable Region allocate(long bytes) {
      if (granted > 0) {
        granted--;
        return super.allocate(bytes);
      }
      refused++;
      return switch (refusal) {
        case SAYS_NO -> null;
        case FAILS -> throw new DeviceException("allocate: the device fell off the bus");
      };
    }
  }

  /** The null backend on a memory that refuses. */
  private static final class RefusingBackend extends ForwardingBackend {
    private final Refusing memory;

    RefusingBackend(NullBackend backend, Refusing memory) {
      super(backend);
      this.memory = memory;
    }

    @Override
    public Refusing memory() {
      return memory;
    }
  }

  /**
   * Runs a step on a fresh device whose memory refuses from some allocation of the step on, if the
   * step makes so many, and once more when it has room again.
   *
   * @param granted the allocations of the first run that it still grants
   * @return how many allocations the first run asked the device for
   */
  private static long step(boolean donate, Refusal refusal, int granted) {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(200 * GIB);
    Refusing refusing = new Refusing(memory);
    RefusingBackend backend = new RefusingBackend(new NullBackend(memory), refusing);
    long asked;
    try (Device device = Device.with("null", backend, DeviceOptions.DEFAULT)) {
      try (Scope _ = device.open()) {
        // Too large to share a region: every allocation of a run goes to the device.
        Net net =
            new Net(
                device.zeros(DType.FLOAT32, 5000, 5000), device.zeros(DType.FLOAT32, 5000, 1000));
        Tensor x = device.zeros(DType.FLOAT32, 1000, 5000);
        var compiler = donate ? device.compiler().donate(0) : device.compiler();
        try (var program = compiler.compile(NullDeviceTest::step, net, x)) {
          List<Long> sizes = allocations(program.plan(), net);
          long live = device.memory().liveBytes();
          long before = memory.calls(SimulatedMemory.Call.ALLOCATE);
          refusing.refusal = refusal;
          refusing.granted = granted;
          if (granted < sizes.size()) {
            var error = assertThrows(CotangentException.class, () -> program.run(net, x));
            String cause =
                switch (refusal) {
                  case SAYS_NO -> "out of device memory: " + sizes.get(granted) + " bytes";
                  case FAILS -> "the device fell off the bus";
                };
            assertTrue(error.getMessage().contains(cause), cause + ": " + error.getMessage());
            assertEquals(refusal == Refusal.SAYS_NO, error instanceof DeviceMemoryException);
            assertTrue(refusing.refused > 0);
            assertEquals(live, device.memory().liveBytes());
            refusing.granted = Long.MAX_VALUE;
          }
          Net next = program.run(net, x);
          asked = memory.calls(SimulatedMemory.Call.ALLOCATE) - before;
          Trees.leaves(next).forEach(Tensor::close);
          assertEquals(donate ? x.type().bytes() : live, device.memory().liveBytes());
        }
      }
      assertEquals(0, device.memory().liveBytes());
    }
    assertEquals(0, memory.used());
    return asked;
  }

  /** The bytes that a run allocates, in order: results without a donor, then the arena. */
  private static List<Long> allocations(MemoryPlan plan, Net net) {
    List<Long> sizes = new ArrayList<>();
    List<Tensor> results = Trees.leaves(net);
    for (int i = 0; i < results.size(); i++) {
      if (plan.donors().get(i) < 0) {
        sizes.add(results.get(i).type().bytes());
      }
    }
    sizes.add(plan.scratch());
    return sizes;
  }

  @ParameterizedTest
  @CsvSource({"false, SAYS_NO, 3", "false, FAILS, 3", "true, SAYS_NO, 1", "true, FAILS, 1"})
  void aRefusedAllocationAnywhereInAStepLeavesNothingBehind(
      boolean donate, Refusal refusal, int allocations) {
    assertEquals(allocations, step(donate, refusal, Integer.MAX_VALUE));
    for (int granted = 0; granted < allocations; granted++) {
      step(donate, refusal, granted);
    }
  }

  @Test
  void beyondTheLimitTheMessageNamesTheLargestTensors() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(200 * GIB);
    DeviceOptions limited = DeviceOptions.DEFAULT.memoryLimit(2 * GIB);
    try (Device device = Device.with("null", new NullBackend(memory), limited);
        Scope _ = device.open()) {
      Tensor large = device.zeros(DType.FLOAT32, 16_384, 16_384);
      DeviceMemoryException error =
          assertThrows(
              DeviceMemoryException.class,
              () -> {
                Tensor more = device.zeros(DType.FLOAT32, 16_385, 16_384);
                device.zeros(DType.FLOAT32, 16_385, 16_384);
                more.close();
              });
      assertTrue(error.getMessage().contains("float32(16384, 16384)"), error.getMessage());
      assertTrue(memory.peak() <= 2 * GIB);
      assertEquals(large.type().bytes(), GIB);
    }
  }
}
