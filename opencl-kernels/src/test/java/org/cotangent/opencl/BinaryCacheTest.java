package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ResourceBundle;
import java.util.stream.Stream;
import org.cotangent.error.DeviceException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs on disk. */
class BinaryCacheTest {
  private static final byte[] PROGRAM = {1, 2, 3, 4, 5};
  private static final System.Logger SILENT = new MemoryLogger(new ArrayList<>());

  /** Keeps what is said. */
  private record MemoryLogger(List<String> messages) implements System.Logger {
    @Override
    public String getName() {
      return "test";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String text, @Nullable Throwable thrown) {
      messages.add(text);
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String format, @Nullable Object... values) {
      messages.add(MessageFormat.format(format, values));
    }
  }

  @TempDir Path folder;

  @Test
  void givesBackWhatItWasGiven() {
    BinaryCache cache = BinaryCache.in(folder.resolve("made/here"));
    assertNull(cache.load("a"));
    cache.store("a", PROGRAM);
    cache.store("b", new byte[] {9});
    assertArrayEquals(PROGRAM, cache.load("a"));
    cache.store("a", new byte[] {7});
    assertArrayEquals(new byte[] {7}, BinaryCache.in(folder.resolve("made/here")).load("a"));
  }

  @Test
  void damagedFilesAreAsGoodAsNone() throws IOException {
    BinaryCache cache = BinaryCache.in(folder);
    cache.store("a", PROGRAM);
    Path file = only(folder);
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length < good.length; length++) {
      Files.write(file, Arrays.copyOf(good, length));
      assertNull(cache.load("a"), "cut to " + length);
    }
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      Files.write(file, bad);
      assertNull(cache.load("a"), "byte " + i);
    }
    Files.delete(file);
    Files.createDirectory(file);
    assertNull(cache.load("a"));
    cache.store("a", PROGRAM);
  }

  @Test
  void offKeepsNothing() {
    BinaryCache cache = BinaryCache.configured("off", folder.resolve("usual"), SILENT);
    cache.store("a", PROGRAM);
    assertNull(cache.load("a"));
    assertTrue(Files.notExists(folder.resolve("usual")));
  }

  @Test
  void theUsualFolderIsUsedWithoutAProperty() {
    BinaryCache.configured(null, folder.resolve("usual"), SILENT).store("a", PROGRAM);
    assertArrayEquals(
        PROGRAM, BinaryCache.configured("", folder.resolve("usual"), SILENT).load("a"));
  }

  @Test
  void aFolderThatWasAskedForMustBeWritable() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    for (String property : List.of(file.toString(), file.resolve("sub").toString(), "\0")) {
      DeviceException error =
          assertThrows(
              DeviceException.class, () -> BinaryCache.configured(property, folder, SILENT));
      assertTrue(Messages.of(error).contains("-Dcotangent.opencl.cache=off"), Messages.of(error));
    }
  }

  @Test
  void theUsualFolderIsDoneWithout() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    List<String> messages = new ArrayList<>();
    BinaryCache cache =
        BinaryCache.configured(null, file.resolve("sub"), new MemoryLogger(messages));
    cache.store("a", PROGRAM);
    assertNull(cache.load("a"));
    assertEquals(1, messages.size());
    assertTrue(messages.getFirst().contains("pass -Dcotangent.opencl.cache=FOLDER"));
  }

  @Test
  void theOldestOfTooManyGo() throws IOException {
    for (int i = 0; i < 2049; i++) {
      Files.createFile(folder.resolve(i + ".clbin"));
    }
    Files.createFile(folder.resolve("mine"));
    BinaryCache.in(folder);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1025, files.count());
    }
  }

  private static Path only(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .reduce((a, b) -> {
            throw new AssertionError(a + " and " + b);
          })
          .orElseThrow();
    }
  }
}
