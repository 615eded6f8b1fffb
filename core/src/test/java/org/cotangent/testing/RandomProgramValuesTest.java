package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.junit.jupiter.api.Test;

/** Random programs on the CPU, with two threads, so that pieces of one loop run side by side. */
class RandomProgramValuesTest {
  @Test
  void fusedWithDonationAndUnfusedHaveTheReferencesValues() {
    try (Device cpu = Device.cpu(DeviceOptions.DEFAULT.threads(2));
        Device reference =
            Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT)) {
      new RandomProgramValues(cpu, reference).check(300);
      assertEquals(0, cpu.memory().liveBytes());
    }
  }
}
