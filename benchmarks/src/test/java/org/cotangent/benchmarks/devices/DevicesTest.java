package org.cotangent.benchmarks.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.cotangent.Device;
import org.cotangent.DeviceListing;
import org.cotangent.backend.DeviceFacts;
import org.junit.jupiter.api.Test;

/** The table of devices. */
class DevicesTest {
  @Test
  void columnsAreAlignedAndReasonsStandBelow() {
    List<DeviceListing> listings =
        List.of(
            new DeviceListing(
                "cpu",
                Optional.empty(),
                List.of(new DeviceFacts("cpu", "amd64", "Maker", 34L << 30, 1000, 8, List.of()))),
            new DeviceListing("cuda", Optional.of("no driver; install one"), List.of()),
            new DeviceListing(
                "opencl",
                Optional.empty(),
                List.of(
                    new DeviceFacts(
                        "opencl:0",
                        "A Model 5",
                        "M",
                        3L << 29,
                        4096,
                        120,
                        List.of("no float64", "slow atomics")))),
            new DeviceListing("abacus", Optional.empty(), List.of()));
    assertEquals(
        """
        name      model      vendor    memory  largest allocation  units
        cpu       amd64      Maker   34.0 GiB              1000 B      8
        opencl:0  A Model 5  M        1.5 GiB             4.0 KiB    120
          no float64
          slow atomics

        cuda cannot be used: no driver; install one

        abacus cannot be used: no device was found
        """,
        Devices.table(listings));
  }

  @Test
  void theCpuIsInTheTableOfThisMachine() {
    String table = Devices.table(Device.available());
    assertTrue(table.lines().anyMatch(line -> line.startsWith("cpu ")), table);
  }

  @Test
  void nothingIsAHeadLine() {
    assertEquals(
        "name  model  vendor  memory  largest allocation  units\n", Devices.table(List.of()));
  }
}
