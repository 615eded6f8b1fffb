package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arrays that stay in their files, also when these become shorter. */
class MappingTest {
  @TempDir Path folder;

  private Path saved(DType dtype, Order order, long... dims) {
    Path path = folder.resolve("a.npy");
    NumPy.save(path, NumPyReadsTest.sample(dtype, Shape.of(dims)), order);
    return path;
  }

  private static byte[] bytes(HostArray array) {
    return array.data().toArray(ValueLayout.JAVA_BYTE);
  }

  @ParameterizedTest
  @EnumSource(names = "BFLOAT16", mode = EnumSource.Mode.EXCLUDE)
  void aMappedArrayIsTheLoadedOne(DType dtype) {
    for (Order order : Order.values()) {
      Path path = saved(dtype, order, 7, 131, 97);
      NumPyArray mapped = NumPyArray.map(path);
      assertTrue(mapped.data().isMapped() && mapped.data().isReadOnly());
      NumPyArray loaded = NumPyArray.load(path);
      assertEquals(loaded.toString(), mapped.toString());
      assertArrayEquals(bytes(loaded.toHost()), bytes(mapped.toHost()));
      for (DType target : new DType[] {DType.FLOAT32, DType.INT64, DType.BOOL}) {
        assertArrayEquals(bytes(loaded.cast(target)), bytes(mapped.cast(target)));
      }
    }
    assertEquals(
        Shape.of(0, 3), NumPyArray.map(saved(dtype, Order.C, 0, 3)).toHost().type().shape());
    assertEquals(Shape.SCALAR, NumPyArray.map(saved(dtype, Order.C)).toHost().type().shape());
  }

  @Test
  void aValueThatDoesNotFitIsNamedByItsPlaceInTheWhole() {
    HostArray array = HostArray.allocate(new TensorType(DType.INT64, Shape.of(3, 40_000)));
    array.set(2 * 40_000 + 39_999, 1L << 40);
    Path path = folder.resolve("a.npy");
    NumPy.save(path, array);
    assertMessage(
        "toHost: int64 to int32",
        "element (2, 39999) = 1099511627776",
        assertThrows(DTypeException.class, () -> NumPyArray.map(path).toHost(DType.INT32)));
  }

  @Test
  void aFileThatIsShortenedUnderneathIsAnError() throws IOException {
    Path path = saved(DType.FLOAT64, Order.C, 1 << 19);
    NumPyArray mapped = NumPyArray.map(path);
    double sum = 0;
    // Until the loops are compiled: they are what would end the process.
    for (int round = 0; round < 60; round++) {
      sum += mapped.toHost(DType.FLOAT32).getDouble(round);
      sum += mapped.cast(DType.INT32).getDouble(round);
      sum += mapped.toHost().getDouble(round);
    }
    assertTrue(Double.isFinite(sum));
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1 << 20);
    }
    for (int round = 0; round < 10; round++) {
      for (DType dtype : new DType[] {DType.FLOAT32, DType.INT32, DType.FLOAT64}) {
        assertMessage(
            "map: the array cannot be read",
            "its file was shortened",
            assertThrows(FormatException.class, () -> mapped.cast(dtype)));
      }
    }
  }

  @Test
  void elementsOfAMappingThatAreCopiedApartAreNoCrashEither() throws IOException {
    Path path = saved(DType.FLOAT64, Order.C, 1 << 16);
    ArrayInterface every =
        new ArrayInterface(
            Shape.of(1 << 15),
            NumPyDType.of(DType.FLOAT64),
            List.of(16L),
            NumPyArray.map(path).data(),
            0);
    for (int round = 0; round < 200; round++) {
      assertEquals(1 << 18, every.toNumPyArray().data().byteSize());
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1 << 17);
    }
    for (int round = 0; round < 10; round++) {
      assertMessage(
          "map: the array cannot be read",
          "its file was shortened",
          assertThrows(FormatException.class, every::toNumPyArray));
    }
  }

  @Test
  void aFileOfMoreThanFourGigabytesIsReadAtItsFarEnd() throws IOException {
    long rows = (1L << 32) + 5;
    Path path = folder.resolve("large.npy");
    Files.write(
        path, NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(" + rows + ",)"), new byte[0]));
    long header = Files.size(path);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(header + rows);
      file.seek(header + rows - 2);
      file.write(new byte[] {42, 43});
    }
    NumPyArray mapped = NumPyArray.map(path);
    NumPyArray end =
        ArrayInterface.of(Shape.of(3), "|u1", mapped.data().asSlice(rows - 3, 3)).toNumPyArray();
    assertArrayEquals(new byte[] {0, 42, 43}, bytes(end.toHost()));
    assertEquals("(4294967301,)", mapped.shape().toString());
  }

  @Test
  void whatCannotBeMapped() throws IOException {
    assertMessage(
        "map: " + folder.resolve("none.npy"),
        "no such file",
        assertThrows(FormatException.class, () -> NumPyArray.map(folder.resolve("none.npy"))));
    Path path = saved(DType.FLOAT64, Order.C, 100);
    byte[] part = Arrays.copyOf(Files.readAllBytes(path), 500);
    Files.write(path, part);
    assertMessage(
        "map: " + path,
        "truncated",
        assertThrows(FormatException.class, () -> NumPyArray.map(path)));
  }
}
