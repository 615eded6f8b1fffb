package org.cotangent.benchmarks.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cotangent.benchmarks.task.Task;

/**
 * Cotangent or a peer, in its best configuration. Found by {@link java.util.ServiceLoader}, so a
 * peer may lie in a jar of its own, with libraries that others cannot share a class path with.
 */
public interface Engine {
  /** {@return its name, as in {@code cotangent} or {@code djl}} */
  String name();

  /**
   * {@return the devices that it has been written for, of {@code cpu}, {@code opencl}, {@code
   * cuda}}
   */
  default List<String> devices() {
    return List.of("cpu");
  }

  /**
   * {@return why it cannot be used, and what to do, or empty if it can}
   *
   * @param device one of its devices
   */
  default Optional<String> unavailable(String device) {
    return Optional.empty();
  }

  /**
   * {@return variables that its process must have to be at its best, which are read as its native
   * code is loaded; asked for before that}
   */
  default Map<String, String> environment() {
    return Map.of();
  }

  /**
   * {@return iterations of a fifth of a second until its code is compiled}
   *
   * @param task what runs
   */
  default int warmUps(Task task) {
    return 4;
  }

  /** {@return whether what it opens is {@link Clocked}} */
  default boolean isClocked() {
    return false;
  }

  /**
   * {@return version, number of threads, kernels: what a reader of results must know}
   *
   * @param device one that can be used
   */
  String description(String device);

  /**
   * {@return whether it does a task} What it would do in another way than its users is left out: no
   * loop around an op that it lacks.
   *
   * @param task any
   */
  boolean does(Task task);

  /**
   * {@return a task, ready to run}
   *
   * @param device one that can be used
   * @param task one that it does
   */
  Computation open(String device, Task task);
}
