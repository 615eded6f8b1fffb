package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files appear whole or not at all. */
class NumPySaveTest {
  @TempDir private Path folder;

  private static final HostArray ARRAY = NumPyReadsTest.sample(DType.FLOAT32, Shape.of(3, 5));

  private List<String> files() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void replacesAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("w.npy"), "old");
    NumPy.save(file, ARRAY);
    assertEquals("float32(3, 5)", NumPyArray.load(file).toString());
    assertEquals(List.of("w.npy"), files());
  }

  @Test
  void followsALink() throws IOException {
    Path file = Files.writeString(folder.resolve("w.npy"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("latest.npy"), file);
    NumPy.save(link, ARRAY);
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("float32(3, 5)", NumPyArray.load(file).toString());
  }

  @Test
  void aFailureHalfwayLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("w.npz"), "old");
    HostArray closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = new HostArray(new TensorType(DType.INT32, Shape.of(4)), arena.allocate(16));
    }
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    arrays.put("good", ARRAY);
    arrays.put("closed", closed);
    assertThrows(ClosedException.class, () -> NumPy.savez(file, arrays));
    assertThrows(ClosedException.class, () -> NumPy.savezCompressed(file, arrays));
    assertThrows(ClosedException.class, () -> NumPy.save(file, closed));
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("w.npz"), files());
  }

  @Test
  void whereNothingCanBeWritten() throws IOException {
    Path nowhere = folder.resolve("nowhere").resolve("w.npy");
    FormatException e = assertThrows(FormatException.class, () -> NumPy.save(nowhere, ARRAY));
    assertEquals(
        "save: " + nowhere + ": cannot be written: no such file or folder", e.getMessage());
    e = assertThrows(FormatException.class, () -> NumPy.save(folder, ARRAY));
    assertEquals("save: " + folder + ": cannot be written: it is no regular file", e.getMessage());
    assertEquals(List.of(), files());
  }

  @Test
  void whatCannotBeWritten() throws IOException {
    long[] dims = new long[65];
    Arrays.fill(dims, 1);
    HostArray deep = NumPyReadsTest.sample(DType.BOOL, Shape.of(dims));
    Path file = folder.resolve("w.npz");
    ShapeException shape = assertThrows(ShapeException.class, () -> NumPy.save(file, deep));
    assertEquals(
        "save: the array has 65 axes, NumPy takes at most 64; reshape it first",
        shape.getMessage());
    assertThrows(ArgumentException.class, () -> NumPy.savez(file, Map.of("", ARRAY)));
    assertThrows(
        ArgumentException.class, () -> NumPy.savez(file, Map.of("x".repeat(70_000), ARRAY)));
    assertEquals(List.of(), files());
  }

  @Test
  void theSameArraysGiveTheSameBytes() throws IOException {
    HostArray other = NumPyReadsTest.sample(DType.INT64, Shape.of(7));
    Path one = folder.resolve("one.npz");
    Path two = folder.resolve("two.npz");
    NumPy.savezCompressed(one, Map.of("a", ARRAY, "b", other, "c", ARRAY));
    NumPy.savezCompressed(two, Map.of("c", ARRAY, "b", other, "a", ARRAY));
    assertArrayEquals(Files.readAllBytes(one), Files.readAllBytes(two));
    try (ZipFile zip = new ZipFile(one.toFile())) {
      LocalDateTime fixed = LocalDateTime.of(1980, 2, 1, 0, 0);
      zip.stream().forEach(entry -> assertEquals(fixed, entry.getTimeLocal()));
    }
  }

  @Test
  void aMapWithAnOrderKeepsIt() {
    Map<String, HostArray> ordered = new LinkedHashMap<>();
    ordered.put("z", ARRAY);
    ordered.put("a", ARRAY);
    Path file = folder.resolve("w.npz");
    NumPy.savez(file, ordered);
    try (Npz npz = Npz.open(file)) {
      assertEquals(List.of("z", "a"), npz.names());
    }
  }
}
