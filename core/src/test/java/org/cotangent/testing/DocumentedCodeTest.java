package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the documents show compiles; whole programs in the README also run and print what it says.
 */
@Tag("development")
class DocumentedCodeTest {
  private static final Path BASE = Path.of(System.getProperty("cotangent.basedir", "."));

  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  /** A program, and the block behind it with what it prints, if there is one. */
  private static final Pattern PROGRAM =
      Pattern.compile("```java\n(.*?)```\n(?:\n```text\n(.*?)```)?", Pattern.DOTALL);

  private static final String SNIPPET = "{@snippet :";

  /** What a snippet in Javadoc may take for granted. */
  private static final String CONTEXT =
      """
      import java.nio.file.*;
      import java.util.*;
      import org.cotangent.*;
      import org.cotangent.io.*;
      import org.cotangent.nn.*;
      import org.cotangent.numpy.*;
      import org.cotangent.optim.*;
      import org.cotangent.type.*;
      class Context {
        record State(Tensor w) {}
        static class Digits {
          static State step(State state, Tensor x, Tensor y) { return state; }
        }
        static Device device;
        static State state;
        static Tensor x;
        static Tensor y;
        static Object example() {
          if (device != null) {
            SNIPPET
          }
          return state;
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void theReadmesProgramsPrintWhatItSays() throws IOException, InterruptedException {
    Matcher programs = PROGRAM.matcher(Files.readString(BASE.resolve("../README.md")));
    int printing = 0;
    while (programs.find()) {
      Path source = folder.resolve("Main.java");
      String output = run(Files.writeString(source, programs.group(1)));
      if (programs.group(2) == null) {
        assertTrue(output.contains("MemoryPlan["), output);
      } else {
        assertEquals(programs.group(2), output);
        printing++;
      }
    }
    assertEquals(4, printing);
  }

  private String run(Path source) throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                engine(),
                source.toString())
            .redirectError(errors.toFile())
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output + Files.readString(errors));
    return output.replace(System.lineSeparator(), "\n");
  }

  @Test
  void snippetsInJavadocCompile() throws IOException, InterruptedException {
    List<String> snippets = new ArrayList<>();
    try (Stream<Path> sources = Files.walk(BASE.resolve("src/main/java"))) {
      for (Path source : sources.filter(DocumentedCodeTest::isExported).toList()) {
        snippets.addAll(snippets(Files.readString(source)));
      }
    }
    assertTrue(snippets.size() >= 3, "found " + snippets.size());
    for (String snippet : snippets) {
      compile("Context", CONTEXT.replace("SNIPPET", snippet));
    }
  }

  /** The snippets of a source; each ends where its braces balance. */
  private static List<String> snippets(String source) {
    List<String> snippets = new ArrayList<>();
    for (int at = source.indexOf(SNIPPET); at >= 0; at = source.indexOf(SNIPPET, at + 1)) {
      int end = at + 1;
      for (int open = 1; open > 0; end++) {
        open += source.charAt(end) == '{' ? 1 : source.charAt(end) == '}' ? -1 : 0;
      }
      snippets.add(source.substring(at + SNIPPET.length(), end - 1).replaceAll("(?m)^ *\\* ?", ""));
    }
    return snippets;
  }

  @Test
  void theArchitecturesExampleIsTheFileItNames() throws IOException {
    String tanh = Files.readString(BASE.resolve("src/main/java/org/cotangent/op/Tanh.java"));
    for (String block : blocks(BASE.resolve("../ARCHITECTURE.md"))) {
      for (String line : block.lines().toList()) {
        assertTrue(tanh.contains(line), line);
      }
    }
  }

  /** The CPU backend is not exported: its snippets are for its own readers. */
  private static boolean isExported(Path source) {
    String path = source.toString();
    return path.endsWith(".java") && !path.contains("cpu");
  }

  private static List<String> blocks(Path document) throws IOException {
    Matcher matcher = BLOCK.matcher(Files.readString(document));
    List<String> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }

  private void compile(String name, String source) throws IOException, InterruptedException {
    Path file = folder.resolve(name + ".java");
    Files.writeString(file, source);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-proc:none",
                "-cp",
                engine(),
                "-d",
                folder.toString(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output + source);
  }

  private static String engine() {
    return Path.of(
            URI.create(Device.class.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }
}
