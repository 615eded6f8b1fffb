package org.cotangent.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.error.DeviceException;

/**
 * The GPUs there are, in the order of the driver.
 *
 * @param chips all of them
 */
record CudaDevices(List<Chip> chips) {
  /** The first generation that the kernels are for: Volta. */
  private static final int OLDEST = 7;

  private static final String LIST = "cuda: list devices";

  /** Copies the list. */
  CudaDevices {
    chips = List.copyOf(chips);
  }

  /**
   * {@return all devices}
   *
   * @throws DeviceException if there is none
   */
  static CudaDevices of(Driver driver) {
    List<Chip> chips;
    try {
      chips = driver.chips();
    } catch (DriverException e) {
      throw new DeviceException(LIST + ": " + e.getMessage() + "; " + e.advice(), e);
    }
    if (chips.isEmpty()) {
      throw new DeviceException(
          LIST
              + ": there is a driver but no GPU; look at what nvidia-smi says and at"
              + " CUDA_VISIBLE_DEVICES, or use device cpu");
    }
    return new CudaDevices(chips);
  }

  /** {@return what selects a GPU, as in {@code cuda:1}} */
  static String name(Chip chip) {
    return "cuda:" + chip.index();
  }

  private static String line(Chip chip) {
    return "%s %s (%d.%d)".formatted(name(chip), chip.model(), chip.major(), chip.minor());
  }

  /** {@return what a user is told of each} */
  List<DeviceFacts> facts() {
    return chips.stream().map(CudaDevices::facts).toList();
  }

  private static DeviceFacts facts(Chip chip) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "compute capability %d.%d, at most %d MHz, driver for CUDA %d.%d"
            .formatted(
                chip.major(),
                chip.minor(),
                chip.clockKilohertz() / 1000,
                chip.driver() / 1000,
                chip.driver() % 1000 / 10));
    if (chip.major() < OLDEST) {
      notes.add("It is older than compute capability 7.0, so it cannot be opened.");
    }
    return new DeviceFacts(
        name(chip),
        chip.model(),
        "NVIDIA",
        chip.memoryBytes(),
        chip.memoryBytes(),
        chip.units(),
        notes);
  }

  /**
   * {@return one device}
   *
   * @param selector its number, or a part of its model's name in any case; empty for the first
   * @throws DeviceException if there is no such device, or it is too old; lists those there are
   */
  Chip select(String selector) {
    String wanted = selector.strip().toLowerCase(Locale.ROOT);
    for (Chip chip : chips) {
      if (wanted.isEmpty() || matches(chip, wanted)) {
        if (chip.major() < OLDEST) {
          throw new DeviceException(
              line(chip) + " is older than compute capability 7.0; use another GPU, or device cpu");
        }
        return chip;
      }
    }
    throw new DeviceException(
        "cuda:"
            + selector
            + ": there is no such device; there "
            + (chips.size() == 1 ? "is " : "are ")
            + chips.stream().map(CudaDevices::line).collect(Collectors.joining(", ")));
  }

  private static boolean matches(Chip chip, String wanted) {
    return wanted.chars().allMatch(Character::isDigit)
        ? wanted.equals(Integer.toString(chip.index()))
        : chip.model().toLowerCase(Locale.ROOT).contains(wanted);
  }
}
