package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Archives that are damaged, lie, or are asked for what they do not have. */
class NpzTest {
  /** What opening an archive may take for each of its bytes, garbage included. */
  static final long COST = 2;

  @TempDir private Path folder;

  private static final byte[] ARRAY =
      NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(3,)"), new byte[] {1, 2, 3});

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    return zip(entries, Deflater.DEFAULT_COMPRESSION);
  }

  private static byte[] zip(Map<String, byte[]> entries, int level) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setLevel(level);
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private Path write(byte[] bytes) throws IOException {
    Path path = folder.resolve("bad.npz");
    // Some file systems flush a file that is truncated and written again; a new one is quick.
    Files.deleteIfExists(path);
    return Files.write(path, bytes);
  }

  private static int find(byte[] bytes, String text, int from) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text, from);
  }

  /** Changes what the directory says of the size of its only entry. */
  private static byte[] declaring(byte[] zip, int size) {
    ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putInt(find(zip, "PK\1\2", 0) + 24, size);
    return zip;
  }

  private void assertOpenFails(String reason, Path path) {
    FormatException e = assertThrows(FormatException.class, () -> Npz.open(path));
    assertMessage("open: " + path + ": ", reason, e);
  }

  private void assertGetFails(String reason, byte[] zip) throws IOException {
    Path path = write(zip);
    try (Npz npz = Npz.open(path)) {
      FormatException e = assertThrows(FormatException.class, () -> npz.get("x"));
      assertMessage("get: " + path + ": 'x': ", reason, e);
    }
  }

  @Test
  void whatIsNoArchive() throws IOException {
    assertOpenFails("no such file", folder.resolve("missing.npz"));
    assertOpenFails("cannot be read as an .npz archive", write(ARRAY));
    assertOpenFails("cannot be read as an .npz archive", write(new byte[0]));
    byte[] zip = zip(Map.of("x.npy", ARRAY));
    assertOpenFails("cannot be read as an .npz archive", write(Arrays.copyOf(zip, zip.length - 9)));
  }

  @Test
  void duplicates() throws IOException {
    assertOpenFails("two entries are named 'x'", write(zip(Map.of("x.npy", ARRAY, "x", ARRAY))));
    byte[] zip = zip(Map.of("x.npy", ARRAY, "y.npy", ARRAY));
    for (int at = find(zip, "y.npy", 0); at >= 0; at = find(zip, "y.npy", at)) {
      zip[at] = 'x';
    }
    assertOpenFails("two entries are named 'x'", write(zip));
  }

  @Test
  void damage() throws IOException {
    Path stored = folder.resolve("stored.npz");
    HostArray array = NumPyReadsTest.sample(DType.INT32, Shape.of(50));
    NumPy.savez(stored, Map.of("x", array));
    byte[] bytes = Files.readAllBytes(stored);
    bytes[300] ^= 1;
    assertGetFails("damaged: its checksum is wrong", bytes);

    Path deflated = folder.resolve("deflated.npz");
    NumPy.savezCompressed(deflated, Map.of("x", array));
    for (int at = 35; at < 150; at++) {
      bytes = Files.readAllBytes(deflated);
      bytes[at] ^= 0x55;
      assertGetFails("", bytes);
    }
  }

  @Test
  void entriesThatDisagreeWithTheirHeaders() throws IOException {
    byte[] longer = Arrays.copyOf(ARRAY, ARRAY.length + 1);
    assertGetFails(
        "the archive declares 4 bytes of data, uint8(3,) has 3", zip(Map.of("x.npy", longer)));
    byte[] shorter = Arrays.copyOf(ARRAY, ARRAY.length - 1);
    assertGetFails(
        "the archive declares 2 bytes of data, uint8(3,) has 3", zip(Map.of("x.npy", shorter)));
    assertGetFails(
        "the archive declares", declaring(zip(Map.of("x.npy", ARRAY)), Integer.MAX_VALUE));
    assertGetFails(
        "more data than the " + ARRAY.length + " bytes declared",
        declaring(zip(Map.of("x.npy", longer)), ARRAY.length));
    // Both claim a GiB; what is not there is not allocated.
    String header = NpyBytes.header("'|u1'", "False", "(1073741824,)");
    byte[] bomb = NpyBytes.file(1, header, new byte[5]);
    assertGetFails(
        "truncated: uint8(1073741824,) has 1073741824 bytes, 5 are there",
        declaring(zip(Map.of("x.npy", bomb)), (1 << 30) + bomb.length - 5));
  }

  /** An entry that says it is packed in another way, or encrypted. */
  @Test
  void entriesThatAreNotRead() throws IOException {
    for (int method : new int[] {1, 9, 12, 14, 93, 99}) {
      byte[] zip = zip(Map.of("x.npy", ARRAY));
      zip[8] = zip[find(zip, "PK\1\2", 0) + 10] = (byte) method;
      assertOpenFails("method: " + method + "); entries are read that are stored or", write(zip));
    }
    byte[] zip = zip(Map.of("x.npy", ARRAY));
    zip[6] |= 1;
    zip[find(zip, "PK\1\2", 0) + 8] |= 1;
    assertOpenFails("not encrypted: write it with np.savez", write(zip));
  }

  private static byte[] stored(String name, byte[] data) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(data.length);
    CRC32 checksum = new CRC32();
    checksum.update(data);
    entry.setCrc(checksum.getValue());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(entry);
      zip.write(data);
    }
    return bytes.toByteArray();
  }

  @Test
  void checksums() throws IOException {
    for (byte[] zip : List.of(stored("x.npy", ARRAY), zip(Map.of("x.npy", ARRAY)))) {
      zip[find(zip, "PK\1\2", 0) + 16] ^= 1;
      assertGetFails("damaged: its checksum is wrong", zip);
    }
  }

  /** What claims to be large, or is, without the one knowing of the other. */
  @Test
  void bombs() throws IOException {
    byte[] zeros = new byte[1 << 26];
    byte[] small = NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(3,)"), zeros);
    byte[] more = zip(Map.of("x.npy", small));
    assertTrue(more.length < 100_000, more.length + " bytes");
    byte[] claim =
        NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(1073741824,)"), new byte[0]);
    byte[] none = declaring(zip(Map.of("x.npy", claim)), (1 << 30) + claim.length);
    byte[] noneStored = declaring(stored("x.npy", claim), (1 << 30) + claim.length);
    assertGetFails("truncated", none);
    for (byte[] zip : List.of(more, declaring(more.clone(), ARRAY.length), none, noneStored)) {
      Path path = write(zip);
      try (Npz npz = Npz.open(path)) {
        MemoryTaken taken = new MemoryTaken();
        assertThrows(FormatException.class, () -> npz.get("x"));
        assertTrue(taken.bytes() < 1 << 20, taken.bytes() + " bytes");
        npz.introspect();
        assertTrue(taken.bytes() < 1 << 20, taken.bytes() + " bytes");
      }
    }
  }

  private static final int MARKED_AS_UTF_8 = 1 << 11;

  /** An archive whose entries are all the same empty one, by these names. */
  private static byte[] archive(int flags, List<byte[]> names) {
    int size = names.stream().mapToInt(name -> 46 + name.length).sum();
    ByteBuffer zip = ByteBuffer.allocate(30 + size + 22).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).put(new byte[26]);
    for (byte[] name : names) {
      zip.putInt(0x02014b50).putInt(0).putShort((short) flags).put(new byte[18]);
      zip.putShort((short) name.length).put(new byte[16]).put(name);
    }
    short count = (short) names.size();
    zip.putInt(0x06054b50).putInt(0).putShort(count).putShort(count).putInt(size).putInt(30);
    return zip.array();
  }

  private static byte[] archive(int flags, int count, IntFunction<String> name) {
    return archive(
        flags,
        IntStream.range(0, count)
            .mapToObj(i -> name.apply(i).getBytes(StandardCharsets.UTF_8))
            .toList());
  }

  /** Directories that make the most of their bytes, each of entries that share one place. */
  @TestFactory
  Stream<DynamicTest> whatItCosts() {
    IntFunction<String> digits = i -> Integer.toString(i, Character.MAX_RADIX);
    String big = "x".repeat(60_000);
    Map<String, byte[]> archives = new LinkedHashMap<>();
    archives.put("unmarked", archive(0, 60_000, digits));
    archives.put("marked", archive(MARKED_AS_UTF_8, 60_000, digits));
    archives.put("more than are counted", archive(0, 140_000, digits));
    archives.put("of two bytes", archive(MARKED_AS_UTF_8, 60_000, i -> "é" + digits.apply(i)));
    archives.put("of four bytes", archive(MARKED_AS_UTF_8, 60_000, i -> "😀" + digits.apply(i)));
    archives.put("unmarked é", archive(0, 60_000, i -> "é" + digits.apply(i)));
    archives.put("arrays", archive(0, 60_000, i -> digits.apply(i) + ".npy"));
    archives.put("folders", archive(0, 60_000, i -> digits.apply(i) + "/"));
    archives.put("long names", archive(0, 100, i -> big + i));
    archives.put("twice", archive(0, 100, i -> big + i % 99));
    archives.put("signatures", archive(0, 60_000, i -> "META-INF/" + digits.apply(i) + ".SF"));
    // For each of which the JDK's reader takes 256 MiB.
    archives.put("versions", archive(0, 9, i -> "META-INF/versions/2147483647/" + i));
    return archives.entrySet().stream()
        .map(archive ->
            dynamicTest(
                archive.getKey(),
                () -> {
                  byte[] zip = archive.getValue();
                  Path path = write(zip);
                  Optional<Npz> npz =
                      MemoryTaken.within(
                          COST * zip.length + (1 << 20),
                          FormatException.class,
                          () -> Npz.open(path));
                  assertEquals(!archive.getKey().equals("twice"), npz.isPresent());
                  npz.ifPresent(Npz::close);
                }));
  }

  @Test
  void namesAsTheyAreMarked() throws IOException {
    List<byte[]> names =
        List.of(
            new byte[] {(byte) 0x81, '.', 'n', 'p', 'y'},
            "x/".getBytes(StandardCharsets.UTF_8),
            "y.npy".getBytes(StandardCharsets.UTF_8),
            "z.npy.npy".getBytes(StandardCharsets.UTF_8),
            "npy".getBytes(StandardCharsets.UTF_8),
            new byte[0]);
    try (Npz npz = Npz.open(write(archive(0, names)))) {
      assertEquals(List.of("ü", "y", "z.npy", "npy", ""), npz.names());
      for (String name : npz.names()) {
        FormatException e = assertThrows(FormatException.class, () -> npz.get(name));
        assertMessage("get: ", "empty", e);
      }
      for (String name : List.of("x", "x/", "y.npy", "z", "u", "\ud83d", "npy.npy", ".npy")) {
        assertThrows(ArgumentException.class, () -> npz.get(name));
      }
    }
    byte[] one = "é.npy".getBytes(StandardCharsets.UTF_8);
    byte[] same = {(byte) 0x82, '.', 'n', 'p', 'y'};
    byte[] zip = archive(0, List.of(same, one));
    Npz.open(write(zip)).close();
    // The second entry's flags, behind the first entry.
    zip[30 + 46 + same.length + 9] = MARKED_AS_UTF_8 >> 8;
    assertOpenFails("two entries are named 'é'", write(zip));
  }

  @Test
  void manyNames() throws IOException {
    Path path = write(archive(0, 23, i -> i + ".npy"));
    try (Npz npz = Npz.open(path)) {
      String message = assertThrows(ArgumentException.class, () -> npz.get("x")).getMessage();
      assertEquals(
          "get: "
              + path
              + " has no array 'x'; it has [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,"
              + " 16, 17, 18, 19] and 3 more",
          message);
    }
  }

  @Test
  void longNames() throws IOException {
    try (Npz npz = Npz.open(write(archive(0, 2, i -> "x".repeat(101 - i))))) {
      String message = assertThrows(ArgumentException.class, () -> npz.get("y")).getMessage();
      String all = "x".repeat(100);
      assertTrue(String.valueOf(message).endsWith("[" + all + "..., " + all + "]"), message);
    }
  }

  /** A directory that is damaged, or is not where the end of the archive says. */
  @Test
  void directories() throws IOException {
    byte[] good = zip(Map.of("x.npy", ARRAY));
    int entry = find(good, "PK\1\2", 0);
    int end = find(good, "PK\5\6", 0);
    Map<String, Consumer<ByteBuffer>> damages = new LinkedHashMap<>();
    damages.put("its directory has no whole entry at byte 0", zip -> zip.putInt(entry, 0));
    damages.put("has no whole entry at byte 0;", zip -> zip.putShort(entry + 28, (short) 6));
    damages.put(
        "has no whole entry at byte 51",
        zip -> {
          zip.putInt(end + 12, 52);
          zip.putInt(end + 16, entry - 1);
          zip.position(entry - 1).put(Arrays.copyOfRange(good, entry, end));
        });
    damages.put(
        "a name is marked as UTF-8, and is none",
        zip -> {
          zip.putShort(entry + 8, (short) MARKED_AS_UTF_8);
          zip.put(entry + 46, (byte) 0xff);
        });
    damages.put("an entry's numbers of 64 bits are not there", zip -> zip.putInt(entry + 24, -1));
    damages.put("its directory of 51 bytes is not before", zip -> zip.putInt(end + 16, entry + 1));
    damages.put("its directory of 4294967295 bytes is not", zip -> zip.putInt(end + 12, -1));
    damages.put("it has no end of a zip archive", zip -> zip.putInt(end, 0));
    for (Map.Entry<String, Consumer<ByteBuffer>> damage : damages.entrySet()) {
      byte[] bytes = good.clone();
      damage.getValue().accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
      assertOpenFails(damage.getKey(), write(bytes));
    }
    byte[] bytes = good.clone();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(entry + 42, 1);
    assertGetFails("it begins at byte 1, where there is no entry", bytes);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(entry + 42, 1 << 30);
    assertGetFails("it begins at byte 1073741824, which is not in the file", bytes);
    // What stands behind the end is no matter.
    try (Npz npz = Npz.open(write(Arrays.copyOf(good, good.length + 7)))) {
      assertEquals("uint8(3,)", npz.get("x").toString());
    }
  }

  /** Any of an entry's numbers may have 64 bits, and then stand behind its name in this order. */
  @Test
  void numbersOf64Bits() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("first.npy", ARRAY);
    files.put("second.npy", ARRAY);
    // Uncompressed deflated data is longer than what it holds: either size alone would not do.
    byte[] good = zip(files, Deflater.NO_COMPRESSION);
    int directory = find(good, "PK\1\2", 0);
    int end = find(good, "PK\5\6", 0);
    int[] fields = {24, 20, 42};
    for (int which = 0; which < 8; which++) {
      ByteBuffer zip =
          ByteBuffer.allocate(good.length + 1000)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(good, 0, directory);
      ByteBuffer old = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = directory; at < end; at += 46 + old.getShort(at + 28) + old.getShort(at + 30)) {
        int entry = zip.position();
        zip.put(good, at, 46 + old.getShort(at + 28));
        // Another field before it, of which nothing is known.
        zip.putShort((short) 0x7777).putShort((short) 5).put(new byte[5]);
        zip.putShort((short) 1).putShort((short) (8 * Integer.bitCount(which)));
        for (int i = 0; i < 3; i++) {
          if ((which & 1 << i) != 0) {
            zip.putLong(Integer.toUnsignedLong(zip.getInt(entry + fields[i])));
            zip.putInt(entry + fields[i], -1);
          }
        }
        zip.putShort(entry + 30, (short) (9 + 4 + 8 * Integer.bitCount(which)));
      }
      int end64 = zip.position();
      zip.putInt(0x06064b50).putLong(44).put(new byte[12]).putLong(2).putLong(2);
      zip.putLong(end64 - directory).putLong(directory);
      zip.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
      zip.putInt(0x06054b50).putInt(0).putInt(-1).putInt(-1).putInt(-1).putShort((short) 0);
      byte[] bytes = Arrays.copyOf(zip.array(), zip.position());
      if (which == 2) {
        // Of the first entry the only number: the size that is stored, in 64 bits.
        byte[] large = bytes.clone();
        int at = directory + 46 + old.getShort(directory + 28) + 9 + 4;
        ByteBuffer.wrap(large).order(ByteOrder.LITTLE_ENDIAN).putLong(at, Long.MAX_VALUE);
        try (Npz npz = Npz.open(write(large))) {
          FormatException e = assertThrows(FormatException.class, () -> npz.get("first"));
          assertMessage("get: ", "its " + Long.MAX_VALUE + " bytes reach beyond the end", e);
        }
      }
      try (Npz npz = Npz.open(write(bytes))) {
        assertEquals(List.of("first", "second"), npz.names());
        assertEquals("uint8(3,)", npz.get("first").toString());
        assertEquals("uint8(3,)", npz.get("second").toString());
      }
    }
  }

  @Test
  void arraysAreReadWhenTheyAreAskedFor() throws IOException {
    Path path = folder.resolve("two.npz");
    HostArray array = NumPyReadsTest.sample(DType.INT32, Shape.of(1 << 18));
    NumPy.savez(path, Map.of("good", NumPyReadsTest.sample(DType.INT8, Shape.of(3)), "x", array));
    byte[] bytes = Files.readAllBytes(path);
    // In the data of the large one.
    bytes[1 << 19] ^= 1;
    Path damaged = write(bytes);
    try (Npz npz = Npz.open(damaged)) {
      MemoryTaken taken = new MemoryTaken();
      assertEquals("<i4(262144,)", info(npz, "x").toString());
      assertTrue(taken.bytes() < 1 << 19, taken.bytes() + " bytes");
      assertThrows(FormatException.class, () -> npz.get("x"));
      assertEquals("int8(3,)", npz.get("good").toString());
    }
  }

  @Test
  void entriesThatAreNoArrays() throws IOException {
    assertGetFails("does not start with \\x93NUMPY", zip(Map.of("x", new byte[] {1, 2, 3, 4})));
    assertGetFails("no .npy file: empty", zip(Map.of("x.npy", new byte[0])));
  }

  private static ArrayInfo info(Npz npz, String name) {
    return Objects.requireNonNull(npz.introspect().get(name));
  }

  @Test
  void whatIsInAnArchiveIsToldWithoutReadingIt() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("x.npy", ARRAY);
    // Headers without data, of what is not read and of what does not fit.
    entries.put("who", NpyBytes.file(1, NpyBytes.header("'|O'", "False", "(2,)"), new byte[0]));
    entries.put(
        "at.npy",
        NpyBytes.file(
            1, NpyBytes.header("[('x', '<f4'), ('y', '<f4')]", "False", "()"), new byte[0]));
    String large = NpyBytes.header("'>f8'", "True", "(1073741824, 1024)");
    entries.put("large.npy", NpyBytes.file(1, large, new byte[0]));
    Path path = write(zip(entries));
    Npz npz = Npz.open(path);
    try (npz) {
      assertEquals(
          "{x=|u1(3,), who=|O(2,), at=[('x', '<f4'), ('y', '<f4')](),"
              + " large=>f8(1073741824, 1024) in Fortran order}",
          npz.introspect().toString());
      assertEquals(Optional.empty(), info(npz, "who").dtype());
      assertEquals(NumPyDType.parse(">f8"), info(npz, "large").dtype().orElseThrow());
    }
    assertMessage(
        "introspect: " + path, "closed", assertThrows(ClosedException.class, npz::introspect));
    Path file = Files.write(folder.resolve("x.npy"), ARRAY);
    assertEquals("|u1(3,)", NumPyArray.introspect(file).toString());
    assertThrows(FormatException.class, () -> NumPyArray.introspect(folder));
  }

  @Test
  void namesThatAreNotThere() throws IOException {
    Path path = write(zip(Map.of("x.npy", ARRAY)));
    try (Npz npz = Npz.open(path)) {
      assertEquals("uint8(3,)", npz.get("x").toString());
      ArgumentException e = assertThrows(ArgumentException.class, () -> npz.get("y"));
      assertEquals("get: " + path + " has no array 'y'; it has [x]", e.getMessage());
    }
  }

  @Test
  void afterClose() throws IOException {
    Path path = write(zip(Map.of("x.npy", ARRAY)));
    Npz npz = Npz.open(path);
    npz.close();
    npz.close();
    ClosedException e = assertThrows(ClosedException.class, () -> npz.get("x"));
    assertEquals("get: " + path + " is closed; open it again", e.getMessage());
  }

  @Test
  void manyThreadsRead() throws Exception {
    Path path = folder.resolve("many.npz");
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      arrays.put("x" + i, NumPyReadsTest.sample(DType.INT64, Shape.of(1000 + i, 13)));
    }
    NumPy.savezCompressed(path, arrays);
    try (Npz npz = Npz.open(path);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        readers.add(
            threads.submit(() -> {
              for (int round = 0; round < 10; round++) {
                arrays.forEach((name, array) ->
                    assertArrayEquals(
                        NumPyReadsTest.bytes(array), NumPyReadsTest.bytes(npz.get(name).toHost())));
              }
            }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  @Test
  void closingUnderReadersIsNoDamage() throws Exception {
    Path path = folder.resolve("closing.npz");
    HostArray array = NumPyReadsTest.sample(DType.INT64, Shape.of(20_000));
    NumPy.savezCompressed(path, Map.of("x", array));
    for (int round = 0; round < 20; round++) {
      Npz npz = Npz.open(path);
      try (npz;
          ExecutorService threads = Executors.newFixedThreadPool(3)) {
        CountDownLatch started = new CountDownLatch(3);
        List<Future<?>> readers = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
          readers.add(
              threads.submit(() -> {
                NumPyArray found = npz.get("x");
                started.countDown();
                while (true) {
                  found = npz.get("x");
                  assertEquals(array.data().byteSize(), found.data().byteSize());
                }
              }));
        }
        started.await();
        npz.close();
        for (Future<?> reader : readers) {
          ExecutionException e = assertThrows(ExecutionException.class, reader::get);
          assertInstanceOf(ClosedException.class, e.getCause());
        }
      }
    }
  }

  @Test
  void randomDamageNeverEndsInAnotherException() throws IOException {
    long seed = 20_27;
    Random random = new Random(seed);
    byte[] good = zip(Map.of("x.npy", ARRAY, "größe.npy", ARRAY));
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = good.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try (Npz npz = Npz.open(write(bytes))) {
        for (String name : npz.names()) {
          assertEquals("uint8(3,)", npz.get(name).toString());
        }
      } catch (FormatException expected) {
        assertMessage("", folder.toString(), expected);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }
}
