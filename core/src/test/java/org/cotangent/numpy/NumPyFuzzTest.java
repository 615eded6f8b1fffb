package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.cotangent.error.CotangentException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Whatever the bytes, no other exception leaves than the engine's own, and no more memory is taken
 * than the input's size and a MiB; what is read is what an independent reader finds.
 *
 * <p>A build runs the seeds, which lie under this class's name in the resources. To look for new
 * inputs, one method at a time, for five minutes or as long as told; one that fails joins the
 * seeds:
 *
 * <pre>{@code
 * mvn -q -Pfuzz -pl core -Dtest=NumPyFuzzTest#npy [-Djazzer.max_duration=2h]
 * }</pre>
 */
class NumPyFuzzTest {
  /** What a call may take on top of its input: a message, a decoder, a piece of a stream. */
  private static final long ROOM = 1 << 20;

  /** No deflated byte makes more than this many. */
  private static final long INFLATION = 1032;

  /** Large enough for the elements of small shapes, small enough to look at each. */
  private static final int FEW = 1 << 12;

  private static @Nullable Path folder;

  @BeforeAll
  static void makeFolder() throws IOException {
    Path memory = Path.of("/dev/shm");
    folder =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "cotangent")
            : Files.createTempDirectory("cotangent");
  }

  @AfterAll
  static void deleteFolder() throws IOException {
    Files.deleteIfExists(path());
    Files.deleteIfExists(Objects.requireNonNull(folder));
  }

  private static Path path() {
    return Objects.requireNonNull(folder).resolve("input");
  }

  private static Path write(byte[] bytes) {
    try {
      return Files.write(path(), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> Optional<T> within(long bytes, Supplier<T> action) {
    return MemoryTaken.within(bytes + ROOM, CotangentException.class, action);
  }

  private static void assertSame(NumPyArray expected, NumPyArray actual) {
    assertEquals(expected.toString(), actual.toString());
    assertEquals(-1, expected.data().mismatch(actual.data()));
  }

  private static Optional<NumPyArray> read(byte[] bytes) {
    // What is there may be taken twice: as it comes, and as an array.
    return within(
        2 * bytes.length, () -> NumPyArray.read(new ByteArrayInputStream(bytes), "input"));
  }

  @FuzzTest
  void npy(byte[] bytes) {
    Optional<NumPyArray> array = read(bytes);
    Optional<ArrayInfo> info =
        within(
            bytes.length,
            () -> {
              try {
                return NpyHeader.info(new ByteArrayInputStream(bytes), "input");
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    if (array.isEmpty()) {
      return;
    }
    NumPyArray a = array.get();
    assertEquals(Optional.of(a.dtype()), info.orElseThrow().dtype());
    assertEquals(a.shape(), info.orElseThrow().shape());
    assertEquals(a.order(), info.orElseThrow().order());
    // The elements are the bytes behind the header, whose length two bytes of the file say.
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int start = bytes[6] == 1 ? 10 + file.getShort(8) : 12 + file.getInt(8);
    byte[] elements = a.data().toArray(ValueLayout.JAVA_BYTE);
    assertArrayEquals(Arrays.copyOfRange(bytes, start, start + elements.length), elements);
    // As this package writes it, it is read as the same.
    byte[] header = NpyHeader.format(a.dtype(), a.order(), a.shape());
    byte[] again = Arrays.copyOf(header, header.length + elements.length);
    System.arraycopy(elements, 0, again, header.length, elements.length);
    NumPyArray second = read(again).orElseThrow();
    assertEquals(a.dtype(), second.dtype());
    assertEquals(a.shape(), second.shape());
    assertTrue(a.order() == second.order() || Reorder.isSame(a.shape()));
    assertEquals(-1, a.data().mismatch(second.data()));
    a.cast(DType.BOOL);
  }

  @FuzzTest
  void npyFile(byte[] bytes) {
    Path path = write(bytes);
    Optional<NumPyArray> streamed = read(bytes);
    Optional<NumPyArray> loaded = within(bytes.length, () -> NumPyArray.load(path));
    Optional<NumPyArray> mapped = within(0, () -> NumPyArray.map(path));
    Optional<NpyFile> opened = within(0, () -> NpyFile.open(path));
    Optional<ArrayInfo> info = within(0, () -> NumPyArray.introspect(path));
    assertEquals(streamed.isPresent(), loaded.isPresent());
    assertEquals(streamed.isPresent(), mapped.isPresent());
    assertEquals(streamed.isPresent(), opened.isPresent());
    opened.ifPresent(file -> assertCopied(streamed.orElseThrow(), file));
    if (streamed.isPresent()) {
      assertTrue(info.isPresent());
      assertSame(streamed.get(), loaded.orElseThrow());
      assertSame(streamed.get(), mapped.orElseThrow());
    }
  }

  private static void assertCopied(NumPyArray expected, NpyFile file) {
    try (file) {
      // Void16 has one meaning alone, whatever it is asked for.
      DType dtype = expected.dtype().element().engine().orElse(DType.BFLOAT16);
      TensorType type = new TensorType(dtype, file.shape());
      Optional<HostArray> host = within(type.bytes(), () -> expected.toHost(dtype));
      HostArray copy = HostArray.allocate(type);
      Optional<HostArray> read =
          within(
              Pieces.BYTES,
              () -> {
                file.copyTo(copy);
                return copy;
              });
      assertEquals(host.isPresent(), read.isPresent());
      host.ifPresent(array -> assertEquals(-1, array.data().mismatch(copy.data())));
    }
  }

  @FuzzTest
  void npz(byte[] bytes) {
    Path path = write(bytes);
    long most = INFLATION * bytes.length;
    Optional<Npz> opened = within(NpzTest.COST * bytes.length, () -> Npz.open(path));
    if (opened.isEmpty()) {
      return;
    }
    try (Npz npz = opened.get()) {
      for (String name : npz.names()) {
        Optional<NumPyArray> array = within(2 * most, () -> npz.get(name));
        array.ifPresent(a -> assertSame(a, npz.get(name)));
      }
      within(most, npz::introspect)
          .ifPresent(infos -> assertEquals(npz.names(), List.copyOf(infos.keySet())));
    }
  }

  /** An archive of one entry, whose directory may lie. */
  @FuzzTest
  void npzEntry(FuzzedDataProvider data) {
    boolean deflated = data.consumeBoolean();
    boolean streamed = data.consumeBoolean();
    long sizeOff = data.consumeBoolean() ? data.consumeInt() : 0;
    int storedOff = data.consumeBoolean() ? data.consumeInt(-64, 64) : 0;
    int checksumOff = data.consumeBoolean() ? data.consumeInt() : 0;
    byte[] name =
        data.consumeBoolean() ? data.consumeBytes(12) : "x.npy".getBytes(StandardCharsets.UTF_8);
    String header =
        data.consumeBoolean()
            ? data.consumeAsciiString(200)
            : NpyBytes.header(
                "'" + data.pickValue(new String[] {"<f4", ">i2", "|u1", "|O"}) + "'",
                data.consumeBoolean() ? "True" : "False",
                "("
                    + data.consumeInt(0, 40)
                    + ","
                    + (data.consumeBoolean() ? data.consumeLong() : "")
                    + ")");
    byte[] rest = data.consumeRemainingAsBytes();
    byte[] content = NpyBytes.file(1, header, rest);
    byte[] stored = deflated ? deflate(content) : content;
    CRC32 checksum = new CRC32();
    checksum.update(content);
    int flags = streamed ? 8 : 0;
    int method = deflated ? 8 : 0;
    int crc = (int) checksum.getValue() ^ checksumOff;
    int storedSize = stored.length + storedOff;
    int size = (int) (content.length + sizeOff);
    ByteBuffer zip =
        ByteBuffer.allocate(98 + 2 * name.length + stored.length).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).putShort((short) 20).putShort((short) flags).putShort((short) method);
    zip.putInt(0)
        .putInt(streamed ? 0 : crc)
        .putInt(streamed ? 0 : storedSize)
        .putInt(streamed ? 0 : size);
    zip.putShort((short) name.length).putShort((short) 0).put(name).put(stored);
    int directory = zip.position();
    zip.putInt(0x02014b50)
        .putShort((short) 20)
        .putShort((short) 20)
        .putShort((short) flags)
        .putShort((short) method);
    zip.putInt(0).putInt(crc).putInt(storedSize).putInt(size);
    zip.putShort((short) name.length).put(new byte[16]).put(name);
    int directorySize = zip.position() - directory;
    zip.putInt(0x06054b50)
        .putInt(0)
        .putShort((short) 1)
        .putShort((short) 1)
        .putInt(directorySize)
        .putInt(directory)
        .putShort((short) 0);
    Path path = write(zip.array());
    long most = INFLATION * zip.capacity();
    Optional<Npz> opened = within(NpzTest.COST * zip.capacity(), () -> Npz.open(path));
    if (opened.isEmpty()) {
      return;
    }
    try (Npz npz = opened.get()) {
      if (npz.names().isEmpty()) {
        return;
      }
      Optional<NumPyArray> found = within(2 * most, () -> npz.get(npz.names().getFirst()));
      Optional<NumPyArray> expected = read(content);
      boolean whole = expected.map(array -> array.data().byteSize() == rest.length).orElse(false);
      boolean honest = sizeOff == 0 && checksumOff == 0;
      if (storedOff == 0) {
        assertEquals(whole && honest, found.isPresent());
      }
      found.ifPresent(array -> assertSame(expected.orElseThrow(), array));
      assertTrue(found.isEmpty() || (whole && honest));
    }
  }

  private static byte[] deflate(byte[] bytes) {
    try (Deflater deflater = new Deflater(1, true)) {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] buffer = new byte[bytes.length + 100];
      return Arrays.copyOf(buffer, deflater.deflate(buffer));
    }
  }

  private static final List<String> TYPESTRS = List.of("<f4", ">i2", "|u1", "<f8", "|b1");

  private static List<Long> numbers(FuzzedDataProvider data, int count, long least, long most) {
    boolean any = data.consumeInt(0, 7) == 0;
    return Stream.generate(() -> any ? data.consumeLong() : data.consumeLong(least, most))
        .limit(count)
        .toList();
  }

  private static Object form(FuzzedDataProvider data, List<Long> numbers) {
    return switch (data.consumeInt(0, 3)) {
      case 0 -> numbers.stream().mapToLong(Long::longValue).toArray();
      case 1 -> numbers.stream().mapToInt(Long::intValue).toArray();
      case 2 -> numbers.toArray();
      default -> numbers;
    };
  }

  private static List<Long> taken(Object form) {
    return form instanceof int[] ints
        ? Arrays.stream(ints).asLongStream().boxed().toList()
        : form instanceof long[] longs
            ? Arrays.stream(longs).boxed().toList()
            : form instanceof Object[] items
                ? Stream.of(items).map(Long.class::cast).toList()
                : ((List<?>) form).stream().map(Long.class::cast).toList();
  }

  @FuzzTest
  void arrayInterface(FuzzedDataProvider data) {
    Map<String, @Nullable Object> fields = new HashMap<>();
    String typestr =
        data.consumeInt(0, 15) == 0 ? data.consumeAsciiString(8) : data.pickValue(TYPESTRS);
    int rank = data.consumeInt(0, 5);
    Object shape = form(data, numbers(data, rank, -1, 6));
    int given = data.consumeInt(0, 15) == 0 ? data.consumeInt(0, 5) : rank;
    @Nullable Object strides =
        data.consumeBoolean() ? form(data, numbers(data, given, -40, 40)) : null;
    @Nullable Long offset = data.consumeBoolean() ? numbers(data, 1, -9, 70).getFirst() : null;
    long start = numbers(data, 1, -9, 70).getFirst();
    int version = data.consumeInt(2, 4);
    fields.put("version", version);
    fields.put("typestr", typestr);
    fields.put("shape", shape);
    fields.put("strides", strides);
    fields.put("offset", offset);
    byte[] memory = data.consumeRemainingAsBytes();
    Optional<ArrayInterface> array =
        within(0, () -> ArrayInterface.of(fields, MemorySegment.ofArray(memory), start));
    Optional<NumPyDType> dtype = within(0, () -> NumPyDType.parse(typestr));
    List<Long> dims = taken(shape);
    BigInteger from =
        BigInteger.valueOf(start).add(BigInteger.valueOf(offset == null ? 0 : offset));
    boolean valid =
        version > 2
            && dtype.isPresent()
            && from.bitLength() < Long.SIZE
            && (strides == null || taken(strides).size() == dims.size());
    assertElements(
        array,
        valid,
        strides == null,
        dims,
        dtype
            .map(d -> strides == null ? inOrder(dims, d) : exact(taken(strides), 1))
            .orElse(List.of()),
        from,
        dtype.map(NumPyDType::bytes).orElse(0),
        memory);
  }

  @FuzzTest
  void dlpack(FuzzedDataProvider data) {
    int device = data.consumeInt(0, 3);
    int code = data.consumeInt(0, 7);
    int bits = data.consumeInt(0, 12) * 8;
    int lanes = data.consumeInt(0, 15) == 0 ? data.consumeInt() : 1;
    int rank = data.consumeInt(0, 5);
    List<Long> dims = numbers(data, rank, -1, 6);
    int given = data.consumeInt(0, 15) == 0 ? data.consumeInt(0, 5) : rank;
    Optional<List<Long>> strides =
        data.consumeBoolean() ? Optional.of(numbers(data, given, -9, 9)) : Optional.empty();
    long offset = numbers(data, 1, -9, 70).getFirst();
    byte[] memory = data.consumeRemainingAsBytes();
    DlpackTensor tensor =
        new DlpackTensor(
            device, code, bits, lanes, dims, strides, MemorySegment.ofArray(memory), offset);
    String kind = List.of("i", "u", "f", "", "", "", "b", "").get(code);
    Optional<NumPyDType> dtype =
        within(0, () -> NumPyDType.parse(kind + bits / 8))
            .filter(d -> !kind.isEmpty() && bits > 0 && lanes == 1);
    assertElements(
        within(0, tensor::toArrayInterface),
        (device == 1 || device == 3)
            && dtype.isPresent()
            && strides.map(s -> s.size() == dims.size()).orElse(true)
            && strides.stream()
                .flatMap(List::stream)
                .allMatch(s ->
                    BigInteger.valueOf(s).multiply(BigInteger.valueOf(bits / 8)).bitLength()
                        < Long.SIZE),
        strides.isEmpty(),
        dims,
        dtype
            .map(d -> strides.map(s -> exact(s, d.bytes())).orElseGet(() -> inOrder(dims, d)))
            .orElse(List.of()),
        BigInteger.valueOf(offset),
        bits / 8,
        memory);
  }

  private static List<BigInteger> exact(List<Long> strides, int times) {
    return strides.stream()
        .map(stride -> BigInteger.valueOf(stride).multiply(BigInteger.valueOf(times)))
        .toList();
  }

  private static List<BigInteger> inOrder(List<Long> dims, NumPyDType dtype) {
    List<BigInteger> strides = new ArrayList<>();
    BigInteger stride = BigInteger.valueOf(dtype.bytes());
    for (long dim : dims.reversed()) {
      strides.addFirst(stride);
      stride = stride.multiply(BigInteger.valueOf(dim));
    }
    return strides;
  }

  /** NumPy's limit also for arrays without elements. */
  private static boolean addressable(List<Long> dims, int bytes) {
    return dims.stream()
            .map(dim -> BigInteger.valueOf(Math.max(1, dim)))
            .reduce(BigInteger.valueOf(bytes), BigInteger::multiply)
            .bitLength()
        < Long.SIZE;
  }

  /** Where the elements lie, in C order, by walking over all of them. */
  private static List<BigInteger> addresses(
      List<Long> dims, List<BigInteger> strides, BigInteger from) {
    List<BigInteger> addresses = List.of(from);
    for (int axis = 0; axis < dims.size(); axis++) {
      List<BigInteger> next = new ArrayList<>();
      for (BigInteger address : addresses) {
        for (long i = 0; i < dims.get(axis); i++) {
          next.add(address.add(strides.get(axis).multiply(BigInteger.valueOf(i))));
        }
      }
      addresses = next;
    }
    return addresses;
  }

  /** Asserts that it is taken where every element lies in the memory, and what the elements are. */
  private static void assertElements(
      Optional<ArrayInterface> array,
      boolean valid,
      boolean inOrder,
      List<Long> dims,
      List<BigInteger> strides,
      BigInteger from,
      int bytes,
      byte[] memory) {
    if (!valid || dims.stream().anyMatch(dim -> dim < 0)) {
      assertTrue(array.isEmpty());
      return;
    }
    BigInteger size =
        dims.stream().map(BigInteger::valueOf).reduce(BigInteger.ONE, BigInteger::multiply);
    if (size.signum() == 0) {
      assertEquals(!inOrder || addressable(dims, bytes), array.isPresent());
      array.ifPresent(empty -> assertEquals(0, empty.toNumPyArray().data().byteSize()));
      return;
    }
    BigInteger end = BigInteger.valueOf(memory.length - bytes);
    if (size.compareTo(BigInteger.valueOf(FEW)) > 0) {
      BigInteger first = from;
      BigInteger last = from;
      for (int axis = 0; axis < dims.size(); axis++) {
        BigInteger reach = strides.get(axis).multiply(BigInteger.valueOf(dims.get(axis) - 1));
        first = first.add(reach.min(BigInteger.ZERO));
        last = last.add(reach.max(BigInteger.ZERO));
      }
      boolean inside = first.signum() >= 0 && last.compareTo(end) <= 0;
      boolean countable = size.compareTo(BigInteger.valueOf(Long.MAX_VALUE >> 3)) <= 0;
      assertEquals(inside && countable, array.isPresent());
      return;
    }
    List<BigInteger> addresses = addresses(dims, strides, from);
    boolean inside = addresses.stream().allMatch(at -> at.signum() >= 0 && at.compareTo(end) <= 0);
    assertEquals(inside, array.isPresent());
    if (inside) {
      NumPyArray copy =
          within(addresses.size() * (long) bytes, array.orElseThrow()::toNumPyArray).orElseThrow();
      if (copy.order() == Order.FORTRAN) {
        addresses = addresses(dims.reversed(), strides.reversed(), from);
      }
      ByteBuffer expected = ByteBuffer.allocate(addresses.size() * bytes);
      addresses.forEach(at -> expected.put(memory, at.intValue(), bytes));
      assertArrayEquals(expected.array(), copy.data().toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
