package org.cotangent.benchmarks.examples;

import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Tensor;

/**
 * A model and what it is to learn.
 *
 * @param <M> the model, a tree
 * @param <D> the data, a tree
 */
interface Task<M, D> {
  /**
   * Samples.
   *
   * @param x what a model sees, (n, ...)
   * @param y the right classes, int64, a class for each row of logits
   */
  record Batch(Tensor x, Tensor y) {}

  /**
   * How a model is trained.
   *
   * @param goal one sentence on what is learnt
   * @param target the share of right answers to reach
   * @param steps how many to make
   * @param rate the largest learning rate
   */
  record Plan(String goal, double target, int steps, double rate) {}

  /** {@return how it is trained} */
  Plan plan();

  /**
   * {@return what batches are drawn from}
   *
   * @param device where it goes
   */
  D data(Device device);

  /**
   * {@return a fresh model}
   *
   * @param key equal keys give equal weights
   */
  M init(Key key);

  /**
   * {@return samples to train with; part of the compiled step}
   *
   * @param data from {@link #data}
   * @param key another for each step
   */
  Batch batch(D data, Key key);

  /**
   * {@return samples that are not trained with}
   *
   * @param data from {@link #data}
   * @param key to draw them with, where they are drawn
   */
  Batch test(D data, Key key);

  /**
   * {@return logits, (..., classes)}
   *
   * @param model the model
   * @param x of a batch
   */
  Tensor logits(M model, Tensor x);
}
