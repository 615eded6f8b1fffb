package org.cotangent.cpu.tile;

import java.util.Optional;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;

/** Makes the loops of the tile machine. The twins differ in speed alone; safe for many threads. */
public interface TileOps {
  /** The module of the Vector API, which {@code --add-modules} adds to a class-path program. */
  String VECTOR_MODULE = "jdk.incubator.vector";

  /** Bytes of an operand that has one value: its element, repeated. The widest vector's size. */
  int SPLAT_BYTES = 64;

  /**
   * {@return the loop that applies a primitive, with {@link org.cotangent.scalar.Scalars}' meaning}
   *
   * @param primitive what to apply
   * @param operand dtype of its operands; for SELECT of the chosen ones
   * @param result dtype of its result
   * @param splats bit k is set where operand k has one value for all elements: {@link #SPLAT_BYTES}
   *     bytes of repetitions of it
   * @throws IllegalArgumentException if the primitive is not defined on the dtype
   */
  TileFunction function(Primitive primitive, DType operand, DType result, int splats);

  /**
   * Says that a loop of this object will run often.
   *
   * @param function from {@link #function}
   */
  default void often(TileFunction function) {}

  /** {@return the plain twin, which runs everywhere} */
  static TileOps plain() {
    return PlainTileOps.INSTANCE;
  }

  /**
   * {@return the twin that uses the Vector API, where the JVM has its module} The system property
   * {@code cotangent.vector.bits} (128, 256 or 512) sets the width of the vectors.
   */
  static Optional<TileOps> vector() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()
        ? Optional.of(VectorTileOps.INSTANCE)
        : Optional.empty();
  }

  /**
   * {@return loops of the plain twin that give way to those of the vector twin} Where the JVM has
   * no Vector API, none does.
   *
   * @param tierUp sees to it
   */
  static TileOps tiered(TierUp tierUp) {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()
        ? new TieredTileOps(tierUp)
        : plain();
  }
}
