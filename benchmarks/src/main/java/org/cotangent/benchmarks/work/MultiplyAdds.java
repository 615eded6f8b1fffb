package org.cotangent.benchmarks.work;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Fused multiply-adds, as many at once as it takes to hide that each waits for the one before: a
 * core starts two in a cycle and has the result some four cycles later. Accumulators and the two
 * other operands are local variables, which C2 keeps in registers.
 */
final class MultiplyAdds {
  private static final VectorSpecies<Float> SPECIES32 = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> SPECIES64 = DoubleVector.SPECIES_PREFERRED;

  /** As many as fit beside the operands into the 16 registers of AVX2. */
  private static final int ACCUMULATORS = 12;

  private static final int STEPS = 512;
  private static final int WARMUP_STEPS = 8;
  private static final int WARMUP_CALLS = 3000;

  private final float[] results32 = new float[ACCUMULATORS * SPECIES32.length()];
  private final double[] results64 = new double[ACCUMULATORS * SPECIES64.length()];

  /**
   * Has C2 compile the loops, by many calls of a few steps: until then each multiply-add takes
   * microseconds.
   */
  MultiplyAdds() {
    for (int i = 0; i < WARMUP_CALLS; i++) {
      multiplyAdd(results32, WARMUP_STEPS, 0.5f, 2f);
      multiplyAdd(results64, WARMUP_STEPS, 0.5, 2);
    }
  }

  /** Calls the loop in float32. {@return the operations} */
  double run32(int calls) {
    for (int i = 0; i < calls; i++) {
      multiplyAdd(results32, STEPS, 0.5f, 2f);
    }
    return 2.0 * calls * STEPS * results32.length;
  }

  /** Calls the loop in float64. {@return the operations} */
  double run64(int calls) {
    for (int i = 0; i < calls; i++) {
      multiplyAdd(results64, STEPS, 0.5, 2);
    }
    return 2.0 * calls * STEPS * results64.length;
  }

  /** Throws unless each accumulator got 1 with each step, starting from its number. */
  void check() {
    for (int i = 0; i < ACCUMULATORS; i++) {
      float result32 = results32[i * SPECIES32.length()];
      double result64 = results64[(i + 1) * SPECIES64.length() - 1];
      if (result32 != i + STEPS || result64 != i + STEPS) {
        throw new IllegalStateException(
            "limits: a sum of products is %s in float32 and %s in float64, not %d"
                .formatted(result32, result64, i + STEPS));
      }
    }
  }

  private static void multiplyAdd(float[] results, int steps, float first, float second) {
    FloatVector a = FloatVector.broadcast(SPECIES32, first);
    FloatVector b = FloatVector.broadcast(SPECIES32, second);
    FloatVector v0 = FloatVector.broadcast(SPECIES32, 0f);
    FloatVector v1 = FloatVector.broadcast(SPECIES32, 1f);
    FloatVector v2 = FloatVector.broadcast(SPECIES32, 2f);
    FloatVector v3 = FloatVector.broadcast(SPECIES32, 3f);
    FloatVector v4 = FloatVector.broadcast(SPECIES32, 4f);
    FloatVector v5 = FloatVector.broadcast(SPECIES32, 5f);
    FloatVector v6 = FloatVector.broadcast(SPECIES32, 6f);
    FloatVector v7 = FloatVector.broadcast(SPECIES32, 7f);
    FloatVector v8 = FloatVector.broadcast(SPECIES32, 8f);
    FloatVector v9 = FloatVector.broadcast(SPECIES32, 9f);
    FloatVector v10 = FloatVector.broadcast(SPECIES32, 10f);
    FloatVector v11 = FloatVector.broadcast(SPECIES32, 11f);
    for (int i = 0; i < steps; i++) {
      v0 = a.fma(b, v0);
      v1 = a.fma(b, v1);
      v2 = a.fma(b, v2);
      v3 = a.fma(b, v3);
      v4 = a.fma(b, v4);
      v5 = a.fma(b, v5);
      v6 = a.fma(b, v6);
      v7 = a.fma(b, v7);
      v8 = a.fma(b, v8);
      v9 = a.fma(b, v9);
      v10 = a.fma(b, v10);
      v11 = a.fma(b, v11);
    }
    v0.intoArray(results, 0);
    v1.intoArray(results, SPECIES32.length());
    v2.intoArray(results, 2 * SPECIES32.length());
    v3.intoArray(results, 3 * SPECIES32.length());
    v4.intoArray(results, 4 * SPECIES32.length());
    v5.intoArray(results, 5 * SPECIES32.length());
    v6.intoArray(results, 6 * SPECIES32.length());
    v7.intoArray(results, 7 * SPECIES32.length());
    v8.intoArray(results, 8 * SPECIES32.length());
    v9.intoArray(results, 9 * SPECIES32.length());
    v10.intoArray(results, 10 * SPECIES32.length());
    v11.intoArray(results, 11 * SPECIES32.length());
  }

  private static void multiplyAdd(double[] results, int steps, double first, double second) {
    DoubleVector a = DoubleVector.broadcast(SPECIES64, first);
    DoubleVector b = DoubleVector.broadcast(SPECIES64, second);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES64, 0);
    DoubleVector v1 = DoubleVector.broadcast(SPECIES64, 1);
    DoubleVector v2 = DoubleVector.broadcast(SPECIES64, 2);
    DoubleVector v3 = DoubleVector.broadcast(SPECIES64, 3);
    DoubleVector v4 = DoubleVector.broadcast(SPECIES64, 4);
    DoubleVector v5 = DoubleVector.broadcast(SPECIES64, 5);
    DoubleVector v6 = DoubleVector.broadcast(SPECIES64, 6);
    DoubleVector v7 = DoubleVector.broadcast(SPECIES64, 7);
    DoubleVector v8 = DoubleVector.broadcast(SPECIES64, 8);
    DoubleVector v9 = DoubleVector.broadcast(SPECIES64, 9);
    DoubleVector v10 = DoubleVector.broadcast(SPECIES64, 10);
    DoubleVector v11 = DoubleVector.broadcast(SPECIES64, 11);
    for (int i = 0; i < steps; i++) {
      v0 = a.fma(b, v0);
      v1 = a.fma(b, v1);
      v2 = a.fma(b, v2);
      v3 = a.fma(b, v3);
      v4 = a.fma(b, v4);
      v5 = a.fma(b, v5);
      v6 = a.fma(b, v6);
      v7 = a.fma(b, v7);
      v8 = a.fma(b, v8);
      v9 = a.fma(b, v9);
      v10 = a.fma(b, v10);
      v11 = a.fma(b, v11);
    }
    v0.intoArray(results, 0);
    v1.intoArray(results, SPECIES64.length());
    v2.intoArray(results, 2 * SPECIES64.length());
    v3.intoArray(results, 3 * SPECIES64.length());
    v4.intoArray(results, 4 * SPECIES64.length());
    v5.intoArray(results, 5 * SPECIES64.length());
    v6.intoArray(results, 6 * SPECIES64.length());
    v7.intoArray(results, 7 * SPECIES64.length());
    v8.intoArray(results, 8 * SPECIES64.length());
    v9.intoArray(results, 9 * SPECIES64.length());
    v10.intoArray(results, 10 * SPECIES64.length());
    v11.intoArray(results, 11 * SPECIES64.length());
  }
}
