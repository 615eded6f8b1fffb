package org.cotangent.benchmarks.digits;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.error.CotangentException;

/**
 * Trains a small network on handwritten digits, from NumPy files to NumPy files: {@code mvn -q
 * -Pdigits [-Ddevice=cpu|opencl|cuda] [-Dseed=0] [-Dthreads=0]}. Leaves {@code digits/weights.npz}
 * and {@code digits/curve.png} in the target directory; the last line has the accuracy.
 */
public final class Digits {
  /** Exit status after one sentence on what is in the way, such as a device that is not there. */
  static final int REFUSED = 2;

  /** Holds that sentence; the build looks for it and ends as the program did. */
  private static final String REFUSAL = "digits.refused";

  private Digits() {}

  /**
   * Runs the job.
   *
   * @param args the target directory, {@code target} if there is none
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] args) throws IOException {
    Path refusal = Path.of(args.length > 0 ? args[0] : "target").resolve(REFUSAL);
    Files.deleteIfExists(refusal);
    try {
      run(Settings.read(args), System.out);
    } catch (CotangentException e) {
      System.err.println(e.getMessage());
      Files.createDirectories(refusal.toAbsolutePath().getParent());
      Files.writeString(refusal, e.getMessage());
      System.exit(REFUSED);
    }
  }

  static void run(Settings settings, PrintStream out) throws IOException {
    DeviceOptions options = DeviceOptions.DEFAULT.threads(settings.threads());
    Path files = Files.createDirectories(settings.target().resolve("digits"));
    try (Device device = Device.named(settings.device(), options);
        var _ = device.open()) {
      Data data = Data.load(device);
      out.println("device     " + device.description());
      out.println("data       " + String.join("\n           ", data.report()));
      try (Training training = new Training(device, data, settings.seed())) {
        out.println("memory     " + describe(training.plan()));
        List<Epoch> epochs = train(training, settings.epochs(), out);
        out.println("speed      " + speed(epochs));
        out.println("weights    " + keep(training, device, files.resolve("weights.npz")));
        out.println("curve      " + draw(epochs, files.resolve("curve.png")));
        Confusion confusion = training.confusion(training.net());
        out.println("\n" + confusion + "\n");
        out.println(String.format(Locale.ROOT, "test accuracy: %.4f", confusion.accuracy()));
      }
    }
  }

  private static List<Epoch> train(Training training, int count, PrintStream out) {
    List<Epoch> epochs = new ArrayList<>();
    try (ProgressBar bar = Bar.of("training  ", count, out)) {
      while (epochs.size() < count) {
        Epoch epoch = training.epoch();
        epochs.add(epoch);
        bar.step();
        bar.setExtraMessage(
            String.format(
                Locale.ROOT, "loss %.3f, test accuracy %.3f", epoch.loss(), epoch.accuracy()));
      }
    }
    return epochs;
  }

  private static String describe(MemoryPlan plan) {
    long donated = plan.donors().stream().filter(donor -> donor >= 0).count();
    return String.format(
        Locale.ROOT,
        "peak %,d bytes a step, planned %,d, naive %,d; %d of %d results in donated memory",
        plan.peak(),
        plan.planned(),
        plan.naive(),
        donated,
        plan.donors().size());
  }

  private static String speed(List<Epoch> epochs) {
    int steps = epochs.stream().mapToInt(Epoch::steps).sum();
    double seconds = epochs.stream().mapToDouble(Epoch::seconds).sum();
    Epoch last = epochs.getLast();
    return String.format(
        Locale.ROOT,
        "%.0f steps per second; %.0f in the last epoch, when all is compiled",
        steps / seconds,
        last.steps() / last.seconds());
  }

  /** Writes the weights, reads them back, and trusts neither. */
  private static String keep(Training training, Device device, Path file) {
    Net net = training.net();
    Weights.save(file, net);
    Net back = Weights.load(device, file);
    if (!Weights.same(net, back) || !Arrays.equals(training.predict(net), training.predict(back))) {
      throw new IllegalStateException(file + " does not hold the network that was written to it");
    }
    return file + " (read back: same bits, same predictions)";
  }

  /** A machine without fonts, or without AWT, throws errors of many kinds; none stops the job. */
  static String draw(List<Epoch> epochs, Path file) {
    try {
      Curve.save(file, epochs);
      return file.toString();
    } catch (Exception | Error e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return "not drawn: " + cause.toString().lines().findFirst().orElse("no reason given");
    }
  }
}
