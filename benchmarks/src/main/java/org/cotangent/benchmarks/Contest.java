package org.cotangent.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.peer.ClBlast;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.benchmarks.work.CopyWork;
import org.cotangent.benchmarks.work.NumpyWork;
import org.cotangent.benchmarks.work.ReplayWork;
import org.cotangent.benchmarks.work.Work;
import org.cotangent.type.DType;

/**
 * Engines that do the same work in turns, and what is to be learnt of it.
 *
 * @param name of the work
 * @param entrants who does it
 * @param questions what is to be learnt
 */
record Contest(String name, List<Entrant> entrants, List<Question> questions) {
  private static final double GIGA = 1e9;

  /**
   * One engine.
   *
   * @param engine its name
   * @param amount of work in one run, in billions of {@code unit}
   * @param unit of work a second, empty where the time is what counts
   * @param unavailable why it cannot take part, or empty if it can
   * @param open prepares the work
   */
  record Entrant(
      String engine,
      double amount,
      String unit,
      Supplier<Optional<String>> unavailable,
      Supplier<Work> open) {

    static Entrant device(String device, double amount, String unit, Supplier<Work> open) {
      return new Entrant(
          device,
          amount,
          unit,
          () -> Engines.unavailable(Engines.named("cotangent"), device),
          open);
    }
  }

  /** {@return all there are, with the targets of the OpenCL backend} */
  static List<Contest> all() {
    List<Contest> all = new ArrayList<>();
    all.add(matmul(256, 0.8));
    all.add(matmul(512, 0.95));
    all.add(matmul(1024, 0.95));
    all.add(matmul(2048, 0.95));
    all.add(add());
    all.add(trainStep());
    all.add(replay());
    all.add(npy());
    return List.copyOf(all);
  }

  private static Work cotangent(String device, Task task) {
    return Engines.open("cotangent", device, task);
  }

  private static Contest matmul(int n, double ofOpenBlas) {
    Task product = Product.parse(Integer.toString(n), Product.Transposed.NONE, DType.FLOAT32);
    double amount = product.flop() / GIGA;
    String unit = "GFLOP/s";
    return new Contest(
        "matmul " + n,
        List.of(
            Entrant.device("cpu", amount, unit, () -> cotangent("cpu", product)),
            Entrant.device("opencl", amount, unit, () -> cotangent("opencl", product)),
            new Entrant(
                "openblas",
                amount,
                unit,
                OpenBlas::unavailable,
                () -> Engines.open("openblas", "cpu", product)),
            new Entrant(
                "clblast",
                amount,
                unit,
                ClBlast::unavailable,
                () -> Engines.open("clblast", "opencl", product))),
        List.of(
            Question.speed("opencl", "openblas", 1, Target.atLeast(ofOpenBlas)),
            Question.speed("opencl", "clblast", 1, Target.atLeast(10)),
            Question.speed("cpu", "openblas", 1, null)));
  }

  private static Contest add() {
    Task sum = new Addition(CopyWork.SIZE, Addition.Operands.SAME, DType.FLOAT32);
    double add = sum.bytes() / GIGA;
    double copy = CopyWork.BYTES / GIGA;
    String unit = "GB/s";
    return new Contest(
        "add 16 Mi",
        List.of(
            Entrant.device("cpu", add, unit, () -> cotangent("cpu", sum)),
            Entrant.device("opencl", add, unit, () -> cotangent("opencl", sum)),
            new Entrant(
                "copy", copy, unit, OpenCl::unavailable, () -> CopyWork.copy(CopyWork.SIZE))),
        List.of(
            Question.speed("opencl", "copy", add / copy, Target.atLeast(0.95)),
            Question.speed("cpu", "copy", add / copy, null)));
  }

  private static Contest trainStep() {
    Task step = new Perceptron(Perceptron.Net.MNIST);
    return new Contest(
        "train step",
        List.of(
            Entrant.device("cpu", 0, "", () -> cotangent("cpu", step)),
            Entrant.device("opencl", 0, "", () -> cotangent("opencl", step))),
        List.of(Question.time("opencl", "cpu", Target.atMost(1.5))));
  }

  private static Contest replay() {
    return new Contest(
        "replay of ten kernels",
        List.of(
            Entrant.device("cpu", 0, "", () -> ReplayWork.cotangent("cpu")),
            Entrant.device("opencl", 0, "", () -> ReplayWork.cotangent("opencl")),
            new Entrant("launches", 0, "", OpenCl::unavailable, ReplayWork::launches)),
        List.of(
            Question.micros("opencl", Target.atMost(40)),
            Question.micros("cpu", null),
            Question.micros("launches", null),
            Question.time("opencl", "launches", null)));
  }

  /** A file, then the same bytes in memory. */
  private static Contest npy() {
    double amount = NumpyWork.BYTES / GIGA;
    return new Contest(
        "npy 256 MiB",
        Stream.of(NumpyWork.values())
            .map(work ->
                new Entrant(
                    work.name().toLowerCase(Locale.ROOT),
                    work == NumpyWork.MAP ? 0 : amount,
                    work == NumpyWork.MAP ? "" : "GB/s",
                    Optional::empty,
                    () -> work.open("cpu", NumpyWork.BYTES)))
            .toList(),
        List.of(
            Question.time("load", "read", Target.atMost(1.2)),
            Question.time("load_fresh", "read_fresh", Target.atMost(1.2)),
            Question.time("load_rounded", "read_and_round", Target.atMost(1.3)),
            Question.time("load_swapped", "load", Target.atMost(2)),
            Question.time("load_fortran", "load", Target.atMost(2)),
            Question.time("load_fortran", "read", null),
            Question.time("mapped", "read", null),
            Question.time("memory_rounded", "memory", null),
            Question.time("memory_swapped", "memory", Target.atMost(2)),
            Question.time("memory_fortran", "memory", Target.atMost(2)),
            Question.micros("map", null)));
  }
}
