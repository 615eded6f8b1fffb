package org.cotangent.benchmarks.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cotangent.benchmarks.engine.EagerEngine;
import org.cotangent.benchmarks.engine.Engine;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Addition.Operands;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Product.Transposed;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;

/** Which tasks are compared, and how often. The suites of {@code jmh} have many more. */
public enum Plan {
  /** A look, in a few minutes. */
  QUICK(1, Plan::few),
  /** What claims are made of. */
  WHOLE(5, Plan::many);

  private static final long KI = 1 << 10;
  private static final long MI = 1 << 20;

  private final int rounds;

  @SuppressWarnings("ImmutableEnumChecker") // Without state.
  private final Supplier<List<Task>> tasks;

  Plan(int rounds, Supplier<List<Task>> tasks) {
    this.rounds = rounds;
    this.tasks = tasks;
  }

  private static List<Task> few() {
    return List.of(
        add(KI, Operands.SAME),
        add(MI, Operands.SAME),
        multiply("64", DType.FLOAT32),
        multiply("512", DType.FLOAT32),
        multiply("512", DType.FLOAT64),
        new Chain(Chain.Kind.GELU, MI),
        new Chain(Chain.Kind.SOFTMAX, MI),
        new Chain(Chain.Kind.LAYER_NORM, MI),
        new Perceptron(Perceptron.Net.MNIST));
  }

  private static List<Task> many() {
    return Stream.of(
            Stream.of(KI, MI, 16 * MI).map(size -> add(size, Operands.SAME)),
            Stream.of(add(MI, Operands.ROW)),
            Stream.of("64", "1024", "2048x2048x1", "64*64x64x64")
                .map(n -> multiply(n, DType.FLOAT32)),
            Stream.of(multiply("512", DType.FLOAT64)),
            Stream.of(new Chain(Chain.Kind.GELU, KI)),
            Arrays.stream(Chain.Kind.values()).map(kind -> new Chain(kind, MI)),
            Arrays.stream(Perceptron.Net.values()).map(Perceptron::new),
            Stream.of(new Import(64)))
        .<Task>flatMap(tasks -> tasks)
        .toList();
  }

  private static Task add(long size, Operands operands) {
    return new Addition(size, operands, DType.FLOAT32);
  }

  private static Task multiply(String n, DType dtype) {
    return Product.parse(n, Transposed.NONE, dtype);
  }

  /** {@return how often each is timed, each time in a JVM of its own} */
  public int rounds() {
    return rounds;
  }

  /** {@return the tasks, those of a suite together} */
  public List<Task> tasks() {
    return tasks.get();
  }

  /**
   * {@return the tasks of an engine} Cotangent op by op has its turn where that is how a chain may
   * well be run; with one op it is not another engine, and a step is compiled.
   *
   * @param engine any
   */
  List<Task> tasks(Engine engine) {
    return tasks().stream()
        .filter(task -> !(engine instanceof EagerEngine) || task instanceof Chain)
        .filter(engine::does)
        .toList();
  }

  /** {@return the names of the suites} */
  List<String> suites() {
    return tasks().stream().map(Task::suite).distinct().toList();
  }

  /**
   * {@return a plan}
   *
   * @param name in small letters
   * @throws IllegalArgumentException if there is none; names those there are
   */
  public static Plan named(String name) {
    return Arrays.stream(values())
        .filter(plan -> plan.toString().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "plan " + name + " is unknown: there are " + Arrays.toString(values())));
  }

  /** {@return the name, in small letters} */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
