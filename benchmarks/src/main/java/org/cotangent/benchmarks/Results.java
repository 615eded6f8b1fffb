package org.cotangent.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, and on what; a JSON file.
 *
 * @param facts of the machine
 * @param rounds in which each engine had a turn
 * @param leftOut engines that could not take part, and why
 * @param outcomes of the contests
 */
public record Results(
    Facts facts, int rounds, Map<String, String> leftOut, List<Outcome> outcomes) {

  /**
   * Of one contest.
   *
   * @param name of the work
   * @param timings of each engine
   * @param figures that could be answered
   */
  public record Outcome(String name, List<Timing> timings, List<Figure> figures) {
    static Outcome of(
        Contest contest, List<Contest.Entrant> entrants, List<Map<String, Double>> rounds) {
      List<String> engines = entrants.stream().map(Contest.Entrant::engine).toList();
      return new Outcome(
          contest.name(),
          entrants.stream().map(entrant -> Timing.of(entrant, rounds)).toList(),
          contest.questions().stream()
              .filter(question -> engines.containsAll(question.engines()))
              .map(question -> Figure.of(question, rounds))
              .toList());
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(name).append('\n');
      timings.forEach(timing -> text.append("  ").append(timing).append('\n'));
      figures.forEach(figure -> text.append("  ").append(figure).append('\n'));
      return text.toString();
    }
  }

  /**
   * Of one engine.
   *
   * @param engine its name
   * @param micros median of the rounds, for one run
   * @param rate work a second by that median, null where the time is what counts
   * @param unit of the rate
   * @param rounds microseconds of each, in their order
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Timing(
      String engine,
      double micros,
      @Nullable Double rate,
      @JsonSetter(nulls = Nulls.AS_EMPTY) String unit,
      List<Double> rounds) {
    static Timing of(Contest.Entrant entrant, List<Map<String, Double>> rounds) {
      List<Double> micros =
          rounds.stream()
              .map(round -> rounded(round.getOrDefault(entrant.engine(), Double.NaN) * 1e6))
              .toList();
      double median = median(micros.stream().mapToDouble(Double::doubleValue));
      Double rate = entrant.unit().isEmpty() ? null : rounded(entrant.amount() / median * 1e6);
      return new Timing(entrant.engine(), median, rate, entrant.unit(), micros);
    }

    @Override
    public String toString() {
      String time = String.format(Locale.ROOT, "%-9s %12.1f us", engine, micros);
      return rate == null ? time : time + String.format(Locale.ROOT, " %8.1f %s", rate, unit);
    }
  }

  /**
   * An answer.
   *
   * @param name what it is
   * @param value median of the rounds' figures
   * @param target it ought to reach, in words
   * @param met whether it does
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Figure(String name, double value, @Nullable String target, @Nullable Boolean met) {
    static Figure of(Question question, List<Map<String, Double>> rounds) {
      double value = rounded(median(rounds.stream().mapToDouble(question.figure())));
      Target target = question.target();
      return target == null
          ? new Figure(question.name(), value, null, null)
          : new Figure(question.name(), value, target.toString(), target.met(value));
    }

    @Override
    public String toString() {
      String text = String.format(Locale.ROOT, "%s: %.3f", name, value);
      return target == null || met == null
          ? text
          : text + " (" + target + ": " + (met ? "met" : "NOT met") + ")";
    }
  }

  /**
   * {@return the middle value, or the mean of the two in the middle}
   *
   * @param values one at least
   */
  public static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("median of no values");
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
  }

  /** {@return a number to a thousandth: what lies beyond is noise} */
  static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }

  /** Writes the file and its directory. */
  void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    String json =
        JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build()
            .writeValueAsString(this);
    Files.writeString(file, json + "\n");
  }
}
