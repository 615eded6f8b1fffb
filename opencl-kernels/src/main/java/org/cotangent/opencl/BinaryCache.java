package org.cotangent.opencl;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.cotangent.error.DeviceException;
import org.cotangent.opencl.kernel.Digest;
import org.jspecify.annotations.Nullable;

/**
 * Built programs on disk, so that the next process need not build them: one file for each, named by
 * a digest of all that its contents depend on.
 *
 * <p>Rules. A file holds the digest of its contents; what does not match is as good as not there.
 * Files appear whole (they are moved into place), so processes may share a folder. Of more than
 * {@value #FILES} files the oldest go. The system property {@value #PROPERTY} names the folder, or
 * is {@code off}; such a folder must be writable, while the usual one in the user's cache is done
 * without, and a warning says so.
 */
final class BinaryCache {
  /** The folder, or {@code off}. */
  static final String PROPERTY = "cotangent.opencl.cache";

  private static final String OFF = "off";

  private static final System.Logger LOGGER = System.getLogger(BinaryCache.class.getPackageName());

  private static final byte[] MAGIC = "cotangent-cl-1\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = MAGIC.length + Digest.BYTES;
  private static final String SUFFIX = ".clbin";
  private static final int FILES = 2048;

  private final @Nullable Path folder;

  private BinaryCache(@Nullable Path folder) {
    this.folder = folder;
  }

  /** {@return a cache that keeps nothing} */
  static BinaryCache off() {
    return new BinaryCache(null);
  }

  /**
   * {@return a cache in a folder, which is made if need be}
   *
   * @throws DeviceException if it cannot be written
   */
  static BinaryCache in(Path folder) {
    try {
      return new BinaryCache(prepared(folder));
    } catch (IOException e) {
      throw unwritable(folder.toString(), e);
    }
  }

  /**
   * {@return the cache that the system properties and the environment ask for}
   *
   * @throws DeviceException if the property names a folder that cannot be written
   */
  static BinaryCache configured() {
    return configured(System.getProperty(PROPERTY), usual(System::getenv), LOGGER);
  }

  /** {@return the cache for a value of the property, or in the usual folder if there is none} */
  static BinaryCache configured(@Nullable String property, Path usual, System.Logger logger) {
    if (property == null || property.isBlank()) {
      try {
        return new BinaryCache(prepared(usual));
      } catch (IOException e) {
        logger.log(
            Level.WARNING,
            "opencl: programs are not kept for the next start, because {0} cannot be written ({1});"
                + " pass -D{2}=FOLDER, or -D{2}=off to keep none",
            usual,
            e,
            PROPERTY);
        return off();
      }
    }
    if (property.equals(OFF)) {
      return off();
    }
    try {
      return in(Path.of(property));
    } catch (InvalidPathException e) {
      throw unwritable(property, e);
    }
  }

  /** {@return what was stored under a key, or null} */
  byte @Nullable [] load(String key) {
    if (folder == null) {
      return null;
    }
    Path file = file(folder, key);
    try {
      byte[] contents = Files.readAllBytes(file);
      if (!valid(contents)) {
        LOGGER.log(Level.DEBUG, "opencl: {0} is damaged and not used", file);
        return null;
      }
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return Arrays.copyOfRange(contents, HEADER, contents.length);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "opencl: a kept program cannot be read", e);
      return null;
    }
  }

  /** Keeps a program; a failure costs the next process a build and no more. */
  void store(String key, byte[] binary) {
    if (folder == null) {
      return;
    }
    ByteBuffer contents = ByteBuffer.allocate(HEADER + binary.length);
    contents.put(MAGIC).put(new Digest().add(binary).bytes()).put(binary);
    try {
      Path part = Files.createTempFile(folder, key, ".part");
      try {
        Files.write(part, contents.array());
        Files.move(part, file(folder, key), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "opencl: a program cannot be kept", e);
    }
  }

  private static boolean valid(byte[] contents) {
    if (contents.length <= HEADER
        || !Arrays.equals(contents, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return false;
    }
    byte[] digest = Arrays.copyOfRange(contents, MAGIC.length, HEADER);
    return Arrays.equals(digest, new Digest().add(contents, HEADER).bytes());
  }

  private static Path file(Path folder, String key) {
    return folder.resolve(key + SUFFIX);
  }

  /** Where programs keep what they can make again, as each system has it. */
  private static Path usual(UnaryOperator<@Nullable String> environment) {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String home = System.getProperty("user.home", "");
    String local =
        environment.apply(system.contains("windows") ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
    Path caches;
    if (local != null && !local.isBlank() && Path.of(local).isAbsolute()) {
      caches = Path.of(local);
    } else if (system.contains("mac")) {
      caches = Path.of(home, "Library", "Caches");
    } else {
      caches = Path.of(home, ".cache");
    }
    return caches.resolve("cotangent").resolve("opencl");
  }

  /** Makes the folder, for its user alone, and shows that a file can be made in it. */
  private static Path prepared(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, onlyOwner());
    }
    Files.delete(Files.createTempFile(folder, "probe", ".part"));
    prune(folder);
    return folder;
  }

  private static FileAttribute<?>[] onlyOwner() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void prune(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(SUFFIX)).toList();
    }
    if (files.size() > FILES) {
      List<Path> oldest = files.stream().sorted(Comparator.comparing(BinaryCache::used)).toList();
      for (Path file : oldest.subList(0, files.size() - FILES / 2)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static FileTime used(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException gone) {
      return FileTime.fromMillis(0);
    }
  }

  private static DeviceException unwritable(String folder, Exception cause) {
    return new DeviceException(
        "opencl: the folder for built programs, "
            + folder
            + ", cannot be written ("
            + cause
            + "); pass another one by -D"
            + PROPERTY
            + "=FOLDER, or -D"
            + PROPERTY
            + "=off to keep none",
        cause);
  }
}
