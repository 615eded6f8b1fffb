package org.cotangent.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A benchmark, as JMH's own JSON has it.
 *
 * @param benchmark class and method, without the package
 * @param parameters by name
 * @param mode as in {@code avgt}
 * @param score in the unit
 * @param error half the interval of confidence, NaN if there is none
 * @param unit as in {@code us/op}
 * @param settings JVM, forks, iterations, flags, by name
 */
record JmhResult(
    String benchmark,
    Map<String, String> parameters,
    String mode,
    double score,
    double error,
    String unit,
    Map<String, String> settings) {

  /**
   * {@return all of a file}
   *
   * @throws IOException if one of them is no benchmark; says which
   */
  static List<JmhResult> all(JsonNode array) throws IOException {
    if (array.isEmpty()) {
      throw new IOException("it is an array of no results");
    }
    List<JmhResult> results = new ArrayList<>();
    for (JsonNode node : array) {
      if (!node.path("benchmark").isTextual() || !node.at("/primaryMetric/score").isNumber()) {
        throw new IOException(
            "element "
                + results.size()
                + " of the array is no result of JMH's: it lacks benchmark"
                + " or primaryMetric.score");
      }
      results.add(of(node));
    }
    return results;
  }

  private static JmhResult of(JsonNode node) {
    String[] names = node.path("benchmark").asText().split("\\.", -1);
    String benchmark =
        names.length < 2 ? names[0] : names[names.length - 2] + "." + names[names.length - 1];
    Map<String, String> parameters = new LinkedHashMap<>();
    node.path("params")
        .properties()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
    JsonNode metric = node.path("primaryMetric");
    return new JmhResult(
        benchmark,
        parameters,
        node.path("mode").asText(),
        metric.path("score").asDouble(),
        metric.path("scoreError").asDouble(Double.NaN),
        metric.path("scoreUnit").asText(),
        settings(node));
  }

  private static Map<String, String> settings(JsonNode node) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("JVM", words(node, "vmName", "vmVersion"));
    settings.put("JMH", words(node, "jmhVersion"));
    settings.put("forks", words(node, "forks"));
    settings.put("warm-up", words(node, "warmupIterations") + " × " + words(node, "warmupTime"));
    settings.put(
        "measurement",
        words(node, "measurementIterations") + " × " + words(node, "measurementTime"));
    List<String> flags = new ArrayList<>();
    node.path("jvmArgs").forEach(flag -> flags.add(flag.asText()));
    settings.put("flags", String.join(" ", flags));
    return settings;
  }

  private static String words(JsonNode node, String... names) {
    List<String> words = new ArrayList<>();
    for (String name : names) {
      words.add(node.path(name).asText("unknown"));
    }
    return String.join(" ", words);
  }
}
