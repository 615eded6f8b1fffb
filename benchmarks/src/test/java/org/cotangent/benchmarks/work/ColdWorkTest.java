package org.cotangent.benchmarks.work;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ColdWorkTest {
  private static String failure(Work work) {
    return String.valueOf(assertThrows(IllegalStateException.class, work::run).getMessage());
  }

  @Test
  void processesEndAndPrintWhatTheyShould() {
    ColdWork.start().run();
    ColdWork.gradient("cpu").run();
  }

  @Test
  void anotherGradientIsAnError() {
    String message =
        failure(ColdWork.process("[3.0, 12.0, 28.0]", FirstGradient.class.getName(), "cpu"));
    assertTrue(message.contains("did not print [3.0, 12.0, 28.0]"), message);
    assertTrue(message.endsWith("[3.0, 12.0, 27.0]"), message);
  }

  @Test
  void failureIsAnErrorWithTheOutput() {
    String message = failure(ColdWork.gradient("nowhere"));
    assertTrue(message.contains("FirstGradient, nowhere] ended with status 1"), message);
    assertTrue(message.contains("org.cotangent.error.DeviceException"), message);
  }
}
