package org.cotangent.benchmarks.compare;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.cotangent.benchmarks.Facts;
import org.cotangent.benchmarks.compare.Comparison.Limits;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Launcher.Place;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.benchmarks.work.LimitsWork;

/**
 * Compares all engines: {@code mvn -q -Pbench [-Ppeers] [-Dplan=whole] [-Ddevices=cpu,opencl]}. In
 * each round every participant has its turn with every suite, in processes of its own, and another
 * one begins.
 */
public final class Compare {
  private static final Duration LIMITS = Duration.ofSeconds(1);

  private final Launcher launcher;
  private final Plan plan;
  private final int rounds;
  private final Set<String> devices;
  private final ForeignLoad foreign = new ForeignLoad();

  private final List<Entrant> entrants = new ArrayList<>();
  private final List<Participant> leftOut = new ArrayList<>();

  private final Timings timings;
  private final List<Limits> limits = new ArrayList<>();

  /** Rounds that kept to some of the cores. */
  private final Map<String, String> kept = new LinkedHashMap<>();

  /** Who takes part, and where its workers run. */
  private record Entrant(Worker.Found found, Place place) {
    Participant participant() {
      return found.participant();
    }
  }

  private Compare(Launcher launcher, Plan plan, int rounds, Set<String> devices) {
    this.launcher = launcher;
    this.plan = plan;
    this.devices = devices;
    this.rounds = rounds;
    this.timings = new Timings(rounds);
  }

  /**
   * Runs the comparison.
   *
   * @param args none. System properties say what is compared, {@code cotangent.plan}, and where,
   *     {@code cotangent.devices}; {@code cotangent.rounds}, if not the plan's; the name of the
   *     results, {@code cotangent.result}, if they are to be kept with the project's; and the
   *     folder of its benchmarks, {@code cotangent.benchmarks}, where peers have their class paths
   * @throws IOException if files cannot be written or a process cannot be started
   * @throws InterruptedException if this thread is interrupted
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Plan plan;
    Set<String> devices;
    try {
      plan = Plan.named(System.getProperty("cotangent.plan", "quick"));
      devices = devices(System.getProperty("cotangent.devices", "cpu"));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Path scratch = Files.createTempDirectory("cotangent");
    try {
      run(
          new Compare(
              new Launcher(scratch),
              plan,
              rounds(plan, Integer.getInteger("cotangent.rounds", 0)),
              devices));
    } finally {
      delete(scratch);
    }
  }

  /** {@return how many rounds: those that are asked for, or the plan's} */
  static int rounds(Plan plan, int wanted) {
    return wanted > 0 ? wanted : plan.rounds();
  }

  private static Set<String> devices(String names) {
    Set<String> devices = new LinkedHashSet<>(Arrays.asList(names.split(",", -1)));
    List<String> known = Engines.named("cotangent").devices();
    if (!known.containsAll(devices)) {
      throw new IllegalArgumentException(
          "devices " + devices + " are not all known: there are " + known);
    }
    return devices;
  }

  private static void run(Compare compare) throws IOException, InterruptedException {
    String folder = System.getProperty("cotangent.benchmarks", "");
    compare.gather("cotangent", "");
    if (!folder.isEmpty()) {
      compare.gatherPeers(Path.of(folder, "peers"));
    }
    Path file = file(folder);
    Comparison comparison = compare.run();
    comparison.write(file);
    System.out.println("kept in " + file);
    if (comparison.noisy()) {
      System.out.printf(
          "the machine was noisy: others kept %.2f cores busy; ratios hold, times do not%n",
          comparison.foreignCores());
    }
  }

  private static Path file(String folder) {
    String result = System.getProperty("cotangent.result", "");
    if (folder.isEmpty()) {
      return Path.of((result.isEmpty() ? "comparison" : result) + ".json");
    }
    return result.isEmpty()
        ? Path.of(folder, "target", "comparison.json").normalize()
        : Path.of(folder, "results", result + "-" + LocalDate.now(ZoneOffset.UTC) + ".json")
            .normalize();
  }

  private static void delete(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /** Asks which engines there are with each peer's class path. */
  private void gatherPeers(Path peers) throws IOException, InterruptedException {
    if (Files.isDirectory(peers)) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(peers)) {
        for (Path folder : folders) {
          Path classPath = folder.resolve("target/classpath");
          if (Files.exists(classPath)) {
            gather(
                folder.getFileName().toString(),
                folder.resolve("target/classes")
                    + File.pathSeparator
                    + Files.readString(classPath).strip());
          }
        }
      }
    }
  }

  private void gather(String name, String classPath) throws InterruptedException {
    try {
      Place place =
          new Place(
              classPath,
              launcher.ask(
                  new Place(classPath, Map.of()),
                  new TypeReference<Map<String, String>>() {},
                  List.of()));
      for (Worker.Found found :
          launcher.ask(
              place, new TypeReference<List<Worker.Found>>() {}, List.of(plan.toString()))) {
        Participant participant = found.participant();
        if (!devices.contains(participant.device()) || isKnown(participant)) {
          continue;
        }
        if (participant.unavailable() == null) {
          entrants.add(new Entrant(found, place));
        } else {
          leaveOut(participant);
        }
      }
    } catch (IOException e) {
      leaveOut(new Participant(name, "cpu", "", e.getMessage()));
    }
  }

  /** The engines of this process's class path are on those of all peers. */
  private boolean isKnown(Participant participant) {
    return Stream.concat(entrants.stream().map(Entrant::participant), leftOut.stream())
        .anyMatch(other -> isSame(other, participant));
  }

  private static boolean isSame(Participant a, Participant b) {
    return a.engine().equals(b.engine()) && a.device().equals(b.device());
  }

  private void leaveOut(Participant participant) {
    leftOut.add(participant);
    System.out.println(
        "left out: "
            + participant.engine()
            + " on "
            + participant.device()
            + ": "
            + participant.unavailable());
  }

  private Comparison run() throws IOException, InterruptedException {
    List<Entrant> order = new ArrayList<>(entrants);
    int turns = rounds * order.stream().mapToInt(entrant -> entrant.found().tasks().size()).sum();
    try (ProgressBar bar = bar(turns)) {
      for (int round = 0; round < rounds; round++) {
        Cores cores = Cores.look();
        if (!cores.quiet().isEmpty()) {
          kept.put("cores of round " + (round + 1), cores.toString());
        }
        limits.add(LimitsWork.measure(round, LIMITS));
        for (String suite : plan.suites()) {
          for (Entrant entrant : order) {
            if (entrant.found().has(suite)) {
              bar.setExtraMessage(" " + suite + ": " + entrant.participant().engine());
              foreign.look();
              turn(round, suite, entrant, cores);
              bar.step();
            }
          }
        }
        Collections.rotate(order, -1);
      }
    }
    List<Participant> participants =
        Stream.concat(entrants.stream().map(Entrant::participant), leftOut.stream()).toList();
    return new Comparison(
        Comparison.FORMAT,
        new JsonMapper().convertValue(Facts.gather(), new TypeReference<>() {}),
        settings(),
        Math.round(foreign.cores() * 100) / 100.0,
        participants,
        plan.tasks().stream().map(Compare::work).toList(),
        limits,
        timings.list());
  }

  private static ProgressBar bar(int turns) {
    return new ProgressBarBuilder()
        .setTaskName("compare")
        .setInitialMax(turns)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(1000)
        .build();
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("plan", plan.toString());
    settings.put("rounds", rounds + ", each in a JVM of its own");
    settings.put("warm-up", "in iterations of " + Worker.LENGTH);
    for (Entrant entrant : entrants) {
      settings.put(
          "warm-up of " + entrant.participant().engine(), entrant.found().warmUps().toString());
    }
    settings.put("measurement", Worker.MEASUREMENTS + " x " + Worker.LENGTH);
    settings.put("flags", String.join(" ", Launcher.flags()));
    settings.putAll(kept);
    for (Entrant entrant : entrants) {
      if (!entrant.place().environment().isEmpty()) {
        settings.put(
            "environment of " + entrant.participant().engine(),
            entrant.place().environment().toString());
      }
    }
    return settings;
  }

  private static Comparison.Work work(Task task) {
    return new Comparison.Work(
        task.title(),
        task.suite(),
        task.parameters(),
        task.dtype().name(),
        task.flop(),
        task.bytes());
  }

  private void turn(int round, String suite, Entrant entrant, Cores cores)
      throws InterruptedException {
    Participant participant = entrant.participant();
    List<String> arguments =
        List.of(plan.toString(), participant.engine(), participant.device(), suite);
    try {
      for (Worker.Outcome outcome :
          launcher.ask(
              entrant.place().on(cores), new TypeReference<List<Worker.Outcome>>() {}, arguments)) {
        timings.add(round, participant, outcome);
      }
    } catch (IOException e) {
      System.out.println(participant.engine() + ": " + suite + ": " + e.getMessage());
      entrant
          .found()
          .failures(suite, String.valueOf(e.getMessage()))
          .forEach(failure -> timings.add(round, participant, failure));
    }
  }
}
