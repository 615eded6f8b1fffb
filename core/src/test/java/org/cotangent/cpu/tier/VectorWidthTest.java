package org.cotangent.cpu.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.cotangent.error.ArgumentException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VectorWidthTest {
  private static final String PROPERTY = "cotangent.vector.bits";
  private final @Nullable String before = System.getProperty(PROPERTY);

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty(PROPERTY);
    } else {
      System.setProperty(PROPERTY, before);
    }
  }

  @Test
  void thePropertySetsTheWidth() {
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "no jdk.incubator.vector");
    for (int bits : new int[] {128, 256, 512}) {
      System.setProperty(PROPERTY, Integer.toString(bits));
      assertEquals(bits, VectorWidth.shape().vectorBitSize());
    }
    System.setProperty(PROPERTY, "64");
    String message = "cotangent.vector.bits: 64 is none of 128, 256, 512";
    assertEquals(message, assertThrows(ArgumentException.class, VectorWidth::shape).getMessage());
    assertEquals(message, assertThrows(ArgumentException.class, VectorWidth::check).getMessage());
  }
}
