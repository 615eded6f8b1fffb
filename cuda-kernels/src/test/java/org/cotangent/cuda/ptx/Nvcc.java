package org.cotangent.cuda.ptx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * NVIDIA's compiler, which makes PTX of the hand-written kernels. The PTX is checked in, so that
 * only who changes a kernel needs it; {@code mvn -q -Pnvcc -pl core,cuda-kernels process-classes}
 * writes it anew.
 */
final class Nvcc {
  /** The one version whose PTX is checked in; another one writes another text. */
  private static final String VERSION = "V13.0.88";

  private static final Path SOURCES = Path.of("src", "main", "cuda");
  private static final Path RESULTS =
      Path.of("src", "main", "resources", "org", "cotangent", "cuda", "ptx");

  /** Nothing is contracted: a kernel says itself where it multiplies and adds at once. */
  private static final List<String> OPTIONS =
      List.of("-ptx", "-std=c++17", "-O3", "-fmad=false", "-Werror=all-warnings");

  private static final int USUAL = 3;
  private static final int ATTEMPTS = 8;

  private Nvcc() {}

  /**
   * Writes the PTX of all sources.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    for (Path source : sources()) {
      Files.createDirectories(RESULTS);
      Files.writeString(result(source), usual(source));
    }
  }

  /** {@return the PTX of a source that is the first to come {@value #USUAL} times} */
  private static String usual(Path source) throws IOException {
    Map<String, Integer> seen = new HashMap<>();
    String text = compiled(source);
    while (seen.merge(text, 1, Integer::sum) < USUAL) {
      text = compiled(source);
    }
    return text;
  }

  /** {@return the sources, in the order of their names} */
  static List<Path> sources() throws IOException {
    return files(".cu");
  }

  private static List<Path> files(String ending) throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  /** {@return where the PTX of a source is} */
  static Path result(Path source) {
    return RESULTS.resolve(source.getFileName().toString().replace(".cu", ".ptx"));
  }

  /** {@return whether the compiler of the one version is here} */
  static boolean isHere() {
    try {
      return output(List.of("nvcc", "--version")).contains(VERSION);
    } catch (IOException absent) {
      return false;
    }
  }

  /** {@return the first line of the PTX of a source: a digest of it and of all headers} */
  static String head(Path source) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(Files.readAllBytes(source));
      for (Path header : files(".cuh")) {
        digest.update(Files.readAllBytes(header));
      }
      return "// SHA-256 of %s and headers: %s"
          .formatted(source.getFileName(), HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JVM has SHA-256", e);
    }
  }

  /**
   * {@return whether a text is the PTX of a source}
   *
   * <p>nvcc goes through sets in the order of random addresses: of ten texts one has some registers
   * with other numbers.
   */
  static boolean makes(Path source, String text) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (compiled(source).equals(text)) {
        return true;
      }
    }
    return false;
  }

  /** What a source says if it is for later chips than most. */
  private static final Pattern CHIPS = Pattern.compile("(?m)^// For chips from sm_(\\d+) on\\.$");

  /** {@return the PTX of a source, for each driver since CUDA 12.0 and each chip that it is for} */
  private static String compiled(Path source) throws IOException {
    Path result = Files.createTempFile("nvcc", ".ptx");
    try {
      Matcher chips = CHIPS.matcher(Files.readString(source));
      // nvcc has no sm_70 any more; nothing that it writes for the chips after it is unknown there.
      List<String> targets =
          chips.find()
              ? List.of("compute_" + chips.group(1), "sm_" + chips.group(1))
              : List.of("compute_75", "sm_70");
      List<String> command = new ArrayList<>(List.of("nvcc", "-arch=" + targets.getFirst()));
      command.addAll(OPTIONS);
      command.addAll(List.of("-o", result.toString(), source.toString()));
      output(command);
      return Files.readString(result)
          .lines()
          // Says which bytes of a vector are used, which PTX 8.0 does not know.
          .filter(line -> !line.contains(".pragma \"used_bytes_mask"))
          .map(line ->
              line.startsWith(".version ")
                  ? ".version 8.0"
                  : line.startsWith(".target ") ? ".target " + targets.getLast() : line)
          .collect(Collectors.joining("\n", head(source) + "\n", "\n"));
    } finally {
      Files.delete(result);
    }
  }

  private static String output(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(command + " was interrupted", e);
    }
    return output;
  }
}
