package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Batches;
import org.cotangent.Compiled2;
import org.cotangent.Compiler;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Function3;
import org.cotangent.Function4;
import org.cotangent.Function5;
import org.cotangent.Key;
import org.cotangent.PadMode;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.backend.Backend;
import org.cotangent.error.CotangentException;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Op;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.op.Negative;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Null in every place of every public method of the face: alone, and together with all others. What
 * comes out is an exception of the engine's own, whatever the method.
 */
class BadInputNullTest {
  private static Device device;
  private static Scope scope;
  private static Map<Class<?>, Object> samples;
  private static List<Object> receivers;

  @BeforeAll
  static void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    scope = device.open();
    Tensor x = device.tensor(new float[] {1});
    receivers =
        List.of(
            device,
            scope,
            x,
            device.key(1),
            device.batches(1, NumPyArray.of(new float[] {1}, 1)),
            device.compiler(),
            device.compiler().compile(Tensor::add, x, x));
    samples =
        Map.ofEntries(
            Map.entry(boolean.class, true),
            Map.entry(int.class, 0),
            Map.entry(long.class, 1L),
            Map.entry(double.class, 1.0),
            Map.entry(Object.class, x),
            Map.entry(String.class, "cpu"),
            Map.entry(Class.class, BadInputNullTest.class),
            Map.entry(DType.class, DType.FLOAT32),
            Map.entry(Shape.class, Shape.of(2)),
            Map.entry(Tensor.class, x),
            Map.entry(Tensor[].class, new Tensor[] {x}),
            Map.entry(Op.class, new Negative()),
            Map.entry(Device.class, device),
            Map.entry(DeviceOptions.class, DeviceOptions.DEFAULT),
            Map.entry(Backend.class, new ReferenceBackend()),
            Map.entry(HostArray.class, x.toHost()),
            Map.entry(ArrayLike.class, NumPyArray.of(new float[] {1})),
            Map.entry(ArrayLike[].class, new ArrayLike[] {NumPyArray.of(new float[] {1}, 1)}),
            Map.entry(DType[].class, new DType[] {DType.FLOAT32}),
            Map.entry(PadMode.class, PadMode.EDGE),
            Map.entry(IndexMode.class, IndexMode.CLIPPED),
            Map.entry(int[].class, new int[] {0}),
            Map.entry(long[].class, new long[] {1}),
            Map.entry(float[].class, new float[] {1}),
            Map.entry(double[].class, new double[] {1}),
            Map.entry(boolean[].class, new boolean[] {true}),
            Map.entry(Function.class, (Function<Tensor, Tensor>) Tensor::sum),
            Map.entry(UnaryOperator.class, UnaryOperator.<Tensor>identity()),
            Map.entry(BiFunction.class, (BiFunction<Tensor, Tensor, Tensor>) Tensor::add),
            Map.entry(BinaryOperator.class, (BinaryOperator<Tensor>) Tensor::add),
            Map.entry(Function3.class, (Function3<Tensor, Tensor, Tensor, Tensor>) (a, b, c) -> a),
            Map.entry(
                Function4.class,
                (Function4<Tensor, Tensor, Tensor, Tensor, Tensor>) (a, b, c, d) -> a),
            Map.entry(
                Function5.class,
                (Function5<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>) (a, b, c, d, e) -> a),
            Map.entry(
                Cotangent.VjpRule.class, (Cotangent.VjpRule<Tensor, Tensor>) (at, y, c) -> c));
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
      Object receiver =
          receivers.stream()
              .filter(method.getDeclaringClass()::isInstance)
              .findFirst()
              .orElse(null);
      Object[] arguments =
          IntStream.range(0, method.getParameterCount())
              .mapToObj(i -> nulls.contains(i) ? null : samples.get(method.getParameterTypes()[i]))
              .toArray();
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
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !method.getName().equals("equals"))
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
