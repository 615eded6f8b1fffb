package org.cotangent.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.function.LongSupplier;
import org.cotangent.benchmarks.work.Work;

/**
 * Times pieces of work in turns, so that what disturbs the machine for a while disturbs all alike.
 *
 * @param count of rounds; in each every piece has a turn, and each round another one begins
 * @param warmUp of each piece before the first round, for the JIT and for caches of kernels
 * @param turn how long a piece is repeated in its turn, once at least
 * @param pause before a turn: the threads of the one before, OpenBLAS's above all, spin for some 30
 *     ms before they sleep
 */
record Rounds(int count, Duration warmUp, Duration turn, Duration pause, LongSupplier clock) {
  static final Rounds DEFAULT =
      new Rounds(
          15,
          Duration.ofSeconds(3),
          Duration.ofMillis(100),
          Duration.ofMillis(60),
          System::nanoTime);

  /** Longer runs need no run before them that wakes threads and fills caches. */
  private static final double LONG = 0.3;

  /** {@return the seconds that one run of each piece took, for each round} */
  List<Map<String, Double>> time(Map<String, Work> pieces) throws InterruptedException {
    Map<String, Double> expected = new HashMap<>();
    for (Entry<String, Work> piece : pieces.entrySet()) {
      expected.put(piece.getKey(), warm(piece.getValue()));
    }
    List<Entry<String, Work>> order = new ArrayList<>(pieces.entrySet());
    List<Map<String, Double>> rounds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, Double> round = new HashMap<>();
      for (Entry<String, Work> piece : order) {
        double once = expected.getOrDefault(piece.getKey(), 0.0);
        Thread.sleep(pause);
        round.put(piece.getKey(), turn(piece.getValue(), once));
      }
      rounds.add(Map.copyOf(round));
      Collections.rotate(order, -1);
    }
    return List.copyOf(rounds);
  }

  /** {@return the seconds of the last of many runs, two at least: the first may build kernels} */
  private double warm(Work work) {
    long begin = clock.getAsLong();
    work.run();
    double last;
    do {
      last = seconds(work, 1);
    } while (clock.getAsLong() - begin < warmUp.toNanos());
    return last;
  }

  private double turn(Work work, double once) {
    if (once < LONG) {
      work.run();
    }
    long runs = Math.max(1, Math.round(turn.toNanos() / 1e9 / once));
    return seconds(work, runs);
  }

  private double seconds(Work work, long runs) {
    long start = clock.getAsLong();
    for (long i = 0; i < runs; i++) {
      work.run();
    }
    return (clock.getAsLong() - start) / 1e9 / runs;
  }
}
