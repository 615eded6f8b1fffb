package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.error.TraceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When memory comes and goes: scopes, close, views, and a device that is closed or full. */
class LifetimeTest {
  private Device device;

  @BeforeEach
  void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
  }

  @AfterEach
  void close() {
    device.close();
  }

  private long live() {
    return device.memory().liveBytes();
  }

  private static void assertOpen(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      tensor.toHost();
    }
  }

  private static String closedBy(Tensor tensor) {
    String message = message(ClosedException.class, tensor::toHost);
    return message.substring(message.indexOf("closed by"), message.indexOf(';'));
  }

  // ---- scopes

  @Test
  void scopesNest() {
    try (Scope _ = device.open()) {
      Tensor outside = device.scalar(1);
      Tensor inside;
      try (Scope _ = device.open()) {
        inside = outside.add(1);
        assertOpen(outside, inside);
      }
      String line = FaceErrors.lineBefore();
      assertOpen(outside);
      assertEquals("closed by the end of its scope at " + line, closedBy(inside));
    }
    assertEquals(0, live());
  }

  @Test
  void whatIsKeptMovesToTheScopeAround() {
    Tensor kept;
    Tensor free;
    try (Scope outer = device.open()) {
      try (Scope inner = device.open()) {
        kept = inner.keep(device.scalar(1));
        free = inner.keep(device.scalar(2));
        assertSame(free, inner.keep(free), "keeping twice does nothing");
        List<Tensor> tree = List.of(device.scalar(3), kept);
        assertSame(tree, inner.keep(tree));
      }
      assertOpen(kept, free);
      outer.keep(free);
    }
    String line = FaceErrors.lineBefore();
    assertOpen(free);
    assertEquals("closed by the end of its scope at " + line, closedBy(kept));
    free.close();
    assertEquals(0, live());
  }

  @Test
  void anExceptionLeavesNothingBehind() {
    assertThrows(
        IllegalStateException.class,
        () -> {
          try (Scope _ = device.open()) {
            device.scalar(1);
            try (Scope _ = device.open()) {
              device.scalar(2).add(3);
              throw new IllegalStateException();
            }
          }
        });
    assertEquals(0, live());
  }

  @Test
  void closingAScopeClosesThoseLeftOpenInside() {
    Scope outer = device.open();
    Tensor one = device.scalar(1);
    Scope forgotten = device.open();
    Tensor two = device.scalar(2);
    outer.close();
    closedBy(one);
    closedBy(two);
    forgotten.close();
    outer.close();
    assertTrue(
        message(ClosedException.class, () -> forgotten.keep(one))
            .startsWith("keep: the scope is closed; keep before it closes (at LifetimeTest.java:"));
    assertEquals(0, live());
  }

  /** Closed out of order, a scope in the middle takes the inner ones with it, not the outer. */
  @Test
  void closeOrder() {
    Scope a = device.open();
    Tensor inA = device.scalar(1);
    Scope b = device.open();
    Tensor inB = device.scalar(2);
    Scope c = device.open();
    Tensor inC = device.scalar(3);
    b.close();
    closedBy(inB);
    closedBy(inC);
    assertOpen(inA);
    Tensor later = device.scalar(4);
    c.close();
    assertOpen(inA, later);
    a.close();
    closedBy(later);
    assertEquals(0, live());
  }

  @Test
  void tensorsMayBeClosedBeforeTheirScope() {
    try (Scope scope = device.open()) {
      Tensor early = device.scalar(1);
      early.close();
      early.close();
      assertTrue(closedBy(early).startsWith("closed by close at LifetimeTest.java:"));
      scope.keep(early);
    }
    assertEquals(0, live());
  }

  @Test
  @SuppressWarnings("try") // closed from the wrong thread, on purpose
  void aScopeBelongsToItsThread() throws InterruptedException {
    AtomicReference<String> keep = new AtomicReference<>();
    AtomicReference<String> close = new AtomicReference<>();
    AtomicReference<Tensor> made = new AtomicReference<>();
    try (Scope scope = device.open()) {
      Tensor mine = device.scalar(1);
      Thread other =
          new Thread(() -> {
            keep.set(message(TraceException.class, () -> scope.keep(mine)));
            close.set(message(TraceException.class, () -> scope.close()));
            made.set(mine.add(1));
          });
      other.start();
      other.join();
      assertOpen(mine);
    }
    String owner = "the scope belongs to thread " + Thread.currentThread().getName();
    assertTrue(keep.get().startsWith("keep: " + owner + "; open one in this thread (at Lifetime"));
    assertTrue(
        close.get().startsWith("close: " + owner + "; open one in this thread (at Lifetime"));
    // What another thread made is its own.
    assertOpen(made.get());
    made.get().close();
    assertEquals(0, live());
  }

  @Test
  void tensorsOfAnotherScopeOrDeviceAreLeftAlone() {
    try (Device second = Device.cpu();
        Scope scope = device.open()) {
      Tensor free = second.scalar(1);
      scope.keep(List.of(free, device.scalar(2))).getLast().close();
      assertOpen(free);
      free.close();
    }
  }

  @Test
  void frozenTensorsAreKeptAndClosedWithWhatTheyAreFrozenOf() {
    Tensor frozen;
    try (Scope scope = device.open()) {
      frozen = scope.keep(device.scalar(1).frozen());
    }
    assertOpen(frozen, frozen.frozen());
    frozen.frozen().close();
    closedBy(frozen);
    assertEquals(0, live());
    assertEquals(0, device.reclaimed());
  }

  @Test
  void tracedTensorsAreInNoScope() {
    try (Scope scope = device.open()) {
      Tensor x = device.scalar(3);
      Tensor gradient =
          Cotangent.grad(
              p -> {
                try (Scope inner = device.open()) {
                  return inner.keep(p.square());
                }
              },
              x);
      assertEquals(6, gradient.item());
      scope.keep(x).close();
    }
    assertEquals(0, live());
  }

  // ---- use after close

  @Test
  void useAfterCloseNamesTheTensorAndTheLine() {
    Tensor x = device.tensor(new float[] {1, 2, 3});
    x.close();
    String closed = FaceErrors.lineBefore();
    CotangentException error = assertThrows(ClosedException.class, () -> x.mul(2));
    assertEquals(
        "mul: float32(3,) was closed by close at "
            + closed
            + "; close it later, or keep it in an outer scope (at "
            + FaceErrors.line(error)
            + ")",
        error.getMessage());
    assertEquals("float32(3,) closed by close at " + closed, x.toString());
    assertEquals("float32(3,)", x.type().toString());
  }

  // ---- views

  @Test
  void viewsShareMemoryAndKeepItAlive() {
    Tensor base = device.arange(DType.FLOAT32, 1 << 20);
    long bytes = live();
    Tensor view = base.reshape(1 << 10, 1 << 10).transpose().slice(0, 1, 2);
    assertEquals(bytes, live(), "no copy");
    base.close();
    try (Tensor largest = view.max()) {
      assertEquals(1 + 1024.0 * 1023, largest.item());
    }
    assertEquals(bytes, live(), "the view holds all of it");
  }

  /** What a loop does wrong it does each time, so a line now and then is enough. */
  @Test
  void aLoopIsNotSlowedByLookingForEachLine() {
    int named = 0;
    for (int i = 0; i < 2048; i++) {
      Tensor x = scalarInScope();
      x.close();
      if (closedBy(x).contains(" at LifetimeTest.java:")) {
        named++;
      } else {
        assertTrue(i >= 500, "tensor " + i + " has no line");
        assertEquals("closed by close", closedBy(x));
      }
    }
    assertTrue(named >= 1000 && named < 1100, named + " of 2048 have a line");
  }

  /** Nobody looks for the line in which it is made. */
  private Tensor scalarInScope() {
    try (Scope scope = device.open()) {
      return scope.keep(device.scalar(1));
    }
  }

  @Test
  void theLastViewGivesTheMemoryBack() {
    Tensor base = device.arange(DType.FLOAT32, 1 << 20);
    Tensor row = base.slice(0, 0, 4);
    Tensor wide = row.broadcastTo(1 << 20, 4);
    Tensor copy = row.copy();
    base.close();
    row.close();
    assertEquals("[0. 1. 2. 3.]", wide.slice(0, 77, 78).reshape(4).toString());
    wide.close();
    assertTrue(closedBy(wide).startsWith("closed by close"));
    assertOpen(copy);
    copy.close();
  }

  // ---- the device

  @Test
  void closingADeviceEndsItsTensors() {
    Tensor x = device.scalar(1);
    var program = device.compiler().compile((Tensor p) -> p.exp(), x);
    Scope scope = device.open();
    Tensor y = device.scalar(2);
    device.close();
    device.close();
    assertTrue(
        message(ClosedException.class, () -> x.add(1))
            .startsWith("add: device cpu is closed; open another (at LifetimeTest.java:"));
    assertTrue(
        message(ClosedException.class, () -> program.run(x))
            .startsWith("run: device cpu is closed; open another (at LifetimeTest.java:"));
    assertEquals("float64() on the closed device cpu", y.toString());
    program.close();
    scope.close();
    x.close();
    y.close();
    assertEquals(0, live());
    assertEquals(0, device.memory().reservedBytes());
  }

  @Test
  void whatIsPreallocatedIsThereFromTheStart() {
    DeviceOptions options = DeviceOptions.DEFAULT.memoryLimit(64 << 20).preallocate(32 << 20);
    try (Device ready = Device.cpu(options)) {
      assertEquals(32 << 20, ready.memory().reservedBytes());
      assertEquals(0, ready.memory().liveBytes());
      try (Tensor _ = ready.zeros(DType.FLOAT32, 5 << 20)) {
        assertEquals(32 << 20, ready.memory().reservedBytes());
      }
    }
  }

  @Test
  void aDeviceThatCannotHaveItIsNotOpened() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(64 << 20);
    DeviceOptions options = DeviceOptions.DEFAULT.preallocate(65 << 20);
    assertTrue(
        message(
                DeviceMemoryException.class,
                () -> Device.with("full", new NullBackend(memory), options))
            .startsWith("out of device memory: 68157440 bytes (65.0 MiB) requested for what is"));
    assertEquals(0, memory.used());
    assertTrue(memory.isClosed());
  }

  @Test
  void aFullDeviceNamesTheLargestTensors() {
    try (Device small = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(64 << 20));
        Scope _ = small.open()) {
      Tensor first = small.zeros(DType.FLOAT32, 3, 1 << 20);
      small.zeros(DType.FLOAT32, 5, 1 << 20);
      small.scalar(1);
      long before = small.memory().liveBytes();
      String message =
          message(DeviceMemoryException.class, () -> small.ones(DType.FLOAT64, 5, 1 << 20));
      assertTrue(
          message.startsWith(
              "out of device memory: 41943040 bytes (40.0 MiB) requested for float64(5, 1048576)"
                  + " made by ones; live 33554496 bytes (32.0 MiB) in 3 blocks"),
          message);
      assertTrue(
          message.contains(
              "\nlargest live blocks:"
                  + "\n  20971520 bytes (20.0 MiB): float32(5, 1048576) made by zeros"
                  + "\n  12582912 bytes (12.0 MiB): float32(3, 1048576) made by zeros"
                  + "\n  8 bytes: float64() made by scalar\nnext step: close tensors"),
          message);
      assertTrue(message.contains("(at LifetimeTest.java:"), message);
      assertEquals(before, small.memory().liveBytes());
      assertTrue(small.memory().peakReservedBytes() <= 64 << 20);
      // What fits still works.
      assertEquals(0, first.sum().item());
    }
  }

  @Test
  void aRunThatDoesNotFitGivesEverythingBack() {
    try (Device small = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(64 << 20));
        Scope _ = small.open()) {
      Tensor x = small.zeros(DType.FLOAT32, 8, 1 << 20);
      var program = small.compiler().compile((Tensor p) -> List.of(p.add(1), p.mul(2), p.sum()), x);
      List<Long> before = FaceErrors.held(small);
      message(DeviceMemoryException.class, () -> program.run(x));
      message(
          DeviceMemoryException.class,
          () -> Cotangent.valueAndGrad(p -> p.exp().square().sum(), x));
      assertEquals(before.getFirst(), FaceErrors.held(small).getFirst());
      assertEquals(0, x.max().item());
      program.close();
    }
  }
}
