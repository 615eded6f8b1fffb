package org.cotangent.benchmarks.digits;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.cotangent.cuda.CudaProvider;
import org.cotangent.numpy.Npz;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The job as a whole: what it prints, what it leaves, and how it ends when it cannot run. */
class DigitsTest {
  private static final String PYTHON = "/usr/bin/python3";

  @TempDir static Path target;

  private static List<String> lines = List.of();

  @BeforeAll
  static void runOnce() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      Digits.run(new Settings("cpu", 0, 0, Settings.EPOCHS, target), out);
    }
    lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static double accuracy() {
    String last = lines.getLast();
    assertTrue(last.matches("test accuracy: 0\\.9\\d{3}"), last);
    return Double.parseDouble(last.substring(last.indexOf(':') + 1));
  }

  private static String line(String start) {
    return lines.stream().filter(line -> line.startsWith(start)).findFirst().orElse("");
  }

  @Test
  void theLastLineIsTheAccuracy() {
    assertTrue(accuracy() >= 0.965, lines.getLast());
  }

  @Test
  void saysWhatItDoes() {
    assertTrue(line("device").contains("cpu: "), line("device"));
    assertTrue(line("data").contains("uint8(1437, 64)"), line("data"));
    assertTrue(
        line("memory").matches("memory +peak [\\d,]+ bytes a step, planned [\\d,]+, naive .*"),
        line("memory"));
    assertTrue(line("speed").matches("speed +\\d+ steps per second.*"), line("speed"));
    assertTrue(line("weights").contains("same bits"), line("weights"));
    assertTrue(line("curve").endsWith("curve.png"), line("curve"));
  }

  @Test
  void theProgressBarIsLinesOnAPipe() {
    List<String> bar = lines.stream().filter(line -> line.startsWith("training")).toList();
    String all = Settings.EPOCHS + "/" + Settings.EPOCHS;
    assertTrue(bar.getLast().contains("100%") && bar.getLast().contains(all), bar.getLast());
    assertEquals(bar.size(), bar.stream().distinct().count(), () -> String.join("\n", bar));
    bar.forEach(line -> assertFalse(line.contains("\r") || line.contains("\u001b"), line));
  }

  @Test
  void theConfusionTableSumsToTheTestSamples() {
    int heading = lines.indexOf(line("true"));
    List<List<Long>> rows = new ArrayList<>();
    for (int digit = 0; digit < Net.CLASSES; digit++) {
      String[] cells = lines.get(heading + 1 + digit).strip().replace(".", "0").split(" +");
      assertEquals(digit, Integer.parseInt(cells[0]));
      rows.add(Arrays.stream(cells).skip(1).map(Long::parseLong).toList());
    }
    Confusion confusion = new Confusion(rows);
    assertEquals(360, confusion.total());
    assertEquals(accuracy(), confusion.accuracy(), 5e-5);
    List<Long> truths =
        rows.stream().map(row -> row.stream().mapToLong(Long::longValue).sum()).toList();
    assertEquals(List.of(42L, 28L, 26L, 48L, 38L, 39L, 30L, 26L, 36L, 47L), truths);
  }

  @Test
  void theCurveIsAPng() throws IOException {
    byte[] bytes = Files.readAllBytes(target.resolve("digits/curve.png"));
    byte[] signature = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    assertArrayEquals(signature, Arrays.copyOf(bytes, signature.length));
  }

  @Test
  void theWeightsAreNamedArrays() {
    try (Npz npz = Npz.open(target.resolve("digits/weights.npz"))) {
      assertEquals(List.of("layers.0.w", "layers.0.b", "layers.1.w", "layers.1.b"), npz.names());
      assertEquals(Shape.of(64, 64), npz.get("layers.0.w").shape());
      assertEquals(Shape.of(10), npz.get("layers.1.b").shape());
    }
  }

  /** NumPy reads the weights, runs the network, and counts as many right answers. */
  @Test
  void numPyPredictsTheSame(@TempDir Path scratch) throws Exception {
    boolean installed =
        Files.isExecutable(Path.of(PYTHON))
            && Job.run(scratch, List.of(PYTHON, "-c", "import numpy")).status() == 0;
    assumeTrue(installed, PYTHON + " cannot import numpy: apt-get install python3-numpy");
    String program =
        """
        import sys, numpy as np
        w = np.load(sys.argv[1]); x = np.load(sys.argv[2]) / 16; y = np.load(sys.argv[3])
        h = np.maximum(x @ w["layers.0.w"] + w["layers.0.b"], 0)
        print(((h @ w["layers.1.w"] + w["layers.1.b"]).argmax(1) == y).mean())
        """;
    Job job =
        Job.run(
            scratch,
            List.of(
                PYTHON,
                "-c",
                program,
                target.resolve("digits/weights.npz").toString(),
                resource("x_test.npy", scratch),
                resource("y_test.npy", scratch)));
    assertEquals(0, job.status(), () -> String.join("\n", job.err()));
    // NumPy works in float64 here, so that a near tie may fall the other way.
    assertEquals(accuracy(), Double.parseDouble(job.out().getLast()), 1.5 / 360);
  }

  /** {@return a copy of one of the job's files, which may lie in a jar} */
  private static String resource(String name, Path folder) throws IOException {
    Path copy = folder.resolve(name);
    try (InputStream in = Objects.requireNonNull(Digits.class.getResourceAsStream(name))) {
      Files.copy(in, copy);
    }
    return copy.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "cotangent.device, cuda, device cuda cannot be used: ",
    "cotangent.device, abacus, device abacus is unknown: ",
    "cotangent.seed, lucky, seed: 'lucky' is no whole number",
    "cotangent.threads, -3, threads: "
  })
  void whatCannotRunEndsInOneSentence(
      String property, String value, String start, @TempDir Path scratch) throws Exception {
    boolean isGpu = value.equals("cuda");
    assumeTrue(!isGpu || new CudaProvider().unavailable().isPresent(), "there is a GPU here");
    Job job =
        Job.java(
            scratch,
            "--enable-native-access=ALL-UNNAMED",
            "-D" + property + "=" + value,
            Digits.class.getName(),
            scratch.toString());
    assertEquals(Digits.REFUSED, job.status(), () -> String.join("\n", job.err()));
    assertEquals(1, job.err().size(), () -> String.join("\n", job.err()));
    assertTrue(job.err().getFirst().startsWith(start), job.err().getFirst());
    assertEquals(List.of(), job.out());
    // The build takes its own exit status from this file.
    assertEquals(job.err().getFirst(), Files.readString(scratch.resolve("digits.refused")));
  }

  @Test
  void whatCannotBeDrawnIsOneLine(@TempDir Path scratch) throws Exception {
    String here = Digits.draw(List.of(new Epoch(1, 0.5, 1, 1)), scratch.resolve("none/c.png"));
    assertTrue(here.startsWith("not drawn: ") && !here.contains("\n"), here);

    Job bare =
        Job.java(scratch, "--limit-modules=java.base,jdk.unsupported", WithoutAwt.class.getName());
    assertEquals(0, bare.status(), () -> String.join("\n", bare.err()));
    assertEquals(1, bare.out().size(), () -> String.join("\n", bare.out()));
    assertTrue(bare.out().getFirst().startsWith("not drawn: "), bare.out().getFirst());
  }

  /** Draws in a JVM that has no module java.desktop. */
  static final class WithoutAwt {
    private WithoutAwt() {}

    public static void main(String[] args) {
      System.out.println(Digits.draw(List.of(new Epoch(1, 0.5, 1, 1)), Path.of("c.png")));
    }
  }
}
