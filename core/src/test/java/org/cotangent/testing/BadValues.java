package org.cotangent.testing;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.graph.IndexMode;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.op.Add;
import org.cotangent.op.Full;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** What a caller can get wrong, by the class of the parameter; some are legal for some methods. */
final class BadValues implements AutoCloseable {
  /** What the user's own code throws; comes through as it is. */
  static final class UsersOwn extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @SuppressWarnings("StaticAssignmentOfThrowable") // Known again when it comes through.
  static final UsersOwn OWN = new UsersOwn();

  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(),
          Shape.of(0),
          Shape.of(3),
          Shape.of(0, 2),
          Shape.of(2, 0),
          Shape.of(3, 3),
          Shape.of(2, 3, 4),
          Shape.of(1, 2, 1, 2, 1),
          Shape.of(0, 0, 0, 0, 0));

  private final Device device;
  private final Path folder;
  private final Device other;
  private final Device gone;
  private final Tensor orphan;
  private final Key goneKey;

  BadValues(Device device, Path folder) {
    this.device = device;
    this.folder = folder;
    other = Device.with("other", new ReferenceBackend(), DeviceOptions.DEFAULT);
    gone = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    orphan = gone.tensor(new float[4], 2, 2);
    goneKey = gone.key(1);
    gone.close();
  }

  @Override
  public void close() {
    other.close();
  }

  /** {@return a scope for what is made on the other device} */
  Scope open() {
    return other.open();
  }

  /** {@return what the devices hold} */
  List<Long> held() {
    return FaceErrors.held(device, other);
  }

  /**
   * {@return what to try in place of a good value}
   *
   * @param type class of the parameter or receiver
   * @param good a value that is taken there
   */
  List<Bad> of(Class<?> type, Object good) {
    if (type.isEnum()) {
      return Bad.each(type.getEnumConstants()).toList();
    }
    if (isFunction(type) && type != ArrayLike.class) {
      return functions(type).toList();
    }
    List<Bad> some =
        switch (type.getSimpleName()) {
          case "int" -> BadNumbers.ints().toList();
          case "long" -> BadNumbers.longs().toList();
          case "double" -> BadNumbers.doubles().toList();
          case "boolean" -> Bad.each(false, true).toList();
          case "int[]" -> BadNumbers.intArrays().toList();
          case "long[]" -> BadNumbers.longArrays().toList();
          case "float[]", "double[]", "byte[]", "short[]", "boolean[]" ->
              BadNumbers.data(type.getComponentType()).toList();
          case "String" -> BadNumbers.texts().toList();
          case "Shape" -> BadNumbers.shapes().toList();
          case "Tensor" -> tensors((Tensor) good).toList();
          case "Object" -> trees(good).toList();
          case "Key" -> keys().toList();
          case "Device" -> List.of(Bad.of("closed device", () -> gone, "closed"));
          case "DeviceOptions" ->
              List.of(Bad.of("no memory", () -> DeviceOptions.DEFAULT.memoryLimit(0)));
          case "Op" -> ops().toList();
          case "Class" -> Bad.each(int.class, Runnable.class, Tensor.class).toList();
          case "Layout" -> List.of(Bad.of("of a scalar", () -> Layout.contiguous(Shape.SCALAR)));
          case "Optional" ->
              List.of(
                  Bad.of("empty", Optional::empty),
                  Bad.of("odd sizes", () -> Optional.of(List.of(-1L, Long.MAX_VALUE)), "-1"));
          case "Tensor[]", "ArrayLike[]", "DType[]" -> arrays(type, (Object[]) good).toList();
          default -> BadHostValues.of(type, good, folder).toList();
        };
    return some.isEmpty() && good instanceof Record record ? records(record) : some;
  }

  // ---- tensors and what holds them

  private Stream<Bad> tensors(Tensor good) {
    DType dtype = good.dtype();
    Shape shape = good.shape();
    return Stream.of(
            Stream.of(
                Bad.of("closed", this::closed, "closed"),
                Bad.of("foreign", () -> other.zeros(dtype, shape.dims()), " on "),
                Bad.of("of a closed device", () -> orphan, "closed", " on "),
                Bad.of("escaped", this::escaped, "escaped")),
            Arrays.stream(DType.values())
                .filter(wrong -> wrong != dtype)
                .map(wrong ->
                    Bad.of(
                        wrong + "" + shape, () -> device.zeros(wrong, shape.dims()), wrong + "")),
            SHAPES.stream()
                .map(wrong ->
                    Bad.of("shape " + wrong, () -> device.zeros(dtype, wrong.dims()), wrong + "")))
        .flatMap(each -> each);
  }

  private Tensor closed() {
    Tensor closed = device.zeros(DType.FLOAT32, 2, 2);
    closed.close();
    return closed;
  }

  private Tensor escaped() {
    Tensor[] out = new Tensor[1];
    Cotangent.grad(
        p -> {
          out[0] = p;
          return p.sum();
        },
        device.zeros(DType.FLOAT32, 2, 2));
    return out[0];
  }

  private Stream<Bad> trees(Object good) {
    Stream<Bad> leaves = good instanceof Tensor tensor ? tensors(tensor) : Stream.of();
    return Stream.concat(
        leaves,
        Stream.of(
            Bad.of("no leaves", List::of),
            Bad.of("text", () -> "text"),
            Bad.of("number", () -> 1),
            Bad.of("an object", Object::new, "Object"),
            Bad.of("an array", () -> new int[] {1}, "int[]", "[I"),
            Bad.of("a function", () -> (Supplier<Object>) () -> 1, "function", "Lambda"),
            Bad.from("a list with null", it -> Arrays.asList(it, null), "null", "List", "list"),
            Bad.from("two leaves", it -> List.of(it, it)),
            Bad.from("leaf and text", it -> List.of(it, "text")),
            Bad.from("an odd key", it -> Map.of(1.5, it), "1.5", "map", "Map"),
            Bad.from("a null key", BadValues::nullKey, "null", "Map"),
            Bad.of("itself", BadValues::itself, "deeper", "List"),
            Bad.from("deep", BadValues::deep, "deeper", "List", "list"),
            Bad.of("nothing", Optional::empty)));
  }

  private static Object nullKey(Object leaf) {
    Map<Object, Object> map = new HashMap<>();
    map.put(null, leaf);
    return map;
  }

  private static Object itself() {
    List<Object> list = new ArrayList<>();
    list.add(list);
    return list;
  }

  private static Object deep(Object leaf) {
    Object tree = leaf;
    for (int i = 0; i < 10_000; i++) {
      tree = List.of(tree);
    }
    return tree;
  }

  private Stream<Bad> keys() {
    return Stream.of(
        Bad.of("closed key", () -> new Key(closed()), "closed", "key"),
        Bad.of("foreign key", () -> other.key(1), " on "),
        Bad.of("escaped key", () -> new Key(escaped()), "escaped", "key"),
        Bad.of("key of a closed device", () -> goneKey, "closed", " on "),
        Bad.of("two keys", () -> new Key(device.zeros(DType.INT64, 2)), "(2,)"),
        Bad.of("float key", () -> new Key(device.zeros(DType.FLOAT32)), "float32"));
  }

  /** Arrays of objects: none, one too many, null among them, and the last one bad. */
  private Stream<Bad> arrays(Class<?> type, Object[] good) {
    Class<?> element = type.getComponentType();
    return Stream.concat(
        Stream.of(
            Bad.from("none", it -> Arrays.copyOf((Object[]) it, 0)),
            Bad.from("one more", it -> more((Object[]) it, ((Object[]) it)[0])),
            Bad.from("null more", it -> more((Object[]) it, null), "null"),
            Bad.from("null last", it -> with((Object[]) it, null), "null")),
        of(element, good[good.length - 1]).stream()
            .map(bad ->
                new Bad(
                    "last " + bad.what(),
                    it -> {
                      Object[] array = (Object[]) it;
                      return with(array, bad.from().apply(array[array.length - 1]));
                    },
                    bad.shown())));
  }

  private static Object[] with(Object[] good, Object last) {
    Object[] array = good.clone();
    array[array.length - 1] = last;
    return array;
  }

  private static Object[] more(Object[] good, Object last) {
    return with(Arrays.copyOf(good, good.length + 1), last);
  }

  // ---- what has one method, one op, or components

  /** {@return whether a class is an interface with one method, which users implement} */
  static boolean isFunction(Class<?> type) {
    return type.isInterface()
        && !type.isSealed()
        && Arrays.stream(type.getMethods())
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .count()
            == 1;
  }

  private Stream<Bad> functions(Class<?> type) {
    return Stream.of(
        function("throws", type, BadValues::thrown),
        function("returns null", type, () -> null, "null"),
        function("returns closed", type, this::closed),
        function("returns foreign", type, () -> other.zeros(DType.FLOAT32)),
        function("returns escaped", type, this::escaped),
        function("returns int", type, () -> device.zeros(DType.INT32)),
        function("returns scalar", type, () -> device.zeros(DType.FLOAT32)),
        function("returns rank 5", type, () -> device.zeros(DType.FLOAT32, 1, 1, 1, 1, 2)));
  }

  private static Object thrown() {
    throw OWN;
  }

  @SuppressWarnings("ReferenceEquality") // A proxy is itself alone.
  private static Bad function(
      String what, Class<?> type, Supplier<Object> result, String... shown) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          return switch (method.getName()) {
            case "toString" -> what;
            case "hashCode" -> 0;
            case "equals" -> proxy == arguments[0];
            default -> result.get();
          };
        };
    ClassLoader loader = BadValues.class.getClassLoader();
    return Bad.of(
        what, () -> Proxy.newProxyInstance(loader, new Class<?>[] {type}, handler), shown);
  }

  private static Stream<Bad> ops() {
    return Bad.each(
        new Add(),
        new Full(new TensorType(DType.FLOAT32, Shape.of(1L << 40)), 1f),
        new Sum(List.of(7)),
        new Take(9, false, IndexMode.CHECKED));
  }

  /** A record with one component replaced, where its constructor takes that. */
  private List<Bad> records(Record good) {
    RecordComponent[] components = good.getClass().getRecordComponents();
    List<Bad> all = new ArrayList<>();
    for (int i = 0; i < components.length; i++) {
      int at = i;
      for (Bad bad : of(components[i].getType(), component(good, i))) {
        String what = components[i].getName() + " " + bad.what();
        all.add(new Bad(what, it -> replaced((Record) it, at, bad), bad.shown()));
      }
    }
    return all;
  }

  private static Object component(Record record, int at) {
    try {
      return record.getClass().getRecordComponents()[at].getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object replaced(Record good, int at, Bad bad) {
    RecordComponent[] components = good.getClass().getRecordComponents();
    try {
      Constructor<?> constructor =
          good.getClass()
              .getDeclaredConstructor(
                  Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      return constructor.newInstance(
          IntStream.range(0, components.length)
              .mapToObj(i -> i == at ? bad.from().apply(component(good, i)) : component(good, i))
              .toArray());
    } catch (InvocationTargetException refused) {
      // Bad arguments of constructors are tried on their own.
      return good;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
