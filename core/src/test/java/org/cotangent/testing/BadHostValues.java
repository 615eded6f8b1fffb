package org.cotangent.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.numpy.Order;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** Files, memory, arrays and collections of the host that may be wrong. */
final class BadHostValues {
  private static final TensorType SQUARE = new TensorType(DType.FLOAT32, Shape.of(2, 2));

  private BadHostValues() {}

  /**
   * {@return what may be wrong instead of a value of a class; none for classes not of the host}
   *
   * @param type class of the parameter
   * @param good what it takes
   * @param folder with files
   */
  static Stream<Bad> of(Class<?> type, Object good, Path folder) {
    return switch (type.getSimpleName()) {
      case "Path" -> paths(folder);
      case "InputStream" -> inputs();
      case "OutputStream" -> Stream.of(Bad.of("full disk", FullDisk::new, "full"));
      case "MemorySegment" -> segments();
      case "ByteOrder" -> Bad.each(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN);
      case "Buffer" -> buffers();
      case "ByteBuffer" ->
          Stream.of(0, 3).map(size -> Bad.of(size + " bytes", () -> ByteBuffer.allocate(size)));
      case "HostArray" -> hosts();
      case "TensorType" -> types();
      case "NumPyDType" -> dtypes();
      case "NumPyArray", "ArrayLike" -> arrays(type);
      case "Object[]" -> nested();
      case "List" -> lists((List<?>) good);
      case "Map" -> maps((Map<?, ?>) good);
      default -> Stream.of();
    };
  }

  private static Stream<Bad> paths(Path folder) {
    return Stream.of(
        Bad.of("missing", () -> folder.resolve("missing"), "missing"),
        Bad.of("folder", () -> folder, folder + ""),
        Bad.of("empty path", () -> Path.of("")),
        Bad.of("in no folder", () -> folder.resolve("no/such/folder"), "no"),
        Bad.of("empty file", () -> written(folder.resolve("empty")), "empty"),
        Bad.of("garbage", () -> written(folder.resolve("garbage"), new byte[11]), "garbage"));
  }

  private static Path written(Path path, byte... bytes) {
    try {
      return Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Bad> inputs() {
    return Stream.of(
        Bad.of("empty", () -> new ByteArrayInputStream(new byte[0])),
        Bad.of("garbage", () -> new ByteArrayInputStream(new byte[1000])),
        Bad.of("broken", Broken::new, "broken"));
  }

  private static final class Broken extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("broken");
    }

    @Override
    public int read(byte[] target, int from, int count) throws IOException {
      return read();
    }
  }

  private static final class FullDisk extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("full");
    }
  }

  private static Stream<Bad> segments() {
    return Stream.of(
        Bad.of("NULL", () -> MemorySegment.NULL, "0"),
        Bad.of("short", () -> MemorySegment.ofArray(new byte[3]), "3"),
        Bad.of("closed", () -> closed().data(), "closed"),
        Bad.of("long", () -> MemorySegment.ofArray(new byte[1000])),
        Bad.of("read-only", () -> MemorySegment.ofArray(new float[4]).asReadOnly()));
  }

  private static Stream<Bad> buffers() {
    return Stream.of(
        Bad.of("empty", () -> FloatBuffer.allocate(0)),
        Bad.of("chars", () -> CharBuffer.allocate(4)),
        Bad.of("read-only", () -> FloatBuffer.allocate(4).asReadOnlyBuffer()));
  }

  private static HostArray closed() {
    try (Arena arena = Arena.ofConfined()) {
      return new HostArray(SQUARE, arena.allocate(16, 4));
    }
  }

  private static HostArray host(DType dtype, long... dims) {
    return HostArray.allocate(new TensorType(dtype, Shape.of(dims)));
  }

  private static Stream<Bad> hosts() {
    return Stream.concat(
        Arrays.stream(DType.values())
            .map(dtype -> Bad.of(dtype + "", () -> host(dtype, 2, 2), dtype + "")),
        Stream.of(
            Bad.of("closed memory", BadHostValues::closed, "closed"),
            Bad.of("scalar", () -> host(DType.FLOAT32), "()"),
            Bad.of("nothing", () -> host(DType.FLOAT32, 0, 5), "(0, 5)"),
            Bad.of(
                "read-only",
                () -> new HostArray(SQUARE, MemorySegment.ofArray(new float[4]).asReadOnly()),
                "read-only"),
            Bad.of("70 axes", () -> host(DType.FLOAT32, BadNumbers.many(1)), "70", "1, 1")));
  }

  private static Stream<Bad> types() {
    return BadNumbers.shapes()
        .map(bad -> bad.then(shape -> new TensorType(DType.FLOAT64, (Shape) shape)));
  }

  private static Stream<Bad> dtypes() {
    return Arrays.stream(NumPyDType.Element.values())
        .map(element -> Bad.of(element + "", () -> new NumPyDType(element, ByteOrder.BIG_ENDIAN)));
  }

  private static Stream<Bad> arrays(Class<?> type) {
    Stream<Bad> arrays =
        Stream.concat(
            dtypes().map(bad -> bad.then(dtype -> array((NumPyDType) dtype))),
            Stream.of(
                Bad.of(
                    "closed memory",
                    () ->
                        new NumPyArray(
                            NumPyDType.of(DType.FLOAT32), Shape.of(2, 2), Order.C, closed().data()),
                    "closed"),
                Bad.of("one row", () -> NumPyArray.of(new float[] {1})),
                Bad.of("nothing", () -> NumPyArray.of(new float[0], 0, 7)),
                Bad.of("NaN", () -> NumPyArray.of(new double[] {Double.NaN, 1e300, 1, 2}, 2, 2))));
    return type == NumPyArray.class
        ? arrays
        : Stream.concat(
            arrays,
            Stream.of(
                Bad.of("returns null", () -> (ArrayLike) () -> null, "null"),
                Bad.of("throws", () -> (ArrayLike) BadHostValues::thrown)));
  }

  private static NumPyArray array(NumPyDType dtype) {
    return new NumPyArray(
        dtype, Shape.of(2, 2), Order.FORTRAN, MemorySegment.ofArray(new byte[4 * dtype.bytes()]));
  }

  private static NumPyArray thrown() {
    throw BadValues.OWN;
  }

  private static Stream<Bad> nested() {
    return Stream.of(
        Bad.of("empty", () -> new Object[0]),
        Bad.of("null in it", () -> new Object[] {null}, "null"),
        Bad.of("ragged", () -> new Object[] {new float[] {1}, new float[] {1, 2}}),
        Bad.of("mixed", () -> new Object[] {new float[] {1}, new int[] {1}}),
        Bad.of("text", () -> new Object[] {"text"}, "String"),
        Bad.of("itself", BadHostValues::itself));
  }

  private static Object itself() {
    Object[] array = new Object[1];
    array[0] = array;
    return array;
  }

  private static Stream<Bad> lists(List<?> good) {
    Stream<Bad> any =
        Stream.of(
            Bad.of("empty list", List::of),
            Bad.of("null in it", () -> Collections.singletonList(null), "null"),
            Bad.from("one more", list -> longer((List<?>) list)));
    boolean sizes = !good.isEmpty() && good.getFirst() instanceof Long;
    return sizes ? Stream.concat(any, BadNumbers.lists()) : any;
  }

  private static List<?> longer(List<?> list) {
    return list.isEmpty() ? list : Stream.concat(list.stream(), list.stream().limit(1)).toList();
  }

  private static Stream<Bad> maps(Map<?, ?> good) {
    boolean any = good.size() > 1;
    boolean arrays = good.values().stream().anyMatch(HostArray.class::isInstance);
    Stream<Bad> keys =
        Stream.of("", "\0", "../a", "a".repeat(100_000), "\ud800")
            .map(key -> Bad.from("key of " + key.length(), map -> with(map, key)));
    return Stream.of(
            Stream.of(
                Bad.of("empty map", Map::of),
                Bad.from("null key", map -> with(map, null)),
                Bad.of("null value", () -> map("a", null), "null")),
            keys,
            arrays ? hosts().map(bad -> bad.then(array -> map("a", array))) : Stream.<Bad>of(),
            any ? Stream.of(Bad.of("an object", () -> map("typestr", new Object()))) : null)
        .flatMap(each -> each);
  }

  private static Map<Object, Object> with(Object good, String key) {
    return map(key, ((Map<?, ?>) good).values().iterator().next());
  }

  private static Map<Object, Object> map(String key, Object value) {
    Map<Object, Object> map = new HashMap<>();
    map.put(key, value);
    return map;
  }
}
