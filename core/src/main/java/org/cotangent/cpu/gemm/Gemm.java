package org.cotangent.cpu.gemm;

import java.util.Optional;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.error.ArgumentException;

/** Makes plans for matrix products. The twins differ in speed alone; safe for many threads. */
public sealed interface Gemm permits PlainGemm, VectorGemm {
  /**
   * {@return the problem made ready to run} The splitting depends on the problem and the number of
   * threads, the result on the problem alone.
   *
   * @param problem what to compute
   * @param threads how many threads will share the pieces
   * @throws ArgumentException if there are no threads
   */
  GemmPlan plan(GemmProblem problem, int threads);

  /** {@return the plain twin, which runs everywhere} */
  static Gemm plain() {
    return new PlainGemm();
  }

  /**
   * {@return the twin that uses the Vector API, where the JVM has its module} On the class path
   * {@code --add-modules jdk.incubator.vector} adds it. The system property {@code
   * cotangent.vector.bits} (128, 256 or 512) sets the width of the vectors.
   */
  static Optional<Gemm> vector() {
    return hasVectors()
        ? Optional.of(new VectorGemm(VectorKernel.FLOAT32.blocks(), VectorKernel.FLOAT64.blocks()))
        : Optional.empty();
  }

  /**
   * {@return the plain twin, that gives way to the one on vectors} Where the JVM has no Vector API,
   * it does not.
   *
   * @param tierUp sees to it
   */
  static Gemm tiered(TierUp tierUp) {
    return hasVectors()
        ? new VectorGemm(
            new TieredBlocks(VectorKernel.FLOAT32, tierUp),
            new TieredBlocks(VectorKernel.FLOAT64, tierUp))
        : plain();
  }

  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }
}
