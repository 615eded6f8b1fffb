package org.cotangent.testing;

import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.junit.jupiter.api.Test;

/** Derivatives of random programs on the CPU. */
class RandomProgramDerivativesTest {
  @Test
  void modesAgreeWithDifferencesAndInEveryMixtureOfOrderTwo() {
    try (Device cpu = Device.cpu(DeviceOptions.DEFAULT.threads(1))) {
      new RandomProgramDerivatives(cpu).check(150);
    }
  }
}
