package org.cotangent.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The environment variables that measurements are taken under. Native libraries read theirs when
 * they are loaded and a JVM cannot change its own, so a JVM with other ones starts another.
 *
 * <ul>
 *   <li>{@code OPENBLAS_*} are unset: {@code OPENBLAS_CORETYPE} and {@code OPENBLAS_L2_SIZE} make
 *       OpenBLAS as slow as on an older processor, and a peer must be at its best. So are {@code
 *       OMP_*}, {@code KMP_*}, {@code MKL_*} and {@code GOTO_*}, which take threads from others.
 *   <li>{@code NVIDIA_TF32_OVERRIDE} is unset: with it float32 is not what it says.
 *   <li>{@code POCL_AFFINITY=1}: PoCL's threads stay each on a core of its own. Left to the system,
 *       two of them share a core now and then, and a kernel takes twice its time.
 * </ul>
 */
public final class Environment {
  private Environment() {}

  /** {@return the variables as they ought to be} */
  static Map<String, String> tidied(Map<String, String> variables) {
    Map<String, String> tidied = new TreeMap<>(variables);
    tidied
        .keySet()
        .removeIf(name -> name.matches("(OPENBLAS|OMP|KMP|MKL|GOTO)_.*|NVIDIA_TF32_OVERRIDE"));
    tidied.put("POCL_AFFINITY", "1");
    return tidied;
  }

  /** {@return whether this JVM's are} */
  static boolean isTidy() {
    return tidied(System.getenv()).equals(System.getenv());
  }

  /** {@return the exit status of a JVM like this one that runs a class in a tidy environment} */
  static int run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    tidy(builder);
    return builder.start().waitFor();
  }

  /**
   * Gives a process the variables as they ought to be.
   *
   * @param builder of the process
   */
  public static void tidy(ProcessBuilder builder) {
    Map<String, String> variables = tidied(System.getenv());
    builder.environment().clear();
    builder.environment().putAll(variables);
  }
}
