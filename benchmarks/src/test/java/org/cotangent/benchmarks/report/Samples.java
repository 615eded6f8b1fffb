package org.cotangent.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Limits;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Timing;
import org.cotangent.benchmarks.compare.Comparison.Work;
import org.jspecify.annotations.Nullable;

/** Comparisons that nobody measured. */
final class Samples {
  static final Participant OURS = new Participant("cotangent", "cpu", "2 threads", null);
  static final Participant PEER = new Participant("ejml", "cpu", "EJML 0.46.1, 2 threads", null);
  static final Participant OTHER = new Participant("openblas", "cpu", "OpenBLAS 0.3.21", null);

  /** 2 Mflop, and more bytes than the cache has. */
  static final Work TASK = task("Matmul", Map.of("n", "100"), 2e6, 2e6);

  private Samples() {}

  static Work task(String suite, Map<String, String> parameters, double flop, double bytes) {
    return new Work(
        (suite + " " + Text.parameters(parameters)).strip(),
        suite,
        parameters,
        "FLOAT32",
        flop,
        bytes);
  }

  static Timing timing(Work task, Participant participant, Double... seconds) {
    return failed(task, participant, null, seconds);
  }

  static Timing failed(
      Work task, Participant participant, @Nullable String failure, Double... seconds) {
    return new Timing(
        task.title(), participant.engine(), participant.device(), List.of(seconds), failure);
  }

  /** Rounds whose limits are all the same. */
  static List<Limits> limits(int rounds) {
    return IntStream.range(0, rounds)
        .mapToObj(round -> new Limits(round, 1e10, 5e9, 8e10, 1e10, 1e-8))
        .toList();
  }

  static Comparison comparison(
      List<Participant> participants, List<Work> tasks, int rounds, List<Timing> timings) {
    return new Comparison(
        Comparison.FORMAT,
        Map.of("processor", "Abacus 9", "cores", 2, "jvm", "JVM 25", "date", "2026-01-31"),
        Map.of("rounds", rounds + ""),
        0.02,
        participants,
        tasks,
        limits(rounds),
        timings);
  }

  /** Of one task and three rounds: ours, and two peers. */
  static Comparison small() {
    return comparison(
        List.of(PEER, OURS, OTHER),
        List.of(TASK),
        3,
        List.of(
            timing(TASK, OURS, 1e-3, 1e-3, 4e-3),
            timing(TASK, PEER, 2e-3, 9e-3, 4.4e-3),
            timing(TASK, OTHER, 8e-3, 0.5e-3, 8e-3)));
  }

  /** Several suites, two devices, failures, one left out: as much as a page must stand. */
  static Comparison large() {
    Participant opencl = new Participant("cotangent", "opencl", "PoCL 3.1 on Abacus 9", null);
    Participant clblast = new Participant("clblast", "opencl", "CLBlast on PoCL 3.1", null);
    Participant absent =
        new Participant("nd4j", "cpu", "", "libjnind4jcpu.so: cannot open shared object file");
    List<Work> tasks = tasks();
    List<Timing> timings = new ArrayList<>();
    for (int at = 0; at < tasks.size(); at++) {
      Work task = tasks.get(at);
      double seconds = 1.4 * limits(1).getFirst().seconds(task, Scores.CACHE);
      timings.add(timing(task, OURS, rounds(seconds, 0)));
      timings.add(timing(task, OTHER, rounds(seconds * slowness(at, 1), 0.01)));
      timings.add(timing(task, PEER, rounds(seconds * slowness(at, 2), 0.02)));
      timings.add(timing(task, opencl, rounds(seconds * slowness(at, 3), 0.03)));
      timings.add(timing(task, clblast, rounds(seconds * slowness(at, 4), 0.04)));
    }
    String failure = "java.lang.OutOfMemoryError: Java heap space";
    timings.set(11, failed(tasks.get(2), OTHER, failure, 0.0, 0.0, 0.0, 0.0, 0.0));
    timings.set(27, failed(tasks.get(5), PEER, failure, 2e-3, 1.9e-3, 0.0, 2.1e-3, 2e-3));
    Comparison small =
        comparison(List.of(OURS, OTHER, PEER, opencl, clblast, absent), tasks, 5, timings);
    return new Comparison(
        small.format(),
        small.facts(),
        Map.of("flags", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED"),
        0.31,
        small.participants(),
        tasks,
        small.limits(),
        timings);
  }

  private static List<Work> tasks() {
    List<Work> tasks = new ArrayList<>();
    for (String size : List.of("1024", "65536", "1048576", "16777216")) {
      double bytes = 12 * Double.parseDouble(size);
      tasks.add(task("Add", map("size", size, "operands", "SAME", "dtype", "FLOAT32"), 0, bytes));
    }
    for (String n : List.of("64", "512", "1024", "128x784x512", "64*64x64x64")) {
      double flop = 1e6 * n.length() * n.length();
      tasks.add(task("Matmul", map("n", n, "transposed", "NONE", "dtype", "FLOAT32"), flop, 1e5));
    }
    tasks.add(task("TrainStep", Map.of(), 3e7, 1e6));
    return tasks;
  }

  private static Map<String, String> map(String... namesAndValues) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  /** Between half and four times. */
  private static double slowness(int task, int participant) {
    return 0.5 + (task * 7 + participant * 5) % 11 / 3.0;
  }

  private static Double[] rounds(double seconds, double more) {
    return IntStream.range(0, 5)
        .mapToObj(round -> seconds * (1 + round * more))
        .toArray(Double[]::new);
  }
}
