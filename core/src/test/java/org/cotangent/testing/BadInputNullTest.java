package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Batches;
import org.cotangent.Compiled2;
import org.cotangent.Compiler;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.CotangentException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Null in every place of every public method of the face: alone, and together with all others. What
 * comes out is an exception of the engine's own, whatever the method.
 */
class BadInputNullTest {
  @TempDir private static Path folder;

  private static Device device;
  private static Scope scope;
  private static PublicCalls calls;

  @BeforeAll
  static void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    scope = device.open();
    calls = new PublicCalls(device, folder);
  }

  @AfterAll
  static void close() {
    scope.close();
    device.close();
  }

  /** A call with null at some of a method's parameters. */
  private record Call(Method method, Set<Integer> nulls) {
    @Override
    public String toString() {
      List<String> arguments = new ArrayList<>();
      for (int i = 0; i < method.getParameterCount(); i++) {
        String type = method.getParameterTypes()[i].getSimpleName();
        arguments.add(nulls.contains(i) ? "null " + type : type);
      }
      return method.getDeclaringClass().getSimpleName() + "." + method.getName() + arguments;
    }

    void check() throws IllegalAccessException {
      Object receiver = PublicCalls.hasReceiver(method) ? calls.receiver(method) : null;
      Object[] arguments = calls.arguments(method);
      nulls.forEach(i -> arguments[i] = null);
      List<Long> before = FaceErrors.held(device);
      Object result;
      try {
        result = method.invoke(receiver, arguments);
      } catch (InvocationTargetException thrown) {
        CotangentException error =
            assertInstanceOf(CotangentException.class, thrown.getCause(), () -> this + "");
        assertEquals(before, FaceErrors.held(device), () -> this + " " + error);
        return;
      }
      throw new AssertionError(this + " returned " + result);
    }
  }

  @TestFactory
  Stream<DynamicTest> nullEverywhere() {
    return Stream.of(
            Device.class,
            Scope.class,
            Tensor.class,
            Key.class,
            Batches.class,
            Compiler.class,
            Compiled2.class,
            Cotangent.class,
            Trees.class)
        .flatMap(PublicCalls::of)
        .filter(Method.class::isInstance)
        .map(Method.class::cast)
        .flatMap(BadInputNullTest::calls)
        .sorted(Comparator.comparing(Call::toString))
        .map(call -> dynamicTest(call.toString(), call::check));
  }

  private static Stream<Call> calls(Method method) {
    List<Integer> references =
        IntStream.range(0, method.getParameterCount())
            .filter(i -> !method.getParameterTypes()[i].isPrimitive())
            .boxed()
            .toList();
    Stream<Call> each = references.stream().map(i -> new Call(method, Set.of(i)));
    return references.size() < 2
        ? each
        : Stream.concat(each, Stream.of(new Call(method, Set.copyOf(references))));
  }
}
