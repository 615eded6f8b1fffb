package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.error.CotangentException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;

/** What the tests of errors share: class, message and line are exact, and nothing is leaked. */
final class FaceErrors {
  /**
   * A call that fails.
   *
   * @param type the exception's class
   * @param message without the line, which is the one of the call
   * @param call what is called
   */
  record Row(Class<? extends CotangentException> type, String message, Executable call) {}

  private FaceErrors() {}

  static Row row(Class<? extends CotangentException> type, String message, Executable call) {
    return new Row(type, message, call);
  }

  static Stream<DynamicTest> tests(List<Row> rows, Device... devices) {
    return rows.stream().map(row -> dynamicTest(row.message(), () -> check(row, devices)));
  }

  private static void check(Row row, Device... devices) {
    List<Long> before = held(devices);
    Executable call =
        () -> {
          try (Scope _ = devices[0].open()) {
            row.call().execute();
          }
        };
    CotangentException error = assertThrows(CotangentException.class, call);
    assertEquals(row.message() + " (at " + line(error) + ")", error.getMessage());
    assertEquals(row.type(), error.getClass());
    assertEquals(before, held(devices), "live memory before and after");
  }

  /** The message of an error of a class, as it is. */
  static String message(Class<? extends CotangentException> type, Executable call) {
    CotangentException error = assertThrows(CotangentException.class, call);
    assertEquals(type, error.getClass(), error.toString());
    return String.valueOf(error.getMessage());
  }

  /** What a device holds: bytes and blocks. */
  static List<Long> held(Device... devices) {
    return Arrays.stream(devices)
        .map(Device::memory)
        .flatMap((MemoryStatistics now) -> Stream.of(now.liveBytes(), now.liveBlocks()))
        .toList();
  }

  /** File and line of the innermost test's frame, from the stack trace. */
  static String line(Throwable error) {
    return Arrays.stream(error.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith("org.cotangent.testing."))
        .filter(frame -> !frame.getClassName().startsWith(FaceErrors.class.getName()))
        .findFirst()
        .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
        .orElse("no line of a test");
  }

  /** The line before the one that calls this, as messages have it. */
  static String lineBefore() {
    StackTraceElement frame = new Throwable().getStackTrace()[1];
    return frame.getFileName() + ":" + (frame.getLineNumber() - 1);
  }
}
