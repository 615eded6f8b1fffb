package org.cotangent.numpy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.cotangent.error.FormatException;

/**
 * A value of Python's literal syntax, as {@code ast.literal_eval} reads it: strings with prefixes,
 * escapes and three quotes, one after the other; integers in four bases; comments. Floats, complex
 * numbers, bytes and sets are refused here already, because no header has a use for them. Headers
 * come from anywhere, so depth and digits are capped.
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

  /** How Python 2 wrote integers, or not. */
  enum Suffix {
    /** Integers may end in {@code L}. */
    LONG,
    /** Integers end in digits. */
    NONE
  }

  /**
   * {@return the only literal in the text}
   *
   * @param text one literal, with white space and comments around
   * @param suffix of integers
   * @param where the start of every message
   * @throws FormatException if there is no literal, or anything after it
   */
  static PythonLiteral parse(String text, Suffix suffix, String where) {
    Parser parser = new Parser(text, suffix, where);
    parser.start();
    PythonLiteral value = parser.value(0);
    parser.end();
    return value;
  }

  /** Recursive descent, one method for each kind. */
  final class Parser {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_DIGITS = 100;
    private static final char END = '\0';

    private final String text;
    private final Suffix suffix;
    private final String where;
    private int at;
    private boolean trailingComma;

    private Parser(String text, Suffix suffix, String where) {
      this.text = text;
      this.suffix = suffix;
      this.where = where;
    }

    /** Blanks before the first line do not count; a later line must not be indented. */
    private void start() {
      while (at < text.length() && " \t".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      int first = at;
      skip();
      String before = text.substring(first, at);
      int line = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
      if (line > 0 && !before.substring(line).replace("\f", "").isEmpty()) {
        throw fail("unexpected indent");
      }
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
        case '-', '+' -> {
          at++;
          peek();
          yield integer(next == '-' ? "-" : "");
        }
        default -> {
          if (isDigit(next)) {
            yield integer("");
          }
          yield atString() ? strings() : constant();
        }
      };
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
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

    /** Whether a string starts here, with its prefix. */
    private boolean atString() {
      int quote = at;
      while (quote < text.length()
          && quote < at + 3
          && "uUrRbBfF".indexOf(text.charAt(quote)) >= 0) {
        quote++;
      }
      return quote < text.length() && (text.charAt(quote) == '\'' || text.charAt(quote) == '"');
    }

    /** Strings that follow each other are one. */
    private Text strings() {
      StringBuilder value = new StringBuilder();
      do {
        string(value);
        peek();
      } while (atString());
      return new Text(value.toString());
    }

    private void string(StringBuilder value) {
      int start = at;
      while (text.charAt(at) != '\'' && text.charAt(at) != '"') {
        at++;
      }
      boolean raw =
          switch (text.substring(start, at)) {
            case "", "u", "U" -> false;
            case "r", "R" -> true;
            default -> throw fail("string of the kind " + text.substring(start, at));
          };
      String quote = text.substring(at, at + 1);
      String triple = quote.repeat(3);
      String close = text.startsWith(triple, at) ? triple : quote;
      at += close.length();
      while (!text.startsWith(close, at)) {
        if (at == text.length()) {
          throw fail("string without end");
        }
        char c = text.charAt(at);
        if (close.length() == 1 && (c == '\n' || c == '\r')) {
          throw fail("line break in a string");
        }
        if (c == '\\') {
          escape(raw, value);
        } else {
          value.append(c);
          at++;
        }
      }
      at += close.length();
    }

    private void escape(boolean raw, StringBuilder value) {
      if (at + 1 == text.length()) {
        throw fail("string without end");
      }
      char c = text.charAt(at + 1);
      at += 2;
      if (raw) {
        value.append('\\').append(c);
        return;
      }
      switch (c) {
        case '\n' -> {}
        case '\r' -> at += text.startsWith("\n", at) ? 1 : 0;
        case '\\', '\'', '"' -> value.append(c);
        case 'a' -> value.append('\u0007');
        case 'b' -> value.append('\b');
        case 'f' -> value.append('\f');
        case 'n' -> value.append('\n');
        case 'r' -> value.append('\r');
        case 't' -> value.append('\t');
        case 'v' -> value.append('\u000b');
        case 'x' -> value.appendCodePoint(code(2));
        case 'u' -> value.appendCodePoint(code(4));
        case 'U' -> value.appendCodePoint(code(8));
        case 'N' -> value.appendCodePoint(named());
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          int digits = 1;
          while (digits < 3 && at < text.length() && "01234567".indexOf(text.charAt(at)) >= 0) {
            digits++;
            at++;
          }
          value.append((char) Integer.parseInt(text, at - digits, at, 8));
        }
        default -> value.append('\\').append(c);
      }
    }

    private int code(int digits) {
      int end = Math.min(text.length(), at + digits);
      String hex = text.substring(at, end);
      if (hex.length() < digits
          || !hex.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
        throw fail("escape without " + digits + " hexadecimal digits");
      }
      at = end;
      long code = Long.parseLong(hex, 16);
      if (code > Character.MAX_CODE_POINT) {
        throw fail("escape beyond Unicode");
      }
      return (int) code;
    }

    private int named() {
      int close = text.indexOf('}', at);
      if (!text.startsWith("{", at) || close < 0) {
        throw fail("escape without a name in braces");
      }
      String name = text.substring(at + 1, close);
      at = close + 1;
      try {
        return Character.codePointOf(name);
      } catch (IllegalArgumentException e) {
        throw fail("no character is named so");
      }
    }

    private Int integer(String sign) {
      int start = at;
      while (at < text.length()
          && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
        at++;
      }
      String word = text.substring(start, at);
      if (suffix == Suffix.LONG) {
        if (word.endsWith("L")) {
          word = word.substring(0, word.length() - 1);
        } else if (peek() == 'L' && !isWord(at + 1)) {
          at++;
        }
      }
      int base =
          switch (word.length() > 1 && word.charAt(0) == '0' ? word.charAt(1) : ' ') {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 10;
          };
      String digits = base == 10 ? word : word.substring(2);
      // Underscores stand between digits, and behind the mark of a base.
      String groups = base == 10 ? digits : "0" + digits;
      if (digits.isEmpty()
          || groups.endsWith("_")
          || groups.startsWith("_")
          || groups.contains("__")) {
        throw fail("expected an integer");
      }
      String plain = digits.replace("_", "");
      if (!plain.chars().allMatch(c -> c < 128 && Character.digit(c, base) >= 0)
          || (at < text.length() && text.charAt(at) == '.')) {
        throw fail("expected an integer");
      }
      if (base == 10 && plain.length() > 1 && plain.startsWith("0") && !plain.matches("0+")) {
        throw fail("number with a leading zero");
      }
      if (plain.length() <= MAX_DIGITS) {
        BigInteger value = new BigInteger(sign + plain, base);
        if (value.bitLength() < Long.SIZE) {
          return new Int(value.longValue());
        }
      }
      throw fail("number does not fit 64 bits");
    }

    private boolean isWord(int index) {
      return index < text.length()
          && (Character.isLetterOrDigit(text.charAt(index)) || text.charAt(index) == '_');
    }

    private Constant constant() {
      for (Constant constant : Constant.values()) {
        if (text.startsWith(constant.word, at) && !isWord(at + constant.word.length())) {
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
      skip();
      if (at < text.length()) {
        throw fail("text after the end");
      }
    }

    /** {@return the next character that means something} */
    private char peek() {
      skip();
      return at < text.length() ? text.charAt(at) : END;
    }

    /** Skips white space, comments, and line breaks behind a backslash. */
    private void skip() {
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '#') {
          while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            at++;
          }
        } else if (c == '\\' && (text.startsWith("\n", at + 1) || text.startsWith("\r", at + 1))) {
          at += 2;
        } else if (" \t\n\r\f".indexOf(c) >= 0) {
          at++;
        } else {
          return;
        }
      }
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
