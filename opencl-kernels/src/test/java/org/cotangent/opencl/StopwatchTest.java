package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.cotangent.opencl.kernel.TuningTable;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** The tuner's measurements are of products that ran. */
@NeedsOpenCl
class StopwatchTest {
  private final Stopwatch stopwatch = new Stopwatch(Variants.device());
  private final Trial trial = new Trial("small", DType.FLOAT32, 33, 65, 31);

  @Test
  void timesAProduct() {
    double seconds = stopwatch.seconds(trial, TuningTable.standard());
    assertTrue(seconds > 0 && seconds < 1, seconds + " s");
  }

  @Test
  void aTileIsComparedToItself() {
    double gain = stopwatch.gain(trial, TuningTable.standard(), TuningTable.standard());
    assertTrue(gain > 0.01 && gain < 100, gain + " times");
  }
}
