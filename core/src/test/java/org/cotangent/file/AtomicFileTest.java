package org.cotangent.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cotangent.error.FormatException;
import org.cotangent.io.Safetensors;
import org.cotangent.numpy.NumPy;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wherever writing fails, the old file is whole and nothing else is left. */
class AtomicFileTest {
  @TempDir private Path folder;

  private Path old() throws IOException {
    return Files.writeString(folder.resolve("old"), "old");
  }

  private void assertOld(Path file) throws IOException {
    assertEquals("old", Files.readString(file));
    try (Stream<Path> list = Files.list(folder)) {
      assertEquals(List.of(file), list.toList());
    }
  }

  private static FormatException fails(Path file, AtomicFile.Content content) {
    return assertThrows(FormatException.class, () -> AtomicFile.write("save", file, content));
  }

  @Test
  void whatIsWrittenIsThereAfterwardsAndNotBefore() throws IOException {
    Path file = old();
    AtomicFile.write(
        "save",
        file,
        out -> {
          out.write("new".getBytes(StandardCharsets.UTF_8));
          assertEquals("old", Files.readString(file));
          try (Stream<Path> list = Files.list(folder)) {
            assertEquals(2, list.count());
          }
        });
    assertEquals("new", Files.readString(file));
  }

  @Test
  void contentThatFails() throws IOException {
    Path file = old();
    FormatException e =
        fails(
            file,
            out -> {
              out.write(new byte[100]);
              throw new IOException("No space left on device");
            });
    assertEquals("save: " + file + ": cannot be written: No space left on device", e.getMessage());
    assertOld(file);
    assertThrows(
        StackOverflowError.class,
        () ->
            AtomicFile.write(
                "save",
                file,
                out -> {
                  out.write(1);
                  throw new StackOverflowError();
                }));
    assertOld(file);
  }

  /** An interrupt closes the channel, so that forcing it to the disk fails. */
  @Test
  void forcingThatFails() throws IOException {
    Path file = old();
    fails(
        file,
        out -> {
          out.write(1);
          Thread.currentThread().interrupt();
        });
    assertTrue(Thread.interrupted());
    assertOld(file);
  }

  /** Meanwhile there is a folder of that name, which no file can take the place of. */
  @Test
  void movingThatFails() throws IOException {
    Path file = folder.resolve("taken");
    fails(
        file,
        out -> {
          out.write(1);
          Files.createDirectory(file);
        });
    try (Stream<Path> list = Files.list(folder)) {
      assertEquals(List.of(file), list.toList());
    }
  }

  /** What the process below writes. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      HostArray array = HostArray.allocate(new TensorType(DType.INT8, Shape.of(1 << 20)));
      Path path = Path.of(arguments[0]);
      List<Runnable> writers =
          List.of(
              () -> NumPy.save(path, array),
              () -> NumPy.savez(path, Map.of("w", array)),
              () -> Safetensors.write(path, Map.of("w", array)));
      for (Runnable writer : writers) {
        try {
          writer.run();
          IO.println("written");
        } catch (FormatException e) {
          IO.println(e.getMessage());
        }
      }
    }
  }

  /** A disk on which a file has no more than 512 KiB: the system fails a write in the middle. */
  @Test
  void aDiskThatIsFull() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "skipped: no bash, whose ulimit is used");
    Path file = old();
    List<String> lines = write(file, "ulimit -f 512; ");
    assertEquals(3, lines.size(), lines.toString());
    lines.forEach(line -> {
      assertTrue(line.contains(": " + file + ": cannot be written: "), line);
      assertTrue(line.contains("File too large"), line);
    });
    assertOld(file);
    assertEquals(List.of("written", "written", "written"), write(file, ""));
  }

  private static List<String> write(Path file, String limit) throws Exception {
    Process process =
        new ProcessBuilder(
                "/bin/bash",
                "-c",
                limit + "exec \"$@\"",
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                place(AtomicFile.class) + ":" + place(AtomicFileTest.class),
                Writer.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }

  private static Path place(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
