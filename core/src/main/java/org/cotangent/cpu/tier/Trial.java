package org.cotangent.cpu.tier;

/** A faster form beside the present one, on memory of its own that holds nothing of value. */
public interface Trial extends AutoCloseable {
  /** The most elements that a run is asked for. */
  int MOST = 1024;

  /**
   * {@return elements of a run that warms up} C2 looks at how often a loop goes round, and does not
   * unroll one of few rounds: a short loop is three times as slow then. Else few are enough.
   */
  int few();

  /**
   * {@return elements of the first run that is looked at} Few, as long as they may take a thousand
   * times as long as the present form does.
   */
  default int probe() {
    return MOST / 8;
  }

  /**
   * Runs the present form.
   *
   * @param elements how many, up to {@link #MOST}: what a run does is in proportion
   */
  void present(int elements);

  /**
   * Runs the faster form.
   *
   * @param elements how many, as in {@link #present}
   */
  void faster(int elements);

  /** Has the faster form take the place of the present one. */
  void use();

  /** Frees the memory. */
  @Override
  void close();
}
