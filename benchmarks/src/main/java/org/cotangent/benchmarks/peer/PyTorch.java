package org.cotangent.benchmarks.peer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.Environment;
import org.cotangent.numpy.NpyFile;
import org.cotangent.numpy.NumPy;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch of the machine's Python, which does one task in a process of its own. Arrays go to and
 * fro as {@code .npy} files, commands through a pipe, and the time is taken on the other side of
 * it.
 */
public final class PyTorch implements AutoCloseable {
  /** Names the Python to use where {@code python3} is another. */
  private static final String VARIABLE = "COTANGENT_PYTHON";

  private static final long SECONDS_TO_ANSWER = 60;
  private static final double NANOS = 1e9;

  private static final String QUESTION =
      """
      import torch, numpy
      print(torch.__version__)
      print(torch.cuda.get_device_name(0) if torch.cuda.is_available() else "")
      """;

  /** What a Python says of itself. */
  private record Found(String command, String version, String gpu) {}

  /** Looked for once: it takes seconds. */
  private static final class Python {
    static final @Nullable Found FOUND = find();

    private Python() {}

    private static @Nullable Found find() {
      String named = System.getenv(VARIABLE);
      List<String> commands =
          named == null ? List.of("python3", "/usr/bin/python3") : List.of(named);
      for (String command : commands) {
        Found found = ask(command);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
  }

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final Path folder;

  /**
   * Starts it; it is ready then.
   *
   * @param device {@code cpu} or {@code cuda}
   * @param suite of the task
   * @param parameters of the task
   * @param inputs of the task
   * @throws IllegalStateException if it cannot; says why
   */
  public PyTorch(
      String device, String suite, Map<String, String> parameters, List<HostArray> inputs) {
    Found found = found();
    try {
      folder = Files.createTempDirectory("cotangent");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      for (int i = 0; i < inputs.size(); i++) {
        NumPy.save(folder.resolve(i + ".npy"), inputs.get(i));
      }
      List<String> command = new ArrayList<>(List.of(found.command(), "-c", program()));
      command.addAll(List.of(device, Integer.toString(threads()), folder.toString(), suite));
      parameters.forEach((name, value) -> command.add(name + "=" + value));
      process = builder(command).start();
    } catch (IOException e) {
      delete();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      delete();
      throw e;
    }
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = process.outputWriter(StandardCharsets.UTF_8);
    try {
      expect("ready");
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    Environment.tidy(builder);
    return builder;
  }

  private static String program() throws IOException {
    try (InputStream program = PyTorch.class.getResourceAsStream("pytorch.py")) {
      if (program == null) {
        throw new IOException("pytorch.py is missing in the jar");
      }
      return new String(program.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static @Nullable Found ask(String command) {
    try {
      Process process =
          builder(List.of(command, "-c", QUESTION))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS_TO_ANSWER, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return null;
      }
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        List<String> told = lines.lines().toList();
        return process.exitValue() == 0 && told.size() == 2
            ? new Found(command, told.get(0), told.get(1))
            : null;
      }
    } catch (IOException _) {
      return null;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** As many as the others take, which know of a container's limit. */
  private static int threads() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static Found found() {
    if (Python.FOUND == null) {
      throw new IllegalStateException(missing());
    }
    return Python.FOUND;
  }

  private static String missing() {
    return "no python3 has torch and numpy: install PyTorch, or name the Python in " + VARIABLE;
  }

  /**
   * {@return why it cannot be used and what to do, or empty if it can}
   *
   * @param device {@code cpu} or {@code cuda}
   */
  public static Optional<String> unavailable(String device) {
    Found found = Python.FOUND;
    if (found == null) {
      return Optional.of(missing());
    }
    return device.equals("cuda") && found.gpu().isEmpty()
        ? Optional.of("PyTorch " + found.version() + " sees no GPU: torch.cuda is not available")
        : Optional.empty();
  }

  /**
   * {@return version and device in one line}
   *
   * @param device one that it has
   */
  public static String description(String device) {
    Found found = found();
    return "PyTorch "
        + found.version()
        + ", op by op"
        + (device.equals("cuda") ? " on " + found.gpu() : ", " + threads() + " threads")
        + ", by its own clock";
  }

  /**
   * {@return the seconds that it took, by its clock}
   *
   * @param runs how often the task is done; each is waited for
   */
  public double run(long runs) {
    String nanos = command("run " + runs, "ok ");
    return Long.parseLong(nanos) / NANOS;
  }

  /** {@return what the last run made} */
  public HostArray result() {
    command("save", "ok");
    try (NpyFile file = NpyFile.open(folder.resolve("result.npy"))) {
      HostArray result = HostArray.allocate(new TensorType(file.engineDType(), file.shape()));
      file.copyTo(result);
      return result;
    }
  }

  private String command(String command, String answer) {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new IllegalStateException("PyTorch has ended: " + last(), e);
    }
    return expect(answer);
  }

  /** {@return the rest of a line that begins so} */
  private String expect(String answer) {
    String line = last();
    if (!line.startsWith(answer)) {
      throw new IllegalStateException("PyTorch: " + line);
    }
    return line.substring(answer.length());
  }

  private String last() {
    try {
      String line = answers.readLine();
      return line == null ? "it ended without a word" : line;
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Ends the process, and deletes the files. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
    delete();
  }

  private void delete() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
