package org.cotangent.benchmarks.report;

import java.util.Map;
import java.util.stream.Collectors;
import org.cotangent.benchmarks.compare.Comparison.Work;
import org.jspecify.annotations.Nullable;

/** Text of files whose names and messages may hold anything. */
final class Text {
  private Text() {}

  /** {@return a text on one line, without what neither HTML nor XML can hold} */
  static String plain(String text) {
    return text.codePoints()
        .map(point -> Character.isWhitespace(point) ? ' ' : point)
        .map(point -> isCharacter(point) ? point : '\uFFFD')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString()
        .strip();
  }

  private static boolean isCharacter(int point) {
    int type = Character.getType(point);
    return type != Character.CONTROL && type != Character.SURROGATE && (point & 0xFFFE) != 0xFFFE;
  }

  /** {@return any value of a JSON file, maps as {@code a=1, b=2}, null as nothing} */
  static String value(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> value(entry.getKey()) + "=" + value(entry.getValue()))
          .collect(Collectors.joining(", "));
    }
    return value == null ? "" : plain(value.toString());
  }

  /** {@return parameters as in {@code size=1024 dtype=FLOAT32}} */
  static String parameters(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(entry -> plain(entry.getKey() + "=" + entry.getValue()))
        .collect(Collectors.joining(" "));
  }

  /** {@return what tells a task from others of its suite} */
  static String parameters(Work task) {
    return task.parameters().isEmpty() ? plain(task.suite()) : parameters(task.parameters());
  }

  /** {@return a short name for a task within its suite, as in {@code 1024 ROW FLOAT32}} */
  static String values(Work task) {
    return task.parameters().isEmpty()
        ? plain(task.suite())
        : plain(String.join(" ", task.parameters().values()));
  }

  /** {@return a short name for a task, as in {@code Add 1024 ROW FLOAT32}} */
  static String label(Work task) {
    return task.parameters().isEmpty() ? values(task) : plain(task.suite()) + " " + values(task);
  }

  /** {@return an error's first line, that of its innermost cause} */
  static String reason(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return plain(cause.toString().lines().findFirst().orElse("no reason given"));
  }
}
