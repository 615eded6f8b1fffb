package org.cotangent.benchmarks.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Timing;
import org.jspecify.annotations.Nullable;

/** The times of all rounds, as they come in. A round that nothing is heard of counts as failed. */
final class Timings {
  private final int rounds;
  private final Map<Key, Series> all = new LinkedHashMap<>();

  private record Key(String engine, String device, String task) {}

  private static final class Series {
    private final double[] seconds;
    private @Nullable String failure;

    Series(int rounds) {
      seconds = new double[rounds];
    }
  }

  /** For so many rounds. */
  Timings(int rounds) {
    this.rounds = rounds;
  }

  /** Takes what a participant did in a round; of several failures the first is kept. */
  void add(int round, Participant participant, Worker.Outcome outcome) {
    Key key = new Key(participant.engine(), participant.device(), outcome.task());
    Series series = all.computeIfAbsent(key, _ -> new Series(rounds));
    series.seconds[round] = outcome.seconds();
    if (series.failure == null) {
      series.failure = outcome.failure();
    }
  }

  /** {@return them, in the order in which they came} */
  List<Timing> list() {
    return all.entrySet().stream().map(entry -> timing(entry.getKey(), entry.getValue())).toList();
  }

  private static Timing timing(Key key, Series series) {
    List<Double> seconds = Arrays.stream(series.seconds).boxed().toList();
    return new Timing(key.task(), key.engine(), key.device(), seconds, series.failure);
  }
}
