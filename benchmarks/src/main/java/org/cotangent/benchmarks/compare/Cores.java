package org.cotangent.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The cores that others leave free. Who shares a core with a stranger waits for it, and an engine
 * whose threads wait for each other by spinning suffers most: the winner may be another one. So on
 * a machine where others keep cores busy, all engines of a round keep to the rest.
 *
 * @param busy how busy others keep each core, from 0 to 1, by its number; empty where the system
 *     does not tell
 */
record Cores(Map<Integer, Double> busy) {
  /** The least that is a core less: what an idle machine does by itself is far below. */
  private static final double NOISE = 0.5;

  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Path STAT = Path.of("/proc/stat");
  private static final Path TASKSET = Path.of("/usr/bin/taskset");
  private static final Pattern CORE = Pattern.compile("cpu(\\d+) (.*)");

  /** {@return how busy they are, looked at while this process and its children do nothing} */
  static Cores look() throws IOException, InterruptedException {
    if (!Files.isReadable(STAT) || !Files.isExecutable(TASKSET)) {
      return new Cores(Map.of());
    }
    List<String> before = Files.readAllLines(STAT);
    Thread.sleep(LOOK);
    return between(before, Files.readAllLines(STAT));
  }

  /** {@return what was between two looks at the system's counts of ticks} */
  static Cores between(List<String> before, List<String> after) {
    Map<Integer, long[]> start = ticks(before);
    Map<Integer, Double> busy = new LinkedHashMap<>();
    ticks(after)
        .forEach((core, end) -> {
          long[] begin = start.getOrDefault(core, new long[2]);
          long all = end[0] - begin[0];
          long idle = end[1] - begin[1];
          busy.put(core, all > 0 ? 1 - (double) idle / all : 0);
        });
    return new Cores(busy);
  }

  /** {@return for each core, all ticks and those without work} */
  private static Map<Integer, long[]> ticks(List<String> stat) {
    Map<Integer, long[]> ticks = new LinkedHashMap<>();
    for (String line : stat) {
      var matcher = CORE.matcher(line);
      if (matcher.matches()) {
        // user, nice, system, idle, iowait, irq, softirq, steal; what guests take is in user.
        long[] counts =
            Pattern.compile(" ")
                .splitAsStream(matcher.group(2).strip())
                .limit(8)
                .mapToLong(Long::parseLong)
                .toArray();
        long all = IntStream.range(0, counts.length).mapToLong(i -> counts[i]).sum();
        ticks.put(Integer.parseInt(matcher.group(1)), new long[] {all, counts[3] + counts[4]});
      }
    }
    return ticks;
  }

  private double total() {
    return busy.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** {@return those to keep to, at least one, or none if there is no reason to} */
  List<Integer> quiet() {
    if (total() < NOISE || busy.size() < 2) {
      return List.of();
    }
    return busy.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.naturalOrder()))
        .limit(Math.max(1, busy.size() - Math.round(total())))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** {@return which are quiet, and how busy others keep all} */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s of %d; others keep %.2f busy", quiet(), busy.size(), total());
  }

  /** {@return what stands before a command, so that its process keeps to the quiet cores} */
  List<String> prefix() {
    List<Integer> quiet = quiet();
    List<String> prefix = new ArrayList<>();
    if (!quiet.isEmpty()) {
      String list = quiet.stream().map(String::valueOf).collect(Collectors.joining(","));
      prefix.addAll(List.of(TASKSET.toString(), "-c", list));
    }
    return prefix;
  }
}
