package org.cotangent.benchmarks;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.cotangent.benchmarks.compare.Compare;
import org.cotangent.benchmarks.engine.Engine;
import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The {@link Compare comparison}; or JMH with the suites of {@code jmh}, for {@code -Djmh="Matmul
 * -p n=512 -p engine=openblas"}, in a tidy {@link Environment} and without what cannot run here.
 * Each device that is left out gets a line that says why. The name of OpenBLAS's kernels is among
 * the JVM arguments in the results.
 */
public final class Bench {
  private Bench() {}

  /**
   * Runs the comparison, or JMH.
   *
   * @param args none, or as for JMH itself
   * @throws IOException if a JVM cannot be started or results cannot be written
   * @throws InterruptedException if this thread is interrupted
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (!Environment.isTidy()) {
      System.exit(Environment.run(Bench.class, args));
    }
    if (args.length == 0) {
      Compare.main(new String[0]);
      return;
    }
    String[] tidied;
    try {
      tidied = arguments(args);
    } catch (IllegalArgumentException | CommandLineOptionException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    if (tidied.length > 0) {
      org.openjdk.jmh.Main.main(tidied);
    }
  }

  /**
   * {@return the arguments without what cannot run here; none if nothing can}
   *
   * @param args as for JMH itself
   * @throws IllegalArgumentException if there is no such suite, parameter or value; names those
   *     there are
   * @throws CommandLineOptionException if JMH does not understand them
   */
  static String[] arguments(String... args) throws CommandLineOptionException {
    List<String> includes = new CommandLineOptions(args).getIncludes();
    List<BenchmarkListEntry> suites = suites(includes);
    List<String> all = new ArrayList<>();
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("-p") && i + 1 < args.length) {
        String[] parameter = args[++i].split("=", 2);
        List<String> values = List.of(parameter[parameter.length - 1].split(",", -1));
        require(suites, parameter[0], values);
        parameters.put(parameter[0], values);
      } else {
        all.add(args[i]);
      }
    }
    if (has(suites, "device")) {
      List<String> devices = usable(parameters);
      if (devices.isEmpty()) {
        return new String[0];
      }
      parameters.put("device", devices);
    }
    parameters.forEach(
        (name, values) -> all.addAll(List.of("-p", name + "=" + String.join(",", values))));
    if (OpenBlas.unavailable().isEmpty() && !all.contains("-jvmArgsPrepend")) {
      all.addAll(List.of("-jvmArgsPrepend", "-Dopenblas.core=" + OpenBlas.core()));
    }
    return all.toArray(String[]::new);
  }

  private static List<BenchmarkListEntry> suites(List<String> includes) {
    List<BenchmarkListEntry> suites = List.copyOf(find(includes));
    if (suites.isEmpty()) {
      SortedSet<String> names = new TreeSet<>();
      find(List.of()).forEach(suite -> names.add(simpleName(suite)));
      throw new IllegalArgumentException("no suite matches " + includes + ": there are " + names);
    }
    return suites;
  }

  private static SortedSet<BenchmarkListEntry> find(List<String> includes) {
    return BenchmarkList.defaultList()
        .find(
            OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
            includes,
            List.of());
  }

  private static String simpleName(BenchmarkListEntry suite) {
    String name = suite.getUserClassQName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** {@return the names of a suite's parameters} */
  private static Set<String> names(BenchmarkListEntry suite) {
    return suite.getParams().orElse(Map.of()).keySet();
  }

  private static boolean has(List<BenchmarkListEntry> suites, String parameter) {
    return suites.stream().anyMatch(suite -> names(suite).contains(parameter));
  }

  private static void require(
      List<BenchmarkListEntry> suites, String parameter, List<String> values) {
    if (!has(suites, parameter)) {
      SortedSet<String> names = new TreeSet<>();
      suites.forEach(suite -> names.addAll(names(suite)));
      throw new IllegalArgumentException(
          "parameter " + parameter + " is unknown: there are " + names);
    }
    for (BenchmarkListEntry suite : suites) {
      fields(suite)
          .filter(field -> field.getName().equals(parameter))
          .forEach(field -> values.forEach(value -> require(field, value)));
    }
  }

  private static Stream<Field> fields(BenchmarkListEntry suite) {
    try {
      return Arrays.stream(Class.forName(suite.getUserClassQName()).getFields());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void require(Field parameter, String value) {
    if (parameter.getType().isEnum()) {
      List<String> names =
          Arrays.stream(parameter.getType().getEnumConstants())
              .map(constant -> ((Enum<?>) constant).name())
              .toList();
      if (!names.contains(value)) {
        throw new IllegalArgumentException(
            "parameter " + parameter.getName() + " is " + value + ": there are " + names);
      }
    } else if (parameter.getType().isPrimitive() && !value.matches("-?\\d+|true|false")) {
      throw new IllegalArgumentException(
          "parameter " + parameter.getName() + " is '" + value + "', no number");
    }
  }

  /** {@return the devices that are asked for and can be used} Says of others why they cannot. */
  private static List<String> usable(Map<String, List<String>> parameters) {
    List<Engine> engines =
        parameters.getOrDefault("engine", List.of("cotangent")).stream()
            .map(Engines::named)
            .toList();
    List<String> devices = new ArrayList<>(parameters.getOrDefault("device", List.of("cpu")));
    List<String> known =
        engines.stream().flatMap(engine -> engine.devices().stream()).distinct().toList();
    for (String device : List.copyOf(devices)) {
      if (!known.contains(device)) {
        throw new IllegalArgumentException("device " + device + " is unknown: there are " + known);
      }
      for (Engine engine : engines) {
        Optional<String> reason = Engines.unavailable(engine, device);
        if (reason.isPresent()) {
          System.out.println(
              "not available: " + engine.name() + " on " + device + ": " + reason.get());
          devices.remove(device);
        }
      }
    }
    return devices;
  }
}
