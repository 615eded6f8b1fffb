package org.cotangent.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.numpy.MemoryTaken;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Safetensors files: what is written, to the byte, and what is refused, to the word. */
class SafetensorsTest {
  /** What opening a file may take for each of its bytes, garbage included. */
  static final long COST = 2;

  @TempDir private Path folder;

  static byte[] file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(folder, "x", ".safetensors"), bytes);
  }

  private static HostArray bytes(DType dtype, Shape shape, int... values) {
    HostArray array = HostArray.allocate(new TensorType(dtype, shape));
    for (int i = 0; i < values.length; i++) {
      array.data().set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
    }
    return array;
  }

  @Test
  void everyByteOfAFile() throws IOException {
    Map<String, HostArray> arrays = new HashMap<>();
    arrays.put("b\"\n", bytes(DType.INT16, Shape.of(1, 2), 1, 2, 3, 4));
    arrays.put("a", bytes(DType.BOOL, Shape.of(1), 1));
    arrays.put("z", bytes(DType.INT64, Shape.SCALAR, 5));
    arrays.put("y", bytes(DType.INT64, Shape.of(0)));
    Path path = folder.resolve("all.safetensors");
    Safetensors.write(path, arrays, Map.of("k", "\\v", "format", "pt"));
    String header =
        "{\"__metadata__\":{\"format\":\"pt\",\"k\":\"\\\\v\"},"
            + "\"y\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[0,0]},"
            + "\"z\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"b\\\"\\n\":{\"dtype\":\"I16\",\"shape\":[1,2],\"data_offsets\":[8,12]},"
            + "\"a\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[12,13]}}";
    header += " ".repeat(-header.length() & 7);
    byte[] expected = file(header, 13);
    byte[] data = {5, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 1};
    System.arraycopy(data, 0, expected, expected.length - 13, 13);
    assertArrayEquals(expected, Files.readAllBytes(path));
    try (Safetensors file = Safetensors.open(path)) {
      assertEquals(List.of("y", "z", "b\"\n", "a"), file.names());
      assertEquals(Map.of("format", "pt", "k", "\\v"), file.metadata());
      assertEquals("{y=<i8(0,), z=<i8(), b\"\n=<i2(1, 2), a=|b1(1,)}", file.introspect() + "");
      assertEquals("int16(1, 2)", file.get("b\"\n").toString());
      ArgumentException e = assertThrows(ArgumentException.class, () -> file.get("c"));
      assertEquals("get: " + path + " has no tensor 'c'; it has [y, z, b\"\n, a]", e.getMessage());
    }
  }

  /** By the bytes of UTF-8, as the original: U+E000 before U+1F600, and both behind ASCII. */
  @Test
  void namesOfOneDTypeAreSorted() {
    HostArray x = bytes(DType.INT8, Shape.of(1), 3);
    Path path = folder.resolve("sorted.safetensors");
    Safetensors.write(path, Map.of("\ud83d\ude00", x, "z", x, "\ue000", x, "é", x));
    try (Safetensors file = Safetensors.open(path)) {
      assertEquals(List.of("z", "é", "\ue000", "\ud83d\ude00"), file.names());
    }
  }

  /** More than a chunk, of a length that no chunk divides. */
  @Test
  void largeArrays() {
    Random random = new Random(4);
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      Shape shape = Shape.of(3 * (1 << 17) + 5);
      arrays.put(dtype.toString(), SafetensorsReferenceTest.random(dtype, shape, random));
    }
    Path path = folder.resolve("large.safetensors");
    Safetensors.write(path, arrays);
    try (Safetensors file = Safetensors.open(path)) {
      assertEquals(Map.of(), file.metadata());
      arrays.forEach((name, array) -> {
        NumPyArray read = file.get(name);
        assertEquals(
            -1,
            MemorySegment.mismatch(
                array.data(), 0, array.data().byteSize(), read.data(), 0, read.data().byteSize()));
        assertEquals(array.type().shape(), read.shape());
      });
    }
  }

  private static final String W = "\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}";

  private static String w(String shape, String place) {
    return "{\"w\":{\"dtype\":\"U8\",\"shape\":" + shape + ",\"data_offsets\":" + place + "}}";
  }

  @TestFactory
  Stream<DynamicTest> headersThatAreRefused() {
    Map<String, String> reasons = new LinkedHashMap<>();
    reasons.put("", "header: the end at character 0, expected is '{'");
    reasons.put(" {}", "header: ' ' at character 0, expected is '{'");
    reasons.put("{", "header: the end at character 1, expected is '\"'");
    reasons.put("{" + W + ",}", "header: '}' at character 53, expected is '\"'");
    reasons.put("{" + W + "}x", "header: 'x' at character 53, expected is the end");
    reasons.put("{\"w", "header: the end at character 3, expected is the rest of a string");
    reasons.put("{\"é\ud83d\ude00\":ü}", "header: 'ü' at character 6, expected is '{'");
    reasons.put("{\"w\":3}", "header: '3' at character 5, expected is '{'");
    reasons.put("{\"\\ud83d\":1}", "header: half of a surrogate pair in a string");
    reasons.put("{\"\\ude00\\ud83d\":1}", "header: half of a surrogate pair in a string");
    reasons.put("{\"\\ud83dx\":1}", "header: half of a surrogate pair in a string");
    reasons.put("{\"\\q\":1}", "header: '\\q' in a string");
    reasons.put("{\"\\é\":1}", "header: '\\é' in a string");
    reasons.put("{\"\\u00g0\":1}", "header: '\\u' without four digits in a string");
    reasons.put("{\"\t\":1}", "header: a control character in a string");
    reasons.put("{" + W + "," + W + "}", "header: two values are named 'w'");
    reasons.put("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "header: two values are named 'a'");
    reasons.put(
        "{\"__metadata__\":{},\"__metadata__\":{}}", "header: two values are named '__metadata__'");
    reasons.put("{\"__metadata__\":{\"a\":1}}", "header: '1' at character 21, expected is '\"'");
    reasons.put("{\"w\":{\"dtype\":\"U8\",\"shape\":[2]}}", "header: 'w' has no data_offsets");
    reasons.put(
        "{\"w\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", "header: two values are named 'dtype'");
    reasons.put(
        "{\"w\":{\"size\":2}}",
        "header: 'w' has a 'size'; known are dtype, shape and data_offsets");
    reasons.put(
        w("[-2]", "[0,2]"), "header: '-' at character 28, expected is an integer from 0 on");
    reasons.put(
        w("[2.0]", "[0,2]"), "header: '2' at character 28, expected is an integer from 0 on");
    reasons.put(
        w("[02]", "[0,2]"), "header: '0' at character 28, expected is an integer from 0 on");
    reasons.put(
        w("[[2]]", "[0,2]"), "header: '[' at character 28, expected is an integer from 0 on");
    reasons.put(w("[9223372036854775808]", "[0,2]"), "header: a number of more than 63 bits");
    reasons.put(w("[1" + ",1".repeat(64) + "]", "[0,1]"), "header: more than 64 axes");
    reasons.put(w("[2]", "[0,1,2]"), "header: more than 2 offsets");
    reasons.put(
        w("[2]", "[2,0]"),
        "header: 'w' lies at [2, 0]; expected are begin and end within the 2 bytes of data that are"
            + " there");
    reasons.put(
        w("[3]", "[0,3]"),
        "header: 'w' lies at [0, 3]; expected are begin and end within the 2 bytes of data that are"
            + " there");
    reasons.put(
        w("[3]", "[0,2]"), "header: 'w' is U8(3,) of 3 bytes, and lies at [0, 2], which are 2");
    reasons.put(
        w("[4294967296,4294967296]", "[0,2]"),
        "header: 'w' has more bytes than 64 bits count: U8[4294967296, 4294967296]");
    reasons.put(
        w("[0,9223372036854775807,3]", "[0,0]"),
        "header: 'w' has more bytes than 64 bits count: U8[0, 9223372036854775807, 3]");
    reasons.put(
        w("[2]", "[0,2]").replace("U8", "F8_E4M3"),
        "header: 'w' has dtype 'F8_E4M3', which the engine has not; convert it, say to F32, and"
            + " write it again");
    reasons.put(
        w("[2]", "[0,2]").replace("U8", "u8"),
        "header: 'w' has dtype 'u8'; known are [BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32,"
            + " F64, I64, U64]");
    reasons.put(w("[1]", "[0,1]"), "the last tensor ends at byte 1 of the data, which has 2");
    reasons.put(w("[1]", "[1,2]"), "'w' begins at byte 1, and bytes 0 to 1 belong to no tensor");
    reasons.put(
        "{" + W + ",\"v\":" + w("[1]", "[1,2]").substring(5),
        "'v' begins at byte 1 and overlaps what ends at byte 2");
    return reasons.entrySet().stream()
        .map(reason ->
            dynamicTest(
                reason.getValue(),
                () -> assertRefused(reason.getValue(), write(file(reason.getKey(), 2)))));
  }

  private static void assertRefused(String reason, Path path) {
    FormatException e = assertThrows(FormatException.class, () -> Safetensors.open(path));
    assertEquals("open: " + path + ": " + reason, e.getMessage());
  }

  @Test
  void filesThatAreRefused() throws IOException {
    assertRefused("cannot be read: no such file or folder", folder.resolve("missing"));
    assertRefused(
        "no safetensors file: the header's length takes 8 bytes, 7 are there", write(new byte[7]));
    byte[] bytes = file("{}", 0);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
    String claims = "no safetensors file, or a truncated one: it claims a header of ";
    assertRefused(claims + "18446744073709551615 bytes; at most 100000000 are read", write(bytes));
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
    assertRefused(claims + "100000001 bytes; at most 100000000 are read", write(bytes));
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
    // Also where a file is so long: it is all hole, which most file systems do not store.
    Path longer = write(bytes);
    try (RandomAccessFile file = new RandomAccessFile(longer.toFile(), "rw")) {
      file.setLength(100_000_100);
    }
    assertRefused(claims + "100000001 bytes; at most 100000000 are read", longer);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 3);
    assertRefused(claims + "3 bytes; 2 are there", write(bytes));
    assertRefused(
        "header: no UTF-8; is it a safetensors file?",
        write(new byte[] {1, 0, 0, 0, 0, 0, 0, 0, -1}));
  }

  /** Headers that make the most of their bytes, and what claims more than is there. */
  @TestFactory
  Stream<DynamicTest> whatItCosts() {
    int size = 1_500_000;
    int count = size / 60;
    String text = "é".repeat(size / 2);
    IntFunction<String> last = i -> tensor(key(i), "[1]", count - 1 - i, count - i);
    Map<String, byte[]> read = new LinkedHashMap<>();
    read.put("texts", file("{" + texts(i -> key(i) + ":\"\"", size) + "}", 0));
    read.put("texts with escapes", file("{" + texts(i -> escaped(i) + ":\"\"", size) + "}", 0));
    read.put(
        "texts and tensors",
        file(
            "{"
                + texts(i -> key(i) + ":\"\"", size / 2)
                + ","
                + many(i -> tensor(key(i), "[0]", 0, 0), size / 2)
                + "}",
            0));
    read.put("empty ones", file("{" + many(i -> tensor(key(i), "[0]", 0, 0), size) + "}", 0));
    String axes = "[" + "1,".repeat(63) + "0]";
    read.put("axes", file("{" + many(i -> tensor(key(i), axes, 0, 0), size) + "}", 0));
    read.put("the last one first", file("{" + list(last, count) + "}", count));
    read.put(
        "names",
        file(
            "{"
                + many(i -> tensor("\"x" + "é".repeat(99) + key(i).substring(1), "[0]", 0, 0), size)
                + "}",
            0));
    read.put("escapes", file("{" + many(i -> tensor(escaped(i), "[0]", 0, 0), size) + "}", 0));
    read.put("one text", file("{\"__metadata__\":{\"a\":\"" + text + "\"}}", 0));
    read.put("one name", file("{" + tensor("\"" + text + "\"", "[0]", 0, 0) + "}", 0));
    read.put("space", file("{" + " ".repeat(size) + "}", 0));
    Map<String, byte[]> refused = new LinkedHashMap<>();
    refused.put("tensors", file("{" + many(i -> tensor(key(i), "[]", 0, 0), size) + "}", 0));
    refused.put("a byte more", file("{" + list(last, count) + "}", count + 1));
    refused.put("holes", file("{" + many(i -> tensor(key(i), "[0]", 1, 1), size) + "}", 1));
    refused.put("a name alone", file("{\"" + "\\n".repeat(size / 2) + "\":0}", 0));
    refused.put("a name's field", file("{\"" + text + "\":{\"\":0}}", 0));
    String half = tensor("\"" + "é".repeat(size / 4) + "\"", "[0]", 0, 0);
    refused.put("a name twice", file("{" + half + "," + half + "}", 0));
    refused.put("a field", file("{\"w\":{\"" + text + "\":0}}", 0));
    refused.put("a dtype", file(w("[0]", "[0,0]").replace("U8", "x".repeat(size)), 0));
    refused.put("depth", file("[".repeat(size), 0));
    refused.put("braces", file("{\"a\":".repeat(size / 5), 0));
    refused.put("digits", file(w("[" + "1".repeat(size) + "]", "[0,1]"), 0));
    refused.put("numbers", file(w("[" + "1,".repeat(size / 2) + "1]", "[0,1]"), 0));
    refused.put("a claim", file(w("[1099511627776]", "[0,1099511627776]"), 0));
    return Stream.of(true, false)
        .flatMap(isRead ->
            (isRead ? read : refused)
                .entrySet().stream()
                    .map(one ->
                        dynamicTest(
                            one.getKey(),
                            () -> assertCheap(one.getValue(), write(one.getValue()), isRead))));
  }

  private static void assertCheap(byte[] bytes, Path path, boolean isRead) {
    long most = COST * bytes.length + (1 << 20);
    Optional<Safetensors> file =
        MemoryTaken.within(most, FormatException.class, () -> Safetensors.open(path));
    assertEquals(isRead, file.isPresent());
    file.ifPresent(Safetensors::close);
  }

  private static String list(IntFunction<String> item, int count) {
    return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(","));
  }

  private static String many(IntFunction<String> item, int size) {
    return list(item, size / (item.apply(size / 16).length() + 1));
  }

  private static String texts(IntFunction<String> item, int size) {
    return "\"__metadata__\":{" + many(item, size) + "}";
  }

  private static String tensor(String name, String shape, int begin, int end) {
    return name
        + ":{\"dtype\":\"U8\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + begin
        + ","
        + end
        + "]}";
  }

  /** Of few bytes each: two thirds of what a byte may be are characters of their own. */
  private static String key(int i) {
    String digits =
        "!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz";
    StringBuilder key = new StringBuilder("\"");
    for (int rest = i; rest > 0; rest /= digits.length()) {
      key.append(digits.charAt(rest % digits.length()));
    }
    return key.append('"').toString();
  }

  private static String escaped(int i) {
    return key(i)
        .chars()
        .mapToObj(c -> c == '"' ? "\"" : "\\u%04x".formatted(c))
        .collect(Collectors.joining());
  }

  /** What is the same after its escapes are. */
  @Test
  void escapedNames() throws IOException {
    String w = tensor("\"\\u0077\\/\\ud83d\\ude00é\"", "[2]", 0, 2);
    String same = W.replace("\"w\"", "\"w/\\uD83D\\uDE00\\u00e9\"").replace("[0,2]", "[2,4]");
    assertRefused(
        "header: two values are named 'w/😀é'", write(file("{" + w + "," + same + "}", 4)));
    assertRefused(
        "header: two values are named 'a\"'",
        write(file("{\"__metadata__\":{\"a\\\"\":\"1\",\"\\u0061\\u0022\":\"2\"}}", 0)));
    String fields = w.replace("dtype", "\\u0064type").replace("U8", "U\\u0038");
    String texts = "\"__metadat\\u0061__\":{\"\\n\":\"\\\\é\"}";
    try (Safetensors file = Safetensors.open(write(file("{" + fields + "," + texts + "}", 2)))) {
      assertEquals(List.of("w/😀é"), file.names());
      assertEquals("|u1(2,)", file.introspect().get("w/😀é") + "");
      assertEquals("uint8(2,)", file.get("w/😀é") + "");
      assertEquals(Map.of("\n", "\\é"), file.metadata());
      for (String other :
          List.of("w", "w/", "w/😀", "w/😀é\"", "w/😀éé", "", "w/\ud83d", "\\u0077/😀é")) {
        assertThrows(ArgumentException.class, () -> file.get(other));
      }
    }
  }

  @Test
  void manyNamesAndLongOnes() throws IOException {
    int count = 5_000;
    String header = list(i -> tensor("\"t" + (i * 7919 % count) + "\"", "[1]", i, i + 1), count);
    byte[] bytes = file("{" + header + "}", count);
    for (int i = 0; i < count; i++) {
      bytes[bytes.length - count + i] = (byte) i;
    }
    Path path = write(bytes);
    try (Safetensors file = Safetensors.open(path)) {
      List<String> names = file.names();
      for (int i = 0; i < count; i++) {
        assertEquals("t" + (i * 7919 % count), names.get(i));
        assertEquals((byte) i, file.get(names.get(i)).data().get(ValueLayout.JAVA_BYTE, 0));
      }
      ArgumentException e = assertThrows(ArgumentException.class, () -> file.get("t5000"));
      String message = String.valueOf(e.getMessage());
      assertTrue(message.endsWith(", t2542, t461] and 4980 more"), message);
    }
    String name = "é".repeat(101);
    Path long1 = write(file("{" + tensor("\"" + name + "\"", "[0]", 0, 0) + "}", 0));
    try (Safetensors file = Safetensors.open(long1)) {
      assertEquals(List.of(name), file.names());
      String message = assertThrows(ArgumentException.class, () -> file.get("")).getMessage();
      assertEquals(
          "get: " + long1 + " has no tensor ''; it has [" + "é".repeat(100) + "...]", message);
    }
  }

  /** The order in the header says nothing. */
  @Test
  void placesInAnyOrder() throws IOException {
    Random random = new Random(7);
    for (int count = 1; count < 40; count++) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
      Collections.shuffle(order, random);
      // Every third one is empty, and lies where the next one begins.
      IntFunction<String> item =
          i -> {
            int k = order.get(i);
            return tensor(
                "\"" + k + "\"",
                k % 3 == 0 ? "[0]" : "[1]",
                k - (k + 2) / 3,
                k - (k + 2) / 3 + (k % 3 == 0 ? 0 : 1));
          };
      String header = "{" + list(item, count) + "}";
      int bytes = count - (count + 2) / 3;
      Safetensors.open(write(file(header, bytes))).close();
      assertRefused(
          "the last tensor ends at byte " + bytes + " of the data, which has " + (bytes + 1),
          write(file(header, bytes + 1)));
      if (count > 4) {
        assertRefused(
            "'2' begins at byte 1, and bytes 0 to 1 belong to no tensor",
            write(
                file(
                    header
                        .replace(
                            "\"1\":{\"dtype\":\"U8\",\"shape\":[1]",
                            "\"1\":{\"dtype\":\"U8\",\"shape\":[0]")
                        .replace("[0,1]", "[0,0]"),
                    bytes)));
      }
    }
  }

  @Test
  void afterwards() throws IOException {
    Path path = write(file("{" + W + "}", 2));
    Safetensors file = Safetensors.open(path);
    try (file) {
      try (RandomAccessFile shorter = new RandomAccessFile(path.toFile(), "rw")) {
        shorter.setLength(path.toFile().length() - 1);
      }
      FormatException e = assertThrows(FormatException.class, () -> file.get("w"));
      assertEquals(
          "get: " + path + ": 'w': truncated: the file was shortened since it was opened",
          e.getMessage());
    }
    file.close();
    ClosedException closed = assertThrows(ClosedException.class, () -> file.get("w"));
    assertEquals("get: " + path + " is closed; open it again", closed.getMessage());
  }

  @Test
  void whatCannotBeWritten() throws IOException {
    Path path = Files.writeString(folder.resolve("old"), "old");
    HostArray x = bytes(DType.INT8, Shape.of(1), 3);
    long[] dims = new long[65];
    Arrays.fill(dims, 1);
    HostArray deep = bytes(DType.INT8, Shape.of(dims), 3);
    Map<String, HostArray> nothing = new HashMap<>();
    nothing.put("x", null);
    Map<String, Runnable> calls = new LinkedHashMap<>();
    calls.put(
        "write: no tensor can be named __metadata__; pass texts as metadata",
        () -> Safetensors.write(path, Map.of("__metadata__", x)));
    calls.put(
        "write: the array 'x' has 65 axes, at most 64 are taken; reshape it first",
        () -> Safetensors.write(path, Map.of("x", deep)));
    calls.put(
        "write: the name '\ud83d' has half of a surrogate pair; use another",
        () -> Safetensors.write(path, Map.of("\ud83d", x)));
    calls.put(
        "write: the text of 'a' '\ud83d' has half of a surrogate pair; use another",
        () -> Safetensors.write(path, Map.of("x", x), Map.of("a", "\ud83d")));
    calls.put(
        "write: the header takes 100000064 bytes, readers take at most 100000000; write fewer"
            + " tensors, or shorter names and metadata",
        () -> Safetensors.write(path, Map.of(), Map.of("a", "x".repeat(100_000_035))));
    calls.put("write: the array 'x' is null; pass one", () -> Safetensors.write(path, nothing));
    calls.forEach((message, call) ->
        assertEquals(message, assertThrows(CotangentException.class, call::run).getMessage()));
    assertThrows(ShapeException.class, () -> Safetensors.write(path, Map.of("x", deep)));
    assertEquals("old", Files.readString(path));
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.allMatch(path::equals));
    }
  }
}
