package org.cotangent.numpy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.cotangent.error.FormatException;

/**
 * A value of Python's literal syntax: as much of {@code ast.literal_eval} as NumPy writes into the
 * headers of {@code .npy} files. Headers come from anywhere, so depth and digits are capped.
 */
sealed interface PythonLiteral {
  /** A string. */
  record Text(String value) implements PythonLiteral {
    @Override
    public String toString() {
      return "'" + value + "'";
    }
  }

  /** An integer; those that do not fit are refused. */
  record Int(long value) implements PythonLiteral {
    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /** True, False or None. */
  enum Constant implements PythonLiteral {
    /** True. */
    TRUE("True"),
    /** False. */
    FALSE("False"),
    /** None. */
    NONE("None");

    private final String word;

    Constant(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** Values in round brackets. */
  record Tuple(List<PythonLiteral> items) implements PythonLiteral {
    @Override
    public String toString() {
      return join(items, "(", items.size() == 1 ? ",)" : ")");
    }
  }

  /** Values in square brackets. */
  record Sequence(List<PythonLiteral> items) implements PythonLiteral {
    @Override
    public String toString() {
      return join(items, "[", "]");
    }
  }

  /** Keys and values in braces; of equal keys the last counts, as in Python. */
  record Dict(Map<PythonLiteral, PythonLiteral> items) implements PythonLiteral {
    @Override
    public String toString() {
      return items.entrySet().stream()
          .map(item -> item.getKey() + ": " + item.getValue())
          .collect(Collectors.joining(", ", "{", "}"));
    }
  }

  private static String join(List<PythonLiteral> items, String open, String close) {
    return items.stream().map(Object::toString).collect(Collectors.joining(", ", open, close));
  }

  /**
   * {@return the only literal in the text}
   *
   * @param text one literal, with white space around
   * @param where the start of every message
   * @throws FormatException if there is no literal, or anything after it
   */
  static PythonLiteral parse(String text, String where) {
    Parser parser = new Parser(text, where);
    PythonLiteral value = parser.value(0);
    parser.end();
    return value;
  }

  /** Recursive descent, one method for each kind. */
  final class Parser {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_DIGITS = 19;

    private final String text;
    private final String where;
    private int at;
    private boolean trailingComma;

    private Parser(String text, String where) {
      this.text = text;
      this.where = where;
    }

    private PythonLiteral value(int depth) {
      if (depth > MAX_DEPTH) {
        throw fail("brackets nested deeper than " + MAX_DEPTH);
      }
      char next = peek();
      return switch (next) {
        case '{' -> dict(depth);
        case '(' -> tuple(depth);
        case '[' -> {
          at++;
          yield new Sequence(items(']', depth));
        }
        case '\'', '"' -> string();
        case '-', '+' -> integer();
        default -> {
          if (next >= '0' && next <= '9') {
            yield integer();
          }
          yield constant();
        }
      };
    }

    private Dict dict(int depth) {
      at++;
      Map<PythonLiteral, PythonLiteral> items = new LinkedHashMap<>();
      while (peek() != '}') {
        PythonLiteral key = value(depth + 1);
        expect(':');
        items.put(key, value(depth + 1));
        separator('}');
      }
      at++;
      return new Dict(items);
    }

    /** Brackets around one value without a comma are just brackets. */
    private PythonLiteral tuple(int depth) {
      at++;
      List<PythonLiteral> items = items(')', depth);
      return items.size() == 1 && !trailingComma ? items.getFirst() : new Tuple(items);
    }

    private List<PythonLiteral> items(char close, int depth) {
      List<PythonLiteral> items = new ArrayList<>();
      while (peek() != close) {
        items.add(value(depth + 1));
        separator(close);
      }
      at++;
      return items;
    }

    private Text string() {
      char quote = text.charAt(at);
      int start = ++at;
      while (at < text.length() && text.charAt(at) != quote) {
        char c = text.charAt(at);
        if (c == '\n' || c == '\r') {
          throw fail("line break in a string");
        }
        if (c == '\\') {
          throw fail("escapes in strings are not supported");
        }
        at++;
      }
      if (at == text.length()) {
        throw fail("string without end");
      }
      return new Text(text.substring(start, at++));
    }

    private Int integer() {
      int start = at;
      at += text.charAt(at) == '-' || text.charAt(at) == '+' ? 1 : 0;
      int digits = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (at == digits) {
        throw fail("expected a digit");
      }
      if (text.charAt(digits) == '0' && at > digits + 1) {
        throw fail("number with a leading zero");
      }
      if (at - digits <= MAX_DIGITS) {
        try {
          return new Int(Long.parseLong(text, start, at, 10));
        } catch (NumberFormatException tooLarge) {
          // The one message for both is below.
        }
      }
      throw fail("number does not fit 64 bits");
    }

    private Constant constant() {
      for (Constant constant : Constant.values()) {
        if (text.startsWith(constant.word, at)) {
          at += constant.word.length();
          return constant;
        }
      }
      throw fail(at == text.length() ? "ends too early" : "expected a Python literal");
    }

    private void separator(char close) {
      trailingComma = peek() != close;
      if (trailingComma) {
        expect(',');
      }
    }

    private void expect(char c) {
      if (peek() != c) {
        throw fail(at == text.length() ? "ends too early" : "expected '" + c + "'");
      }
      at++;
    }

    private void end() {
      peek();
      if (at < text.length()) {
        throw fail("text after the end");
      }
    }

    /** Skips white space; 0 at the end. */
    private char peek() {
      while (at < text.length() && " \t\n\r\f".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private FormatException fail(String reason) {
      String excerpt = text.strip().replaceAll("[^\\x20-\\x7e]", "?");
      return new FormatException(
          where
              + ": header: "
              + reason
              + ", at character "
              + at
              + " of: "
              + (excerpt.length() > 80 ? excerpt.substring(0, 80) + "..." : excerpt));
    }
  }
}
