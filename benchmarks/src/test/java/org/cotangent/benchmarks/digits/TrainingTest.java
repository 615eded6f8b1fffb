package org.cotangent.benchmarks.digits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Trees;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What training promises: accuracy for every seed, the same bits for any number of threads. */
class TrainingTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4})
  void everySeedReachesItsAccuracy(long seed) {
    try (Device device = Device.cpu();
        var _ = device.open();
        Training training = new Training(device, Data.load(device), seed)) {
      double accuracy = 0;
      for (int i = 0; i < Settings.EPOCHS; i++) {
        accuracy = training.epoch().accuracy();
      }
      assertTrue(accuracy >= 0.965, "seed " + seed + ": " + accuracy);
      assertEquals(360, training.confusion(training.net()).total());
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    List<float[]> one = weights(1, 0);
    for (int threads : new int[] {2, 8}) {
      List<float[]> many = weights(threads, 0);
      for (int i = 0; i < one.size(); i++) {
        assertSameBits(one.get(i), many.get(i), threads + " threads, leaf " + i);
      }
    }
  }

  @Test
  void anotherSeedGivesOtherWeights() {
    float[] zero = weights(1, 0).getFirst();
    float[] one = weights(1, 1).getFirst();
    int equal = 0;
    for (int i = 0; i < zero.length; i++) {
      equal += zero[i] == one[i] ? 1 : 0;
    }
    assertTrue(equal < zero.length / 100, equal + " of " + zero.length + " are equal");
  }

  @Test
  void aFreshNetworkKnowsNothing() {
    try (Device device = Device.cpu();
        var _ = device.open();
        Training training = new Training(device, Data.load(device), 0)) {
      double accuracy = training.confusion(training.net()).accuracy();
      assertTrue(accuracy < 0.4, "accuracy " + accuracy);
    }
  }

  @Test
  void aStepTakesOverTheMemoryOfItsState() {
    try (Device device = Device.cpu();
        var _ = device.open();
        Training training = new Training(device, Data.load(device), 0)) {
      // The network and its momentum, leaf by leaf; the loss is the one result with its own memory.
      assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, -1), training.plan().donors());
      training.epoch();
      long live = device.memory().liveBytes();
      training.epoch();
      assertEquals(live, device.memory().liveBytes());
    }
  }

  @Test
  void nothingIsForgottenOrLeftOpen() {
    try (Device device = Device.cpu()) {
      try (var _ = device.open();
          Training training = new Training(device, Data.load(device), 0)) {
        training.epoch();
        training.predict(training.net());
      }
      System.gc();
      assertEquals(0, device.reclaimed());
      assertEquals(0, device.memory().liveBytes());
    }
  }

  private static List<float[]> weights(int threads, long seed) {
    try (Device device = Device.cpu(DeviceOptions.DEFAULT.threads(threads));
        var _ = device.open();
        Training training = new Training(device, Data.load(device), seed)) {
      training.epoch();
      training.epoch();
      return Trees.leaves(training.net()).stream().map(leaf -> leaf.toFloatArray()).toList();
    }
  }

  private static void assertSameBits(float[] expected, float[] actual, String where) {
    assertEquals(expected.length, actual.length, where);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Float.floatToRawIntBits(expected[i]),
          Float.floatToRawIntBits(actual[i]),
          where + ", element " + i);
    }
  }
}
