package org.cotangent.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Op;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.numpy.Order;
import org.cotangent.op.Add;
import org.cotangent.op.Sample;
import org.cotangent.op.Sum;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * The one table of samples behind the tests of every op on every device: values against the
 * reference, views against copies, many examples against each alone, jvp against vjp, and
 * derivatives of order 1 and 2 against differences. A failed check is an {@link AssertionError}
 * that names the sample.
 */
public final class OpTable {
  private static final long SEED = 20_240_817;

  private OpTable() {}

  /** {@return the samples of every op in the engine, by the op's class name} */
  public static Map<String, List<Sample>> samples() {
    Map<String, List<Sample>> all = new TreeMap<>();
    for (String name : classNames()) {
      try {
        Class<?> type = Class.forName(name, true, Add.class.getClassLoader());
        if (Op.class.isAssignableFrom(type)) {
          Method samples =
              Arrays.stream(type.getDeclaredMethods())
                  .filter(method -> method.getName().equals("samples"))
                  .findFirst()
                  .orElse(null);
          if (samples != null) {
            List<Sample> list = new ArrayList<>();
            for (Object sample : (List<?>) samples.invoke(null)) {
              list.add((Sample) sample);
            }
            all.put(type.getSimpleName(), list);
          }
        }
      } catch (ClassNotFoundException | IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(name, e);
      }
    }
    return all;
  }

  private static List<String> classNames() {
    try {
      URI location = Add.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(location);
      if (Files.isDirectory(path)) {
        return classNames(path);
      }
      try (FileSystem jar = FileSystems.newFileSystem(path)) {
        return classNames(jar.getPath("/"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> classNames(Path root) throws IOException {
    String folder = Add.class.getPackageName().replace('.', '/');
    try (Stream<Path> files = Files.list(root.resolve(folder))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".class") && !name.contains("$"))
          .filter(name -> !name.startsWith("package-info"))
          .map(name -> Add.class.getPackageName() + "." + name.replace(".class", ""))
          .sorted()
          .toList();
    }
  }

  // ---- values

  /** Checks a sample's results on a device against the reference. */
  public static void checkValues(Device device, Device reference, Sample sample) {
    checkValues(device, reference, sample, Meanings.isRounded(sample.op()));
  }

  /**
   * Checks a sample's results on a device against the reference.
   *
   * @param device under test
   * @param reference a device on a {@link ReferenceBackend}
   * @param sample what to run
   * @param rounded whether float results may differ in their last digits
   */
  public static void checkValues(Device device, Device reference, Sample sample, boolean rounded) {
    checkValues(device, reference, sample, rounded, inputs(sample));
    if (sample.op() instanceof Sum) {
      // The sum of nothing is +0, and of negative zeros -0: no other numbers tell the two apart.
      checkValues(device, reference, sample, rounded, negativeZeros(sample));
    }
  }

  private static void checkValues(
      Device device, Device reference, Sample sample, boolean rounded, List<HostArray> inputs) {
    List<HostArray> expected = run(reference, sample.op(), inputs);
    List<HostArray> actual = run(device, sample.op(), inputs);
    require(expected.size() == actual.size(), sample, "number of results");
    for (int i = 0; i < expected.size(); i++) {
      compare(sample, expected.get(i), actual.get(i), rounded);
    }
  }

  /** Checks that inputs which are views of other memory give the same bits as copies do. */
  public static void checkViews(Device device, Sample sample) {
    List<HostArray> inputs = inputs(sample);
    if (inputs.isEmpty()) {
      return;
    }
    try (Scope _ = device.open()) {
      List<Tensor> plain = inputs.stream().map(device::tensor).toList();
      List<Tensor> strided = plain.stream().map(OpTable::strided).toList();
      List<Tensor> expected = apply(sample.op(), plain);
      List<Tensor> actual = apply(sample.op(), strided);
      for (int i = 0; i < expected.size(); i++) {
        require(
            expected.get(i).toHost().data().mismatch(actual.get(i).toHost().data()) < 0,
            sample,
            "views of memory change result " + i);
      }
    }
  }

  /** The same values with transposed strides, gaps and an offset. */
  private static Tensor strided(Tensor tensor) {
    Tensor spread = tensor;
    if (tensor.rank() > 0) {
      // Two copies side by side, of which every second column is taken: [a a b b ...] by 2.
      long[] pairs = Arrays.copyOf(tensor.shape().dims(), tensor.rank() + 1);
      pairs[tensor.rank()] = 1;
      Tensor column = tensor.reshape(pairs);
      long[] joined = tensor.shape().dims();
      joined[joined.length - 1] *= 2;
      spread =
          Tensor.concatenate(tensor.rank(), column, column)
              .reshape(joined)
              .slice(tensor.rank() - 1, 1, Long.MAX_VALUE, 2);
    }
    // Transposed in memory, and seen as before.
    return spread.transpose().copy().transpose();
  }

  /**
   * Checks that inputs which are memory of somebody else give the same bits as copies do, in either
   * order, at odd addresses and with gaps, on a device that can compute on it.
   */
  public static void checkForeign(Device device, Sample sample) {
    List<HostArray> inputs = inputs(sample);
    for (Order order : Order.values()) {
      for (int step = 1; step <= 2; step++) {
        try (Scope _ = device.open();
            Arena arena = Arena.ofShared()) {
          List<Tensor> copies = new ArrayList<>();
          List<Tensor> views = new ArrayList<>();
          for (HostArray input : inputs) {
            DType dtype = input.type().dtype();
            if (dtype == DType.BOOL || dtype == DType.BFLOAT16) {
              copies.add(device.tensor(input));
              views.add(copies.getLast());
            } else {
              NumPyArray array = somewhere(input, order, step, arena);
              copies.add(every(step, device.tensor(array)));
              views.add(every(step, device.view(array)));
            }
          }
          List<Tensor> expected = apply(sample.op(), copies);
          List<Tensor> actual = apply(sample.op(), views);
          for (int i = 0; i < expected.size(); i++) {
            require(
                expected.get(i).toHost().data().mismatch(actual.get(i).toHost().data()) < 0,
                sample,
                "memory of somebody else changes result " + i);
          }
        }
      }
    }
  }

  /** An array of whose last axis every second element, or each, has the values of another. */
  private static NumPyArray somewhere(HostArray input, Order order, int step, Arena arena) {
    Shape shape = input.type().shape();
    long[] dims = shape.dims();
    long last = dims.length == 0 ? 1 : dims[dims.length - 1];
    if (dims.length > 0) {
      dims[dims.length - 1] *= step;
    }
    HostArray spread = HostArray.allocate(new TensorType(input.type().dtype(), Shape.of(dims)));
    for (long i = 0; i < shape.size(); i++) {
      spread.set(dims.length == 0 ? 0 : i / last * last * step + i % last * step, input.get(i));
    }
    MemorySegment memory = arena.allocate(spread.data().byteSize() + 1).asSlice(1);
    if (order == Order.C) {
      memory.copyFrom(spread.data());
    } else {
      // In C order of the reversed shape, which is Fortran order of this one.
      long[] index = new long[dims.length];
      int bytes = input.type().dtype().bytes();
      for (long i = 0; i < spread.type().shape().size(); i++) {
        long place = 0;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
          place = place * dims[axis] + index[axis];
        }
        MemorySegment.copy(spread.data(), i * bytes, memory, place * bytes, bytes);
        for (int axis = dims.length - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--) {
          index[axis] = 0;
        }
      }
    }
    return new NumPyArray(NumPyDType.of(input.type().dtype()), Shape.of(dims), order, memory);
  }

  private static Tensor every(int step, Tensor tensor) {
    return step == 1 || tensor.rank() == 0
        ? tensor
        : tensor.slice(tensor.rank() - 1, 0, Long.MAX_VALUE, step);
  }

  // ---- many examples

  private static final int EXAMPLES = 3;

  /**
   * Checks that many examples at once have the bits of each alone: with examples in all inputs, and
   * in one while they share the others.
   */
  public static void checkExamples(Device device, Sample sample) {
    try (Scope _ = device.open()) {
      List<List<Tensor>> examples = new ArrayList<>();
      for (int i = 0; i < EXAMPLES; i++) {
        examples.add(inputs(sample, SEED + i).stream().map(device::tensor).toList());
      }
      int arity = sample.inputs().size();
      checkExamples(sample, examples, _ -> true);
      for (int k = 0; arity > 1 && k < arity; k++) {
        int only = k;
        checkExamples(sample, examples, input -> input == only);
      }
    }
  }

  private static void checkExamples(
      Sample sample, List<List<Tensor>> examples, IntPredicate differs) {
    List<Tensor> shared = examples.getFirst();
    List<Tensor> stacked = new ArrayList<>();
    for (int k = 0; k < shared.size(); k++) {
      if (differs.test(k)) {
        int input = k;
        stacked.add(
            Tensor.stack(0, examples.stream().map(in -> in.get(input)).toArray(Tensor[]::new)));
      }
    }
    List<List<Tensor>> one = new ArrayList<>();
    for (List<Tensor> example : examples) {
      List<Tensor> inputs = new ArrayList<>();
      for (int k = 0; k < shared.size(); k++) {
        inputs.add(differs.test(k) ? example.get(k) : shared.get(k));
      }
      one.add(apply(sample.op(), inputs));
    }
    List<Tensor> actual =
        Cotangent.vmap(
            some -> {
              List<Tensor> inputs = new ArrayList<>();
              int next = 0;
              for (int k = 0; k < shared.size(); k++) {
                inputs.add(differs.test(k) ? some.get(next++) : shared.get(k));
              }
              return apply(sample.op(), inputs);
            },
            stacked);
    for (int i = 0; i < actual.size(); i++) {
      int result = i;
      HostArray want =
          Tensor.stack(0, one.stream().map(out -> out.get(result)).toArray(Tensor[]::new)).toHost();
      HostArray got = actual.get(i).toHost();
      require(want.type().equals(got.type()), sample, want.type() + " " + got.type());
      require(want.data().mismatch(got.data()) < 0, sample, "many examples change result " + i);
    }
  }

  // ---- derivatives

  /** Whether a sample has derivatives to check: float64 results of float64 inputs. */
  public static boolean isDifferentiable(Sample sample) {
    return !(sample.op().derivative() instanceof Derivative.None)
        && sample.inputs().stream().anyMatch(input -> input.type().dtype() == DType.FLOAT64)
        && sample.inputs().stream()
            .map(input -> input.type().dtype())
            .noneMatch(dtype -> dtype.isFloating() && dtype != DType.FLOAT64)
        && sample
                .op()
                .infer(sample.inputs().stream().map(Sample.Input::type).toList())
                .getFirst()
                .dtype()
            == DType.FLOAT64;
  }

  /** Checks both modes against each other and against differences, orders 1 and 2. */
  public static void checkDerivatives(Device device, Sample sample) {
    List<HostArray> inputs = inputs(sample);
    Random random = new Random(SEED + 1);
    try (Scope _ = device.open()) {
      List<Tensor> all = inputs.stream().map(device::tensor).toList();
      List<Tensor> at = all.stream().filter(OpTable::isFloat).toList();
      List<Tensor> v = at.stream().map(x -> normal(device, x.type(), random)).toList();
      Function<List<Tensor>, Tensor> f =
          floats -> apply(sample.op(), merged(all, floats)).getFirst();
      Cotangent.Jvp<Tensor> forward = Cotangent.jvp(f, at, v);
      Tensor u = normal(device, forward.value().type(), random);
      Cotangent.Vjp<Tensor, List<Tensor>> reverse = Cotangent.vjp(f, at, u);

      double byForward = dot(u, forward.tangent());
      double byReverse = dot(reverse.cotangent(), v);
      close(sample, "jvp against vjp", byForward, byReverse, 1e-10, scale(u, forward.tangent()));

      double h = 1e-5;
      double difference =
          (dot(u, f.apply(moved(at, v, h))) - dot(u, f.apply(moved(at, v, -h)))) / (2 * h);
      close(sample, "order 1", difference, byForward, 1e-6, scale(u, forward.tangent()));

      Function<List<Tensor>, List<Tensor>> g = floats -> Cotangent.vjp(f, floats, u).cotangent();
      List<Tensor> w = at.stream().map(x -> normal(device, x.type(), random)).toList();
      Cotangent.Jvp<List<Tensor>> second = Cotangent.jvp(g, at, v);
      double exact = dot(second.tangent(), w);
      double along =
          (dot(g.apply(moved(at, v, h)), w) - dot(g.apply(moved(at, v, -h)), w)) / (2 * h);
      double size = 1;
      for (int i = 0; i < w.size(); i++) {
        size += scale(w.get(i), second.tangent().get(i)) + scale(w.get(i), second.value().get(i));
      }
      close(sample, "order 2", along, exact, 1e-6, size);
    }
  }

  private static boolean isFloat(Tensor tensor) {
    return tensor.dtype().isFloating();
  }

  private static List<Tensor> merged(List<Tensor> all, List<Tensor> floats) {
    List<Tensor> merged = new ArrayList<>();
    int next = 0;
    for (Tensor tensor : all) {
      merged.add(isFloat(tensor) ? floats.get(next++) : tensor);
    }
    return merged;
  }

  private static List<Tensor> moved(List<Tensor> at, List<Tensor> v, double h) {
    return IntStream.range(0, at.size()).mapToObj(i -> at.get(i).add(v.get(i).mul(h))).toList();
  }

  private static Tensor normal(Device device, TensorType type, Random random) {
    HostArray array = HostArray.allocate(type);
    for (long i = 0; i < type.shape().size(); i++) {
      array.set(i, random.nextGaussian());
    }
    return device.tensor(array);
  }

  private static double dot(Tensor a, Tensor b) {
    return dot(List.of(a), List.of(b));
  }

  private static double dot(List<Tensor> a, List<Tensor> b) {
    double sum = 0;
    for (int k = 0; k < a.size(); k++) {
      double[] x = a.get(k).toDoubleArray();
      double[] y = b.get(k).toDoubleArray();
      for (int i = 0; i < x.length; i++) {
        sum += x[i] * y[i];
      }
    }
    return sum;
  }

  private static double scale(Tensor a, Tensor b) {
    double sum = 1;
    double[] x = a.toDoubleArray();
    double[] y = b.toDoubleArray();
    for (int i = 0; i < x.length; i++) {
      sum += Math.abs(x[i] * y[i]);
    }
    return sum;
  }

  private static void close(
      Sample sample, String what, double expected, double actual, double relative, double scale) {
    require(
        Math.abs(expected - actual) <= relative * scale,
        sample,
        what + ": " + expected + " and " + actual + " at scale " + scale);
  }

  // ---- running

  private static List<HostArray> run(Device device, Op op, List<HostArray> inputs) {
    try (Scope _ = device.open()) {
      List<Tensor> tensors = inputs.stream().map(device::tensor).toList();
      return apply(op, tensors).stream().map(Tensor::toHost).toList();
    }
  }

  private static List<Tensor> apply(Op op, List<Tensor> inputs) {
    if (!inputs.isEmpty()) {
      return Tensor.applyAll(op, inputs.toArray(Tensor[]::new));
    }
    throw new IllegalArgumentException(op + " has no inputs; run it by generate");
  }

  /** The results of a sample, on inputs that depend on it alone. */
  static List<HostArray> results(Device device, Sample sample) {
    return sample.inputs().isEmpty()
        ? List.of(generate(device, sample.op()))
        : run(device, sample.op(), inputs(sample));
  }

  /** Checks a generator without inputs, which needs a compiled function around it. */
  public static void checkGenerated(Device device, Device reference, Sample sample) {
    HostArray expected = generate(reference, sample.op());
    compare(sample, expected, generate(device, sample.op()), false);
  }

  private static HostArray generate(Device device, Op op) {
    try (Scope _ = device.open();
        var program = device.compiler().compile((Tensor _) -> Tensor.apply(op), device.scalar(0))) {
      return program.run(device.scalar(0)).toHost();
    }
  }

  private static List<HostArray> inputs(Sample sample) {
    return inputs(sample, SEED);
  }

  private static List<HostArray> inputs(Sample sample, long seed) {
    Random random = new Random(seed);
    List<HostArray> inputs = new ArrayList<>();
    for (Sample.Input input : sample.inputs()) {
      HostArray array = HostArray.allocate(input.type());
      for (long i = 0; i < input.type().shape().size(); i++) {
        double value = input.low() + (input.high() - input.low()) * random.nextDouble();
        DType dtype = input.type().dtype();
        array.set(
            i,
            dtype == DType.BOOL
                ? (Object) random.nextBoolean()
                : dtype.isFloating() ? dtype.rounded(value) : dtype.value((long) Math.rint(value)));
      }
      inputs.add(array);
    }
    return inputs;
  }

  /** Inputs that are -0 everywhere; 0 for dtypes without one. */
  private static List<HostArray> negativeZeros(Sample sample) {
    List<HostArray> inputs = new ArrayList<>();
    for (Sample.Input input : sample.inputs()) {
      HostArray array = HostArray.allocate(input.type());
      for (long i = 0; i < input.type().shape().size(); i++) {
        array.set(i, input.type().dtype().scalar("sum", -0.0));
      }
      inputs.add(array);
    }
    return inputs;
  }

  private static void compare(
      Sample sample, HostArray expected, HostArray actual, boolean mayRound) {
    require(expected.type().equals(actual.type()), sample, expected.type() + " " + actual.type());
    boolean rounded = mayRound && expected.type().dtype().isFloating();
    double relative =
        switch (expected.type().dtype()) {
          case FLOAT16 -> 0x1p-10;
          case BFLOAT16 -> 0x1p-7;
          case FLOAT32 -> 2e-6;
          default -> 4e-15;
        };
    double largest = 0;
    for (long i = 0; i < expected.type().shape().size(); i++) {
      largest = Math.max(largest, Math.abs(expected.getDouble(i)));
    }
    for (long i = 0; i < expected.type().shape().size(); i++) {
      Object want = expected.get(i);
      Object got = actual.get(i);
      boolean same =
          rounded
              ? Math.abs(expected.getDouble(i) - actual.getDouble(i))
                      <= relative * Math.max(1e-3, largest)
                  && (!(sample.op() instanceof Sum) || isSameZero(want, got))
              : want.equals(got);
      require(same, sample, "element " + i + " is " + got + ", not " + want);
    }
  }

  /** Whether two elements have the same sign, if both are zero. */
  private static boolean isSameZero(Object want, Object got) {
    return !isZero(want) || !isZero(got) || want.equals(got);
  }

  private static boolean isZero(Object element) {
    return ((Number) element).doubleValue() == 0;
  }

  private static void require(boolean holds, Sample sample, String what) {
    if (!holds) {
      throw new AssertionError(sample + ": " + what);
    }
  }
}
