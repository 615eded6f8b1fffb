package org.cotangent.testing;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.Batch;
import org.cotangent.Batches;
import org.cotangent.Compiled1;
import org.cotangent.Compiled2;
import org.cotangent.Compiled3;
import org.cotangent.Compiled4;
import org.cotangent.Compiled5;
import org.cotangent.Compiler;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Function3;
import org.cotangent.Function4;
import org.cotangent.Function5;
import org.cotangent.Key;
import org.cotangent.MemoryReport;
import org.cotangent.Profile;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.backend.Backend;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Op;
import org.cotangent.io.Safetensors;
import org.cotangent.nn.Convolution;
import org.cotangent.nn.LossReduction;
import org.cotangent.nn.Normalization;
import org.cotangent.nn.Pooling;
import org.cotangent.nn.Recurrent;
import org.cotangent.numpy.ArrayInfo;
import org.cotangent.numpy.ArrayInterface;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.DlpackTensor;
import org.cotangent.numpy.NpyFile;
import org.cotangent.numpy.Npz;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.numpy.Order;
import org.cotangent.op.Negative;
import org.cotangent.optim.Adadelta;
import org.cotangent.optim.Adagrad;
import org.cotangent.optim.Adam;
import org.cotangent.optim.Adamax;
import org.cotangent.optim.Lbfgs;
import org.cotangent.optim.Optimizer;
import org.cotangent.optim.RmsProp;
import org.cotangent.optim.Schedule;
import org.cotangent.optim.Sgd;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Public methods and constructors, found by reflection, each with arguments that it takes: made
 * afresh for every call, in the scope of the caller.
 */
final class PublicCalls {
  /** A class that {@code Trees.register} may have. */
  static final class Registered {}

  private final Device device;
  private final Path folder;

  /** What a parameter or receiver of a class gets where its method says nothing else. */
  private final Map<Class<?>, Supplier<Object>> samples = new HashMap<>();

  /** By {@code Class.method} or {@code Class.method(Type, Type)}. */
  private final Map<String, Supplier<Object[]>> arguments = new HashMap<>();

  private final Map<String, Supplier<Object>> receivers = new HashMap<>();

  /**
   * @param device of all tensors
   * @param folder for files, empty
   */
  PublicCalls(Device device, Path folder) {
    this.device = device;
    this.folder = folder;
    ofTheFace();
    ofFunctions();
    ofHost();
    ofModels();
    receiving();
    calling();
  }

  private <T> void sample(Class<T> type, Supplier<? extends T> value) {
    samples.put(type, value::get);
  }

  private void given(String method, Supplier<Object[]> values) {
    arguments.put(method, values);
  }

  private static Object[] all(Object... values) {
    return values;
  }

  // ---- what is called

  /** {@return the public classes of a package, those inside others as well, by name} */
  static Stream<Class<?>> classes(String name) {
    try {
      Path root = Path.of(Device.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.list(root.resolve(name.replace('.', '/')))) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(file -> file.endsWith(".class") && !file.equals("package-info.class"))
            .map(file -> name + "." + file.replace(".class", ""))
            .sorted()
            .toList()
            .stream()
            .<Class<?>>map(PublicCalls::loaded)
            .filter(PublicCalls::isPublic);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> loaded(String name) {
    try {
      return Class.forName(name, false, Device.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
  }

  /** {@return what a class offers, without what Java itself gives records, enums and objects} */
  static Stream<Executable> of(Class<?> type) {
    Stream<Executable> constructors =
        Modifier.isAbstract(type.getModifiers())
            ? Stream.of()
            : Arrays.stream(type.getDeclaredConstructors());
    Stream<Executable> methods =
        Arrays.stream(type.getDeclaredMethods())
            .filter(method -> !method.isSynthetic() && !method.getName().equals("equals"))
            .filter(method -> !method.getName().equals("hashCode"))
            .filter(method -> !type.isEnum() || !method.getName().startsWith("value"))
            .filter(method -> !isAccessor(type, method))
            .filter(method -> !isUsers(type, method))
            .map(method -> method);
    return Stream.concat(constructors, methods)
        .filter(call -> Modifier.isPublic(call.getModifiers()))
        .sorted(Comparator.comparing(PublicCalls::name));
  }

  /** What the user implements. */
  private static boolean isUsers(Class<?> type, Method method) {
    return type.isAnnotation() || (BadValues.isFunction(type) && !method.isDefault());
  }

  private static boolean isAccessor(Class<?> type, Method method) {
    return type.isRecord()
        && (method.getName().equals("toString")
            || Arrays.stream(type.getRecordComponents())
                .anyMatch(part -> part.getAccessor().equals(method)));
  }

  /** {@return as in {@code Tensor.take(Tensor, int)}} */
  static String name(Executable call) {
    return shortName(call)
        + Arrays.stream(call.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }

  /** {@return as in {@code Tensor.take}; constructors are called {@code new}} */
  static String shortName(Executable call) {
    String type = call.getDeclaringClass().getSimpleName();
    return type + "." + (call instanceof Method ? call.getName() : "new");
  }

  static boolean hasReceiver(Executable call) {
    return call instanceof Method && !Modifier.isStatic(call.getModifiers());
  }

  // ---- what it gets

  /** {@return the object of a call that has one} */
  Object receiver(Executable call) {
    Supplier<Object> own = receivers.get(name(call));
    if (own == null) {
      own = receivers.get(shortName(call));
    }
    return own == null ? sample(call.getDeclaringClass()) : own.get();
  }

  /** {@return arguments that a call takes} */
  Object[] arguments(Executable call) {
    Supplier<Object[]> own = arguments.get(name(call));
    if (own == null) {
      own = arguments.get(shortName(call));
    }
    return own == null
        ? Arrays.stream(call.getParameterTypes()).map(this::sample).toArray()
        : own.get();
  }

  Object sample(Class<?> type) {
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    return requireNonNull(samples.get(type), () -> "no sample of " + type).get();
  }

  // ---- samples by class

  Tensor floats(long... dims) {
    if (dims.length == 0) {
      return device.scalar(DType.FLOAT32, 0.25);
    }
    float[] values = new float[(int) Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.25f + 0.125f * (i % 5);
    }
    return device.tensor(values, dims);
  }

  Tensor zeros(DType dtype, long... dims) {
    return device.zeros(dtype, dims);
  }

  /** A file of the folder. */
  Path file(String name) {
    return folder.resolve(name);
  }

  private Path stored(String name) {
    Path path = folder.resolve(name);
    HostArray values = host();
    if (name.endsWith(".npy")) {
      NumPy.save(path, values);
    } else if (name.endsWith(".npz")) {
      NumPy.savez(path, Map.of("tensor", values));
    } else {
      Safetensors.write(path, Map.of("tensor", values));
    }
    return path;
  }

  static HostArray host() {
    HostArray array = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(2, 2)));
    for (int i = 0; i < 4; i++) {
      array.set(i, 0.25f * (i + 1));
    }
    return array;
  }

  private static NumPyArray array() {
    return NumPyArray.of(new float[] {1, 2, 3, 4}, 2, 2);
  }

  private void ofTheFace() {
    sample(boolean.class, () -> true);
    sample(int.class, () -> 1);
    sample(long.class, () -> 1L);
    sample(double.class, () -> 0.5);
    sample(int[].class, () -> new int[] {0});
    sample(long[].class, () -> new long[] {2, 2});
    sample(float[].class, () -> new float[] {1, 2, 3, 4});
    sample(double[].class, () -> new double[] {1, 2, 3, 4});
    sample(byte[].class, () -> new byte[] {1, 2, 3, 4});
    sample(short[].class, () -> new short[] {1, 2, 3, 4});
    sample(boolean[].class, () -> new boolean[] {true, false, true, false});
    sample(String.class, () -> "cpu");
    sample(Object.class, () -> floats(2, 2));
    sample(Class.class, () -> Registered.class);
    sample(Shape.class, () -> Shape.of(2, 2));
    sample(Tensor.class, () -> floats(2, 2));
    sample(Tensor[].class, () -> new Tensor[] {floats(2, 2)});
    sample(Op.class, Negative::new);
    sample(Device.class, () -> device);
    sample(DeviceOptions.class, () -> DeviceOptions.DEFAULT);
    sample(Backend.class, ReferenceBackend::new);
    sample(Scope.class, device::open);
    sample(Key.class, () -> device.key(7));
    sample(Batches.class, () -> device.batches(1, array(), array()));
    sample(Batch.class, () -> new Batch(List.of(floats(2), floats(2))));
    sample(Compiler.class, device::compiler);
    sample(Profile.class, Profile::start);
    sample(MemoryReport.class, () -> device.memoryReport(1));
    sample(MemoryStatistics.class, device::memory);
    compiled();
  }

  @SuppressWarnings("unchecked")
  private void compiled() {
    sample(
        Compiled1.class,
        () ->
            device
                .compiler()
                .compile((Function<Object, Tensor>) sample(Function.class), floats(2, 2)));
    sample(
        Compiled2.class,
        () ->
            device
                .compiler()
                .compile(
                    (BiFunction<Object, Object, Tensor>) sample(BiFunction.class),
                    floats(2, 2),
                    floats(2, 2)));
    sample(
        Compiled3.class,
        () ->
            device
                .compiler()
                .compile(
                    (Function3<Object, Object, Object, Tensor>) sample(Function3.class),
                    floats(2, 2),
                    floats(2, 2),
                    floats(2, 2)));
    sample(
        Compiled4.class,
        () ->
            device
                .compiler()
                .compile(
                    (Function4<Object, Object, Object, Object, Tensor>) sample(Function4.class),
                    floats(2, 2),
                    floats(2, 2),
                    floats(2, 2),
                    floats(2, 2)));
    sample(
        Compiled5.class,
        () ->
            device
                .compiler()
                .compile(
                    (Function5<Object, Object, Object, Object, Object, Tensor>)
                        sample(Function5.class),
                    floats(2, 2),
                    floats(2, 2),
                    floats(2, 2),
                    floats(2, 2),
                    floats(2, 2)));
  }

  /** Functions of any tree, so that another tree than the good one is not Java's own error. */
  private void ofFunctions() {
    sample(Function.class, () -> (Function<Object, Tensor>) tree -> first(tree).sum());
    sample(UnaryOperator.class, () -> (UnaryOperator<Tensor>) Tensor::neg);
    sample(
        BiFunction.class,
        () -> (BiFunction<Object, Object, Tensor>) (a, b) -> first(a).add(first(b)));
    sample(BinaryOperator.class, () -> (BinaryOperator<Tensor>) Tensor::add);
    sample(
        Function3.class,
        () ->
            (Function3<Object, Object, Object, Tensor>)
                (a, b, c) -> first(a).add(first(b)).add(first(c)));
    sample(
        Function4.class,
        () ->
            (Function4<Object, Object, Object, Object, Tensor>)
                (a, b, c, d) -> first(a).add(first(b)).add(first(c)).add(first(d)));
    sample(
        Function5.class,
        () ->
            (Function5<Object, Object, Object, Object, Object, Tensor>)
                (a, b, c, d, e) ->
                    first(a).add(first(b)).add(first(c)).add(first(d)).add(first(e)));
    sample(
        Cotangent.VjpRule.class,
        () ->
            (Cotangent.VjpRule<Object, Object>)
                (at, value, seed) -> Trees.map(at, Tensor::zerosLike));
    sample(Supplier.class, () -> (Supplier<Object>) () -> "");
    sample(LongFunction.class, () -> (LongFunction<Object>) i -> 1f);
  }

  private static Tensor first(Object tree) {
    return Trees.leaves(tree).stream().findFirst().orElseThrow(() -> BadValues.OWN);
  }

  private void ofHost() {
    sample(HostArray.class, PublicCalls::host);
    sample(TensorType.class, () -> new TensorType(DType.FLOAT32, Shape.of(2, 2)));
    sample(Layout.class, () -> Layout.contiguous(Shape.of(2, 2)));
    sample(NumPyArray.class, PublicCalls::array);
    sample(ArrayLike.class, PublicCalls::array);
    sample(ArrayLike[].class, () -> new ArrayLike[] {array()});
    sample(DType[].class, () -> new DType[] {DType.FLOAT32});
    sample(ArrayInfo.class, () -> new ArrayInfo("<f4", Shape.of(2, 2), Order.C));
    sample(NumPyDType.class, () -> NumPyDType.of(DType.FLOAT32));
    sample(ByteOrder.class, ByteOrder::nativeOrder);
    sample(MemorySegment.class, () -> MemorySegment.ofArray(new float[4]));
    sample(Buffer.class, () -> FloatBuffer.wrap(new float[4]));
    sample(ByteBuffer.class, () -> ByteBuffer.allocate(4));
    sample(Object[].class, () -> new Object[] {new float[] {1}, new float[] {2}});
    sample(InputStream.class, () -> new ByteArrayInputStream(npy()));
    sample(OutputStream.class, ByteArrayOutputStream::new);
    sample(Path.class, () -> stored("good.npy"));
    sample(Npz.class, () -> Npz.open(stored("good.npz")));
    sample(NpyFile.class, () -> NpyFile.open(stored("good.npy")));
    sample(Safetensors.class, () -> Safetensors.open(stored("good.safetensors")));
    sample(Map.class, () -> Map.of("tensor", host()));
    sample(Optional.class, Optional::empty);
    sample(List.class, () -> List.of(1L));
    sample(ArrayInterface.class, () -> ArrayInterface.of(host()));
    sample(
        DlpackTensor.class,
        () ->
            new DlpackTensor(
                1,
                2,
                32,
                1,
                List.of(2L, 2L),
                Optional.empty(),
                MemorySegment.ofArray(new float[4]),
                0));
  }

  private static byte[] npy() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NumPy.write(out, host());
    return out.toByteArray();
  }

  private void ofModels() {
    sample(Convolution.class, () -> Convolution.of(1));
    sample(Pooling.class, () -> Pooling.of(2));
    sample(
        Normalization.Batch.class,
        () -> new Normalization.Batch(floats(2, 2), floats(2), floats(2)));
    sample(
        Normalization.Statistics.class, () -> new Normalization.Statistics(floats(2), floats(2)));
    sample(Recurrent.LstmState.class, () -> new Recurrent.LstmState(floats(2, 2), floats(2, 2)));
    sample(Recurrent.Weights.class, () -> weights(1));
    sample(Schedule.class, () -> Schedule.constant(0.1));
    sample(Optimizer.class, () -> Sgd.of(0.1));
    sample(Adadelta.class, () -> Adadelta.of(0.1));
    sample(Adagrad.class, () -> Adagrad.of(0.1));
    sample(Adam.class, () -> Adam.of(0.1));
    sample(Adamax.class, () -> Adamax.of(0.1));
    sample(RmsProp.class, () -> RmsProp.of(0.1));
    sample(Sgd.class, () -> Sgd.of(0.1).withMomentum(0.9));
    sample(Optimizer.State.class, () -> Sgd.of(0.1).start(floats(2, 2)));
    sample(Lbfgs.class, () -> Lbfgs.of(0.1).withIterations(2));
    sample(Lbfgs.State.class, () -> Lbfgs.of(0.1).start());
  }

  private Recurrent.Weights weights(int gates) {
    return new Recurrent.Weights(
        floats(2L * gates, 2), floats(2L * gates, 2), floats(2L * gates), floats(2L * gates));
  }

  // ---- what single methods need instead

  private Tensor of(DType dtype) {
    return device.zeros(dtype, 2, 2);
  }

  private void receiving() {
    receivers.put("Device.close", () -> Device.cpu(DeviceOptions.DEFAULT.threads(1)));
    receivers.put("Tensor.item", () -> floats());
    receivers.put("Tensor.toDoubleArray", () -> of(DType.FLOAT64));
    receivers.put("Tensor.toIntArray", () -> of(DType.INT32));
    receivers.put("Tensor.toLongArray", () -> of(DType.INT64));
    receivers.put("Tensor.toByteArray", () -> of(DType.INT8));
    receivers.put("Tensor.toShortArray", () -> of(DType.INT16));
    receivers.put("Tensor.where", () -> of(DType.BOOL));
    receivers.put("Tensor.oneHot", () -> of(DType.INT64));
    receivers.put("Tensor.searchSorted", () -> floats(4));
    receivers.put("Tensor.squeeze", () -> floats(1, 2));
    Stream.of("toBooleanArray", "logicalAnd", "logicalOr", "logicalXor", "logicalNot")
        .forEach(name -> receivers.put("Tensor." + name, () -> of(DType.BOOL)));
    Stream.of("And", "Or", "Xor", "Not")
        .forEach(name -> receivers.put("Tensor.bitwise" + name, () -> of(DType.INT32)));
    Stream.of("Left", "Right")
        .forEach(name -> receivers.put("Tensor.shift" + name, () -> of(DType.INT32)));
    Stream.of("max", "average")
        .forEach(name -> receivers.put("Pooling." + name, () -> Pooling.of(2)));
    Stream.of("smallestInteger", "largestInteger")
        .forEach(name -> receivers.put("DType." + name, () -> DType.INT8));
  }

  private void calling() {
    ofIntegers();
    ofIndices();
    given("Batches.dtypes", () -> all((Object) new DType[] {DType.FLOAT32, DType.FLOAT64}));
    given("Compiled1.runInto", () -> all(floats(), floats(2, 2)));
    given("Compiled2.runInto", () -> all(floats(2, 2), floats(2, 2), floats(2, 2)));
    given("Compiled3.runInto", () -> all(floats(2, 2), floats(2, 2), floats(2, 2), floats(2, 2)));
    given(
        "Compiled4.runInto",
        () -> all(floats(2, 2), floats(2, 2), floats(2, 2), floats(2, 2), floats(2, 2)));
    given(
        "Compiled5.runInto",
        () ->
            all(
                floats(2, 2),
                floats(2, 2),
                floats(2, 2),
                floats(2, 2),
                floats(2, 2),
                floats(2, 2)));
    given("Device.tensor(int[], long[])", () -> all(new int[4], new long[] {2, 2}));
    given("Device.tensor(long[], long[])", () -> all(new long[4], new long[] {2, 2}));
    given("Key.bits", () -> all(DType.INT32, Shape.of(2, 2)));
    given("Key.randint", () -> all(-1L, 5L, DType.INT64, Shape.of(2, 2)));
    given("Key.truncatedNormal", () -> all(-1.0, 1.0, DType.FLOAT32, Shape.of(2, 2)));
    Function<Tensor, Cotangent.WithAux<Tensor>> aux = p -> new Cotangent.WithAux<>(p.sum(), p);
    given("Cotangent.valueAndGradWithAux", () -> all(aux, floats(2, 2)));
    given("Cotangent.vjp", () -> all(sample(Function.class), floats(2, 2), floats()));
    Function<List<Tensor>, Tensor> first = list -> list.getFirst().neg();
    given("Tensor.composed", () -> all("mine", "", first, new Tensor[] {floats(2, 2)}));
    given(
        "Tensor.keepDims",
        () -> all((BiFunction<Tensor, int[], Tensor>) Tensor::sum, new int[] {0}));
    given("Tensor.diagonal(long, int, int)", () -> all(0L, 0, 1));
    given("Tensor.einsum", () -> all("ij,jk->ik", new Tensor[] {floats(2, 2), floats(2, 2)}));
    given("Tensor.meshgrid(Tensor[])", () -> all((Object) new Tensor[] {floats(2), floats(3)}));
    given(
        "Tensor.meshgrid(String, Tensor[])", () -> all("ij", new Tensor[] {floats(2), floats(3)}));
    given("Tensor.transpose", () -> all((Object) new int[] {1, 0}));
    given("Tensor.searchSorted(Tensor)", () -> all(floats(2, 2)));
    models();
    files();
  }

  private void ofIntegers() {
    Stream.of("bitwiseAnd", "bitwiseOr", "bitwiseXor", "shiftLeft", "shiftRight")
        .forEach(name -> given("Tensor." + name + "(Tensor)", () -> all(of(DType.INT32))));
    Stream.of("logicalAnd", "logicalOr", "logicalXor")
        .forEach(name -> given("Tensor." + name + "(Tensor)", () -> all(of(DType.BOOL))));
  }

  private void ofIndices() {
    Supplier<Tensor> line = () -> device.zeros(DType.INT64, 2);
    Supplier<Tensor> all = () -> of(DType.INT64);
    given("Tensor.take(Tensor, int)", () -> all(line.get(), 1));
    given("Tensor.take(Tensor, int, IndexMode)", () -> all(line.get(), 1, IndexMode.CHECKED));
    given("Tensor.takeAlongAxis(Tensor, int)", () -> all(all.get(), 1));
    given(
        "Tensor.takeAlongAxis(Tensor, int, IndexMode)", () -> all(all.get(), 1, IndexMode.CHECKED));
    given("Tensor.gather", () -> all(all.get()));
    for (String scatter : List.of("scatterAdd", "scatterSet")) {
      given("Tensor." + scatter + "(Tensor, Tensor)", () -> all(all.get(), floats(2)));
      given("Tensor." + scatter + "(Tensor, Tensor, int)", () -> all(line.get(), floats(2, 2), 0));
      given("Tensor." + scatter + "AlongAxis", () -> all(all.get(), floats(2, 2), 0));
    }
  }

  private void models() {
    given("Convolution.new", () -> all(1, List.of(1L), List.of(0L), List.of(1L), 1, false));
    given("Convolution.apply(Tensor, Tensor)", () -> all(floats(2, 3, 5), floats(4, 3, 2)));
    given(
        "Convolution.apply(Tensor, Tensor, Tensor)",
        () -> all(floats(2, 3, 5), floats(4, 3, 2), floats(4)));
    given("Convolution.conv1d", () -> all(floats(2, 3, 5), floats(4, 3, 2)));
    given("Convolution.conv2d", () -> all(floats(2, 3, 5, 5), floats(4, 3, 2, 2)));
    given("Convolution.conv3d", () -> all(floats(1, 2, 3, 3, 3), floats(2, 2, 2, 2, 2)));
    given("Convolution.transposed", () -> all(floats(2, 3, 5), floats(3, 4, 2), new long[] {0}));
    given("Pooling.new", () -> all(List.of(2L), List.of(2L), List.of(0L), List.of(1L), false));
    for (String with : List.of("withStride", "withDilation", "withPadding")) {
      given("Convolution." + with, () -> all((Object) new long[] {1}));
      given("Pooling." + with, () -> all((Object) new long[] {1}));
    }
    given("Pooling.max", () -> all(floats(2, 3, 5)));
    given("Pooling.average", () -> all(floats(2, 3, 5)));
    given("Embeddings.embedding", () -> all(floats(2, 2), of(DType.INT64)));
    given("Losses.nllLoss(Tensor, Tensor)", () -> all(floats(2, 2), device.zeros(DType.INT64, 2)));
    given(
        "Losses.nllLoss(Tensor, Tensor, LossReduction)",
        () -> all(floats(2, 2), device.zeros(DType.INT64, 2), LossReduction.MEAN));
    given(
        "Normalization.batchNorm(Tensor, Statistics, Tensor, Tensor, double)",
        () ->
            all(
                floats(3, 2),
                new Normalization.Statistics(floats(2), floats(2)),
                floats(2),
                floats(2),
                1e-5));
    given(
        "Normalization.batchNorm(Tensor, Tensor, Tensor, double)",
        () -> all(floats(3, 2), floats(2), floats(2), 1e-5));
    given("Normalization.groupNorm", () -> all(floats(3, 2), 1, floats(2), floats(2), 1e-5));
    given("Recurrent.gru", () -> all(floats(2, 2), floats(2, 2), weights(3)));
    given(
        "Recurrent.lstm",
        () -> all(floats(2, 2), new Recurrent.LstmState(floats(2, 2), floats(2, 2)), weights(4)));
    optimizers();
  }

  private void optimizers() {
    Map.of("Sgd", 1, "Adam", 2, "Adadelta", 2, "Adagrad", 1, "Adamax", 2, "RmsProp", 1)
        .forEach((name, slots) ->
            given(
                name + ".move",
                () ->
                    all(
                        floats(2, 2),
                        floats(2, 2),
                        Stream.generate(() -> floats(2, 2)).limit(slots).toList(),
                        floats(),
                        floats())));
    given("Optimizer.move", () -> all(floats(2, 2), floats(2, 2), List.of(), floats(), floats()));
    given("Sgd.new", () -> all(Schedule.constant(0.1), 0.5, 0.0, 0.0, true));
    given("Moved.new", () -> all(floats(2), List.of(floats(2))));
    given("State.new(Tensor, List)", () -> all(floats(), List.of(floats(2))));
    given(
        "State.new(int, double, double, List, List, List)",
        () -> all(1, 1.0, 1.0, List.of(floats(4)), List.of(floats(4)), List.of(floats(4))));
    given("Batch.new(List)", () -> all(List.of(floats(2))));
    Function<Tensor, Cotangent.ValueAndGrad<Tensor>> loss =
        p -> Cotangent.valueAndGrad(q -> q.square().sum(), p);
    given("Lbfgs.minimize", () -> all(loss, floats(2, 2)));
    given("Lbfgs.step", () -> all(loss, floats(2, 2), Lbfgs.of(0.1).start()));
  }

  private void files() {
    given("Safetensors.get", () -> all("tensor"));
    given("Npz.get", () -> all("tensor"));
    given("Safetensors.open", () -> all(stored("good.safetensors")));
    given("Npz.open", () -> all(stored("good.npz")));
    given(
        "Safetensors.write(Path, Map, Map)",
        () -> all(file("written"), Map.of("tensor", host()), Map.of("said", "this")));
    given("TreeFormat.read(Device, Path)", () -> all(device, stored("good.npz")));
    given(
        "TreeFormat.read(Device, Path, Object)",
        () -> all(device, stored("good.npz"), floats(2, 2)));
    given(
        "ArrayInterface.new",
        () ->
            all(
                Shape.of(2, 2),
                NumPyDType.of(DType.FLOAT32),
                List.of(8L, 4L),
                MemorySegment.ofArray(new float[4]),
                0L));
    given(
        "ArrayInterface.of(Map, MemorySegment, long)",
        () ->
            all(
                Map.of("shape", List.of(2, 2), "typestr", "<f4", "version", 3),
                MemorySegment.ofArray(new float[4]),
                0L));
    given(
        "ArrayInterface.of(Shape, String, MemorySegment)",
        () -> all(Shape.of(2, 2), "<f4", MemorySegment.ofArray(new float[4])));
    given(
        "DlpackTensor.new",
        () ->
            all(
                1,
                2,
                32,
                1,
                List.of(2L, 2L),
                Optional.of(List.of(2L, 1L)),
                MemorySegment.ofArray(new float[4]),
                0L));
    given("NumPyArray.of(int[], long[])", () -> all(new int[4], new long[] {2, 2}));
    given("NumPyArray.of(long[], long[])", () -> all(new long[4], new long[] {2, 2}));
    given("NumPyArray.take", () -> all((Object) new long[] {1, 0}));
    given("NumPyArray.toHost(long[], HostArray)", () -> all(new long[] {1, 0}, host()));
    given("NumPyDType.parse", () -> all("<f4"));
    given("ArrayInfo.new", () -> all("<f4", Shape.of(2, 2), Order.C));
    given("DType.bits", () -> all(1f));
    given("DType.holds", () -> all(1f));
    given("HostArray.set", () -> all(1L, 1f));
    given("HostArray.new", () -> all(host().type(), MemorySegment.ofArray(new float[4])));
    given(
        "NumPyArray.new",
        () ->
            all(
                NumPyDType.of(DType.FLOAT32),
                Shape.of(2, 2),
                Order.C,
                MemorySegment.ofArray(new float[4])));
    given("Shape.without", () -> all(new int[] {0}, false));
  }
}
