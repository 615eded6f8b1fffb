package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.CotangentException;
import org.cotangent.numpy.MemoryTaken;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every public method and constructor of the face, models, optimisers, files, arrays and types with
 * good arguments but one. What comes out is a result that can be read, or an exception of the
 * engine's own with op, value and next step; it comes soon, takes little memory and leaves none.
 */
class BadInputGeneratedTest {
  /** Of the device; what needs more is refused. */
  private static final long LIMIT = 64 << 20;

  /** Of the heap: more than any call takes that does what it was asked. */
  private static final long MOST_HEAP = 512 << 20;

  private static final Duration SOON = Duration.ofSeconds(60);

  /** Records that the engine alone makes. */
  private static final Set<String> NOT_CALLED = Set.of("MemoryReport.new", "DeviceListing.new");

  /** Where a function's result of another class is Java's own error. */
  private static final Set<String> TYPED =
      Set.of("Cotangent.valueAndGradWithAux", "Lbfgs.minimize", "Lbfgs.step");

  @TempDir private static Path folder;

  private static Device device;
  private static PublicCalls calls;
  private static BadValues bads;
  private static BadInputMessages messages;

  @BeforeAll
  static void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1).memoryLimit(LIMIT));
    calls = new PublicCalls(device, folder);
    bads = new BadValues(device, folder);
    messages = new BadInputMessages(all());
  }

  @AfterAll
  static void close() {
    bads.close();
    device.close();
  }

  private static Stream<Executable> all() {
    return Stream.of("", ".nn", ".optim", ".io", ".numpy", ".type")
        .flatMap(name -> PublicCalls.classes("org.cotangent" + name))
        .flatMap(PublicCalls::of)
        .filter(call -> !NOT_CALLED.contains(PublicCalls.shortName(call)));
  }

  @TestFactory
  Stream<DynamicTest> oneBadArgument() {
    return all()
        .map(call ->
            dynamicTest(
                PublicCalls.name(call),
                () ->
                    assertEquals(List.of(), assertTimeoutPreemptively(SOON, () -> faults(call)))));
  }

  /** What is wrong with a call: nothing. */
  private static List<String> faults(Executable call) throws Exception {
    List<String> faults = new ArrayList<>();
    new Attempt(call, -1, null, faults).run();
    // Position 0 is the receiver's.
    for (int at = PublicCalls.hasReceiver(call) ? 0 : 1; at <= call.getParameterCount(); at++) {
      for (Bad bad : bads(call, at)) {
        if (!isJavas(call, at, bad)) {
          new Attempt(call, at, bad, faults).run();
        }
      }
    }
    return faults;
  }

  private static List<Bad> bads(Executable call, int at) {
    try (Scope _ = device.open()) {
      return at == 0
          ? bads.of(call.getDeclaringClass(), calls.receiver(call))
          : bads.of(call.getParameterTypes()[at - 1], calls.arguments(call)[at - 1]);
    }
  }

  /** Whether Java fails before the engine sees the value. */
  private static boolean isJavas(Executable call, int at, Bad bad) {
    String name = PublicCalls.shortName(call);
    boolean returned = bad.what().startsWith("returns ") && !bad.what().equals("returns null");
    boolean tree = bad.what().equals("two leaves") || bad.what().equals("leaf and text");
    // A list that contains itself has no hash code.
    boolean loop = name.equals("Tensor.composed") && at == 2 && bad.what().equals("itself");
    return loop || ((returned || tree) && TYPED.contains(name));
  }

  /** One call, with a bad value at a position or with good ones alone. */
  private record Attempt(Executable call, int at, Bad bad, List<String> faults) {
    void run() throws Exception {
      List<Long> before = bads.held();
      boolean failed;
      try (Scope _ = device.open();
          Scope _ = bads.open()) {
        failed = fails();
      }
      List<Long> after = bads.held();
      // Less is held where a program with a constant made room for another.
      if (failed && IntStream.range(0, 4).anyMatch(i -> after.get(i) > before.get(i))) {
        fault("leaves memory: " + before + " " + after);
      }
    }

    private boolean fails() throws Exception {
      Object[] values =
          Stream.concat(
                  Stream.of(PublicCalls.hasReceiver(call) ? calls.receiver(call) : ""),
                  Arrays.stream(calls.arguments(call)))
              .toArray();
      if (bad != null) {
        values[at] = bad.from().apply(values[at]);
      }
      MemoryTaken taken = new MemoryTaken();
      try {
        Object result = invoke(values[0], Arrays.copyOfRange(values, 1, values.length));
        readBack(result);
        return false;
      } catch (InvocationTargetException thrown) {
        Throwable error = thrown.getCause();
        if (bad == null) {
          fault("good arguments: " + error);
        } else if (error instanceof CotangentException own) {
          messages.faults(call, values, bad, own).forEach(this::fault);
        } else if (error != BadValues.OWN) {
          fault(error + at(error));
        }
        return true;
      } finally {
        if (taken.bytes() > MOST_HEAP) {
          fault("takes " + taken.bytes() + " bytes");
        }
        close(values[0]);
      }
    }

    private Object invoke(Object receiver, Object... arguments)
        throws ReflectiveOperationException {
      return call instanceof Method method
          ? method.invoke(receiver, arguments)
          : ((Constructor<?>) call).newInstance(arguments);
    }

    private void readBack(Object result) {
      try {
        ReadBack.read(device, result);
      } catch (CotangentException own) {
        messages.later(own).forEach(this::fault);
      } catch (RuntimeException | Error error) {
        if (error != BadValues.OWN) {
          fault("read: " + error + at(error));
        }
      }
    }

    /** Files, compiled functions and scopes; tensors are the scope's. */
    private static void close(Object receiver) throws Exception {
      if (receiver instanceof AutoCloseable open
          && !(receiver instanceof Tensor)
          && receiver != device) {
        open.close();
      }
    }

    private static String at(Throwable error) {
      return Arrays.stream(error.getStackTrace())
          .limit(4)
          .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
          .toList()
          .toString();
    }

    private void fault(String what) {
      faults.add((bad == null ? "" : "at " + at + " " + bad.what() + ": ") + what);
    }
  }
}
