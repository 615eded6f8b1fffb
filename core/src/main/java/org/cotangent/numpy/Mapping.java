package org.cotangent.numpy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;
import org.cotangent.error.FormatException;
import org.cotangent.file.Reasons;
import org.cotangent.type.MappedPages;

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
      throw new FormatException(where + ": cannot be mapped: " + Reasons.of(e), e);
    } catch (UnsupportedOperationException e) {
      throw new FormatException(where + ": not in the default file system; copy it there", e);
    }
  }

  /**
   * {@return what is made of memory that may be a mapped file} See {@link MappedPages} for how to
   * look at it.
   *
   * @param memory that is copied from
   * @param action what is done
   * @param <T> type of its result
   * @throws FormatException if the file has become shorter
   */
  static <T> T reading(MemorySegment memory, Supplier<T> action) {
    return memory.isMapped() ? MappedPages.reading(action) : action.get();
  }
}
