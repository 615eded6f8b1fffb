package org.cotangent.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What files are taken for, and why others are not. */
class SourceTest {
  /** As JMH 1.37 writes it. */
  static final String JMH =
      """
      [{
        "jmhVersion" : "1.37",
        "benchmark" : "org.cotangent.benchmarks.jmh.Add.run",
        "mode" : "avgt",
        "threads" : 1,
        "forks" : 1,
        "jvm" : "/usr/lib/jvm/bin/java",
        "jvmArgs" : ["--add-modules=jdk.incubator.vector"],
        "jdkVersion" : "25",
        "vmName" : "OpenJDK 64-Bit Server VM",
        "vmVersion" : "25+36",
        "warmupIterations" : 2,
        "warmupTime" : "1 s",
        "warmupBatchSize" : 1,
        "measurementIterations" : 1,
        "measurementTime" : "1 s",
        "measurementBatchSize" : 1,
        "params" : { "engine" : "cotangent", "size" : "1024" },
        "primaryMetric" : {
          "score" : 0.6543,
          "scoreError" : "NaN",
          "scoreConfidence" : ["NaN", "NaN"],
          "scorePercentiles" : { "0.0" : 0.6543 },
          "scoreUnit" : "us/op",
          "rawData" : [[0.6543]]
        },
        "secondaryMetrics" : {}
      }]
      """;

  @TempDir static Path folder;

  static String sample() throws IOException {
    Path file = Files.createTempFile(folder, "sample", ".json");
    Samples.small().write(file);
    return Files.readString(file);
  }

  private static Source read(String text) throws IOException {
    Path file = folder.resolve("file.json");
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    return Source.read(file);
  }

  private static void assertSkipped(String reason, String text) throws IOException {
    assertEquals(new Source.Skipped("file.json", reason), read(text));
  }

  @Test
  void comparisonsComeBackAsTheyWere() throws IOException {
    assertEquals(new Source.Compared("file.json", Samples.small()), read(sample()));
  }

  @Test
  void resultsOfJmhAreRead() throws IOException {
    JmhResult result = assertInstanceOf(Source.Jmh.class, read(JMH)).results().getFirst();
    assertEquals("Add.run", result.benchmark());
    assertEquals(Map.of("engine", "cotangent", "size", "1024"), result.parameters());
    assertEquals(0.6543, result.score());
    assertEquals(Double.NaN, result.error());
    assertEquals("us/op", result.unit());
    assertEquals("OpenJDK 64-Bit Server VM 25+36", result.settings().get("JVM"));
    assertEquals("2 × 1 s", result.settings().get("warm-up"));
  }

  @Test
  void olderFilesAreRead() {
    Path file =
        Path.of(System.getProperty("cotangent.basedir", "."), "results/amd-epyc-2-cores.json");
    Source.Contests contests = assertInstanceOf(Source.Contests.class, Source.read(file));
    assertEquals("AMD EPYC", contests.results().facts().processor());
    assertEquals("matmul 256", contests.results().outcomes().getFirst().name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "'' @ it is empty",
        "[] @ it is an array of no results",
        "[{}] @ element 0 of the array is no result of JMH's: it lacks benchmark or"
            + " primaryMetric.score",
        "{} @ it is of none of the formats cotangent-comparison-1, of JMH and of mvn -Pratios",
        "7 @ it is of none of the formats cotangent-comparison-1, of JMH and of mvn -Pratios",
        "'   ' @ it is of none of the formats cotangent-comparison-1, of JMH and of mvn -Pratios",
        "{\"format\":\"x-9\"} @ its format is \"x-9\", not cotangent-comparison-1",
        "{\"outcomes\":[],\"rounds\":1} @ it lacks facts",
        "{\"format\":\"cotangent-comparison-1\"} @ it lacks facts",
        "{\"a\": @ Unexpected end-of-input within/between Object entries (line 1, column 6)"
      })
  void othersAreSkippedWithTheReason(String text, String reason) throws IOException {
    assertSkipped(reason, text);
  }

  @Test
  void damageIsSeen() throws IOException {
    String sample = sample();
    assertTrue(read(sample.substring(0, sample.length() / 2)) instanceof Source.Skipped);
    assertTrue(read(sample + "}") instanceof Source.Skipped);
    assertTrue(read("\0\1\2\377") instanceof Source.Skipped);
    assertSkipped("it lacks participants[0].device", sample.replace("\"device\" : \"cpu\",", ""));
    assertSkipped("it lacks timings[0].seconds[2]", sample.replace("0.004 ]", "null ]"));
    assertSkipped("it lacks tasks[0].flop", sample.replaceFirst("\"flop\" : [^,]*,", ""));
  }

  @Test
  void whatIsNotThereIsSkipped() {
    Path file = folder.resolve("nowhere.json");
    assertEquals(new Source.Skipped("nowhere.json", "there is no file " + file), Source.read(file));
    assertEquals(
        new Source.Skipped(folder.getFileName().toString(), "Is a directory"), Source.read(folder));
  }
}
