package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Task;

/** A step of training, see {@link Perceptron}. */
public class TrainStep extends Suite {
  @Override
  Task task() {
    return new Perceptron();
  }
}
