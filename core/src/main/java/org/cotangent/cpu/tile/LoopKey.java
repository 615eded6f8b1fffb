package org.cotangent.cpu.tile;

import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;

/** What a loop of {@link TileOps} is for; see {@link TileOps#function}. */
record LoopKey(Primitive primitive, DType operand, DType result, int splats) {
  /** {@return the loop} */
  TileFunction function(TileOps ops) {
    return ops.function(primitive, operand, result, splats);
  }
}
