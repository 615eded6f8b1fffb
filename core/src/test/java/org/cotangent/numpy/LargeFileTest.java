package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.cotangent.error.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No wall at 2 GiB, and a sentence at the wall of the memory. */
class LargeFileTest {
  /** A sparse file of uint8 zeros with a 7 at the end; takes no room on the disk. */
  private static Path sparse(Path folder, long size) throws IOException {
    Path path = folder.resolve("large.npy");
    byte[] start =
        NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(" + size + ",)"), new byte[0]);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(start);
      file.seek(start.length + size - 1);
      file.write(7);
    }
    return path;
  }

  @Test
  void over2GiB(@TempDir Path folder) throws IOException {
    assumeTrue(
        Boolean.getBoolean("cotangent.largeFiles"),
        "skipped: takes 4 GiB of memory and up to a minute; run with -Dcotangent.largeFiles=true");
    long size = (2L << 30) + 12_345;
    NumPyArray array = NumPyArray.load(sparse(folder, size));
    assertEquals(size, array.shape().size());
    assertEquals(7, array.data().get(ValueLayout.JAVA_BYTE, size - 1));
    assertEquals(0, array.data().get(ValueLayout.JAVA_BYTE, size - 2));
  }

  @Test
  void overTheMemory(@TempDir Path folder) throws IOException {
    Path path = sparse(folder, 1L << 42);
    FormatException e = assertThrows(FormatException.class, () -> NumPyArray.load(path));
    assertMessage(
        "load: " + path + ": its 4398046511104 bytes", "raise -XX:MaxDirectMemorySize", e);
  }
}
