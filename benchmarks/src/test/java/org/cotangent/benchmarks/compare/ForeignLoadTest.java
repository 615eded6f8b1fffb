package org.cotangent.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A core that is kept busy is seen. */
class ForeignLoadTest {
  @Test
  void aBusyThreadIsACore() throws InterruptedException {
    ForeignLoad load = new ForeignLoad();
    assertEquals(0, load.cores());
    Thread busy =
        Thread.ofPlatform()
            .start(() -> {
              while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
              }
            });
    try {
      for (int i = 0; i < 5; i++) {
        load.look();
      }
    } finally {
      busy.interrupt();
      busy.join();
    }
    assertTrue(load.cores() > 0.5, "cores: " + load.cores());
    int cores = Runtime.getRuntime().availableProcessors();
    assertTrue(load.cores() <= cores + 0.01, "cores: " + load.cores());
  }
}
