package org.cotangent.benchmarks.engine;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.cotangent.benchmarks.task.Task;

/** The engines on this class path. */
public final class Engines {
  private Engines() {}

  /** {@return all} */
  public static List<Engine> all() {
    return ServiceLoader.load(Engine.class, Engine.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /**
   * {@return one}
   *
   * @param name its name
   * @throws IllegalArgumentException if there is none; names those there are
   */
  public static Engine named(String name) {
    return all().stream()
        .filter(engine -> engine.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "engine "
                    + name
                    + " is unknown: there are "
                    + all().stream().map(Engine::name).sorted().toList()
                    + "; others come with -Ppeers"));
  }

  /**
   * {@return why an engine cannot be used on a device, or empty if it can}
   *
   * @param engine any
   * @param device any name
   */
  public static Optional<String> unavailable(Engine engine, String device) {
    return engine.devices().contains(device)
        ? engine.unavailable(device)
        : Optional.of(
            engine.name()
                + " has no device "
                + device
                + ", but "
                + engine.devices().stream().collect(Collectors.joining(", ")));
  }

  /**
   * {@return a task, ready to run, whose results have been compared with what plain Java makes of
   * it}
   *
   * @param name of the engine
   * @param device of the engine
   * @param task what to do
   * @throws IllegalArgumentException if there is no such engine, or it cannot do that here; says
   *     why
   * @throws IllegalStateException if a result is wrong
   */
  public static Computation open(String name, String device, Task task) {
    Engine engine = named(name);
    Optional<String> reason = unavailable(engine, device);
    if (reason.isPresent()) {
      throw new IllegalArgumentException("not available: " + reason.get());
    }
    if (!engine.does(task)) {
      throw new IllegalArgumentException("not available: " + name + " does not do " + task.title());
    }
    Computation computation = engine.open(device, task);
    try {
      computation.check(task);
      return computation;
    } catch (RuntimeException e) {
      computation.close();
      throw e;
    }
  }
}
