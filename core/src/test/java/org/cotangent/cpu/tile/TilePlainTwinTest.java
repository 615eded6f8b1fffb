package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** The class path without {@code --add-modules}: no Vector API, so the plain twin runs. */
class TilePlainTwinTest {
  @Test
  void runsWithoutTheVectorModule() {
    assumeTrue(ModuleLayer.boot().findModule(TileOps.VECTOR_MODULE).isEmpty());
    assertEquals(Optional.empty(), TileOps.vector());
    BodyBuilder builder = new BodyBuilder();
    Term x = builder.input(DType.FLOAT32);
    Term y = builder.input(DType.FLOAT32);
    TileCode code =
        TileCode.of(
            builder.build(x.below(y).select(x.fma(y, y.literal(1.0)), x)),
            TileOps.vector().orElse(TileOps.plain()),
            null);
    try (Arena arena = Arena.ofConfined();
        TileScratch scratch = new TileScratch()) {
      Cells a = Cells.of(arena, DType.FLOAT32, List.of(1f, 5f, Float.NaN));
      Cells b = Cells.of(arena, DType.FLOAT32, List.of(2f, 4f, 1f));
      Cells c = Cells.allocate(arena, DType.FLOAT32, 3);
      code.run(
          new MemorySegment[] {a.memory(), b.memory(), c.memory()},
          new long[] {a.offset(), b.offset(), c.offset()},
          scratch,
          3);
      c.assertHolds(List.of(3f, 5f, Float.NaN), "result");
    }
  }
}
