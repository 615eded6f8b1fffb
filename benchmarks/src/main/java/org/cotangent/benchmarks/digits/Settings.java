package org.cotangent.benchmarks.digits;

import java.nio.file.Path;
import org.cotangent.error.ArgumentException;

/**
 * What the command line says.
 *
 * @param device name of the device, as in {@code cpu}
 * @param seed of weights and shuffling
 * @param threads a CPU may use, 0 for one a core
 * @param epochs how often to go through the training samples
 * @param target directory that the files go under
 */
record Settings(String device, long seed, int threads, int epochs, Path target) {
  /** By then ten seeds of ten reach 0.972 or more; sixty do not make it better. */
  static final int EPOCHS = 30;

  /** From the system properties {@code cotangent.device}, {@code seed}, {@code threads}. */
  static Settings read(String... args) {
    return new Settings(
        System.getProperty("cotangent.device", "cpu"),
        number("seed"),
        Math.clamp(number("threads"), -1, Integer.MAX_VALUE),
        EPOCHS,
        Path.of(args.length > 0 ? args[0] : "target"));
  }

  private static long number(String name) {
    String text = System.getProperty("cotangent." + name, "0");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new ArgumentException(name + ": '" + text + "' is no whole number");
    }
  }
}
