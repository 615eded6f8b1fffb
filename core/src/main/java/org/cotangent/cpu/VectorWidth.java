package org.cotangent.cpu;

import jdk.incubator.vector.FloatVector;

/** What the Vector API says of the machine; to be asked only where its module is present. */
final class VectorWidth {
  private VectorWidth() {}

  /** {@return the bits of the vectors in use} */
  static int bits() {
    return Integer.getInteger(
        "cotangent.vector.bits", Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
  }
}
