package org.cotangent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.error.DeviceException;
import org.junit.jupiter.api.Test;

/** What there is, whatever is broken. */
class DeviceListingTest {
  private record Provider(Optional<String> unavailable, Supplier<List<DeviceFacts>> asked)
      implements BackendProvider {
    @Override
    public String name() {
      return "abacus";
    }

    @Override
    public List<DeviceFacts> devices() {
      return asked.get();
    }

    @Override
    public Backend open(BackendOptions options) {
      throw new DeviceException("not here");
    }
  }

  private static DeviceListing listing(String reason) {
    return new DeviceListing("abacus", Optional.of(reason), List.of());
  }

  @Test
  void theCpuIsListedAndOpensByTheNameItIsListedUnder() {
    DeviceListing cpu = Device.available().getFirst();
    assertEquals("cpu", cpu.name());
    assertEquals(Optional.empty(), cpu.unavailable());
    DeviceFacts facts = cpu.devices().getFirst();
    assertTrue(facts.memoryBytes() > 0 && facts.units() > 0, facts.toString());
    try (Device device = Device.named(facts.name());
        Device numbered = Device.named("cpu:0")) {
      assertEquals(device.description(), numbered.description());
    }
  }

  @Test
  void whatIsUnavailableIsNotAskedForItsDevices() {
    Provider provider =
        new Provider(
            Optional.of("no beads"),
            () -> {
              throw new AssertionError("asked");
            });
    assertEquals(listing("no beads"), DeviceListing.of(provider));
  }

  @Test
  void aFailureOfAnyKindIsTheReason() {
    assertEquals(
        listing("beads stuck"),
        DeviceListing.of(
            new Provider(
                Optional.empty(),
                () -> {
                  throw new DeviceException("beads stuck");
                })));
    assertEquals(
        listing("no beads in java.library.path"),
        DeviceListing.of(
            new Provider(
                Optional.empty(),
                () -> {
                  throw new UnsatisfiedLinkError("no beads in java.library.path");
                })));
    assertEquals(
        listing("java.lang.NullPointerException"),
        DeviceListing.of(
            new Provider(
                Optional.empty(),
                () -> {
                  throw new NullPointerException();
                })));
  }

  @Test
  void listsCannotBeChanged() {
    assertThrows(
        UnsupportedOperationException.class, () -> Device.available().getFirst().devices().clear());
  }
}
