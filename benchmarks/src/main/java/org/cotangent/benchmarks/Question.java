package org.cotangent.benchmarks;

import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A figure that is wanted of a contest.
 *
 * @param name says what it is
 * @param engines whose times it is made of
 * @param figure of one round, from the seconds of each of these engines
 * @param target or null if the figure is just of interest
 */
record Question(
    String name,
    Set<String> engines,
    ToDoubleFunction<Map<String, Double>> figure,
    @Nullable Target target) {

  /**
   * How many times the speed of a peer.
   *
   * @param work how much more of it the engine does than the peer
   */
  static Question speed(String engine, String peer, double work, @Nullable Target target) {
    return new Question(
        "speed of " + engine + " / " + peer,
        Set.of(engine, peer),
        seconds -> work * of(seconds, peer) / of(seconds, engine),
        target);
  }

  /** How many times the time of a peer. */
  static Question time(String engine, String peer, @Nullable Target target) {
    return new Question(
        "time of " + engine + " / " + peer,
        Set.of(engine, peer),
        seconds -> of(seconds, engine) / of(seconds, peer),
        target);
  }

  /** Microseconds. */
  static Question micros(String engine, @Nullable Target target) {
    return new Question(
        "microseconds of " + engine, Set.of(engine), seconds -> of(seconds, engine) * 1e6, target);
  }

  private static double of(Map<String, Double> seconds, String engine) {
    Double time = seconds.get(engine);
    if (time == null) {
      throw new IllegalArgumentException("no time of " + engine + " in " + seconds);
    }
    return time;
  }
}
