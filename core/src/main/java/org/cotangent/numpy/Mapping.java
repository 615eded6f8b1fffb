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
   * {@return what is made of memory that may be a mapped file} A fault on its pages is an {@link
   * InternalError}, which the JVM throws not where it happens but at the next call into itself, be
   * it in a caller's caller. So all of the work is inside, and such a call at its end.
   *
   * @param memory that is copied from, by {@link MemorySegment#copy} alone: where loops look at
   *     mapped memory themselves, the JIT makes vector loads of them, whose faults end the process
   * @param action what is done
   * @param <T> type of its result
   * @throws FormatException if the file has become shorter
   */
  static <T> T reading(MemorySegment memory, Supplier<T> action) {
    if (!memory.isMapped()) {
      return action.get();
    }
    try {
      T result = action.get();
      callTheJvm();
      return result;
    } catch (InternalError e) {
      throw new FormatException(
          "map: the array cannot be read: its file was shortened, or its disk is gone", e);
    }
  }

  /** Nothing, but by way of the JVM, which on the way back throws what is due. */
  @SuppressWarnings("ThreadPriorityCheck") // Nobody relies on who runs next.
  private static void callTheJvm() {
    Thread.yield();
  }
}
