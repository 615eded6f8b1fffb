package org.cotangent.benchmarks.digits;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.FormatException;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;

/**
 * Handwritten digits of 43 writers, 8 x 8 pixels each, as four {@code .npy} files in four layouts
 * (the README beside them has origin and licence). The import says what becomes of each dtype; byte
 * order and memory order are its business.
 *
 * @param train 1437 samples
 * @param test 360 samples
 * @param report what was read and what it became, a line a file
 */
public record Data(Split train, Split test, List<String> report) {
  /** Pixels in the files are counts from 0 to 16. */
  private static final double BRIGHTEST = 16;

  /**
   * {@return the four files, on a device}
   *
   * @param device where they go
   */
  public static Data load(Device device) {
    List<String> report = new ArrayList<>();
    Split train = split(device, "train", report);
    Split test = split(device, "test", report);
    return new Data(train, test, List.copyOf(report));
  }

  private static Split split(Device device, String name, List<String> report) {
    try (Scope scope = device.open()) {
      Tensor pixels = read(device, "x_" + name + ".npy", DType.FLOAT32, report);
      Tensor labels = read(device, "y_" + name + ".npy", DType.INT64, report);
      return scope.keep(new Split(pixels.div(BRIGHTEST), labels));
    }
  }

  private static Tensor read(Device device, String file, DType dtype, List<String> report) {
    try (InputStream in = Data.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new FormatException(file + ": not among the resources; build the project again");
      }
      NumPyArray array = NumPyArray.read(in, file);
      Tensor tensor = device.tensor(array, dtype);
      report.add("%-11s  %-30s  ->  %s".formatted(file, array, tensor.type()));
      return tensor;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
