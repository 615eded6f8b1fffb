package org.cotangent.benchmarks.work;

/**
 * Calls through an interface that do nothing. The calls of one place meet four classes in turn, so
 * that the compiler can neither inline them nor guess which comes.
 */
final class EmptyCalls {
  private static final int ROUNDS = 1000;

  private final Runnable[] targets = {
    new Runnable() {
      @Override
      public void run() {}
    },
    new Runnable() {
      @Override
      public void run() {}
    },
    new Runnable() {
      @Override
      public void run() {}
    },
    new Runnable() {
      @Override
      public void run() {}
    }
  };

  /** Calls. {@return how often} */
  int run() {
    for (int round = 0; round < ROUNDS; round++) {
      for (Runnable target : targets) {
        target.run();
      }
    }
    return ROUNDS * targets.length;
  }
}
