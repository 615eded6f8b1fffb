package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are read into memory that is there, in several pieces where they are large. */
class NpyFileTest {
  @TempDir private Path folder;

  /** Some of one piece, some of several with a rest. */
  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.of(),
        Shape.of(0, 3),
        Shape.of(7),
        Shape.of(33, 65),
        Shape.of(700_001),
        Shape.of(1003, 701),
        Shape.of(3, 300_001),
        Shape.of(300_001, 3),
        Shape.of(1, 1003, 1, 701, 1),
        Shape.of(13, 61, 301, 3),
        Shape.of(3, 5, 60_001),
        Shape.of(3, 301, 7, 131));
  }

  private Path save(HostArray array, Order order) {
    Path path = folder.resolve("a.npy");
    NumPy.save(path, array, order);
    return path;
  }

  private static HostArray random(Shape shape) {
    HostArray array = HostArray.allocate(new TensorType(DType.FLOAT32, shape));
    Random random = new Random(shape.size());
    for (long i = 0; i < shape.size(); i++) {
      array.set(i, random.nextFloat());
    }
    return array;
  }

  private static HostArray outside(Arena arena, DType dtype, Shape shape) {
    TensorType type = new TensorType(dtype, shape);
    return new HostArray(type, arena.allocate(type.bytes(), 64));
  }

  private static void assertSame(HostArray expected, HostArray actual) {
    assertEquals(-1, expected.data().mismatch(actual.data()));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyOrderAndConversionAsFromMemory(Shape shape) {
    HostArray floats = random(shape);
    HostArray doubles = widened(floats);
    HostArray onHeap = HostArray.allocate(floats.type());
    try (Arena shared = Arena.ofShared();
        Arena confined = Arena.ofConfined()) {
      for (Order order : Order.values()) {
        Path path = save(floats, order);
        swap(path);
        Path swapped = path.resolveSibling("s.npy");
        for (HostArray target :
            new HostArray[] {
              outside(shared, DType.FLOAT32, shape), outside(confined, DType.FLOAT32, shape), onHeap
            }) {
          copy(path, target);
          assertSame(floats, target);
          target.data().fill((byte) 1);
          copy(swapped, target);
          NumPyArray loaded = NumPyArray.load(swapped);
          assertSame(loaded.toHost(), target);
          for (NumPyArray array : new NumPyArray[] {loaded, NumPyArray.map(swapped)}) {
            target.data().fill((byte) 1);
            array.copyTo(target);
            assertSame(loaded.toHost(), target);
          }
        }
        HostArray wide = outside(shared, DType.FLOAT64, shape);
        copy(path, wide);
        assertSame(doubles, wide);
      }
    }
  }

  /** By plain Java. */
  private static HostArray widened(HostArray floats) {
    HostArray doubles = HostArray.allocate(new TensorType(DType.FLOAT64, floats.type().shape()));
    for (long i = 0; i < floats.type().shape().size(); i++) {
      doubles.set(i, ((Float) floats.get(i)).doubleValue());
    }
    return doubles;
  }

  private static void copy(Path path, HostArray target) {
    try (NpyFile file = NpyFile.open(path)) {
      file.copyTo(target);
    }
  }

  /** Beside it a file with the same bytes, said to be in the other order. */
  private static void swap(Path path) {
    try {
      byte[] bytes = Files.readAllBytes(path);
      for (int i = 0; i < 64; i++) {
        if (bytes[i] == '<') {
          bytes[i] = '>';
        }
      }
      Files.write(path.resolveSibling("s.npy"), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Slabs of more than a buffer are read from pages. */
  @Test
  void slabsLargerThanABuffer() throws IOException {
    long rows = 34_000_001;
    Path path = folder.resolve("large.npy");
    byte[] start =
        NpyBytes.file(1, NpyBytes.header("'|i1'", "True", "(" + rows + ", 2)"), new byte[0]);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(start);
      file.seek(start.length + rows);
      file.write(5);
      file.seek(start.length + 2 * rows - 1);
      file.write(7);
    }
    try (Arena arena = Arena.ofShared()) {
      HostArray target = outside(arena, DType.INT8, Shape.of(rows, 2));
      copy(path, target);
      assertEquals(0, target.get(0));
      assertEquals(5, target.get(1));
      assertEquals(7, target.get(2 * rows - 1));
    }
  }

  /** Whatever thread is first. */
  @Test
  void theFirstElementThatDoesNotFitIsNamed() {
    HostArray doubles = HostArray.allocate(new TensorType(DType.FLOAT64, Shape.of(1501, 1009)));
    for (long at : new long[] {1_009 * 700 + 13, 1_009 * 1_001 + 500, 1_009 * 1_500 + 1_008}) {
      doubles.set(at, 1e300);
    }
    HostArray target = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(1501, 1009)));
    for (Order order : Order.values()) {
      Path path = save(doubles, order);
      for (int i = 0; i < 20; i++) {
        try (NpyFile file = NpyFile.open(path)) {
          assertMessage(
              "copyTo: float64 to float32: ",
              "element (700, 13) = 1.0E300 overflows",
              assertThrows(DTypeException.class, () -> file.copyTo(target)));
        }
      }
    }
  }

  @Test
  void aFileThatBecomesShorterIsAnError() throws IOException {
    HostArray array = random(Shape.of(1003, 701));
    for (Order order : Order.values()) {
      Path path = save(array, order);
      try (NpyFile file = NpyFile.open(path);
          Arena arena = Arena.ofShared()) {
        try (RandomAccessFile shorter = new RandomAccessFile(path.toFile(), "rw")) {
          shorter.setLength(1 << 21);
        }
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
          HostArray target = outside(arena, dtype, Shape.of(1003, 701));
          FormatException e = assertThrows(FormatException.class, () -> file.copyTo(target));
          assertMessage("copyTo: " + path, "has 2812412 bytes, 2097024 are there", e);
        }
      }
    }
  }

  private static <T extends CotangentException> void assertRefused(
      Class<T> type, String message, NpyFile file, HostArray target) {
    assertEquals(message, assertThrows(type, () -> file.copyTo(target)).getMessage());
  }

  @Test
  void badArguments() {
    Path path = save(HostArray.allocate(new TensorType(DType.INT32, Shape.of(2, 3))), Order.C);
    NpyFile file = NpyFile.open(path);
    assertEquals("int32(2, 3)", file.toString());
    assertEquals(DType.INT32, file.engineDType());
    assertEquals(Order.C, file.order());
    assertEquals(NumPyDType.of(DType.INT32), file.dtype());
    TensorType type = new TensorType(DType.INT32, Shape.of(2, 3));
    assertRefused(
        ShapeException.class,
        "copyTo: the target has shape (3, 2), the file (2, 3); pass one of the same shape",
        file,
        HostArray.allocate(new TensorType(DType.INT32, Shape.of(3, 2))));
    assertRefused(
        ArgumentException.class,
        "copyTo: the target is read-only; pass memory of its own",
        file,
        new HostArray(type, MemorySegment.ofArray(new byte[24]).asReadOnly()));
    assertRefused(
        DTypeException.class,
        "copyTo: int32 to bool does not keep values; cast(bool) gives whether each is not 0",
        file,
        HostArray.allocate(new TensorType(DType.BOOL, Shape.of(2, 3))));
    file.close();
    file.close();
    assertRefused(
        ClosedException.class,
        "copyTo: " + path + ": the file is closed; open it again",
        file,
        HostArray.allocate(type));
    Path none = folder.resolve("none.npy");
    assertEquals(
        "open: " + none + ": cannot be read: no such file or folder",
        assertThrows(FormatException.class, () -> NpyFile.open(none)).getMessage());
  }

  /** A thread that is interrupted gets an error, and the next file is read. */
  @Test
  void anInterruptIsAnError() {
    Path path = save(random(Shape.of(5)), Order.C);
    HostArray target = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(5)));
    try (NpyFile file = NpyFile.open(path)) {
      Thread.currentThread().interrupt();
      assertThrows(ClosedException.class, () -> file.copyTo(target));
    } finally {
      Thread.interrupted();
    }
    copy(path, target);
    assertArrayEquals(
        NumPyArray.load(path).data().toArray(ValueLayout.JAVA_BYTE),
        target.data().toArray(ValueLayout.JAVA_BYTE));
  }
}
