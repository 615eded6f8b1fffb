package org.cotangent.benchmarks.engine;

/**
 * What runs in a process of its own and is timed by that process's clock: the way there takes
 * longer than a small task.
 */
public interface Clocked extends Computation {
  /**
   * {@return the seconds that it took}
   *
   * @param runs how often it is done, each time to its end
   */
  double seconds(long runs);

  @Override
  default void run() {
    seconds(1);
  }
}
