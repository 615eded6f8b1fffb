package org.cotangent.testing;

import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Random programs on special values, on the CPU. */
class RandomProgramSpecialsTest {
  private Device cpu;
  private Device reference;

  @BeforeEach
  void open() {
    cpu = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    cpu.close();
    reference.close();
  }

  @Test
  void elementwiseProgramsHaveTheReferencesBits() {
    RandomProgramBits.checkExact(cpu, reference, 300);
  }

  @Test
  void oneKernelHasTheBitsOfAKernelForEachOp() {
    RandomProgramBits.checkFused(cpu, cpu, 40);
  }
}
