package org.cotangent.io;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.file.AtomicFile;
import org.cotangent.file.OffHeap;
import org.cotangent.file.Reasons;
import org.cotangent.numpy.ArrayInfo;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.numpy.Order;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, open for reading, and how such files are written. The format is that of
 * Hugging Face's library: a header in JSON, and the elements of all tensors, little-endian and in C
 * order, without a gap. The header is checked as a whole when the file is opened, and believed no
 * further than there are bytes in the file: to open one takes at most two bytes for each byte of
 * its header, garbage included, and some memory that does not depend on the file; a tensor takes
 * the bytes that it has in the file. Names and texts become objects when they are asked for.
 *
 * <p>Any number of threads may read at a time. {@link TreeFormat#SAFETENSORS} reads and writes
 * trees of tensors.
 *
 * {@snippet :
 * Path path = Path.of("model.safetensors");
 * try (Safetensors file = Safetensors.open(path)) {
 *   for (String name : file.names()) {
 *     NumPyArray array = file.get(name);
 *     System.out.println(name + " is " + array);
 *   }
 * }
 * }
 */
public final class Safetensors implements AutoCloseable {
  /** Of what is written, or read of a header, at a time, in bytes. */
  private static final int CHUNK = 1 << 18;

  /** One system call moves at most 2 GiB. */
  private static final long MAX_READ = 1L << 30;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  /** Where the first byte of data lies in the file. */
  private final long start;

  private Safetensors(Path path, FileChannel channel, SafetensorsHeader header, long start) {
    this.path = path;
    this.channel = channel;
    this.header = header;
    this.start = start;
  }

  /**
   * {@return a file, whose header has been read}
   *
   * @param path of the file, which stays open until {@link #close}
   * @throws FormatException if it cannot be read, is truncated or malformed, or has a dtype that is
   *     not supported; the message has path and reason
   */
  public static Safetensors open(Path path) {
    String where = "open: " + Require.nonNull("open", "the path", path);
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return opened(path, channel, where);
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static Safetensors opened(Path path, FileChannel channel, String where)
      throws IOException {
    long size = channel.size();
    if (size < SafetensorsHeader.PREFIX) {
      throw new FormatException(
          where
              + ": no safetensors file: the header's length takes 8 bytes, "
              + size
              + " are there");
    }
    ByteBuffer prefix =
        ByteBuffer.allocate(SafetensorsHeader.PREFIX).order(ByteOrder.LITTLE_ENDIAN);
    fill(channel, 0, prefix, where);
    long length = prefix.getLong(0);
    long rest = size - SafetensorsHeader.PREFIX;
    if (Long.compareUnsigned(length, Math.min(rest, SafetensorsHeader.LONGEST)) > 0) {
      throw new FormatException(
          where
              + ": no safetensors file, or a truncated one: it claims a header of "
              + Long.toUnsignedString(length)
              + " bytes; "
              + (length < 0 || length > SafetensorsHeader.LONGEST
                  ? "at most " + SafetensorsHeader.LONGEST + " are read"
                  : rest + " are there"));
    }
    byte[] text = new byte[(int) length];
    for (int at = 0; at < text.length; at += CHUNK) {
      // The channel copies what goes to the heap, and keeps a copy's memory.
      ByteBuffer piece = ByteBuffer.wrap(text, at, Math.min(CHUNK, text.length - at)).slice();
      fill(channel, SafetensorsHeader.PREFIX + at, piece, where);
    }
    SafetensorsHeader header = new HeaderParser(text, rest - length, where).header();
    return new Safetensors(path, channel, header, SafetensorsHeader.PREFIX + length);
  }

  private static void fill(FileChannel channel, long from, ByteBuffer target, String where)
      throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target, from + target.position()) < 0) {
        throw new FormatException(
            where + ": truncated: the file was shortened since it was opened");
      }
    }
  }

  /** {@return the names of the tensors, in the header's order} */
  public List<String> names() {
    return header.names();
  }

  /** {@return the texts that the file has beside tensors, by name, in the header's order} */
  public SequencedMap<String, String> metadata() {
    return Collections.unmodifiableSequencedMap(header.metadata());
  }

  /**
   * {@return dtypes and shapes by name, in the header's order; no data is read} Of BF16, which
   * NumPy has not, the dtype is {@code V2}, as in an {@code .npz}.
   */
  public SequencedMap<String, ArrayInfo> introspect() {
    SequencedMap<String, ArrayInfo> infos = new LinkedHashMap<>();
    header.forEach((name, tensor) ->
        infos.put(name, new ArrayInfo(dtype(tensor).descr(), tensor.shape(), Order.C)));
    return infos;
  }

  private static NumPyDType dtype(StoredTensor tensor) {
    return new NumPyDType(tensor.dtype().element(), ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * {@return an array, read now} What is BF16 is void16, to be imported as {@link DType#BFLOAT16}.
   *
   * @param name one of {@link #names}
   * @throws ArgumentException if there is no such tensor
   * @throws FormatException if the file cannot be read, or has become shorter
   * @throws ClosedException if the file is closed
   */
  public NumPyArray get(String name) {
    return get(name, Arena.ofAuto());
  }

  /** As {@link #get(String)}, in memory that lives as long as the arena. */
  NumPyArray get(String name, Arena arena) {
    StoredTensor tensor =
        header
            .get(Require.nonNull("get", "the name", name))
            .orElseThrow(() ->
                new ArgumentException(
                    "get: " + path + " has no tensor '" + name + "'; it has " + header.shown()));
    String where = "get: " + path + ": '" + name + "'";
    if (!channel.isOpen()) {
      throw closed(null);
    }
    MemorySegment data = OffHeap.allocate(arena, tensor.end() - tensor.begin(), where);
    try {
      for (long at = 0; at < data.byteSize(); at += MAX_READ) {
        MemorySegment part = data.asSlice(at, Math.min(MAX_READ, data.byteSize() - at));
        fill(channel, start + tensor.begin() + at, part.asByteBuffer(), where);
      }
    } catch (ClosedChannelException e) {
      throw closed(e);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    }
    return new NumPyArray(dtype(tensor), tensor.shape(), Order.C, data.asReadOnly());
  }

  private ClosedException closed(@Nullable Throwable cause) {
    ClosedException closed = new ClosedException("get: " + path + " is closed; open it again");
    closed.initCause(cause);
    return closed;
  }

  /** Closes the file; arrays that were read stay. A second call does nothing. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FormatException("close: " + path + ": cannot be closed: " + Reasons.of(e), e);
    }
  }

  /**
   * Writes a file, as {@link #write(Path, Map, Map)} does, without metadata.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param arrays by name
   */
  public static void write(Path path, Map<String, HostArray> arrays) {
    write(path, arrays, Map.of());
  }

  /**
   * Writes a file. It appears whole or not at all: it is written under another name in the same
   * folder, forced to the disk and then moved. As in the original, wide dtypes come first, equal
   * ones by name, and metadata by name: so the same arrays give the same bytes.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param arrays by name
   * @param metadata texts by name
   * @throws ArgumentException if a name is {@code __metadata__}, or no Unicode text, or the header
   *     becomes longer than 100 MB
   * @throws ShapeException if an array has more than 64 axes
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void write(Path path, Map<String, HostArray> arrays, Map<String, String> metadata) {
    Require.nonNull("write", "the map of arrays", arrays);
    Map<String, TensorType> types = new LinkedHashMap<>();
    arrays.forEach((name, array) -> {
      types.put(name, Require.nonNull("write", "the array '" + name + "'", array).type());
      array.readable("write");
    });
    write(
        path,
        types,
        name -> Require.nonNull("write", "the array '" + name + "'", arrays.get(name)),
        metadata);
  }

  /** Asks for each array when it is written, so that they need not be there all at once. */
  static void write(
      Path path,
      Map<String, TensorType> types,
      Function<String, HostArray> arrays,
      Map<String, String> metadata) {
    Require.nonNull("write", "the path", path);
    WrittenHeader header = new WrittenHeader(placed(types), texts(metadata));
    byte[] head = header.format("write");
    AtomicFile.write(
        "write",
        path,
        out -> {
          out.write(head);
          for (String name : header.tensors().keySet()) {
            write(arrays.apply(name), out);
          }
        });
  }

  /** The tensors one after the other, in the original's order. */
  private static SequencedMap<String, StoredTensor> placed(Map<String, TensorType> types) {
    types.forEach(Safetensors::check);
    List<String> names =
        types.keySet().stream()
            .sorted(
                Comparator.comparing((String name) -> dtype(types, name))
                    .reversed()
                    .thenComparing(
                        name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned))
            .toList();
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    long at = 0;
    for (String name : names) {
      TensorType type = Require.nonNull("write", "the type", types.get(name));
      tensors.put(
          name,
          new StoredTensor(StoredDType.of(type.dtype()), type.shape(), at, at + type.bytes()));
      at += type.bytes();
    }
    return tensors;
  }

  private static StoredDType dtype(Map<String, TensorType> types, String name) {
    return StoredDType.of(Require.nonNull("write", "the type", types.get(name)).dtype());
  }

  private static void check(String name, TensorType type) {
    if (Require.unicode("write", "the name", name).equals(SafetensorsHeader.METADATA)) {
      throw new ArgumentException(
          "write: no tensor can be named " + name + "; pass texts as metadata");
    }
    int rank = type.shape().rank();
    if (rank > SafetensorsHeader.MAX_RANK) {
      throw new ShapeException(
          "write: the array '%s' has %d axes, at most %d are taken; reshape it first"
              .formatted(name, rank, SafetensorsHeader.MAX_RANK));
    }
  }

  private static SequencedMap<String, String> texts(Map<String, String> metadata) {
    Require.nonNull("write", "the metadata", metadata)
        .forEach((key, value) -> {
          Require.unicode("write", "the name", key);
          Require.unicode("write", "the text of '" + key + "'", value);
        });
    return new TreeMap<>(metadata);
  }

  /** In little-endian order, whatever the machine's is. */
  private static void write(HostArray array, OutputStream out) throws IOException {
    int width = array.type().dtype().bytes();
    Shape shape = array.type().shape();
    ValueLayout here = layout(width);
    ValueLayout there = here.withOrder(ByteOrder.LITTLE_ENDIAN);
    int most = (int) Math.min(CHUNK / width, shape.size());
    byte[] chunk = new byte[most * width];
    MemorySegment target = MemorySegment.ofArray(chunk);
    for (long at = 0; at < shape.size(); at += most) {
      int count = (int) Math.min(most, shape.size() - at);
      MemorySegment.copy(array.data(), here, at * width, target, there, 0, count);
      out.write(chunk, 0, count * width);
    }
  }

  private static ValueLayout layout(int width) {
    return switch (width) {
      case 1 -> ValueLayout.JAVA_BYTE;
      case 2 -> ValueLayout.JAVA_SHORT_UNALIGNED;
      case 4 -> ValueLayout.JAVA_INT_UNALIGNED;
      default -> ValueLayout.JAVA_LONG_UNALIGNED;
    };
  }
}
