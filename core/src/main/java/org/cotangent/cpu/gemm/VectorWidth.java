package org.cotangent.cpu.gemm;

import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.cotangent.error.ArgumentException;

/** The width of the vectors: the machine's, or what {@code cotangent.vector.bits} says. */
final class VectorWidth {
  private static final String PROPERTY = "cotangent.vector.bits";

  private VectorWidth() {}

  /** {@return the chosen shape; a class keeps it in a constant, so that HotSpot knows it} */
  static VectorShape shape() {
    String bits = System.getProperty(PROPERTY);
    if (bits == null) {
      return VectorShape.preferredShape();
    }
    return switch (bits) {
      case "128" -> VectorShape.S_128_BIT;
      case "256" -> VectorShape.S_256_BIT;
      case "512" -> VectorShape.S_512_BIT;
      default -> throw new ArgumentException(PROPERTY + ": " + bits + " is none of 128, 256, 512");
    };
  }

  static <E> VectorSpecies<E> species(Class<E> element) {
    return VectorSpecies.of(element, shape());
  }
}
