package org.cotangent.benchmarks.digits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Trees;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The digits learnt in JVMs that differ in threads, in vectors and in whether anything is compiled:
 * after each epoch all weights have the same bits.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DigitsBitsTest {
  /** A JVM: its flags, the threads of its device, and how many epochs it has time for. */
  private record Setting(List<String> flags, int threads, int epochs) {
    List<String> bits() throws Exception {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--add-modules=jdk.incubator.vector");
      command.addAll(flags);
      command.add("-cp");
      command.add(
          Stream.of(Device.class, Training.class, DigitsBitsTest.class)
              .map(Setting::location)
              .distinct()
              .collect(Collectors.joining(File.pathSeparator)));
      command.add(DigitsBitsTest.class.getName());
      command.add(String.valueOf(threads));
      command.add(String.valueOf(epochs));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), () -> this + "\n" + text);
      // The JVM warns of the module, and the engine of what is missing.
      return text.lines().filter(line -> line.matches("[0-9.]+ [0-9]+")).toList();
    }

    private static String location(Class<?> type) {
      return Path.of(
              URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
          .toString();
    }
  }

  private static final List<Setting> OTHERS =
      List.of(
          new Setting(List.of(), 1, 8),
          new Setting(List.of("-Dcotangent.fuse=false"), 8, 4),
          new Setting(width(128), 8, 4),
          new Setting(width(256), 1, 4),
          new Setting(List.of("-Dcotangent.vector=false"), 2, 4),
          new Setting(List.of("-Xint"), 2, 1));

  private static List<String> width(int bits) {
    return List.of("-Dcotangent.prove=false", "-Dcotangent.vector.bits=" + bits);
  }

  /** Run in a JVM of its own: prints a sum of all bits after each epoch. */
  public static void main(String... args) {
    DeviceOptions options = DeviceOptions.DEFAULT.threads(Integer.parseInt(args[0]));
    try (Device device = Device.cpu(options);
        var _ = device.open();
        Training training = new Training(device, Data.load(device), 7)) {
      for (int epoch = 0; epoch < Integer.parseInt(args[1]); epoch++) {
        double loss = training.epoch().loss();
        CRC32C sum = new CRC32C();
        Trees.leaves(training.net())
            .forEach(leaf -> sum.update(leaf.toHost().data().asByteBuffer()));
        System.out.println(loss + " " + sum.getValue());
      }
    }
  }

  @Test
  void allSettingsLearnTheSame() throws Exception {
    List<String> expected = new Setting(List.of("-Dcotangent.prove=false"), 2, 8).bits();
    assertEquals(8, expected.size());
    assertEquals(8, expected.stream().distinct().count(), "it learns");
    for (Setting setting : OTHERS) {
      List<String> bits = setting.bits();
      assertEquals(setting.epochs(), bits.size());
      assertEquals(expected.subList(0, bits.size()), bits, setting::toString);
    }
    String last = expected.getLast();
    assertTrue(Double.parseDouble(last.substring(0, last.indexOf(' '))) < 0.2, last);
  }
}
