package org.cotangent.benchmarks.task;

/** Results of a task in float64. */
@FunctionalInterface
public interface Reference {
  /**
   * {@return an element}
   *
   * @param run of a task that goes on from where it was: which run, from 0 on
   * @param index of the element, in C order
   */
  double at(int run, long index);
}
