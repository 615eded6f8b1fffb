package org.cotangent.benchmarks.examples;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.cotangent.Device;
import org.cotangent.benchmarks.digits.Bar;

/**
 * Trains the examples: {@code mvn -q -Pexamples [-Dexample=conv|transformer|lstm] [-Ddevice=cpu]
 * [-Dseed=0]}. A line for each has the share of right answers on samples it has not seen.
 */
public final class Examples {
  /** By name, in the order in which they run. */
  enum Example {
    CONV,
    TRANSFORMER,
    LSTM;

    Task<?, ?> task() {
      return switch (this) {
        case CONV -> new ConvNet();
        case TRANSFORMER -> new Transformer();
        case LSTM -> new Lstm();
      };
    }
  }

  private Examples() {}

  /**
   * Runs them.
   *
   * @param args name of the one to run, or {@code all}
   */
  public static void main(String[] args) {
    String name = args.length > 0 ? args[0] : "all";
    long seed = Long.getLong("cotangent.seed", 0);
    List<Example> chosen =
        name.equals("all")
            ? List.of(Example.values())
            : List.of(Example.valueOf(name.toUpperCase(Locale.ROOT)));
    try (Device device = Device.named(System.getProperty("cotangent.device", "cpu"))) {
      System.out.println("device: " + device.description());
      for (Example example : chosen) {
        run(device, example.task(), seed, System.out);
      }
    }
  }

  /** {@return the share of right answers} */
  static <M, D> double run(Device device, Task<M, D> task, long seed, PrintStream out) {
    Task.Plan plan = task.plan();
    out.println("\n" + plan.goal());
    long start = System.nanoTime();
    try (var _ = device.open()) {
      double right;
      try (ProgressBar bar = Bar.of("training  ", plan.steps(), out)) {
        right =
            new Trainer<>(task)
                .train(
                    device,
                    seed,
                    plan.steps(),
                    (step, loss) -> {
                      bar.stepTo(step);
                      bar.setExtraMessage(String.format(Locale.ROOT, "loss %.4f", loss));
                    });
      }
      out.println(
          String.format(
              Locale.ROOT,
              "right: %.4f, aim %.3f, %.1f s",
              right,
              plan.target(),
              (System.nanoTime() - start) * 1e-9));
      return right;
    }
  }
}
