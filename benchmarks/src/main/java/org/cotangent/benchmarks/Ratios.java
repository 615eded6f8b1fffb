package org.cotangent.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cotangent.benchmarks.work.Work;
import org.cotangent.error.CotangentException;

/**
 * Measures Cotangent against its peers, in turns in one JVM: {@code mvn -q -Pratios
 * [-Dcontests=matmul.*] [-Dresult=name]}. A ratio is the median of the ratios of 15 rounds. Prints
 * what it finds and keeps it in {@code benchmarks/results}, unless only a part was asked for.
 */
public final class Ratios {
  /** Engines that could not take part, and why. */
  private final Map<String, String> leftOut = new LinkedHashMap<>();

  private Ratios() {}

  /**
   * Runs the contests.
   *
   * @param args the directory for results; the system properties {@code cotangent.contests} and
   *     {@code cotangent.result} have a pattern of the contests' names and the name of the file
   * @throws IOException if a JVM cannot be started or results cannot be written
   * @throws InterruptedException if this thread is interrupted
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (!Environment.isTidy()) {
      System.exit(Environment.run(Ratios.class, args));
    }
    new Ratios()
        .run(
            Path.of(args[0]),
            System.getProperty("cotangent.result", ""),
            System.getProperty("cotangent.contests", ""));
  }

  private void run(Path directory, String name, String pattern)
      throws IOException, InterruptedException {
    Facts facts = Facts.gather();
    System.out.println(facts);
    List<Results.Outcome> outcomes = new ArrayList<>();
    for (Contest contest : Contest.all()) {
      if (pattern.isEmpty() || contest.name().matches(pattern)) {
        Results.Outcome outcome = hold(contest, Rounds.DEFAULT);
        System.out.print(outcome);
        outcomes.add(outcome);
      }
    }
    if (pattern.isEmpty()) {
      Path file = directory.resolve((name.isEmpty() ? facts.slug() : name) + ".json");
      new Results(facts, Rounds.DEFAULT.count(), leftOut, outcomes).write(file);
      System.out.println("kept in " + file);
    }
  }

  private Results.Outcome hold(Contest contest, Rounds rounds) throws InterruptedException {
    Map<String, Work> open = new LinkedHashMap<>();
    List<Contest.Entrant> present = new ArrayList<>();
    try {
      for (Contest.Entrant entrant : contest.entrants()) {
        Optional<String> reason = enter(entrant, open);
        if (reason.isEmpty()) {
          present.add(entrant);
        } else if (leftOut.put(entrant.engine(), reason.get()) == null) {
          System.out.println("left out: " + entrant.engine() + ": " + reason.get());
        }
      }
      return Results.Outcome.of(contest, present, rounds.time(open));
    } finally {
      open.values().forEach(Work::close);
    }
  }

  private static Optional<String> enter(Contest.Entrant entrant, Map<String, Work> open) {
    Optional<String> reason = entrant.unavailable().get();
    if (reason.isEmpty()) {
      try {
        open.put(entrant.engine(), entrant.open().get());
      } catch (CotangentException e) {
        return Optional.of(e.toString());
      }
    }
    return reason;
  }
}
