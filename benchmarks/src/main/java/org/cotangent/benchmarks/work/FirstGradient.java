package org.cotangent.benchmarks.work;

import java.util.Arrays;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Tensor;

/** A program that takes one small gradient and ends. */
public final class FirstGradient {
  /** What it prints: 3 x^2 at 1, 2 and 3. */
  static final String OUTPUT = "[3.0, 12.0, 27.0]";

  private FirstGradient() {}

  /**
   * Prints the gradient.
   *
   * @param args name of the device
   */
  public static void main(String[] args) {
    try (Device device = Device.named(args[0]);
        var _ = device.open()) {
      Tensor x = device.tensor(new double[] {1, 2, 3}, 3);
      Tensor gradient = Cotangent.grad(at -> at.mul(at).mul(at).sum(), x);
      System.out.println(Arrays.toString(gradient.toDoubleArray()));
    }
  }
}
