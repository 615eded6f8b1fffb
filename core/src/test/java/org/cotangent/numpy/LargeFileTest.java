package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cotangent.error.FormatException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No wall at 2 or 4 GiB, and a sentence at the wall of the memory. */
class LargeFileTest {
  /** A sparse file of zeros with a 7 in its last byte; takes no room on the disk. */
  private static Path sparse(Path folder, String descr, long elements) throws IOException {
    Path path = folder.resolve("large.npy");
    byte[] start =
        NpyBytes.file(
            1, NpyBytes.header("'" + descr + "'", "False", "(" + elements + ",)"), new byte[0]);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(start);
      file.seek(start.length + elements * NumPyDType.parse(descr).bytes() - 1);
      file.write(7);
    }
    return path;
  }

  private static long[] longs(ArrayInterface array) {
    return array.toNumPyArray().toHost(DType.INT64).data().toArray(ValueLayout.JAVA_LONG);
  }

  @Test
  void aMappedFileOver4GiBIsReadAtItsFarEnd(@TempDir Path folder) throws IOException {
    long size = (4L << 30) + 12_345;
    NumPyArray array = NumPyArray.map(sparse(folder, "|u1", size));
    assertEquals(Shape.of(size), array.shape());
    assertEquals(size, array.data().byteSize());
    byte[] end = new byte[3];
    MemorySegment.copy(array.data(), ValueLayout.JAVA_BYTE, size - 3, end, 0, 3);
    assertArrayEquals(new byte[] {0, 0, 7}, end);

    NumPyDType dtype = array.dtype();
    ArrayInterface slice =
        new ArrayInterface(Shape.of(3), dtype, List.of(1L), array.data(), size - 3);
    assertArrayEquals(new long[] {0, 0, 7}, longs(slice));
    ArrayInterface backwards =
        new ArrayInterface(Shape.of(2, 2), dtype, List.of(-size / 2, -2L), array.data(), size - 1);
    assertArrayEquals(new long[] {7, 0, 0, 0}, longs(backwards));
    ArrayInterface far =
        new ArrayInterface(Shape.of(2, 3), dtype, List.of(1L, 1L << 31), array.data(), 12_343);
    assertArrayEquals(new long[] {0, 0, 0, 0, 0, 7}, longs(far));
    FormatException e =
        assertThrows(
            FormatException.class,
            () ->
                new ArrayInterface(
                    Shape.of(2, 3), dtype, List.of(1L, 1L << 31), array.data(), 12_344));
    assertMessage("arrayInterface: ", "but the memory has " + size, e);
  }

  @Test
  void over2ToThe31ElementsOnOneAxis(@TempDir Path folder) throws IOException {
    long elements = (1L << 31) + 5;
    NumPyArray array = NumPyArray.map(sparse(folder, ">i8", elements));
    assertEquals(Shape.of(elements), array.shape());
    assertEquals(8 * elements, array.data().byteSize());
    ArrayInterface last =
        ArrayInterface.of(
            Map.of("shape", List.of(2), "typestr", ">i8", "strides", List.of(-8L * (1L << 31))),
            array.data(),
            8 * (elements - 1));
    assertArrayEquals(new long[] {7, 0}, longs(last));
    NumPyArray whole =
        new DlpackTensor(1, 1, 8, 1, List.of(8 * elements), Optional.empty(), array.data(), 0)
            .toNumPyArray();
    assertEquals(7, whole.data().get(ValueLayout.JAVA_BYTE, 8 * elements - 1));
  }

  @Test
  void over2GiB(@TempDir Path folder) throws IOException {
    assumeTrue(
        Boolean.getBoolean("cotangent.largeFiles"),
        "skipped: takes 4 GiB of memory and up to a minute; run with -Dcotangent.largeFiles=true");
    long size = (2L << 30) + 12_345;
    NumPyArray array = NumPyArray.load(sparse(folder, "|u1", size));
    assertEquals(size, array.shape().size());
    assertEquals(7, array.data().get(ValueLayout.JAVA_BYTE, size - 1));
    assertEquals(0, array.data().get(ValueLayout.JAVA_BYTE, size - 2));
  }

  @Test
  void overTheMemory(@TempDir Path folder) throws IOException {
    Path path = sparse(folder, "|u1", 1L << 42);
    FormatException e = assertThrows(FormatException.class, () -> NumPyArray.load(path));
    assertMessage(
        "load: " + path + ": its 4398046511104 bytes", "raise -XX:MaxDirectMemorySize", e);
  }
}
