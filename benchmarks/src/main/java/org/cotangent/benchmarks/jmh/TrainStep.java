package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Task;
import org.openjdk.jmh.annotations.Param;

/** A step of training, see {@link Perceptron}. */
public class TrainStep extends Suite {
  /** Which network. */
  @Param public Perceptron.Net net = Perceptron.Net.MNIST;

  @Override
  Task task() {
    return new Perceptron(net);
  }
}
