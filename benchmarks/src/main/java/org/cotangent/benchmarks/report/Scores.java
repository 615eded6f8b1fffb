package org.cotangent.benchmarks.report;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Timing;
import org.cotangent.benchmarks.compare.Comparison.Work;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a comparison. Each is made within a round, and then summed up over the rounds: it
 * is never a ratio of medians, for what disturbs the machine in a round disturbs all who run in it.
 * Rounds that failed are left out.
 */
public final class Scores {
  /**
   * The engine whose figures are looked for. Its peers are all others whose names do not begin so:
   * those are ways to use it.
   */
  public static final String OURS = "cotangent";

  /** Bytes that are taken to stay in the second-level cache: 1 MiB. */
  public static final double CACHE = 1 << 20;

  private final Comparison comparison;
  private final Map<Key, Timing> timings = new HashMap<>();
  private final List<Participant> present;

  private record Key(String task, String engine, String device) {}

  /**
   * Of a comparison.
   *
   * @param comparison what was measured
   */
  public Scores(Comparison comparison) {
    this.comparison = comparison;
    for (Timing timing : comparison.timings()) {
      timings.put(new Key(timing.task(), timing.engine(), timing.device()), timing);
    }
    present =
        comparison.participants().stream()
            .filter(participant -> participant.unavailable() == null)
            .sorted(Comparator.comparing(Scores::isPeer))
            .toList();
  }

  /** {@return what was measured} */
  public Comparison comparison() {
    return comparison;
  }

  /** {@return who took part: ours first, each group in its order} */
  public List<Participant> present() {
    return present;
  }

  /** {@return ours that took part, one for each device} */
  public List<Participant> ours() {
    return present.stream().filter(participant -> participant.engine().equals(OURS)).toList();
  }

  /** {@return who could not take part} */
  public List<Participant> leftOut() {
    return comparison.participants().stream()
        .filter(participant -> participant.unavailable() != null)
        .toList();
  }

  /** {@return the suites, in the order of their tasks} */
  public List<String> suites() {
    return comparison.tasks().stream().map(Work::suite).distinct().toList();
  }

  /**
   * {@return the tasks of a suite}
   *
   * @param suite its name
   */
  public List<Work> tasks(String suite) {
    return comparison.tasks().stream().filter(task -> task.suite().equals(suite)).toList();
  }

  /**
   * {@return the name of a participant, with its device if participants are on several}
   *
   * @param participant any
   */
  public String name(Participant participant) {
    boolean several = present.stream().map(Participant::device).distinct().count() > 1;
    return several ? participant.engine() + " " + participant.device() : participant.engine();
  }

  /**
   * {@return the seconds of one run}
   *
   * @param task of the comparison
   * @param participant of the comparison
   */
  public Optional<Summary> seconds(Work task, Participant participant) {
    return overRounds(round -> seconds(task, participant, round));
  }

  /**
   * {@return how many times as fast as its fastest peer a participant is: in each round the least
   * seconds of a peer on the same device, over its own}
   *
   * @param task of the comparison
   * @param participant one of ours
   */
  public Optional<Summary> speed(Work task, Participant participant) {
    return overRounds(round ->
        leastOfPeers(task, participant.device(), round) / seconds(task, participant, round));
  }

  /**
   * {@return the share of what the machine can do at best: the least seconds that the task takes by
   * the limits of the best round, with {@link #CACHE} bytes of cache, over its own} A limit that
   * was measured while others were busy is none.
   *
   * @param task of the comparison
   * @param participant of the comparison
   */
  public Optional<Summary> share(Work task, Participant participant) {
    double limit = limit(task);
    return overRounds(round -> limit / seconds(task, participant, round));
  }

  /**
   * {@return how many rounds failed}
   *
   * @param task of the comparison
   * @param participant of the comparison
   */
  public int failed(Work task, Participant participant) {
    Timing timing = timing(task, participant);
    return timing == null
        ? 0
        : (int) timing.seconds().stream().filter(seconds -> seconds <= 0).count();
  }

  /**
   * {@return the message of a round that failed}
   *
   * @param task of the comparison
   * @param participant of the comparison
   */
  public Optional<String> failure(Work task, Participant participant) {
    return Optional.ofNullable(timing(task, participant)).map(Timing::failure);
  }

  private @Nullable Timing timing(Work task, Participant participant) {
    return timings.get(new Key(task.title(), participant.engine(), participant.device()));
  }

  private static boolean isPeer(Participant participant) {
    return !participant.engine().startsWith(OURS);
  }

  /** What is NaN in a round, for want of a time, says nothing of it. */
  private Optional<Summary> overRounds(IntToDoubleFunction figure) {
    int rounds =
        comparison.timings().stream().mapToInt(timing -> timing.seconds().size()).max().orElse(0);
    return Summary.of(IntStream.range(0, rounds).mapToDouble(figure));
  }

  /** NaN if there is no time. */
  private double seconds(Work task, Participant participant, int round) {
    Timing timing = timing(task, participant);
    if (timing == null || round >= timing.seconds().size()) {
      return Double.NaN;
    }
    double seconds = timing.seconds().get(round);
    return seconds > 0 ? seconds : Double.NaN;
  }

  /** NaN if no peer has a time. */
  private double leastOfPeers(Work task, String device, int round) {
    return present.stream()
        .filter(participant -> isPeer(participant) && participant.device().equals(device))
        .mapToDouble(peer -> seconds(task, peer, round))
        .filter(Double::isFinite)
        .min()
        .orElse(Double.NaN);
  }

  /** NaN if no limits were measured. */
  private double limit(Work task) {
    return comparison.limits().stream()
        .mapToDouble(limits -> limits.seconds(task, CACHE))
        .min()
        .orElse(Double.NaN);
  }
}
