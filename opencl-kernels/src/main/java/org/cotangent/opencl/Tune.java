package org.cotangent.opencl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.error.DeviceException;
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

  private final ClDevice device;
  private final Traits traits;

  private Tune(ClDevice device) {
    this.device = device;
    traits = device.traits();
  }

  /**
   * Tunes.
   *
   * @param arguments the device: {@code opencl}, or {@code opencl:} and its number or a part of its
   *     name
   * @throws IOException if the table cannot be written
   */
  public static void main(String... arguments) throws IOException {
    String name = arguments.length == 0 ? "opencl" : arguments[0];
    try {
      if (!name.equals("opencl") && !name.startsWith("opencl:")) {
        throw new DeviceException(name + ": only OpenCL devices are tuned; pass opencl:0");
      }
      String selector = name.substring(Math.min(name.length(), "opencl:".length()));
      new Tune(ClDevices.find().select(selector)).run(TuningTable.userFile());
    } catch (DeviceException refused) {
      IO.println(refused.getMessage());
    }
  }

  private void run(Path file) throws IOException {
    IO.println("Tuning matrix products on " + device.line());
    List<String> lines = new ArrayList<>();
    lines.add("# Tiles measured on " + device.line() + "; the format stands in matmul.table.");
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
    IO.println("%n%s: %.1f GFLOP/s as it comes".formatted(trial, rate(trial, standard)));
    String best = "";
    double bestRate = 0;
    for (String tile : Candidates.of(traits, trial.sizes())) {
      String line =
          "%s %s %s %s %s"
              .formatted(
                  traits.cpu() ? "cpu" : "gpu",
                  traits.cpu() ? traits.vectorBytes() : "*",
                  trial.dtype(),
                  trial.sizes(),
                  tile);
      double rate = rate(trial, candidate(line));
      IO.println("  %8.1f  %s".formatted(rate, tile));
      if (rate > bestRate) {
        bestRate = rate;
        best = line;
      }
    }
    // The fastest of many is often only the luckiest: a match decides.
    double gain = new Stopwatch(device).gain(trial, candidate(best), standard);
    boolean better = gain > GAIN;
    IO.println(
        "  %s: %.2f times as fast as what comes, %s"
            .formatted(best, gain, better ? "written" : "left out"));
    return better ? List.of(best) : List.of();
  }

  private static TuningTable candidate(String line) {
    return TuningTable.parse("candidate", line).before(TuningTable.standard());
  }

  /** Billions of operations in a second. */
  private double rate(Trial trial, TuningTable table) {
    return trial.operations() / new Stopwatch(device).seconds(trial, table) * 1e-9;
  }
}
