package org.cotangent.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.Random;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** Runs on the class path without the Vector API. */
class GemmPlainTwinTest {
  @Test
  void withoutTheModuleThePlainTwinServes() {
    assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty());
    assertTrue(Gemm.vector().isEmpty());
    Random random = new Random(9);
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined()) {
      new Matrices(arena, Matrices.problem(DType.FLOAT32, 2, 33, 67, 129), random)
          .check(Gemm.plain(), 2, workspace, random);
    }
  }
}
