package org.cotangent.numpy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.file.Reasons;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .npz} archive, open for reading: a zip file with a {@code .npy} for each array, stored
 * or deflated; folders in it are passed over. Arrays are read when asked for. The archive's
 * directory is trusted no further than it agrees with the entry it points to: sizes are compared
 * with the array's header before memory is allocated, and each checksum is verified, which {@link
 * ZipFile} leaves to its user.
 *
 * <p>Any number of threads may read at a time.
 */
public final class Npz implements AutoCloseable {
  private static final String SUFFIX = ".npy";

  /** What names are in that are not marked as UTF-8, by the zip specification and Python. */
  private static final Charset UNMARKED = Charset.forName("IBM437");

  private final Path path;
  private final ZipFile zip;
  private final SequencedMap<String, ZipEntry> entries;

  /** Shared by readers, exclusive for closing, which must not end an inflater that is at work. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private boolean closed;

  private Npz(Path path, ZipFile zip, SequencedMap<String, ZipEntry> entries) {
    this.path = path;
    this.zip = zip;
    this.entries = entries;
  }

  /**
   * {@return the archive in a file}
   *
   * @param path of the file, which stays open until {@link #close}
   * @throws FormatException if it cannot be read, is no zip archive or has two entries of one name;
   *     the message has path and reason
   */
  public static Npz open(Path path) {
    String where = "open: " + Require.nonNull("open", "the path", path);
    ZipFile zip = null;
    try {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      zip = new ZipFile(path.toFile(), UNMARKED);
      Npz npz = new Npz(path, zip, directory(zip, where));
      zip = null;
      return npz;
    } catch (ZipException e) {
      throw new FormatException(
          where
              + ": cannot be read as an .npz archive: "
              + Reasons.of(e)
              + "; entries are read that are stored or deflated and not encrypted:"
              + " write it with np.savez or np.savez_compressed",
          e);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read as an .npz archive: " + Reasons.of(e), e);
    } catch (UnsupportedOperationException e) {
      throw new FormatException(where + ": not in the default file system; copy it there", e);
    } finally {
      closeQuietly(zip);
    }
  }

  private static SequencedMap<String, ZipEntry> directory(ZipFile zip, String where) {
    SequencedMap<String, ZipEntry> entries = new LinkedHashMap<>();
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String file = entry.getName();
      if (entry.isDirectory()) {
        continue;
      }
      String name =
          file.endsWith(SUFFIX) ? file.substring(0, file.length() - SUFFIX.length()) : file;
      if (entries.put(name, entry) != null) {
        throw new FormatException(where + ": two entries are named '" + name + "'");
      }
    }
    return entries;
  }

  /** {@return the names of the arrays in the archive's order, without {@code .npy}} */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /**
   * {@return what the headers of all arrays say, by name, in the archive's order} No data is read.
   *
   * @throws FormatException if an entry is damaged or is no {@code .npy}; the message has path,
   *     name and reason
   * @throws ClosedException if the archive is closed
   */
  public SequencedMap<String, ArrayInfo> introspect() {
    SequencedMap<String, ArrayInfo> infos = new LinkedHashMap<>();
    entries.forEach(
        (name, entry) -> infos.put(name, read("introspect", name, entry, NpyHeader::info)));
    return infos;
  }

  /**
   * {@return an array, read now}
   *
   * @param name one of {@link #names}
   * @throws ArgumentException if there is no such array
   * @throws FormatException if its entry is damaged, is no {@code .npy}, disagrees with the
   *     archive's directory, or holds a dtype that is not supported; the message has path, name and
   *     reason
   * @throws ClosedException if the archive is closed
   */
  public NumPyArray get(String name) {
    ZipEntry entry = entries.get(Require.nonNull("get", "the name", name));
    if (entry == null) {
      throw new ArgumentException(
          "get: " + path + " has no array '" + name + "'; it has " + entries.keySet());
    }
    return read(
        "get",
        name,
        entry,
        (in, where) -> {
          CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
          NumPyArray array = NpyReader.readEntry(checked, entry.getSize(), where);
          if (checked.getChecksum().getValue() != entry.getCrc()) {
            throw new FormatException(where + ": damaged: its checksum is wrong");
          }
          return array;
        });
  }

  /** What is made of an entry's bytes. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(InputStream in, String where) throws IOException;
  }

  private <T> T read(String op, String name, ZipEntry entry, Reader<T> reader) {
    String where = op + ": " + path + ": '" + name + "'";
    lock.readLock().lock();
    try {
      if (closed) {
        throw new ClosedException(op + ": " + path + " is closed; open it again");
      }
      try (InputStream in = Require.nonNull(op, "the entry", zip.getInputStream(entry))) {
        return reader.read(in, where);
      }
    } catch (EOFException e) {
      throw new FormatException(where + ": damaged: its compressed data ends too early", e);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Closes the file, after the reads in progress; arrays that were read stay. Closing again does
   * nothing.
   */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      closeQuietly(zip);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static void closeQuietly(@Nullable ZipFile zip) {
    try {
      if (zip != null) {
        zip.close();
      }
    } catch (IOException e) {
      // Nothing was written, so nothing is lost.
    }
  }
}
