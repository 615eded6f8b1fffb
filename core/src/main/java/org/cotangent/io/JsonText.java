package org.cotangent.io;

import java.nio.charset.StandardCharsets;
import org.cotangent.error.FormatException;
import org.cotangent.file.NameTable;
import org.cotangent.file.Utf8;

/**
 * JSON (RFC 8259) in UTF-8, read where it lies: what is passed over leaves no object behind. A
 * string is known by the place of its first byte, and its characters are decoded each time that
 * they are compared or shown.
 *
 * <p>It has a place from which it goes on, so each thread takes one for itself.
 */
final class JsonText implements NameTable.Reader {
  /** Of a string that a message shows: a stranger's may be as long as the file. */
  private static final int SHOWN = 100;

  private final byte[] text;
  private final String where;
  private int at;

  /**
   * A text, from its first byte.
   *
   * @param text in UTF-8
   * @param where the start of every message
   */
  JsonText(byte[] text, String where) {
    this.text = text;
    this.where = where;
  }

  /** Asserts that all of it is UTF-8, on which all else relies. */
  void requireUnicode() {
    if (!new Utf8(text).isValid(0, text.length)) {
      throw refuse("no UTF-8; is it a safetensors file?");
    }
  }

  int at() {
    return at;
  }

  @Override
  public void goTo(int place) {
    at = place;
  }

  // ---- objects and lists

  /** Passes over what opens an object or a list; {@return whether there is something in it} */
  boolean opens(char open, char close) {
    expect(open);
    return !skip(close);
  }

  /** Passes over what stands behind an item; {@return whether there is one more} */
  boolean hasMore(char close) {
    if (skip(',')) {
      return true;
    }
    expect(close);
    return false;
  }

  void expect(char wanted) {
    if (!skip(wanted)) {
      throw wrong("'" + wanted + "'");
    }
  }

  private boolean skip(char wanted) {
    space();
    boolean found = at < text.length && text[at] == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private void space() {
    while (at < text.length && text[at] <= ' ' && " \t\n\r".indexOf(text[at]) >= 0) {
      at++;
    }
  }

  /** Asserts that nothing precedes what is wanted. */
  void requireFirst(char wanted) {
    if (text.length == 0 || text[0] != wanted) {
      throw wrong("'" + wanted + "'");
    }
  }

  /** Asserts that nothing follows. */
  void requireEnd() {
    space();
    if (at < text.length) {
      throw wrong("the end");
    }
  }

  // ---- numbers

  /** {@return an integer from 0 on, in 63 bits} */
  long number() {
    space();
    int start = at;
    long value = 0;
    for (; at < text.length && text[at] >= '0' && text[at] <= '9'; at++) {
      int digit = text[at] - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw refuse("a number of more than 63 bits");
      }
      value = 10 * value + digit;
    }
    boolean isPadded = at > start + 1 && text[start] == '0';
    boolean goesOn = at < text.length && ".eE".indexOf(text[at]) >= 0;
    if (at == start || isPadded || goesOn) {
      at = start;
      throw wrong("an integer from 0 on");
    }
    return value;
  }

  // ---- strings

  /** Passes over a string; {@return its place} */
  int string() {
    expect('"');
    int place = at;
    at = behindPlain(at);
    for (byte next = next(); next != '"'; next = next()) {
      if (next != '\\') {
        throw refuse("a control character in a string");
      }
      escape();
      at = behindPlain(at);
    }
    return place;
  }

  /** The next quote, backslash or control character, or the end. */
  private int behindPlain(int from) {
    int i = from;
    while (i < text.length
        && text[i] != '"'
        && text[i] != '\\'
        && (text[i] < 0 || text[i] >= ' ')) {
      i++;
    }
    return i;
  }

  /** {@return the next character of a string that has been passed over, or END behind its last} */
  @Override
  public int point() {
    int point = character();
    return point == '"' ? NameTable.END : point == '\\' ? escape() : point;
  }

  /** The next character, as it stands there. */
  private int character() {
    int point = Utf8.point(text, at);
    at += Utf8.length(point);
    return point;
  }

  private byte next() {
    if (at == text.length) {
      throw wrong("the rest of a string");
    }
    return text[at++];
  }

  /** What stands behind a backslash; of a surrogate pair, both halves. */
  private int escape() {
    int unit = escapedUnit();
    if (unit < Character.MIN_SURROGATE || unit > Character.MAX_SURROGATE) {
      return unit;
    }
    if (unit <= Character.MAX_HIGH_SURROGATE && at < text.length && text[at] == '\\') {
      at++;
      int second = escapedUnit();
      if (Character.isSurrogatePair((char) unit, (char) second)) {
        return Character.toCodePoint((char) unit, (char) second);
      }
    }
    throw refuse("half of a surrogate pair in a string");
  }

  private int escapedUnit() {
    byte next = next();
    int plain = "\"\\/bfnrt".indexOf(next);
    if (plain >= 0) {
      return "\"\\/\b\f\n\r\t".charAt(plain);
    }
    if (next != 'u') {
      at--;
      throw refuse("'\\" + Character.toString(character()) + "' in a string");
    }
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int four = Character.digit(next(), 16);
      if (four < 0) {
        throw refuse("'\\u' without four digits in a string");
      }
      value = 16 * value + four;
    }
    return value;
  }

  /** {@return whether a string is this one} What is read next stays. */
  boolean is(int place, String expected) {
    int i = 0;
    // Most strings stand as they are; the rest of one that does not goes through point().
    while (i < expected.length()
        && text[place + i] == expected.charAt(i)
        && text[place + i] != '"'
        && text[place + i] != '\\') {
      i++;
    }
    byte next = text[place + i];
    return (next == '\\' || next < 0)
        ? isRest(place + i, expected, i)
        : next == '"' && i == expected.length();
  }

  private boolean isRest(int place, String expected, int from) {
    int back = at;
    at = place;
    int i = from;
    int point = point();
    while (i < expected.length() && point == expected.codePointAt(i)) {
      i += Character.charCount(point);
      point = point();
    }
    at = back;
    return i == expected.length() && point == NameTable.END;
  }

  /** {@return a string, decoded} What is read next stays. */
  String decoded(int place) {
    int end = place;
    while (text[end] != '"' && text[end] != '\\') {
      end++;
    }
    return text[end] == '"'
        ? new String(text, place, end - place, StandardCharsets.UTF_8)
        : decoded(place, Integer.MAX_VALUE);
  }

  /** {@return the start of a string, as a message shows it} What is read next stays. */
  String shown(int place) {
    return decoded(place, SHOWN);
  }

  private String decoded(int place, int most) {
    int back = at;
    at = place;
    StringBuilder found = new StringBuilder();
    int point = point();
    for (int count = 0; point != NameTable.END && count < most; count++) {
      found.appendCodePoint(point);
      point = point();
    }
    at = back;
    return found.append(point == NameTable.END ? "" : "...").toString();
  }

  // ---- messages

  private FormatException wrong(String expected) {
    int characters = 0;
    for (int i = 0; i < at; i++) {
      // Behind the first byte of a character come those that start with the bits 10.
      characters += (text[i] & 0xc0) == 0x80 ? 0 : 1;
    }
    return refuse(
        (at < text.length ? "'" + Character.toString(character()) + "'" : "the end")
            + " at character "
            + characters
            + ", expected is "
            + expected);
  }

  FormatException refuse(String why) {
    return new FormatException(where + why);
  }
}
