package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.cotangent.Compiled1;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a function may do while it is written down, and what it is written down as. */
class FaceTracingTest {
  private static Device device;
  private FaceLog log;
  private Scope scope;
  private Tensor x;
  private Tensor captured;

  @BeforeAll
  static void openDevice() {
    device = Device.cpu();
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void open() {
    log = new FaceLog("org.cotangent.compile");
    scope = device.open();
    x = device.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    captured = device.tensor(new float[] {10, 20, 30});
  }

  @AfterEach
  void close() {
    scope.close();
    log.close();
  }

  // ---- what a traced function must not do

  @TestFactory
  Stream<DynamicTest> mistakesInATracedFunction() {
    return FaceErrors.tests(
        List.of(
            row(
                TraceException.class,
                "add: float32(3,) is no argument of the traced function; pass it as one, or say"
                    + " .frozen() to make it a constant of the program",
                () -> device.compiler().compile((Tensor p) -> p.add(captured), x)),
            row(
                TraceException.class,
                "transpose: float32(3,) is no argument of the traced function; pass it as one, or"
                    + " say .frozen() to make it a constant of the program",
                () -> device.compiler().compile((Tensor p) -> captured.transpose(), x)),
            row(
                TraceException.class,
                "item: float32() is traced and has no numbers yet; use where(...) in place of a"
                    + " branch, and read results outside the function",
                () -> device.compiler().compile((Tensor p) -> p.sum().item() > 0 ? p : p.neg(), x)),
            row(
                TraceException.class,
                "toFloatArray: float32(2, 3) is traced and has no numbers yet; use where(...) in"
                    + " place of a branch, and read results outside the function",
                () -> Cotangent.grad(p -> p.mul(p.toFloatArray()[0]).sum(), x)),
            row(
                TraceException.class,
                "to: float32(2, 3) is traced and has no numbers yet; use where(...) in place of a"
                    + " branch, and read results outside the function",
                () -> Cotangent.grad(p -> p.to(device).sum(), x)),
            row(
                TraceException.class,
                "frozen: float32(2, 3) is traced and has no numbers yet; use where(...) in place"
                    + " of a branch, and read results outside the function",
                () -> Cotangent.grad(p -> p.frozen().sum(), x)),
            row(
                TraceException.class,
                "mul: float32(2, 3) belongs to a function around this one; pass it as an argument",
                () ->
                    Cotangent.grad(
                        p -> Cotangent.withGradient(q -> q.mul(p), (at, y, c) -> c, p).sum(), x)),
            row(
                ShapeException.class,
                "matmul: inner dimensions differ: (2, 3) x (2, 3): 3 != 2",
                () -> device.compiler().compile((Tensor p) -> p.matmul(p), x)),
            row(
                ShapeException.class,
                "add: shapes (2, 3) and (2,) do not broadcast: 3 != 2 at axis -1; reshape one, or"
                    + " insert an axis of size 1",
                () -> Cotangent.grad(p -> p.add(p.sum(1)).sum(), x))),
        device);
  }

  @Test
  void aTracedTensorStaysInItsThread() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    device
        .compiler()
        .compile(
            (Tensor p) -> {
              Thread other =
                  new Thread(
                      () -> thrown.set(assertThrows(CotangentException.class, () -> p.exp())));
              other.start();
              join(other);
              return p;
            },
            x)
        .close();
    assertEquals(TraceException.class, thrown.get().getClass());
    assertEquals(
        "exp: float32(2, 3) is traced, and this thread is not tracing; use it in the function's own"
            + " thread (at "
            + FaceErrors.line(thrown.get())
            + ")",
        thrown.get().getMessage());
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /** The trace is this thread's alone: others compute meanwhile. */
  @Test
  void otherThreadsComputeDuringATrace() {
    AtomicReference<String> text = new AtomicReference<>();
    device
        .compiler()
        .compile(
            (Tensor p) -> {
              Thread other =
                  new Thread(() -> {
                    try (Scope _ = device.open()) {
                      text.set(captured.add(1).toString());
                    }
                  });
              other.start();
              join(other);
              return p;
            },
            x)
        .close();
    assertEquals("[11. 21. 31.]", text.get());
  }

  // ---- captures

  @Test
  void aFrozenTensorIsAConstant() {
    try (var program = device.compiler().compile((Tensor p) -> p.add(captured.frozen()), x)) {
      captured.close();
      assertEquals("[[11. 22. 33.]\n [14. 25. 36.]]", program.run(x).toString());
    }
  }

  @Test
  void aTensorFrozenAgainIsTheSameConstant() {
    try (var program =
        device
            .compiler()
            .compile((Tensor p) -> p.add(captured.frozen()).mul(captured.frozen()), x)) {
      assertEquals(1, program.explain().split("= constant", -1).length - 1, program.explain());
    }
  }

  @Test
  void aFrozenViewIsAConstant() {
    Tensor view = x.transpose().slice(0, 0, 3, 2);
    try (var program =
        device
            .compiler()
            .compile((Tensor p) -> p.add(view.frozen()), device.scalar(DType.FLOAT32, 1))) {
      assertEquals("[[2. 5.]\n [4. 7.]]", program.run(device.scalar(DType.FLOAT32, 1)).toString());
    }
  }

  @Test
  void aOneShotGradientLiftsWhatItCaptures() {
    Tensor gradient = Cotangent.grad(p -> p.mul(captured).sum(), x);
    assertEquals("[[10. 20. 30.]\n [10. 20. 30.]]", gradient.toString());
    assertEquals("[10. 20. 30.]", captured.toString());
  }

  @Test
  void concreteTensorsPrintDuringATrace() {
    List<String> texts = new ArrayList<>();
    Tensor view = x.transpose();
    Cotangent.grad(
        p -> {
          texts.add(captured.toString());
          texts.add(view.toString());
          texts.add(String.valueOf(captured.slice(0, 1, 2).isTraced()));
          return p.sum();
        },
        x);
    assertEquals(List.of("[10. 20. 30.]", "[[1. 4.]\n [2. 5.]\n [3. 6.]]", "true"), texts);
  }

  // ---- nesting

  @Test
  void aCompiledFunctionInsideAnotherIsWrittenIntoIt() {
    AtomicInteger traced = new AtomicInteger();
    try (var inner =
            device
                .compiler()
                .donate(0)
                .compile(
                    (Tensor p) -> {
                      traced.incrementAndGet();
                      return p.square();
                    },
                    x);
        var outer = device.compiler().compile((Tensor p) -> inner.run(p).add(inner.run(p)), x)) {
      assertEquals(3, traced.get());
      assertEquals("[[ 2.  8. 18.]\n [32. 50. 72.]]", outer.run(x).toString());
      assertEquals(3, traced.get());
      assertEquals("[[ 4.  8. 12.]\n [16. 20. 24.]]", gradOf(outer).toString());
    }
  }

  private Tensor gradOf(Compiled1<Tensor, Tensor> function) {
    return Cotangent.grad(p -> function.run(p).sum(), x);
  }

  @Test
  void aFunctionRunsOnceForEachSignature() {
    AtomicInteger prints = new AtomicInteger();
    try (var program =
        device
            .compiler()
            .compile(
                (Tensor p) -> {
                  prints.incrementAndGet();
                  return p.exp();
                },
                x)) {
      for (int i = 0; i < 3; i++) {
        program.run(x);
      }
      assertEquals(1, prints.get());
      program.run(x.reshape(3, 2));
      program.run(x);
      program.run(x.reshape(3, 2));
      assertEquals(2, prints.get());
    }
  }

  @Test
  void atMost64ProgramsAreKeptTheLatestUsed() {
    AtomicInteger traced = new AtomicInteger();
    Tensor line = device.zeros(DType.INT32, 100);
    try (var program =
        device
            .compiler()
            .compile(
                (Tensor p) -> {
                  traced.incrementAndGet();
                  return p.neg();
                },
                line)) {
      for (int size = 1; size <= 70; size++) {
        program.run(line.slice(0, 0, size));
        program.run(line);
      }
      assertEquals(71, traced.get());
      program.run(line);
      program.run(line.slice(0, 0, 70));
      assertEquals(71, traced.get(), "the latest are still there");
      program.run(line.slice(0, 0, 1));
      assertEquals(72, traced.get(), "the oldest is not");
      assertEquals(64, program.explain().split("graph program", -1).length - 1);
    }
  }

  /** A program that leaves the cache while another thread is about to run it runs to its end. */
  @Test
  void aProgramThatLeavesTheCacheIsNotPulledAwayFromItsRun() throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Tensor line = device.zeros(DType.INT32, 80);
    try (var program = device.compiler().compile((Tensor p) -> p.neg(), line)) {
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int first = t * 20;
        threads.add(
            new Thread(() -> {
              try (Scope _ = device.open()) {
                for (int i = 0; i < 100; i++) {
                  program.run(line.slice(0, 0, 1 + first + i % 20));
                }
              } catch (CotangentException | AssertionError error) {
                failure.set(error);
              }
            }));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertEquals(null, failure.get());
  }

  @Test
  void closingACompiledFunctionEndsIt() {
    long before = device.memory().liveBytes();
    var program = device.compiler().name("shut").compile((Tensor p) -> p.add(captured.frozen()), x);
    assertTrue(device.memory().liveBytes() > before, "the constant");
    program.close();
    program.close();
    assertEquals(before, device.memory().liveBytes());
    assertEquals("", program.explain());
    assertTrue(
        message(ClosedException.class, () -> program.run(x))
            .startsWith("run: shut was closed; compile it again (at FaceTracingTest.java:"));
  }

  // ---- structure

  @Test
  void theOrderOfAMapDoesNotMatter() {
    AtomicInteger traced = new AtomicInteger();
    Map<String, Tensor> sorted = new LinkedHashMap<>();
    Map<String, Tensor> reversed = new LinkedHashMap<>();
    for (int i = 0; i < 9; i++) {
      sorted.put("k" + i, device.scalar(i));
      reversed.put("k" + (8 - i), device.scalar(8 - i));
    }
    try (var program =
        device
            .compiler()
            .compile(
                (Map<String, Tensor> map) -> {
                  traced.incrementAndGet();
                  // Also a walk over the map meets the keys in their order.
                  assertEquals(sorted.keySet().toString(), map.keySet().toString());
                  return map.get("k3").sub(map.get("k5"));
                },
                Map.copyOf(reversed))) {
      assertEquals("-2.0", program.run(Map.copyOf(sorted)).toString());
      assertEquals("-2.0", program.run(Map.copyOf(reversed)).toString());
      assertEquals(1, traced.get());
    }
  }

  @Test
  void aFunctionMayReturnItsArgumentAndTheSameTensorTwice() {
    try (var program = device.compiler().compile((Tensor p) -> List.of(p, p.neg(), p), x)) {
      List<Tensor> results = program.run(x);
      results.getFirst().close();
      assertEquals("[[1. 2. 3.]\n [4. 5. 6.]]", results.getLast().toString());
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, x.toFloatArray());
    }
  }

  @Test
  void aFunctionOfStaticPartsAlone() {
    try (var program = device.compiler().compile((Integer n) -> List.of(n, n + 1), 3)) {
      assertEquals(List.of(3, 4), program.run(3));
      assertEquals(List.of(5, 6), program.run(5));
    }
  }
}
