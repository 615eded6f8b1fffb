package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.op.Sample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What fusion, lowering and the plan make of programs has the reference's values under every limit,
 * with epilogues and workspaces: things that the CPU never asks for.
 */
class InterpreterTest {
  private final AtomicInteger epilogues = new AtomicInteger();
  private Device reference;

  static List<FusionLimits> limits() {
    return List.of(
        new FusionLimits(128, Integer.MAX_VALUE, false),
        new FusionLimits(128, Integer.MAX_VALUE, true),
        new FusionLimits(128, 6, true),
        new FusionLimits(4, 4, true));
  }

  @BeforeEach
  void open() {
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    reference.close();
  }

  private Device interpreter(FusionLimits limits) {
    return Device.with(
        "interpreter", new InterpreterBackend(limits, this::workspace), DeviceOptions.DEFAULT);
  }

  /** Of several sizes, and of none for most kernels. */
  private long workspace(Kernel kernel) {
    if (kernel instanceof ContractionKernel contraction && !contraction.isPlain()) {
      epilogues.incrementAndGet();
    }
    return kernel.label().length() % 3 == 0 ? 40 * kernel.label().length() : 0;
  }

  @ParameterizedTest
  @MethodSource("limits")
  void randomProgramsHaveTheReferencesValues(FusionLimits limits) {
    try (Device device = interpreter(limits)) {
      new RandomProgramValues(device, reference).check(600);
      assertEquals(0, device.memory().liveBytes());
    }
    assertTrue(limits.epilogues() ? epilogues.get() > 60 : epilogues.get() == 0, epilogues + "");
  }

  @ParameterizedTest
  @MethodSource("limits")
  void specialValuesHaveTheReferencesBits(FusionLimits limits) {
    try (Device device = interpreter(limits)) {
      RandomProgramBits.checkExact(device, reference, 60);
      RandomProgramBits.checkFused(device, device, 10);
    }
  }

  @ParameterizedTest
  @MethodSource("limits")
  void derivativesOfRandomProgramsAgree(FusionLimits limits) {
    try (Device device = interpreter(limits)) {
      new RandomProgramDerivatives(device).check(15);
    }
  }

  @Test
  void everyOpHasTheReferencesValues() {
    try (Device device = interpreter(limits().getLast())) {
      samples()
          .forEach(sample -> {
            if (sample.inputs().isEmpty()) {
              OpTable.checkGenerated(device, reference, sample);
            } else {
              OpTable.checkValues(device, reference, sample);
            }
          });
    }
  }

  private static Stream<Sample> samples() {
    return OpTable.samples().values().stream().flatMap(List::stream);
  }
}
