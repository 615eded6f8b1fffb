package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Asserts what a message says where it holds more than a test can know. */
final class Messages {
  private Messages() {}

  /** Asserts the start of the message, and a part of it. */
  static void assertMessage(String start, String part, Throwable e) {
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(start), message);
    assertTrue(message.contains(part), message);
  }
}
