package org.cotangent.numpy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipException;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.file.Reasons;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .npz} archive, open for reading: a zip file with a {@code .npy} for each array, stored
 * or deflated; folders in it are passed over. Arrays are read when asked for. The archive's
 * directory is trusted no further than it agrees with the entry it points to: sizes are compared
 * with the array's header before memory is allocated, and each checksum is verified. To open an
 * archive takes at most two bytes for each byte of it, garbage included, and some memory that does
 * not depend on it.
 *
 * <p>Any number of threads may read at a time.
 */
public final class Npz implements AutoCloseable {
  /** Names in a message, and characters of each. */
  private static final int SHOWN = 20;

  private static final int LONGEST = 100;

  private final Path path;
  private final RandomAccessFile file;
  private final ZipDirectory directory;

  /** Shared by readers, exclusive for closing, which must not end an inflater that is at work. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private boolean closed;

  private Npz(Path path, RandomAccessFile file, ZipDirectory directory) {
    this.path = path;
    this.file = file;
    this.directory = directory;
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
    RandomAccessFile file = null;
    try {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      file = new RandomAccessFile(path.toFile(), "r");
      Npz npz = new Npz(path, file, ZipDirectory.read(file, where));
      file = null;
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
      closeQuietly(file);
    }
  }

  /** {@return the names of the arrays in the archive's order, without {@code .npy}} */
  public List<String> names() {
    return directory.places().mapToObj(directory::name).toList();
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
    directory
        .places()
        .forEach(place -> {
          String name = directory.name(place);
          infos.put(name, read("introspect", name, place, NpyHeader::info));
        });
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
    int place = directory.find(Require.nonNull("get", "the name", name));
    if (place == 0) {
      throw new ArgumentException(
          "get: " + path + " has no array '" + name + "'; it has " + shown());
    }
    return read(
        "get",
        name,
        place,
        (in, where) -> {
          CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
          NumPyArray array = NpyReader.readEntry(checked, directory.size(place), where);
          if (checked.getChecksum().getValue() != directory.checksum(place)) {
            throw new FormatException(where + ": damaged: its checksum is wrong");
          }
          return array;
        });
  }

  /** The first of many names: a stranger's archive may have millions. */
  private String shown() {
    long more = directory.places().skip(SHOWN).count();
    return directory.places().limit(SHOWN).mapToObj(directory::name).map(Npz::shown).toList()
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static String shown(String name) {
    return name.length() > LONGEST ? name.substring(0, LONGEST) + "..." : name;
  }

  /** What is made of an entry's bytes. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(InputStream in, String where) throws IOException;
  }

  private <T> T read(String op, String name, int place, Reader<T> reader) {
    String where = op + ": " + path + ": '" + name + "'";
    lock.readLock().lock();
    try {
      if (closed) {
        throw new ClosedException(op + ": " + path + " is closed; open it again");
      }
      try (InputStream in = directory.content(file, place)) {
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
      closeQuietly(file);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static void closeQuietly(@Nullable RandomAccessFile file) {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      // Nothing was written, so nothing is lost.
    }
  }
}
