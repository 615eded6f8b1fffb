package org.cotangent.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.cotangent.benchmarks.peer.OpenCl;

/**
 * What measurements were taken on.
 *
 * @param date of the run, UTC
 * @param processor its model
 * @param cores that the JVM sees
 * @param system operating system
 * @param jvm name and version
 * @param openBlas processor whose kernels OpenBLAS chose, its version and options
 * @param openCl platform, device and driver
 * @param variables of the environment that count
 */
public record Facts(
    String date,
    String processor,
    int cores,
    String system,
    String jvm,
    String openBlas,
    String openCl,
    Map<String, String> variables) {

  static Facts gather() {
    return new Facts(
        LocalDate.now(ZoneOffset.UTC).toString(),
        readProcessor(),
        Runtime.getRuntime().availableProcessors(),
        property("os.name") + " " + property("os.version") + ", " + property("os.arch"),
        property("java.vm.name") + " " + property("java.vm.version"),
        OpenBlas.unavailable().orElseGet(() -> OpenBlas.core() + ", " + OpenBlas.config()),
        OpenCl.unavailable().orElseGet(Facts::describeOpenCl),
        countingVariables());
  }

  private static String describeOpenCl() {
    try (OpenCl cl = new OpenCl()) {
      return cl.description();
    }
  }

  private static Map<String, String> countingVariables() {
    Map<String, String> counting = new TreeMap<>(System.getenv());
    counting.keySet().removeIf(name -> !name.matches("(POCL|OPENBLAS|OMP|GOTO)_.*"));
    return counting;
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }

  /** Java does not know the processor's name; Linux does. */
  private static String readProcessor() {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return "unknown";
    }
    try {
      Optional<String> line =
          Files.readAllLines(file).stream().filter(text -> text.startsWith("model name")).findAny();
      return line.map(text -> text.substring(text.indexOf(':') + 1).strip()).orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** {@return a name for a file of results, as in {@code amd-epyc-2-cores}} */
  String slug() {
    return (processor + " " + cores + " cores")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^a-z0-9]+", "-");
  }
}
