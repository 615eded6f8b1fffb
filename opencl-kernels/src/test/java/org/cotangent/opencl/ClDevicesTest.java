package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.error.DeviceException;
import org.cotangent.opencl.kernel.Traits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What devices say of themselves, and how one is chosen. */
@NeedsOpenCl
class ClDevicesTest {
  private final ClDevices devices = ClDevices.find();
  private final ClDevice device = devices.select("");

  @Test
  void factsAreSane() {
    List<DeviceFacts> facts = new OpenClProvider().devices();
    assertEquals(devices.all().size(), facts.size());
    for (int i = 0; i < facts.size(); i++) {
      DeviceFacts one = facts.get(i);
      assertEquals("opencl:" + i, one.name());
      assertTrue(!one.model().isBlank() && !one.vendor().isBlank(), one.toString());
      assertTrue(one.memoryBytes() >= one.largestBytes() && one.largestBytes() >= 1 << 27);
      assertTrue(one.units() >= 1 && !one.notes().isEmpty(), one.toString());
    }
  }

  @Test
  void traitsAreSane() {
    Traits traits = device.traits();
    assertTrue(traits.vectorBytes() >= 4 && Integer.bitCount(traits.vectorBytes()) == 1);
    assertTrue(traits.groupSize() >= 1 && traits.units() >= 1, traits.toString());
    assertTrue(traits.parameterBytes() >= 256 && traits.localBytes() >= 16 << 10);
    assertEquals(traits.cpu(), device.cpu());
  }

  @Test
  void isChosenByNumberOrPartOfAName() {
    assertEquals(device, devices.select("0"));
    assertEquals(device, devices.select(" 0 "));
    assertEquals(device, devices.select(device.model().toUpperCase(Locale.ROOT)));
    assertEquals(device, devices.select(device.platformName().substring(3, 9)));
    for (ClDevice each : devices.all()) {
      assertEquals(each, devices.select(Integer.toString(each.index())));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"99", "-1", "no such model", "99999999999999999999"})
  void aWrongNameListsWhatThereIs(String selector) {
    DeviceException error =
        assertThrows(
            DeviceException.class,
            () -> new OpenClProvider().open(new BackendOptions(selector, 0, false, false)));
    assertTrue(Messages.of(error).startsWith("opencl:" + selector), Messages.of(error));
    assertTrue(Messages.of(error).contains(device.line()), Messages.of(error));
  }

  @ParameterizedTest
  @CsvSource({
    "version, OpenCL 1.1 Old, kernels need 1.2",
    "version, nonsense, kernels need 1.2",
    "usable, false, has no compiler",
    "wide, false, no 64-bit integers"
  })
  void isRefusedAtOpen(String component, String value, String reason) {
    Object odd = component.equals("version") ? value : (Object) Boolean.valueOf(value);
    ClDevice unusable = Variants.with(device, component, odd);
    DeviceException error =
        assertThrows(
            DeviceException.class, () -> new ClBackend(unusable, false, BinaryCache.off()));
    assertTrue(Messages.of(error).contains(reason), Messages.of(error));
    assertTrue(unusable.facts().notes().stream().anyMatch(note -> note.contains("cannot be")));
  }

  @ParameterizedTest
  @CsvSource({
    "doubles, no float64",
    "float32, not correctly rounded",
    "float32, become zero",
    "localBytes, of local memory"
  })
  void whatItLacksIsNoted(String component, String note) {
    Object lacking = component.equals("doubles") ? (Object) false : (Object) 0L;
    ClDevice poor = Variants.with(device, component, lacking);
    assertTrue(poor.facts().notes().stream().anyMatch(one -> one.contains(note)), note);
    try (ClBackend backend = new ClBackend(poor, false, BinaryCache.off())) {
      assertTrue(backend.description().startsWith("opencl:0: "), backend.description());
    }
  }
}
