package org.cotangent.benchmarks.work;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Java processes from start to end, with this one's class path. */
public final class ColdWork {
  private static final long SECONDS = 60;

  private ColdWork() {}

  /** {@return a process that does nothing but start, with the module of the Vector API} */
  public static Work start() {
    return process(NoProgram.OUTPUT, NoProgram.class.getName());
  }

  /**
   * {@return a process that opens a device, takes one gradient and prints it}
   *
   * @param device its name
   */
  public static Work gradient(String device) {
    return process(FirstGradient.OUTPUT, FirstGradient.class.getName(), device);
  }

  /**
   * {@return work that starts a process and waits for its end}
   *
   * @param output its last line; another one, an error or no end within a minute make the work fail
   * @param arguments the main class and what it is given
   */
  static Work process(String output, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(arguments));
    return Work.of(() -> run(command, output), () -> {});
  }

  private static void run(List<String> command, String output) {
    try {
      Path file = Files.createTempFile("cotangent-cold", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(file.toFile())
                .start();
        boolean ended = end(process);
        List<String> lines = Files.readAllLines(file);
        String name = command.subList(command.indexOf("-cp") + 2, command.size()).toString();
        if (!ended) {
          throw failed(name + " did not end in " + SECONDS + " s", lines);
        }
        if (process.exitValue() != 0) {
          throw failed(name + " ended with status " + process.exitValue(), lines);
        }
        if (lines.isEmpty() || !lines.getLast().equals(output)) {
          throw failed(name + " did not print " + output, lines);
        }
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits. {@return whether it ended by itself} */
  private static boolean end(Process process) {
    try {
      if (process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return false;
  }

  private static IllegalStateException failed(String what, List<String> lines) {
    return new IllegalStateException(
        "cold: " + what + "; it printed:\n" + String.join("\n", lines));
  }
}
