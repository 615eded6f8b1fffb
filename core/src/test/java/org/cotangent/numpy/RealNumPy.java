package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.type.DType;

/** Runs scripts in Debian's Python with Debian's NumPy, the referee of these tests. */
public final class RealNumPy {
  private static final String PYTHON = "/usr/bin/python3";

  /** The engine's dtypes that NumPy has too. */
  static final List<DType> DTYPES =
      Stream.of(DType.values()).filter(dtype -> dtype != DType.BFLOAT16).toList();

  private RealNumPy() {}

  /** {@return what the script printed, by line; skips the test where there is no NumPy} */
  public static List<String> run(String script, Path... arguments) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of(PYTHON)) && start("import numpy").waitFor() == 0,
        "skipped: " + PYTHON + " cannot import numpy; install python3-numpy");
    Process process = start(script, arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }

  private static Process start(String script, Path... arguments) throws IOException {
    List<String> command =
        Stream.concat(
                Stream.of(PYTHON, "-W", "ignore", "-"), Stream.of(arguments).map(Path::toString))
            .toList();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PYTHONUTF8", "1");
    Process process = builder.start();
    // By its input, because arguments are encoded as the locale says.
    try (OutputStream input = process.getOutputStream()) {
      input.write(script.getBytes(StandardCharsets.UTF_8));
    }
    return process;
  }
}
