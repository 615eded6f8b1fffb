package org.cotangent.benchmarks.work;

import java.util.SplittableRandom;

/** Input for the peers. */
final class Data {
  private Data() {}

  /** {@return floats from -1 to 1, the same for a seed} */
  static float[] uniform(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] data = new float[count];
    for (int i = 0; i < count; i++) {
      data[i] = (float) random.nextDouble(-1, 1);
    }
    return data;
  }
}
