package org.cotangent.benchmarks.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Participant;

/**
 * Shows what was measured: {@code mvn -q -Preport [-Dresults=a.json,b.json]} makes one page of
 * files of the comparison, of JMH and of {@code mvn -Pratios}, of all in {@code benchmarks/results}
 * if none is named. {@code mvn -q -Preport -Dreadme=a.json} writes the README's section and its
 * picture from one comparison.
 */
public final class Report {
  /** Exit status after one sentence on what is in the way. */
  private static final int REFUSED = 2;

  /** Holds that sentence; the build looks for it and ends as the program did. */
  private static final String REFUSAL = "benchmarks/target/report.refused";

  private final Path root;
  private final PrintStream out;
  private final PrintStream warnings;

  /**
   * Of a checkout.
   *
   * @param root of the checkout
   * @param out says what was written
   * @param warnings says which files are left out
   */
  Report(Path root, PrintStream out, PrintStream warnings) {
    this.root = root;
    this.out = out;
    this.warnings = warnings;
  }

  /**
   * Writes the page, or the README's section.
   *
   * @param args the root of the checkout. The system properties {@code cotangent.results}, files
   *     with commas between them, and {@code cotangent.readme}, one file, say what is shown; names
   *     are looked for in the root and then in {@code benchmarks/results}
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]);
    Path refusal = root.resolve(REFUSAL);
    Files.deleteIfExists(refusal);
    Report report = new Report(root, System.out, System.err);
    try {
      String readme = System.getProperty("cotangent.readme", "");
      if (readme.isEmpty()) {
        report.page(System.getProperty("cotangent.results", ""));
      } else {
        report.readme(readme);
      }
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      Files.createDirectories(refusal.getParent());
      Files.writeString(refusal, e.getMessage());
      System.exit(REFUSED);
    }
  }

  /**
   * Writes {@code benchmarks/target/report.html}.
   *
   * @param names of files, with commas between them; empty for all in {@code benchmarks/results}
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if there is no file that can be shown; says why
   */
  void page(String names) throws IOException {
    List<Path> files = names.isEmpty() ? all() : named(names);
    List<Source> sources = files.stream().map(Source::read).toList();
    List<String> skipped = new ArrayList<>();
    for (Source source : sources) {
      if (source instanceof Source.Skipped file) {
        skipped.add(file.name() + ": " + file.reason());
      }
    }
    skipped.forEach(warning -> warnings.println("left out: " + warning));
    if (skipped.size() == sources.size()) {
      throw new IllegalArgumentException(
          "report: there is nothing to show: "
              + (sources.isEmpty()
                  ? results() + " holds no JSON; name files with -Dresults=a.json,b.json"
                  : "none of " + sources.size() + " files can be read"));
    }
    Path page = root.resolve("benchmarks/target/report.html");
    Files.createDirectories(page.getParent());
    // Not as writeString does it, which refuses half a surrogate pair.
    Files.write(page, Page.of(sources).getBytes(StandardCharsets.UTF_8));
    out.println(page);
  }

  /**
   * Writes the README's section and its picture.
   *
   * @param name of a file in {@code benchmarks/results}
   * @throws IOException if they cannot be written
   * @throws IllegalArgumentException if the file is no comparison, the README has no place for it
   *     or the picture cannot be drawn; says why
   */
  void readme(String name) throws IOException {
    Path file = find(name);
    if (!file.startsWith(results())) {
      throw new IllegalArgumentException(
          "readme: " + file + " does not lie in " + results() + "; put it there");
    }
    switch (Source.read(file)) {
      case Source.Compared compared -> readme(compared);
      case Source.Skipped skipped ->
          throw new IllegalArgumentException("readme: " + name + ": " + skipped.reason());
      case Source.Jmh _, Source.Contests _ ->
          throw new IllegalArgumentException(
              "readme: " + name + " is no comparison; name a file of format " + Comparison.FORMAT);
    }
  }

  private void readme(Source.Compared compared) throws IOException {
    Path readme = root.resolve("README.md");
    String text = Readme.replace(Files.readString(readme), compared.name(), compared.comparison());
    Path picture = root.resolve(Readme.PICTURE);
    Files.writeString(picture, picture(new Scores(compared.comparison())));
    Files.writeString(readme, text);
    out.println(readme);
    out.println(picture);
  }

  private static String picture(Scores scores) {
    for (Participant ours : scores.ours()) {
      Speeds speeds = new Speeds(scores, ours, scores.comparison().tasks(), Text::label);
      if (!speeds.isEmpty()) {
        try {
          return speeds.file();
        } catch (ParserConfigurationException | TransformerException | RuntimeException | Error e) {
          throw new IllegalArgumentException(
              "readme: the picture cannot be drawn: " + Text.reason(e), e);
        }
      }
    }
    throw new IllegalArgumentException(
        "readme: there is no picture without a task that Cotangent and a peer did");
  }

  private Path results() {
    return root.resolve("benchmarks/results");
  }

  private List<Path> all() throws IOException {
    if (!Files.isDirectory(results())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(results())) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".json"))
          .sorted()
          .toList();
    }
  }

  private List<Path> named(String names) {
    return Arrays.stream(names.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .map(this::find)
        .distinct()
        .toList();
  }

  private Path find(String name) {
    Path file = root.resolve(name).normalize();
    Path result = results().resolve(name).normalize();
    return Files.exists(file) || !Files.exists(result) ? file : result;
  }
}
