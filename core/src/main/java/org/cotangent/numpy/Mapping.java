package org.cotangent.numpy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.cotangent.error.FormatException;

/** Arrays that stay in their files. */
final class Mapping {
  private Mapping() {}

  /**
   * {@return the array in a file, on pages of the file}
   *
   * @param path of the file
   * @param where the start of every message
   */
  static NumPyArray of(Path path, String where) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      NpyHeader header = NpyHeader.read(Channels.newInputStream(channel), where);
      NpyReader.requireThere(header, channel.size(), where);
      MemorySegment data =
          channel.map(MapMode.READ_ONLY, header.length(), header.dataBytes(), Arena.ofAuto());
      return NpyReader.array(header, data);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be mapped: " + NpyReader.reason(e), e);
    } catch (UnsupportedOperationException e) {
      throw new FormatException(where + ": not in the default file system; copy it there", e);
    }
  }

  /**
   * Copies bytes of a mapped file to the start of other memory.
   *
   * @param from pages of a file
   * @param offset of the first byte
   * @param to large enough
   * @param bytes how many
   * @throws FormatException if the file does not have these bytes any more
   */
  static void copy(MemorySegment from, long offset, MemorySegment to, long bytes) {
    try {
      MemorySegment.copy(from, offset, to, 0, bytes);
    } catch (InternalError e) {
      // What the JVM makes of a fault on a mapped page.
      throw new FormatException(
          "map: bytes %d to %d of the array cannot be read: its file was shortened, or its disk is gone"
              .formatted(offset, offset + bytes),
          e);
    }
  }
}
