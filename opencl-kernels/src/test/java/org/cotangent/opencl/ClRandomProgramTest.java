package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.opencl.kernel.Traits;
import org.cotangent.testing.RandomProgramBits;
import org.cotangent.testing.RandomProgramValues;
import org.cotangent.testing.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Programs of many ops, in fused kernels, have the reference's values and the CPU's bits. */
@NeedsOpenCl
class ClRandomProgramTest {
  private Device opencl;
  private Device cpu;
  private Device reference;

  @BeforeEach
  void open() {
    opencl = Devices.guarded(Variants.device().traits());
    cpu = Device.cpu();
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    assertEquals(0, opencl.memory().liveBytes());
    opencl.close();
    cpu.close();
    reference.close();
  }

  @Test
  void theReferencesValues() {
    new RandomProgramValues(opencl, reference).check(8);
  }

  @Test
  void theReferencesBitsWhereTheyAreExact() {
    RandomProgramBits.checkExact(opencl, reference, 10);
  }

  @Test
  void theCpusBits() {
    RandomProgramBits.checkFused(cpu, opencl, 10);
  }

  @Test
  void kernelsOfGpusHaveTheReferencesValues() {
    for (Traits traits : List.of(Devices.gpu(), Devices.tiny())) {
      try (Device gpu = Devices.guarded(traits)) {
        new RandomProgramValues(gpu, reference).check(6);
      }
    }
  }
}
