package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Profile;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.FormatException;
import org.cotangent.event.Spans;
import org.cotangent.numpy.RealNumPy;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Profiles, as Python's reader of JSON finds them. */
class ProfileTest {
  /**
   * Reads a file as a viewer does: what is where, and whether all lies within what it belongs to.
   */
  private static final String READER =
      """
      import json, sys, collections
      trace = json.load(open(sys.argv[1], encoding='utf-8'))
      events = [e for e in trace['traceEvents'] if e['ph'] == 'X']
      threads = {e['tid'] for e in trace['traceEvents'] if e['name'] == 'thread_name'}
      for e in events:
          assert e['ts'] >= 0 and e['dur'] >= 0 and e['tid'] in threads, e
      runs = [e for e in events if e['cat'] == 'Run']
      for k in events:
          if k['cat'] == 'Kernel':
              assert any(r['tid'] == k['tid'] and r['ts'] <= k['ts'] + 1
                         and k['ts'] + k['dur'] <= r['ts'] + r['dur'] + 1 for r in runs), k
      counts = collections.Counter((e['cat'], e['name']) for e in events)
      for (cat, name), n in sorted(counts.items()):
          print(cat, name, n)
      print('kernels', sum(r['args']['kernels'] for r in runs))
      print('bytes', max((e['args']['bytes'] for e in events if e['cat'] == 'Region'), default=0))
      """;

  @TempDir private Path folder;

  private static void work(Device device) {
    try (Scope _ = device.open()) {
      Tensor x = device.zeros(DType.FLOAT32, 8, 8);
      try (var chain =
          device
              .compiler()
              .name("two \"products\"\\\n")
              .compile((Tensor p) -> p.matmul(p).matmul(p), x)) {
        for (int i = 0; i < 3; i++) {
          chain.run(x);
        }
      }
    }
  }

  private List<String> profile(DeviceOptions options) throws Exception {
    Path file = folder.resolve("profile.json");
    try (Profile profile = Profile.start();
        Device device = Device.cpu(options)) {
      work(device);
      profile.write(file);
    }
    return RealNumPy.run(READER, file);
  }

  @Test
  void whatHappenedIsThere() throws Exception {
    List<String> lines = profile(DeviceOptions.DEFAULT.threads(1));
    assertTrue(lines.contains("Compile two \"products\"\\"), lines::toString);
    assertEquals(1, count(lines, "Region allocate"));
    assertEquals(0, lines.stream().filter(line -> line.startsWith("Kernel")).count());
    // Three runs of two kernels; zeros is a constant or a run of one.
    assertTrue(count(lines, "kernels") >= 6, lines::toString);
    assertEquals(2 << 20, count(lines, "bytes"));
  }

  @Test
  void kernelsAreThereWhereTheyAreMeasured() throws Exception {
    List<String> lines = profile(DeviceOptions.DEFAULT.threads(1).profiling(true));
    assertEquals(6, count(lines, "Kernel dotGeneral"), lines::toString);
  }

  /** The number at the end of the line that starts so. */
  private static long count(List<String> lines, String start) {
    return lines.stream()
        .filter(line -> line.startsWith(start))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void itGoesOnAfterItIsWritten() throws Exception {
    Path file = folder.resolve("profile.json");
    try (Profile profile = Profile.start();
        Device device = Device.cpu(DeviceOptions.DEFAULT.threads(1))) {
      profile.write(file);
      assertEquals("kernels 0", RealNumPy.run(READER, file).getFirst());
      work(device);
      profile.write(file);
      assertTrue(count(RealNumPy.run(READER, file), "kernels") >= 6);
    }
  }

  @Test
  void nothingIsMadeWhileNobodyRecords() {
    assertNull(Spans.run("program", 1, 1));
    assertNull(Spans.kernel("add"));
    try (Profile _ = Profile.start()) {
      assertTrue(Spans.run("program", 1, 1) != null);
    }
    assertNull(Spans.region("allocate", 1));
    assertNull(Spans.compile("program"));
  }

  @Test
  void mistakes() throws IOException {
    Profile profile = Profile.start();
    assertTrue(
        message(ArgumentException.class, () -> profile.write(null))
            .startsWith("profile: the file is null (at ProfileTest.java:"));
    assertTrue(
        message(FormatException.class, () -> profile.write(folder.resolve("none").resolve("file")))
            .startsWith("profile: " + folder.resolve("none")));
    profile.close();
    profile.close();
    assertTrue(
        message(ArgumentException.class, () -> profile.write(folder.resolve("late.json")))
            .startsWith("profile: it was closed; write it before (at ProfileTest.java:"));
    try (Stream<Path> left = Files.list(folder)) {
      assertFalse(left.findAny().isPresent());
    }
  }
}
