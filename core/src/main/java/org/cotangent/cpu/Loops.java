package org.cotangent.cpu;

import java.util.Objects;
import org.cotangent.cpu.gemm.Gemm;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.cpu.tile.TileOps;
import org.jspecify.annotations.Nullable;

/** What kind of loops compute; all have the same bits. */
enum Loops {
  /** Plain Java. */
  PLAIN,

  /** Vectors from the first run on, though they are slow until C2 has compiled them. */
  VECTOR,

  /** Plain until vectors have been seen to be faster. */
  TIERED;

  /** {@return what the system properties ask for} */
  static Loops wanted() {
    if ("false".equals(System.getProperty("cotangent.vector"))) {
      return PLAIN;
    }
    return "false".equals(System.getProperty("cotangent.prove")) ? VECTOR : TIERED;
  }

  /**
   * {@return the loops over tiles}
   *
   * @param tierUp of {@link #TIERED}
   */
  TileOps tileOps(@Nullable TierUp tierUp) {
    return switch (this) {
      case PLAIN -> TileOps.plain();
      case VECTOR -> TileOps.vector().orElseGet(TileOps::plain);
      case TIERED -> TileOps.tiered(Objects.requireNonNull(tierUp));
    };
  }

  /**
   * {@return what multiplies matrices}
   *
   * @param tierUp of {@link #TIERED}
   */
  Gemm gemm(@Nullable TierUp tierUp) {
    return switch (this) {
      case PLAIN -> Gemm.plain();
      case VECTOR -> Gemm.vector().orElseGet(Gemm::plain);
      case TIERED -> Gemm.tiered(Objects.requireNonNull(tierUp));
    };
  }
}
