package org.cotangent.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.cotangent.benchmarks.peer.ClBlast;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.cotangent.benchmarks.peer.OpenCl;

/**
 * JMH with the suites of {@code jmh}, in a tidy {@link Environment} and without what cannot run
 * here: {@code mvn -q -Pbench [-Djmh="Matmul -p n=512"]}. Each device or peer that is left out gets
 * a line that says why. The name of OpenBLAS's kernels is among the JVM arguments in the results.
 */
public final class Bench {
  private Bench() {}

  /**
   * Runs JMH.
   *
   * @param args as for JMH itself
   * @throws IOException if a JVM cannot be started or results cannot be written
   * @throws InterruptedException if this thread is interrupted
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (!Environment.isTidy()) {
      System.exit(Environment.run(Bench.class, args));
    }
    org.openjdk.jmh.Main.main(arguments(args));
  }

  private static String[] arguments(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    if (Arrays.stream(args).noneMatch(arg -> arg.startsWith("device="))) {
      List<String> devices = new ArrayList<>(List.of("cpu", "opencl"));
      devices.removeIf(device -> missing(device, Engines.unavailable(device)));
      all.addAll(List.of("-p", "device=" + String.join(",", devices)));
    }
    if (missing("CLBlast", ClBlast.unavailable())) {
      all.addAll(List.of("-e", "Matmul.clBlast"));
    }
    if (missing("the copy kernel", OpenCl.unavailable())) {
      all.addAll(List.of("-e", "Add.copy"));
    }
    if (missing("OpenBLAS", OpenBlas.unavailable())) {
      all.addAll(List.of("-e", "Matmul.openBlas"));
    } else if (!all.contains("-jvmArgsPrepend")) {
      all.addAll(List.of("-jvmArgsPrepend", "-Dopenblas.core=" + OpenBlas.core()));
    }
    return all.toArray(String[]::new);
  }

  private static boolean missing(String what, Optional<String> reason) {
    reason.ifPresent(why -> System.out.println("left out: " + what + ": " + why));
    return reason.isPresent();
  }
}
