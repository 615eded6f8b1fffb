package org.cotangent.cpu;

/** A kernel made ready to run. Immutable: many runs use it at once. */
@FunctionalInterface
interface Step {
  /**
   * Runs the kernel and returns when its outputs are written.
   *
   * @param frame where the buffers lie
   */
  void run(Frame frame);

  /**
   * {@return this step and then another, as one}
   *
   * @param next what runs when this is done
   */
  default Step then(Step next) {
    return frame -> {
      run(frame);
      next.run(frame);
    };
  }
}
