package org.cotangent.cpu.tier;

import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.cotangent.error.ArgumentException;

/** The width of the vectors: the machine's, or what {@code cotangent.vector.bits} says. */
public final class VectorWidth {
  private static final String PROPERTY = "cotangent.vector.bits";

  private VectorWidth() {}

  /**
   * Checks what the property says, without loading the Vector API.
   *
   * @throws ArgumentException if it is no width of vectors
   */
  public static void check() {
    String bits = System.getProperty(PROPERTY, "512");
    if (!bits.equals("128") && !bits.equals("256") && !bits.equals("512")) {
      throw new ArgumentException(PROPERTY + ": " + bits + " is none of 128, 256, 512");
    }
  }

  /**
   * {@return the chosen shape, at most 512 bits; a class keeps it in a constant, so that HotSpot
   * knows it}
   *
   * @throws ArgumentException if the property says no width of vectors
   */
  public static VectorShape shape() {
    check();
    int preferred = Math.min(512, VectorShape.preferredShape().vectorBitSize());
    return VectorShape.forBitSize(Integer.getInteger(PROPERTY, preferred));
  }

  /**
   * {@return the vectors of the chosen shape}
   *
   * @param element type of an element
   * @param <E> its box
   */
  public static <E> VectorSpecies<E> species(Class<E> element) {
    return VectorSpecies.of(element, shape());
  }
}
