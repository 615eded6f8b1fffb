package org.cotangent.benchmarks.work;

/** Something to time, with all that it needs opened, compiled and filled. */
public interface Work extends AutoCloseable {
  /** What there is before something is opened. */
  Work NOTHING =
      new Work() {
        @Override
        public void run() {}

        @Override
        public void close() {}
      };

  /** Does it once; returns when it is done. */
  void run();

  /** Frees what was opened for it. */
  @Override
  void close();

  /**
   * {@return work from two actions}
   *
   * @param run does it once
   * @param close frees what was opened for it
   */
  static Work of(Runnable run, Runnable close) {
    return new Work() {
      @Override
      public void run() {
        run.run();
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
