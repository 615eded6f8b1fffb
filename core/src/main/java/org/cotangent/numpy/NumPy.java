package org.cotangent.numpy;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.file.AtomicFile;
import org.cotangent.file.Reasons;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * Writes arrays as NumPy writes them. A file appears whole or not at all: it is written under
 * another name in the same folder and then moved, so that readers and a crash find the old file or
 * the new one. The same arrays give the same bytes.
 */
public final class NumPy {
  /** Fixed, so that archives are reproducible; not 1980-01-01, which Java stores with a zone. */
  private static final LocalDateTime ENTRY_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  private static final int CHUNK = 1 << 18;

  private NumPy() {}

  /**
   * Writes a {@code .npy} file in C order, as {@code np.save} does.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param array what to write
   * @throws ShapeException if it has more axes than NumPy takes (64)
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void save(Path path, HostArray array) {
    save(path, array, Order.C);
  }

  /**
   * Writes a {@code .npy} file.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param array what to write
   * @param order of the elements in the file
   * @throws ShapeException if it has more axes than NumPy takes (64)
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void save(Path path, HostArray array, Order order) {
    Require.nonNull("save", "the path", path);
    Require.nonNull("save", "the order", order);
    check("save", "the array", array);
    AtomicFile.write("save", path, out -> write("save", array, order, out));
  }

  /**
   * Writes an array in {@code .npy} format to a stream, in C order. Several can follow each other,
   * as {@link NumPyArray#read} and {@code np.load} take them again.
   *
   * @param out the stream, which stays open
   * @param array what to write
   * @throws ShapeException if it has more axes than NumPy takes (64)
   * @throws FormatException if the stream fails; the message has the reason
   */
  public static void write(OutputStream out, HostArray array) {
    write(out, array, Order.C);
  }

  /**
   * Writes an array in {@code .npy} format to a stream.
   *
   * @param out the stream, which stays open
   * @param array what to write
   * @param order of the elements in the stream
   * @throws ShapeException if it has more axes than NumPy takes (64)
   * @throws FormatException if the stream fails; the message has the reason
   */
  public static void write(OutputStream out, HostArray array, Order order) {
    Require.nonNull("write", "the stream", out);
    Require.nonNull("write", "the order", order);
    check("write", "the array", array);
    try {
      write("write", array, order, out);
    } catch (IOException e) {
      throw new FormatException("write: the stream fails: " + Reasons.of(e), e);
    }
  }

  /**
   * Writes a {@code .npz} archive without compression, as {@code np.savez} does.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param arrays by name; in their order if the map has one, else sorted by name
   * @throws ArgumentException if a name is empty or too long for a zip archive
   * @throws ShapeException if an array has more axes than NumPy takes (64)
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void savez(Path path, Map<String, HostArray> arrays) {
    savez(path, arrays, Order.C);
  }

  /**
   * Writes a {@code .npz} archive without compression, in an order.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param arrays by name; in their order if the map has one, else sorted by name
   * @param order of the elements of all arrays
   * @throws ArgumentException if a name is empty or too long for a zip archive
   * @throws ShapeException if an array has more axes than NumPy takes (64)
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void savez(Path path, Map<String, HostArray> arrays, Order order) {
    savez("savez", path, arrays, order, false);
  }

  /**
   * Writes a deflated {@code .npz} archive, as {@code np.savez_compressed} does.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param arrays by name; in their order if the map has one, else sorted by name
   * @throws ArgumentException if a name is empty or too long for a zip archive
   * @throws ShapeException if an array has more axes than NumPy takes (64)
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void savezCompressed(Path path, Map<String, HostArray> arrays) {
    savezCompressed(path, arrays, Order.C);
  }

  /**
   * Writes a deflated {@code .npz} archive, in an order.
   *
   * @param path of the file, taken as it is; an existing file is replaced
   * @param arrays by name; in their order if the map has one, else sorted by name
   * @param order of the elements of all arrays
   * @throws ArgumentException if a name is empty or too long for a zip archive
   * @throws ShapeException if an array has more axes than NumPy takes (64)
   * @throws FormatException if the file cannot be written; the message has path and reason
   */
  public static void savezCompressed(Path path, Map<String, HostArray> arrays, Order order) {
    savez("savezCompressed", path, arrays, order, true);
  }

  private static void savez(
      String op, Path path, Map<String, HostArray> arrays, Order order, boolean compressed) {
    Require.nonNull(op, "the path", path);
    Require.nonNull(op, "the map of arrays", arrays);
    Require.nonNull(op, "the order", order);
    arrays.keySet().forEach(name -> Require.nonNull(op, "a name", name));
    SequencedMap<ZipEntry, HostArray> entries = new LinkedHashMap<>();
    (arrays instanceof SequencedMap ? arrays : new TreeMap<>(arrays))
        .forEach((name, array) -> {
          check(op, "the array '" + name + "'", array);
          entries.put(entry(op, name), array);
        });
    AtomicFile.write(
        op,
        path,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          for (Map.Entry<ZipEntry, HostArray> entry : entries.entrySet()) {
            if (!compressed) {
              describeStored(op, entry.getKey(), entry.getValue(), order);
            }
            zip.putNextEntry(entry.getKey());
            write(op, entry.getValue(), order, zip);
            zip.closeEntry();
          }
          zip.finish();
        });
  }

  private static ZipEntry entry(String op, String name) {
    if (name.isEmpty()) {
      throw new ArgumentException(op + ": a name is empty; name each array");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw new ArgumentException(
          op + ": the name '" + name + "' has half of a surrogate pair; use another");
    }
    try {
      ZipEntry entry = new ZipEntry(name + ".npy");
      entry.setTimeLocal(ENTRY_TIME);
      return entry;
    } catch (IllegalArgumentException e) {
      throw new ArgumentException(
          op + ": a name of " + name.length() + " characters is too long for a zip archive");
    }
  }

  /** Size and checksum of a stored entry stand before its data. */
  private static void describeStored(String op, ZipEntry entry, HostArray array, Order order)
      throws IOException {
    CheckedOutputStream counted =
        new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32());
    write(op, array, order, counted);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(header(array, order).length + array.data().byteSize());
    entry.setCrc(counted.getChecksum().getValue());
  }

  private static void check(String op, String what, HostArray array) {
    int rank = Require.nonNull(op, what, array).type().shape().rank();
    if (rank > NpyHeader.MAX_RANK) {
      throw new ShapeException(
          op
              + ": "
              + what
              + " has "
              + rank
              + " axes, NumPy takes at most "
              + NpyHeader.MAX_RANK
              + "; reshape it first");
    }
  }

  private static byte[] header(HostArray array, Order order) {
    return NpyHeader.format(NumPyDType.of(array.type().dtype()), order, array.type().shape());
  }

  private static void write(String op, HostArray array, Order order, OutputStream out)
      throws IOException {
    out.write(header(array, order));
    Shape shape = array.type().shape();
    MemorySegment data = array.readable(op);
    if (order == Order.C || Reorder.isSame(shape)) {
      write(data, out);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment reordered = arena.allocate(data.byteSize(), 64);
      Reorder.cToFortran(data, reordered, shape, array.type().dtype().bytes());
      write(reordered, out);
    }
  }

  private static void write(MemorySegment data, OutputStream out) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK, data.byteSize())];
    for (long at = 0; at < data.byteSize(); at += chunk.length) {
      int count = (int) Math.min(chunk.length, data.byteSize() - at);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, chunk, 0, count);
      out.write(chunk, 0, count);
    }
  }
}
