package org.cotangent.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.cotangent.error.FormatException;

/** Writes a file so that it appears whole or not at all, and a failure leaves nothing behind. */
public final class AtomicFile {
  private AtomicFile() {}

  /** What writes the content. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes it all.
     *
     * @param out where to, not buffered
     * @throws IOException if it fails; then the file stays as it was
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes or replaces a file.
   *
   * @param op on whose behalf, for the message
   * @param path of the file; a link is followed
   * @param content what to write
   * @throws FormatException if it cannot be written
   */
  public static void write(String op, Path path, Content content) {
    try {
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      // Moving over a device or a pipe would replace it by a file.
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        throw new FormatException(op + ": " + path + ": cannot be written: it is no regular file");
      }
      // A name of its own instead of createTempFile, whose files only their owner may read.
      long number = ThreadLocalRandom.current().nextLong();
      Path temporary =
          target.resolveSibling(".cotangent-" + HexFormat.of().toHexDigits(number) + ".tmp");
      try {
        try (FileChannel channel =
            FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          content.writeTo(Channels.newOutputStream(channel));
          channel.force(true);
        }
        move(temporary, target);
        forceFolder(target);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new FormatException(op + ": " + path + ": cannot be written: " + Reasons.of(e), e);
    }
  }

  /** Has a power failure leave the new file and not the old one, where the system can. */
  private static void forceFolder(Path target) {
    try (FileChannel folder = FileChannel.open(target.resolveSibling("."))) {
      folder.force(true);
    } catch (IOException e) {
      // Windows opens no folders. The file is whole all the same.
    }
  }

  private static void move(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
