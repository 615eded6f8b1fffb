package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.cpu.CpuBackend;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.error.IndexException;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Memory that a run takes over: reused, closed with a message, and never lost by a mistake. */
class DonationTest {
  record State(Tensor w, Tensor momentum) {}

  record Step(State state, Tensor loss) {}

  private Device device;
  private Scope scope;
  private Tensor x;

  @BeforeEach
  void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    scope = device.open();
    x = device.tensor(new float[] {1, 2, 3});
  }

  @AfterEach
  void close() {
    scope.close();
    assertEquals(0, device.memory().liveBytes());
    device.close();
  }

  private static Step step(State state, Tensor rate) {
    Tensor loss = state.w().square().sum();
    Tensor momentum = state.momentum().mul(0.9).add(state.w());
    return new Step(new State(state.w().sub(momentum.mul(rate)), momentum), loss);
  }

  @Test
  void aHundredStepsReuseTheMemoryOfTheState() {
    int size = 100_000;
    Tensor rate = device.scalar(DType.FLOAT32, 0.1);
    State state = new State(device.ones(DType.FLOAT32, size), device.zeros(DType.FLOAT32, size));
    State[] expected = {state};
    try (var plain = device.compiler().compile(DonationTest::step, state, rate);
        var step = device.compiler().donate(0).compile(DonationTest::step, state, rate)) {
      assertEquals(List.of(0, 1, -1), step.plan().donors());
      for (int i = 0; i < 100; i++) {
        try (Scope inner = device.open()) {
          expected[0] = inner.keep(plain.run(expected[0], rate).state());
        }
      }
      List<Tensor> given = Trees.leaves(state);
      MemoryStatistics before = device.memory();
      long peak = 0;
      for (int i = 0; i < 100; i++) {
        try (Scope inner = device.open()) {
          state = inner.keep(step.run(state, rate).state());
        }
        assertEquals(before.liveBytes(), device.memory().liveBytes());
        peak = Math.max(peak, device.memory().reservedBytes());
      }
      assertEquals(before.reservedBytes(), peak);
      assertEquals(before.rawAllocations(), device.memory().rawAllocations());
      assertEquals(
          -1, expected[0].w().toHost().data().mismatch(state.w().toHost().data()), "same bits");
      for (Tensor donor : given) {
        assertTrue(donor.toString().startsWith("float32(100000,) donated by run of program at Do"));
      }
    }
  }

  @Test
  void aDonatedTensorSaysWhereItWent() {
    try (var step = device.compiler().name("step").donate(0).compile((Tensor p) -> p.neg(), x)) {
      Tensor result = step.run(x);
      String line = FaceErrors.lineBefore();
      ClosedException error = assertThrows(ClosedException.class, () -> x.add(1));
      assertEquals(
          "add: float32(3,) was donated by run of step at "
              + line
              + "; use the result that took its memory, or do not donate it (at "
              + FaceErrors.line(error)
              + ")",
          error.getMessage());
      assertEquals("[-1. -2. -3.]", result.toString());
      x.close();
      assertEquals("[-1. -2. -3.]", result.toString());
      assertEquals("[1. 2. 3.]", step.run(result).toString());
    }
  }

  @TestFactory
  Stream<DynamicTest> mistakes() {
    Tensor viewed = device.tensor(new float[] {1, 2, 3});
    Tensor view = viewed.slice(0, 1, 3);
    var one = device.compiler().donate(0).compile((Tensor p) -> p.neg(), x);
    var two = device.compiler().donate(0, 1).compile((Tensor a, Tensor b) -> a.add(b), x, x);
    var first = device.compiler().donate(0).compile((Tensor a, Tensor b) -> a.add(b), x, x);
    var list =
        device
            .compiler()
            .donate(0)
            .compile((List<Tensor> a) -> a.get(0).add(a.get(1)), List.of(x, x));
    Tensor a = device.tensor(new float[] {1, 2, 3});
    Tensor done = device.tensor(new float[] {1, 2, 3});
    one.run(done);
    String ranAt = FaceErrors.lineBefore();
    String gone =
        "run: float32(3,) was donated by run of program at "
            + ranAt
            + "; use the result that took its memory, or do not donate it";
    return FaceErrors.tests(
        List.of(
            row(
                DeviceException.class,
                "donate: float32(3,) shares its memory with a view or a run in progress; close"
                    + " those first",
                () -> one.run(viewed)),
            row(
                DeviceException.class,
                "donate: float32(2,) is a view of another tensor; donate a copy of it",
                () -> one.run(view)),
            row(
                DeviceException.class,
                "donate: float32(3,) is passed more than once; donate a copy of it",
                () -> first.run(a, a)),
            row(
                DeviceException.class,
                "donate: float32(3,) is passed more than once; donate a copy of it",
                () -> two.run(a, a)),
            row(
                DeviceException.class,
                "donate: float32(3,) is passed more than once; donate a copy of it",
                () -> list.run(List.of(a, a.frozen()))),
            row(
                DeviceException.class,
                "donate: float32(3,) shares its memory with a view or a run in progress; close"
                    + " those first",
                () -> two.run(a, viewed)),
            row(ClosedException.class, gone, () -> one.run(done)),
            row(ClosedException.class, gone, () -> two.run(a, done))),
        device);
  }

  @Test
  void mistakesLoseNothing() {
    Tensor base = device.tensor(new float[] {1, 2, 3});
    Tensor view = base.slice(0, 0, 3);
    try (var two = device.compiler().donate(0, 1).compile((Tensor a, Tensor b) -> a.add(b), x, x)) {
      message(DeviceException.class, () -> two.run(x, base));
      message(DeviceException.class, () -> two.run(x, x));
      view.close();
      assertEquals("[2. 4. 6.]", two.run(x, base).toString());
    }
  }

  /** Nothing has been written before all memory is there. */
  @Test
  void aRunThatFailsBeforeItStartsKeepsTheDonor() {
    try (Device small = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(64 << 20));
        Scope _ = small.open()) {
      Tensor big = small.ones(DType.FLOAT32, 8, 1 << 20);
      try (var grow =
          small
              .compiler()
              .donate(0)
              .compile((Tensor p) -> List.of(p.add(1), p.broadcastTo(2, 8, 1 << 20).exp()), big)) {
        List<Long> before = FaceErrors.held(small);
        message(DeviceMemoryException.class, () -> grow.run(big));
        assertEquals(before, FaceErrors.held(small));
        assertEquals(8 << 20, big.sum().item());
      }
    }
  }

  /** What fails before it begins gives a donor back, but not one that was closed meanwhile. */
  @Test
  void aCloseDuringADonationCounts() {
    Tensor[] donor = new Tensor[1];
    CpuBackend cpu = new CpuBackend(new BackendOptions(1));
    RawMemory memory =
        new ForwardingMemory(cpu.memory()) {
          @Override
          public @Nullable Region allocate(long bytes) {
            if (donor[0] == null) {
              return super.allocate(bytes);
            }
            donor[0].close();
            return null;
          }
        };
    ForwardingBackend backend =
        new ForwardingBackend(cpu) {
          @Override
          public RawMemory memory() {
            return memory;
          }
        };
    try (Device full = Device.with("full", backend, DeviceOptions.DEFAULT)) {
      Tensor given = full.ones(DType.FLOAT32, 3);
      try (var grow =
          full.compiler()
              .donate(0)
              .compile((Tensor p) -> p.reshape(3, 1).broadcastTo(3, 9 << 20).exp(), given)) {
        donor[0] = given;
        message(DeviceMemoryException.class, () -> grow.run(given));
        assertEquals(0, full.memory().liveBlocks());
        assertTrue(given.toString().startsWith("float32(3,) closed by close"), given::toString);
      }
    }
  }

  /**
   * After the start the donor may be half overwritten: it is gone, but its memory is not leaked.
   */
  @Test
  void aRunThatFailsOnTheWayGivesTheMemoryBack() {
    Tensor index = device.tensor(new int[] {0, 5});
    try (var take =
        device
            .compiler()
            .donate(0)
            .compile((Tensor p, Tensor i) -> p.add(1).take(i, 0), x, index)) {
      long before = device.memory().liveBytes();
      message(IndexException.class, () -> take.run(x, index));
      assertTrue(device.memory().liveBytes() < before);
      assertTrue(x.toString().startsWith("float32(3,) donated by run of program"));
    }
  }

  @Test
  void aResultThatIsTheDonorItself() {
    try (var same = device.compiler().donate(0).compile((Tensor p) -> List.of(p, p), x)) {
      List<Tensor> results = same.run(x);
      assertEquals("[1. 2. 3.]", results.get(0).toString());
      results.get(0).close();
      assertEquals("[1. 2. 3.]", results.get(1).toString());
    }
  }

  @Test
  void swappedDonorsKeepTheirValues() {
    Tensor y = device.tensor(new float[] {4, 5, 6});
    try (var swap =
        device.compiler().donate(0, 1).compile((Tensor a, Tensor b) -> List.of(b, a), x, y)) {
      assertEquals("[[4. 5. 6.], [1. 2. 3.]]", swap.run(x, y).toString());
    }
  }

  @Test
  void reversedInPlace() {
    try (var turn =
        device
            .compiler()
            .donate(0)
            .compile((Tensor p) -> p.add(p.reshape(3, 1).transpose().slice(1, 0, 3)).sum(0), x)) {
      assertEquals("[2. 4. 6.]", turn.run(x).toString());
    }
  }

  @Test
  void anUnusedDonorIsGivenBack() {
    Tensor unused = device.zeros(DType.FLOAT32, 1000);
    try (var drop =
        device.compiler().donate(0).compile((Tensor a, Tensor b) -> b.sum(), unused, x)) {
      long before = device.memory().liveBytes();
      assertEquals(6, drop.run(unused, x).item());
      assertTrue(device.memory().liveBytes() < before);
    }
  }

  @Test
  void aFailedDonationInANestedCallIsImpossible() {
    try (var inner = device.compiler().donate(0).compile((Tensor p) -> p.neg(), x);
        var outer = device.compiler().compile((Tensor p) -> inner.run(p).add(p), x)) {
      assertEquals("[0. 0. 0.]", outer.run(x).toString());
      assertEquals(
          "[1. 2. 3.]", x.toString(), "written into the outer program, it donates nothing");
    }
  }
}
