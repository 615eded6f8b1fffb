package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that are damaged, lie, or are asked for what they do not have. */
class NpzTest {
  @TempDir private Path folder;

  private static final byte[] ARRAY =
      NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(3,)"), new byte[] {1, 2, 3});

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
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
