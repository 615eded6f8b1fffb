package org.cotangent.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.error.FormatException;
import org.cotangent.file.OffHeap;
import org.cotangent.file.Reasons;

/**
 * Reads arrays from files, streams and archive entries. What a header asks for is compared with the
 * bytes that are there before memory is allocated; where their number is not known, memory grows
 * with what arrives.
 */
final class NpyReader {
  /** What a stream is read in. */
  private static final int CHUNK = 1 << 18;

  /** Buffers are counted in ints, and one system call moves at most 2 GiB. */
  private static final long MAX_READ = 1L << 30;

  private NpyReader() {}

  /**
   * {@return the array in a file; bytes after it are left alone}
   *
   * @param path of the file
   * @param where the start of every message
   */
  static NumPyArray load(Path path, String where) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      NpyHeader header = NpyHeader.read(Channels.newInputStream(channel), where);
      requireThere(header, channel.size(), where);
      MemorySegment data = allocate(header.dataBytes(), where);
      long filled = 0;
      while (filled < data.byteSize()) {
        long wanted = Math.min(MAX_READ, data.byteSize() - filled);
        ByteBuffer buffer = data.asSlice(filled, wanted).asByteBuffer();
        int count = channel.read(buffer);
        if (count < 0) {
          throw truncated(where, header, filled);
        }
        filled += count;
      }
      return array(header, data);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /**
   * {@return the array at the start of a stream, which is left after its last element}
   *
   * @param in the stream
   * @param where the start of every message
   */
  static NumPyArray read(InputStream in, String where) throws IOException {
    NpyHeader header = NpyHeader.read(in, where);
    return array(header, drain(in, header, where));
  }

  /**
   * {@return the array that makes up the whole of a stream}
   *
   * @param in the stream
   * @param declared the bytes it is said to have
   * @param where the start of every message
   */
  static NumPyArray readEntry(InputStream in, long declared, String where) throws IOException {
    NpyHeader header = NpyHeader.read(in, where);
    if (declared - header.length() != header.dataBytes()) {
      throw new FormatException(
          where
              + ": the archive declares "
              + (declared - header.length())
              + " bytes of data, "
              + describe(header)
              + " has "
              + header.dataBytes());
    }
    MemorySegment data = drain(in, header, where);
    if (in.read() >= 0) {
      throw new FormatException(where + ": more data than the " + declared + " bytes declared");
    }
    return array(header, data);
  }

  /** What arrives is kept in pieces until all of it is there: only then is the claim believed. */
  private static MemorySegment drain(InputStream in, NpyHeader header, String where)
      throws IOException {
    long bytes = header.dataBytes();
    byte[] chunk = new byte[(int) Math.min(CHUNK, bytes)];
    List<MemorySegment> pieces = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (long filled = 0; filled < bytes; filled += chunk.length) {
        int wanted = (int) Math.min(chunk.length, bytes - filled);
        int count = in.readNBytes(chunk, 0, wanted);
        if (count < wanted) {
          throw truncated(where, header, filled + count);
        }
        MemorySegment piece = OffHeap.allocate(arena, count, where);
        MemorySegment.copy(chunk, 0, piece, ValueLayout.JAVA_BYTE, 0, count);
        pieces.add(piece);
      }
      MemorySegment data = allocate(bytes, where);
      long filled = 0;
      for (MemorySegment piece : pieces) {
        MemorySegment.copy(piece, 0, data, filled, piece.byteSize());
        filled += piece.byteSize();
      }
      return data;
    }
  }

  static MemorySegment allocate(long bytes, String where) {
    return OffHeap.allocate(Arena.ofAuto(), bytes, where);
  }

  /** A file must have the bytes that its header asks for, before memory is allocated. */
  static void requireThere(NpyHeader header, long fileSize, String where) {
    long there = Math.max(0, fileSize - header.length());
    if (there < header.dataBytes()) {
      throw truncated(where, header, there);
    }
  }

  static NumPyArray array(NpyHeader header, MemorySegment data) {
    return new NumPyArray(header.dtype(), header.shape(), header.order(), data.asReadOnly());
  }

  private static FormatException truncated(String where, NpyHeader header, long there) {
    return new FormatException(
        where
            + ": truncated: "
            + describe(header)
            + " has "
            + header.dataBytes()
            + " bytes, "
            + there
            + " are there");
  }

  private static String describe(NpyHeader header) {
    return header.dtype().element().toString() + header.shape();
  }
}
