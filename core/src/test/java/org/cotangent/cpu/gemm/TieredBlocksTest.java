package org.cotangent.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.Random;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.type.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TieredBlocksTest {
  /** Products are what the definition says before vectors take over, and after. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void vectorsTakeOver(DType dtype) {
    assumeTrue(Gemm.vector().isPresent(), "no jdk.incubator.vector");
    VectorKernel kernel =
        new VectorKernel(dtype, dtype == DType.FLOAT32 ? FloatTiles::new : DoubleTiles::new);
    Random random = new Random(1);
    try (TierUp tierUp = new TierUp();
        Workspace workspace = new Workspace();
        Arena arena = Arena.ofShared()) {
      TieredBlocks blocks = new TieredBlocks(kernel, tierUp);
      Gemm gemm = new VectorGemm(blocks, blocks);
      Matrices matrices = new Matrices(arena, Matrices.problem(dtype, 1, 37, 129, 65), random);
      long end = System.nanoTime() + 60_000_000_000L;
      while (kernel.proven() == null && System.nanoTime() < end) {
        matrices.check(gemm, 1, workspace, random);
      }
      assertNotNull(kernel.proven());
      matrices.check(gemm, 1, workspace, random);
    }
  }
}
