package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.cotangent.cuda.driver.Chip;
import org.cotangent.error.DeviceException;
import org.junit.jupiter.api.Test;

/** Which GPU is meant, and what is said where there is none. */
class CudaDevicesTest {
  private static final Chip VOLTA = chip(0, "Tesla V100", 7);
  private static final Chip HOPPER = chip(1, "NVIDIA H100", 9);
  private static final Chip OLD = chip(2, "Tesla P100", 6);
  private static final CudaDevices DEVICES = new CudaDevices(List.of(VOLTA, HOPPER, OLD));

  private static Chip chip(int index, String model, int major) {
    return new Chip(index, model, major, 0, 1L << 34, 80, 1_500_000, 12_040);
  }

  private static String refused(String selector) {
    DeviceException error = assertThrows(DeviceException.class, () -> DEVICES.select(selector));
    return Objects.requireNonNull(error.getMessage());
  }

  @Test
  void aSelectorIsANumberOrAPartOfAName() {
    assertEquals(VOLTA, DEVICES.select(""));
    assertEquals(HOPPER, DEVICES.select("1"));
    assertEquals(HOPPER, DEVICES.select(" h100 "));
    assertTrue(refused("3").contains("cuda:1 NVIDIA H100 (9.0)"), refused("3"));
    assertTrue(refused("P100").contains("older than compute capability 7.0"), refused("P100"));
  }

  @Test
  void factsSayWhatCannotBeOpened() {
    assertEquals("cuda:1", DEVICES.facts().get(1).name());
    assertEquals(
        "compute capability 9.0, at most 1500 MHz, driver for CUDA 12.4",
        DEVICES.facts().get(1).notes().getFirst());
    assertTrue(DEVICES.facts().getLast().notes().getLast().contains("cannot be opened"));
  }
}
