package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.error.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finding OpenCL, in this process and in fresh ones. */
class ClLibraryTest {
  @TempDir Path folder;

  /** Prints what a user would be told: why there is no OpenCL, and the devices or the error. */
  public static final class Told {
    private Told() {}

    /** Runs in a process of its own. */
    public static void main(String[] arguments) {
      OpenClProvider provider = new OpenClProvider();
      System.out.println("unavailable: " + provider.unavailable().orElse("no"));
      try {
        provider.devices().forEach(facts -> System.out.println("device: " + facts.name()));
      } catch (DeviceException e) {
        System.out.println("error: " + Messages.of(e));
      }
    }
  }

  /** Prints the signals whose handlers are others once a driver has compiled. */
  public static final class Signals {
    private Signals() {}

    /** Runs in a process of its own: a driver installs handlers once. */
    public static void main(String[] arguments) {
      try (Arena arena = Arena.ofConfined()) {
        List<MemorySegment> before = SignalHandlers.handlers(arena);
        try (Device device = Device.named("opencl");
            Scope _ = device.open()) {
          device.tensor(new float[] {1, 2}).exp().toFloatArray();
          System.out.println(
              before.size()
                  + " signals, changed: "
                  + SignalHandlers.changed(before, SignalHandlers.handlers(arena)));
        }
      }
    }
  }

  /**
   * Replaces the handler of SIGSEGV in a call and tells whether it is back before the call ends.
   */
  public static final class Fault {
    private static final int SIGHUP = 1;
    private static final int SIGSEGV = 11;

    private Fault() {}

    /** Runs in a process of its own: without that handler a fault ends it. */
    public static void main(String[] arguments) {
      try (Arena arena = Arena.ofConfined()) {
        List<MemorySegment> before = SignalHandlers.handlers(arena);
        SignalHandlers.kept(() -> {
          SignalHandlers.set(SIGSEGV, before.get(SIGHUP), MemorySegment.NULL);
          long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
          boolean back = false;
          while (!back && System.nanoTime() < end) {
            back = SignalHandlers.changed(before, SignalHandlers.handlers(arena)).isEmpty();
          }
          System.out.println("back while the call runs: " + back);
          return back;
        });
      }
    }
  }

  @Test
  void theHandlerOfFaultsIsPutBackWhileACallRuns() {
    List<String> lines = told(Fault.class, Map.of());
    assertTrue(lines.contains("back while the call runs: true"), lines.toString());
  }

  @Test
  @NeedsOpenCl
  void aDriverLeavesTheSignalHandlersOfTheJvm() {
    List<String> lines = told(Signals.class, Map.of(), "--add-modules=jdk.incubator.vector");
    assertTrue(lines.contains("32 signals, changed: []"), lines.toString());
  }

  @Test
  void aLoaderThatIsNotThereIsNamed() {
    String reason =
        ClLibrary.missing(List.of("libNoSuchOpenCL.so.1", "/no/such/file")).orElseThrow();
    assertTrue(reason.contains("libNoSuchOpenCL.so.1"), reason);
    assertTrue(reason.contains("ocl-icd-libopencl1 pocl-opencl-icd"), reason);
  }

  @Test
  @NeedsOpenCl
  void aFreshProcessFindsTheDevicesWithoutAWarning() {
    List<String> lines = told(Map.of(), "-Djava.io.tmpdir=" + folder);
    assertEquals("unavailable: no", lines.getFirst());
    assertEquals("device: opencl:0", lines.get(1));
    assertTrue(lines.stream().skip(1).allMatch(line -> line.startsWith("device: ")), "" + lines);
    assertEquals(List.of(), left(), "nothing stays behind");
  }

  @Test
  @NeedsOpenCl
  void aLibraryThatLiesAboutIsNotLoaded() throws IOException {
    for (String name : List.of("linux-x86_64.so", "linux-arm64.so", "apple-arm64.dylib")) {
      Files.writeString(folder.resolve("libJOCL_2_0_6-" + name), "hostile");
    }
    List<String> lines = told(Map.of(), "-Djava.io.tmpdir=" + folder);
    assertEquals("device: opencl:0", lines.get(1), lines.toString());
  }

  @Test
  @NeedsOpenCl
  void aTemporaryFolderThatIsNotThereIsNamed() {
    List<String> lines = told(Map.of(), "-Djava.io.tmpdir=" + folder.resolve("none"));
    assertTrue(lines.getLast().contains("point -Djava.io.tmpdir at"), lines.toString());
  }

  @Test
  @NeedsOpenCl
  void aLoaderWithoutDriversSaysWhatToInstall() {
    List<String> lines = told(Map.of("OCL_ICD_VENDORS", folder.toString()));
    assertEquals("unavailable: no", lines.getFirst());
    String error = lines.getLast();
    assertTrue(error.startsWith("error: opencl: list devices"), error);
    assertTrue(error.contains("pocl-opencl-icd"), error);
  }

  private List<Path> left() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> !file.getFileName().toString().startsWith("hsperf")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> told(Map<String, String> environment, String... flags) {
    return told(Told.class, environment, flags);
  }

  private List<String> told(Class<?> main, Map<String, String> environment, String... flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      List<String> lines = process.inputReader().lines().toList();
      assertEquals(0, process.waitFor(), lines.toString());
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
