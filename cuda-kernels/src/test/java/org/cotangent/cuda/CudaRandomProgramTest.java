package org.cotangent.cuda;

import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.testing.RandomProgramBits;
import org.cotangent.testing.RandomProgramValues;
import org.cotangent.testing.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Programs of many ops, in fused kernels, have the reference's values and the CPU's bits. */
class CudaRandomProgramTest {
  private Gpu cuda;
  private Device cpu;
  private Device reference;

  @BeforeEach
  void open() {
    cuda = new Gpu();
    cpu = Device.cpu();
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    cuda.close();
    cpu.close();
    reference.close();
  }

  @Test
  void theReferencesValues() {
    new RandomProgramValues(cuda.device(), reference).check(40);
  }

  @Test
  void theReferencesBitsWhereTheyAreExact() {
    RandomProgramBits.checkExact(cuda.device(), reference, 40);
  }

  @Test
  void theCpusBits() {
    RandomProgramBits.checkFused(cpu, cuda.device(), 40);
  }
}
