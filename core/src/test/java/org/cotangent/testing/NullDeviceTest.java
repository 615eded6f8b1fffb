package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

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

  @Test
  void aRefusedAllocationAnywhereInAStepLeavesNothingBehind() {
    for (int refused = 1; refused <= 12; refused++) {
      SimulatedMemory memory = SimulatedMemory.ofCapacity(200 * GIB);
      try (Device device = Device.with("null", new NullBackend(memory), DeviceOptions.DEFAULT)) {
        try (Scope _ = device.open()) {
          Net net =
              new Net(
                  device.zeros(DType.FLOAT32, 5000, 5000), device.zeros(DType.FLOAT32, 5000, 100));
          Tensor x = device.zeros(DType.FLOAT32, 1000, 5000);
          try (var program = device.compiler().compile(NullDeviceTest::step, net, x)) {
            long live = device.memory().liveBytes();
            memory.fail(SimulatedMemory.Call.ALLOCATE, refused);
            try {
              Net next = program.run(net, x);
              Trees.leaves(next).forEach(Tensor::close);
            } catch (CotangentException expected) {
              assertTrue(expected.getMessage() != null);
            }
            assertEquals(live, device.memory().liveBytes(), "allocation " + refused);
          }
        }
        assertEquals(0, device.memory().liveBytes());
      }
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
