package org.cotangent.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The command: which files it takes, what it says and writes, how it ends. */
class ReportTest {
  @TempDir Path root;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream warnings = new ByteArrayOutputStream();

  private Path results() {
    return root.resolve("benchmarks/results");
  }

  private Path page() {
    return root.resolve("benchmarks/target/report.html");
  }

  private Report report() {
    return new Report(
        root,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(warnings, true, StandardCharsets.UTF_8));
  }

  @BeforeEach
  void makeFiles() throws IOException {
    Samples.small().write(results().resolve("small.json"));
    Samples.large().write(results().resolve("large.json"));
    Files.writeString(results().resolve("broken.json"), "{");
    Files.writeString(results().resolve("notes.txt"), "no JSON");
    Files.writeString(root.resolve("jmh.json"), SourceTest.JMH);
  }

  @Test
  void showsAllResultsAndWarnsOfTheBroken() throws IOException {
    report().page("");
    String page = Files.readString(page());
    assertEquals(page() + "\n", out.toString(StandardCharsets.UTF_8));
    String warning = warnings.toString(StandardCharsets.UTF_8);
    assertTrue(warning.startsWith("left out: broken.json: Unexpected end-of-input"), warning);
    assertEquals(1, warning.lines().count());
    assertTrue(page.contains("Left out: broken.json"), page);
    assertTrue(page.contains("<h2>large.json</h2>"), page);
    assertTrue(page.contains("<h2>small.json</h2>"), page);
    assertFalse(page.contains("notes.txt"), page);
  }

  @Test
  void showsThoseThatAreNamed() throws IOException {
    report().page("jmh.json, small.json,small.json");
    String page = Files.readString(page());
    assertTrue(page.indexOf("<h2>jmh.json</h2>") < page.indexOf("<h2>small.json</h2>"), page);
    assertEquals(page.indexOf("<h2>small.json"), page.lastIndexOf("<h2>small.json"), "twice");
    assertFalse(page.contains("large.json"), page);
    assertEquals("", warnings.toString(StandardCharsets.UTF_8));
  }

  private static String refusal(Executable command) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, command).getMessage());
  }

  @Test
  void refusesWhenNothingIsLeft() {
    assertEquals(
        "report: there is nothing to show: none of 2 files can be read",
        refusal(() -> report().page("broken.json,missing.json")));
    assertFalse(Files.exists(page()));
    String warning = warnings.toString(StandardCharsets.UTF_8);
    assertTrue(warning.contains("left out: missing.json: there is no file "), warning);
  }

  @Test
  void refusesWithoutResults(@TempDir Path empty) {
    Report report = new Report(empty, System.out, System.err);
    String message = refusal(() -> report.page(""));
    assertTrue(message.endsWith("holds no JSON; name files with -Dresults=a.json,b.json"), message);
  }

  @Test
  void writesTheReadmeAndItsPicture() throws IOException {
    Path readme = root.resolve("README.md");
    Files.writeString(readme, "<!-- benchmarks: written by ... -->\n<!-- end of benchmarks -->\n");
    report().readme("large.json");
    assertEquals(Readme.section("large.json", Samples.large()), Files.readString(readme));
    String picture = Files.readString(root.resolve(Readme.PICTURE));
    assertTrue(picture.startsWith("<svg "), picture);
    assertTrue(picture.contains("Matmul 64*64x64x64 NONE FLOAT32"), picture);
  }

  @Test
  void refusesWhatCannotStandInTheReadme() throws IOException {
    Files.copy(root.resolve("jmh.json"), results().resolve("jmh2.json"));
    assertReadmeRefused("broken.json", "Unexpected end-of-input");
    assertReadmeRefused("jmh.json", "does not lie in");
    assertReadmeRefused("jmh2.json", "is no comparison");
    assertReadmeRefused("nowhere.json", "does not lie in");
  }

  private void assertReadmeRefused(String name, String reason) {
    String message = refusal(() -> report().readme(name));
    assertTrue(message.startsWith("readme: ") && message.contains(reason), message);
  }

  /** The sentence is the last word, the status says so, and the build finds the file. */
  @Test
  void endsWithAStatus() throws Exception {
    assertEquals(2, run("-Dcotangent.results=broken.json"));
    assertTrue(Files.exists(root.resolve("benchmarks/target/report.refused")));
    assertEquals(0, run("-Dcotangent.results=small.json"));
    assertFalse(Files.exists(root.resolve("benchmarks/target/report.refused")));
  }

  /** Without AWT, as without fonts, there are no charts; the page says so and has the rest. */
  @Test
  void aMachineThatCannotDrawHasAPageWithoutCharts() throws Exception {
    assertEquals(
        0,
        run(
            "--limit-modules=java.base,java.logging,java.xml,java.management,jdk.unsupported",
            "-Dcotangent.results=small.json"));
    String page = Files.readString(page());
    assertTrue(page.contains("The chart could not be drawn: java.lang."), page);
    assertFalse(page.contains("<svg"), page);
    assertTrue(page.contains("1.10×"), page);
  }

  private int run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.awt.headless=true");
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), Report.class.getName(), root.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(root.resolve("output.log").toFile())
        .start()
        .waitFor();
  }
}
