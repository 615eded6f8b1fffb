package org.cotangent.numpy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.file.Reasons;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * A {@code .npy} file that is open: what its header says, and its elements, which are read straight
 * into memory that is there. So nothing lies in memory twice; where elements are converted or
 * reordered they pass through small buffers. {@link NumPyArray#map} gives arrays that stay in the
 * file; this is faster for what is read as a whole.
 *
 * {@snippet :
 * try (NpyFile file = NpyFile.open(Path.of("a.npy"))) {
 *   HostArray array = HostArray.allocate(new TensorType(DType.FLOAT32, file.shape()));
 *   file.copyTo(array);
 * }
 * }
 */
public final class NpyFile implements AutoCloseable {
  /** Of a buffer; larger slabs of an array in Fortran order are read from pages of the file. */
  private static final long MAX_BUFFER = 1 << 26;

  private final FileChannel channel;

  /** The start of what goes wrong after it was opened. */
  private final String where;

  private final Form form;
  private final int start;

  private NpyFile(FileChannel channel, Path path, NpyHeader header) {
    this.channel = channel;
    this.where = "copyTo: " + path;
    this.form = header.form();
    this.start = header.length();
  }

  /**
   * {@return a file, whose header has been read}
   *
   * @param path of the file
   * @throws FormatException if the file cannot be read, is truncated or malformed, or holds a dtype
   *     that is not supported; the message has path and reason
   */
  public static NpyFile open(Path path) {
    String where = "open: " + Require.nonNull("open", "the path", path);
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        NpyHeader header = NpyHeader.read(Channels.newInputStream(channel), where);
        NpyReader.requireThere(header, channel.size(), where);
        return new NpyFile(channel, path, header);
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /** {@return the dtype of the elements} */
  public NumPyDType dtype() {
    return form.dtype();
  }

  /** {@return the shape of the array} */
  public Shape shape() {
    return form.shape();
  }

  /** {@return the order of the elements in the file} */
  public Order order() {
    return form.order();
  }

  /**
   * {@return the engine's dtype of the same kind and size}
   *
   * @throws DTypeException if the engine has none; the message names the nearest one that it has,
   *     to be asked for
   */
  public DType engineDType() {
    return form.engineDType("dtype");
  }

  /**
   * Reads the values into memory that is there, by the rules of {@link NumPyArray#toHost(DType)}.
   * Several threads may do so at once.
   *
   * @param target in any dtype that holds the values; on the heap or outside. After an error its
   *     values are not defined
   * @throws ShapeException if it has another shape
   * @throws ArgumentException if its memory is read-only, closed, or another thread's
   * @throws DTypeException if a value does not fit, with its index and value, or if the conversion
   *     is one that only {@link NumPyArray#cast} does
   * @throws FormatException if the file cannot be read, or has become shorter
   * @throws ClosedException if this was closed
   */
  public void copyTo(HostArray target) {
    Require.target("copyTo", "the file", form, target);
    if (!channel.isOpen()) {
      throw closed();
    }
    Pieces pieces = form.pieces();
    long piece = pieces.largest() * form.dtype().bytes();
    if (!form.isStraight() && piece > MAX_BUFFER) {
      Conversion.checked("copyTo", form, new Elements.InMemory(mapped()), target);
      return;
    }
    boolean direct =
        form.isStraight()
            && Conversion.isPlain(form.dtype(), target.type().dtype())
            && target.data().isNative();
    // Closing a shared arena stops all threads for a moment: for buffers that they share alone.
    try (Arena arena = direct || pieces.isOne() ? Arena.ofConfined() : Arena.ofShared()) {
      Conversion.checked("copyTo", form, new OnDisk(arena, piece), target);
    }
  }

  private MemorySegment mapped() {
    try {
      return channel.map(MapMode.READ_ONLY, start, form.bytes(), Arena.ofAuto());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private RuntimeException failure(IOException e) {
    return e instanceof ClosedChannelException
        ? closed()
        : new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
  }

  private ClosedException closed() {
    return new ClosedException(where + ": the file is closed; open it again");
  }

  /** Closes the file. What is being read from it meanwhile fails. A second call does nothing. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FormatException(
          where.replaceFirst("copyTo", "close") + ": cannot be closed: " + Reasons.of(e), e);
    }
  }

  /** {@return dtype, shape and order, as in {@code >f8(360, 64) in Fortran order}} */
  @Override
  public String toString() {
    return form.toString();
  }

  /** Elements that are read when they are asked for. */
  private final class OnDisk implements Elements {
    /** Those that no thread has: fresh memory costs more than what is read into it. */
    private final Queue<MemorySegment> buffers = new ConcurrentLinkedQueue<>();

    private final Arena arena;
    private final long largest;

    OnDisk(Arena arena, long largest) {
      this.arena = arena;
      this.largest = largest;
    }

    @Override
    public boolean isShared() {
      return true;
    }

    @Override
    public void copy(long offset, MemorySegment target) {
      if (target.isNative()) {
        read(offset, target);
      } else {
        lend(offset, target.byteSize(), target::copyFrom);
      }
    }

    @Override
    public void lend(long offset, long bytes, Consumer<MemorySegment> user) {
      MemorySegment idle = buffers.poll();
      MemorySegment buffer = idle == null ? arena.allocate(largest, 64) : idle;
      try {
        MemorySegment part = buffer.asSlice(0, bytes);
        read(offset, part);
        user.accept(part);
      } finally {
        buffers.add(buffer);
      }
    }

    private void read(long offset, MemorySegment target) {
      ByteBuffer buffer = target.asByteBuffer();
      try {
        while (buffer.hasRemaining()) {
          int count = channel.read(buffer, start + offset + buffer.position());
          if (count < 0) {
            throw new FormatException(
                where
                    + ": truncated: the file was shortened since it was opened: "
                    + form
                    + " has "
                    + form.bytes()
                    + " bytes, "
                    + Math.max(0, channel.size() - start)
                    + " are there");
          }
        }
      } catch (IOException e) {
        throw failure(e);
      }
    }
  }
}
