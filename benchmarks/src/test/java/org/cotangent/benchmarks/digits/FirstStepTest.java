package org.cotangent.benchmarks.digits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class FirstStepTest {
  @Test
  void theLossIsThatOfPlainJava() {
    try (FirstStep step = new FirstStep("cpu")) {
      assertEquals(
          "first step: nothing is compiled",
          assertThrows(IllegalStateException.class, step::check).getMessage());
      step.compile();
      step.check();
    }
  }
}
