package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.KernelTime;
import org.cotangent.error.ClosedException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** The times of kernels, on the CPU. */
class ProfilingTest {
  private static final DeviceOptions MEASURED = DeviceOptions.DEFAULT.threads(1).profiling(true);

  private static Tensor function(Tensor x) {
    return x.matmul(x).exp().matmul(x).exp();
  }

  @Test
  void eachKernelIsCountedAndMeasured() {
    try (Device device = Device.cpu(MEASURED);
        Scope _ = device.open();
        var compiled =
            device.compiler().compile(ProfilingTest::function, device.zeros(DType.FLOAT32, 3, 3))) {
      assertEquals(4, compiled.times().size());
      assertEquals(new KernelTime("exp", 0, 0), compiled.times().get(1));
      for (int i = 0; i < 3; i++) {
        compiled.run(device.zeros(DType.FLOAT32, 3, 3));
      }
      // Another program: the second exp is summed with the second exp.
      compiled.run(device.zeros(DType.FLOAT32, 5, 5));
      List<KernelTime> times = compiled.times();
      assertEquals(
          List.of("dotGeneral", "exp", "dotGeneral", "exp"),
          times.stream().map(KernelTime::label).toList());
      for (KernelTime time : times) {
        assertEquals(4, time.runs());
        assertTrue(time.nanoseconds() > 0, time.toString());
      }
    }
  }

  @Test
  void aSearchForNaNIsPartOfItsKernel() {
    try (Device device = Device.cpu(MEASURED.checkNaN(true));
        Scope _ = device.open();
        var compiled =
            device.compiler().compile(ProfilingTest::function, device.zeros(DType.FLOAT32, 3, 3))) {
      compiled.run(device.zeros(DType.FLOAT32, 3, 3));
      assertEquals(
          List.of(1L, 1L, 1L, 1L), compiled.times().stream().map(KernelTime::runs).toList());
    }
  }

  @Test
  void nothingIsMeasuredUnlessAskedFor() {
    try (Device device = Device.cpu();
        Scope _ = device.open();
        var compiled =
            device.compiler().compile(ProfilingTest::function, device.zeros(DType.FLOAT32, 3, 3))) {
      compiled.run(device.zeros(DType.FLOAT32, 3, 3));
      assertEquals(List.of(), compiled.times());
    }
  }

  @Test
  void aClosedProgramHasNoTimes() {
    Compiled1<Tensor, Tensor> kept;
    try (Device device = Device.cpu(MEASURED);
        Scope _ = device.open();
        var compiled =
            device.compiler().compile(ProfilingTest::function, device.zeros(DType.FLOAT32, 3, 3))) {
      kept = compiled;
    }
    String message = FaceErrors.message(ClosedException.class, kept::times);
    assertTrue(message.startsWith("times: program was closed; compile it again"), message);
  }
}
