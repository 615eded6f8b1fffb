package org.cotangent.benchmarks.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.engine.Clocked;
import org.cotangent.benchmarks.engine.Engine;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.jmh.Suite;
import org.cotangent.benchmarks.task.Task;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * A process with the class path of one peer: tells which engines are on it, or has JMH time the
 * tasks of a suite, each in a fork. The launcher starts one after the other.
 */
final class Worker {
  static final int MEASUREMENTS = 3;

  /** Of an iteration, so short that all rounds of all engines fit into half an hour. */
  static final TimeValue LENGTH = TimeValue.milliseconds(200);

  private static final double MILLIS = 1e3;
  private static final double GIGA = 1e9;

  private static final JsonMapper MAPPER = new JsonMapper();

  private Worker() {}

  /**
   * A task in one round.
   *
   * @param task its title
   * @param seconds of a run, 0 if it failed
   * @param failure why it failed, or null
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Outcome(String task, double seconds, @Nullable String failure) {}

  /**
   * Who is there.
   *
   * @param participant an engine on a device
   * @param tasks the titles of its tasks in the plan, by suite
   * @param warmUps for each suite, iterations until it is as fast as it gets
   */
  record Found(
      Participant participant, Map<String, List<String>> tasks, Map<String, Integer> warmUps) {
    /** {@return whether it has a task in a suite} */
    boolean has(String suite) {
      return tasks.containsKey(suite);
    }

    /** {@return that each task of a suite failed, since the worker said nothing} */
    List<Outcome> failures(String suite, String reason) {
      return tasks.getOrDefault(suite, List.of()).stream()
          .map(task -> new Outcome(task, 0, reason))
          .toList();
    }
  }

  /**
   * Runs.
   *
   * @param args the file to write; then nothing, for the variables that the processes of these
   *     engines must have; or a plan, for a list of participants; or plan, engine, device and suite
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]);
    Object answer =
        switch (args.length) {
          case 1 -> environment();
          case 2 -> found(Plan.named(args[1]));
          default ->
              outcomes(
                  Plan.named(args[1]),
                  Engines.named(args[2]),
                  args[3],
                  args[4],
                  file.resolveSibling("jmh.log"));
        };
    Files.writeString(file, MAPPER.writeValueAsString(answer));
    // Some peers leave threads behind.
    System.exit(0);
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>();
    Engines.all().forEach(engine -> environment.putAll(engine.environment()));
    return environment;
  }

  private static List<Found> found(Plan plan) {
    List<Found> found = new ArrayList<>();
    for (Engine engine : Engines.all()) {
      Map<String, List<String>> tasks = new TreeMap<>();
      plan.tasks(engine)
          .forEach(task ->
              tasks.computeIfAbsent(task.suite(), _ -> new ArrayList<>()).add(task.title()));
      Map<String, Integer> warmUps = new TreeMap<>();
      plan.tasks(engine).forEach(task -> warmUps.put(task.suite(), engine.warmUps(task)));
      for (String device : engine.devices()) {
        found.add(new Found(participant(engine, device), tasks, warmUps));
      }
    }
    return found;
  }

  private static Participant participant(Engine engine, String device) {
    Optional<String> reason = Engines.unavailable(engine, device);
    if (reason.isPresent()) {
      return new Participant(engine.name(), device, "", reason.get());
    }
    try {
      return new Participant(engine.name(), device, engine.description(device), null);
    } catch (RuntimeException e) {
      // One that breaks leaves the others in.
      return new Participant(engine.name(), device, "", e.toString());
    }
  }

  private static List<Outcome> outcomes(
      Plan plan, Engine engine, String device, String suite, Path log) throws IOException {
    List<Outcome> outcomes = new ArrayList<>();
    for (Task task : plan.tasks(engine)) {
      if (task.suite().equals(suite)) {
        outcomes.add(
            engine.isClocked()
                ? clocked(engine, device, task)
                : outcome(engine, device, task, log));
      }
    }
    return outcomes;
  }

  private static Outcome outcome(Engine engine, String device, Task task, Path log)
      throws IOException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Suite.class.getPackageName() + "[.]" + task.suite() + "[.]run$")
            .param("engine", engine.name())
            .param("device", device)
            .forks(1)
            .warmupIterations(engine.warmUps(task))
            .warmupTime(LENGTH)
            .measurementIterations(MEASUREMENTS)
            .measurementTime(LENGTH)
            .timeUnit(TimeUnit.SECONDS)
            .output(log.toString());
    task.parameters().forEach(options::param);
    try {
      Optional<RunResult> result = new Runner(options.build()).run().stream().findFirst();
      return result.isPresent()
          ? new Outcome(task.title(), result.get().getPrimaryResult().getScore(), null)
          : new Outcome(task.title(), 0, failure(log));
    } catch (RunnerException e) {
      return new Outcome(task.title(), 0, e.toString());
    }
  }

  /** Times a task in as many iterations as the others have, by its own clock. */
  private static Outcome clocked(Engine engine, String device, Task task) {
    try (Clocked work = (Clocked) Engines.open(engine.name(), device, task)) {
      double length = LENGTH.convertTo(TimeUnit.MILLISECONDS) / MILLIS;
      long runs = 1;
      for (int i = 0; i < engine.warmUps(task); i++) {
        runs = fitting(length, work.seconds(runs) / runs);
      }
      double seconds = 0;
      for (int i = 0; i < MEASUREMENTS; i++) {
        seconds += work.seconds(runs);
      }
      return new Outcome(task.title(), seconds / runs / MEASUREMENTS, null);
    } catch (RuntimeException e) {
      return new Outcome(task.title(), 0, e.toString());
    }
  }

  /** {@return how many runs take so long, at least one} */
  private static long fitting(double length, double seconds) {
    return Math.max(1, Math.round(length / Math.max(seconds, 1 / GIGA)));
  }

  /** What the fork threw, from its output. */
  private static String failure(Path log) throws IOException {
    return Files.readAllLines(log).stream()
        .filter(line -> line.matches("(Caused by: )?[\\w.]+(Exception|Error)(:.*)?"))
        .reduce((_, last) -> last)
        .orElse("the process ended without a result");
  }
}
