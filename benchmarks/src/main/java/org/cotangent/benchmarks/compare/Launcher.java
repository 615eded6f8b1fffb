package org.cotangent.benchmarks.compare;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.Environment;

/**
 * Starts workers, each with the class path of one peer and a clean environment, one after the
 * other.
 *
 * @param scratch folder for their output
 */
record Launcher(Path scratch) {
  /** Longer than any suite takes; what hangs is ended. */
  private static final long MINUTES = 20;

  private static final List<String> FLAGS =
      List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

  /**
   * Where a worker runs.
   *
   * @param classPath beside this process's own; may be empty
   * @param environment variables beside those of a clean environment
   * @param prefix of its command, as of {@link Cores#prefix}
   */
  record Place(String classPath, Map<String, String> environment, List<String> prefix) {
    /** Anywhere. */
    Place(String classPath, Map<String, String> environment) {
      this(classPath, environment, List.of());
    }

    /** {@return this place on some of the cores} */
    Place on(Cores cores) {
      return new Place(classPath, environment, cores.prefix());
    }
  }

  private static final JsonMapper MAPPER = new JsonMapper();

  /** {@return the JVM's flags of a worker and of its forks} */
  static List<String> flags() {
    return FLAGS;
  }

  /**
   * {@return what a worker says}
   *
   * @param place where it runs
   * @param type of the answer
   * @param arguments of the worker, after its file
   * @throws IOException if it ends otherwise than with an answer; with the end of its output
   */
  <T> T ask(Place place, TypeReference<T> type, List<String> arguments)
      throws IOException, InterruptedException {
    Path answer = scratch.resolve("answer.json");
    Path output = scratch.resolve("output.log");
    Files.deleteIfExists(answer);
    List<String> command = new ArrayList<>(place.prefix());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.add("-Djmh.ignoreLock=" + Boolean.getBoolean("jmh.ignoreLock"));
    String own = System.getProperty("java.class.path");
    command.add("-cp");
    String more = place.classPath();
    command.add(more.isEmpty() ? own : own + File.pathSeparator + more);
    command.add(Worker.class.getName());
    command.add(answer.toString());
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    Environment.tidy(builder);
    builder.environment().putAll(place.environment());
    Process process = builder.start();
    try {
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        throw new IOException("no answer in " + MINUTES + " minutes");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    if (process.exitValue() != 0 || !Files.exists(answer)) {
      throw new IOException("ended with status " + process.exitValue() + ": " + lastLine(output));
    }
    return MAPPER.readValue(answer.toFile(), type);
  }

  private static String lastLine(Path output) throws IOException {
    // A process that crashes may write anything; of this charset every byte is a character.
    List<String> lines = Files.readAllLines(output, StandardCharsets.ISO_8859_1);
    return lines.stream()
        .filter(line -> line.startsWith("Exception") || line.startsWith("Caused by"))
        .reduce((_, last) -> last)
        .or(() -> lines.stream().reduce((_, last) -> last))
        .orElse("without a word");
  }
}
