package org.cotangent.opencl.tune;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.opencl.kernel.Traits;
import org.cotangent.opencl.kernel.TuningTable;
import org.cotangent.type.DType;

/**
 * Measures tiles of matrix products on a device and writes the best to the user's tuning table,
 * {@link TuningTable#userFile}: {@code mvn -q -Ptune -Ddevice=opencl:0}. Tiles change speed, never
 * a bit of a result.
 */
public final class Tune {
  /** What a tile must be faster to be preferred to the one that comes with the backend. */
  private static final double GAIN = 1.05;

  private final ClRunner runner;
  private final Traits traits;

  private Tune(ClRunner runner) {
    this.runner = runner;
    traits = runner.traits();
  }

  /**
   * Tunes.
   *
   * @param arguments the device: {@code opencl} or {@code opencl:} and its number
   * @throws IOException if the table cannot be written
   */
  public static void main(String... arguments) throws IOException {
    List<ClRunner> devices = ClRunner.devices();
    if (devices.isEmpty()) {
      IO.println(ClRunner.INSTALL);
      return;
    }
    try {
      String name = arguments.length == 0 ? "opencl" : arguments[0];
      int number = number(name);
      if (number < 0 || number >= devices.size()) {
        IO.println(name + ": have opencl:0 to opencl:" + (devices.size() - 1));
        return;
      }
      new Tune(devices.get(number)).run(TuningTable.userFile());
    } finally {
      devices.forEach(ClRunner::close);
    }
  }

  /** The number of a device, or -1. */
  private static int number(String name) {
    if (name.equals("opencl")) {
      return 0;
    }
    String digits = name.startsWith("opencl:") ? name.substring("opencl:".length()) : "";
    return digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : -1;
  }

  private void run(Path file) throws IOException {
    IO.println("Tuning matrix products on " + runner.name());
    List<String> lines = new ArrayList<>();
    lines.add("# Tiles measured on " + runner.name() + "; the format stands in matmul.table.");
    List<DType> dtypes =
        traits.doubles() ? List.of(DType.FLOAT32, DType.FLOAT64) : List.of(DType.FLOAT32);
    for (DType dtype : dtypes) {
      for (Trial trial : Trial.of(dtype)) {
        lines.addAll(best(trial));
      }
    }
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Files.write(file, lines);
    IO.println("Written: " + file);
  }

  /** The line of the best tile, or none where the backend's own is as good. */
  private List<String> best(Trial trial) {
    TuningTable standard = TuningTable.standard();
    try (Stopwatch stopwatch = new Stopwatch(runner, trial)) {
      double own = stopwatch.seconds(standard);
      IO.println(
          "%n%s: %.1f GFLOP/s as it comes".formatted(trial, trial.operations() / own * 1e-9));
      double bestSeconds = own;
      List<String> best = List.of();
      for (String tile : Candidates.of(traits, trial.sizes())) {
        String line =
            "%s %s %s %s %s"
                .formatted(
                    traits.cpu() ? "cpu" : "gpu",
                    traits.cpu() ? traits.vectorBytes() : "*",
                    trial.dtype(),
                    trial.sizes(),
                    tile);
        double seconds = stopwatch.seconds(TuningTable.parse("candidate", line).before(standard));
        IO.println("  %8.1f  %s".formatted(trial.operations() / seconds * 1e-9, tile));
        if (seconds < bestSeconds && own > GAIN * seconds) {
          bestSeconds = seconds;
          best = List.of(line);
        }
      }
      IO.println(best.isEmpty() ? "  kept as it comes" : "  best: " + best.getFirst());
      return best;
    }
  }
}
