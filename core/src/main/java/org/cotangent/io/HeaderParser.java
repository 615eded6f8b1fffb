package org.cotangent.io;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.io.SafetensorsHeader.Entry;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of a safetensors header (RFC 8259), and no other: what may stand where is known,
 * so nothing nests deeper than the format does and nothing recurses. Refused beside what is no
 * JSON: duplicate names, fields that the format has not, numbers that are negative, fractional or
 * of more than 63 bits. What it takes is a small multiple of the header's length.
 */
final class HeaderParser {
  private final char[] text;
  private final int end;
  private final String where;
  private final long dataBytes;

  /** The numbers of a list, until it is known how many there are. */
  private final long[] scratch = new long[SafetensorsHeader.MAX_RANK];

  private int at;

  private HeaderParser(CharBuffer text, long dataBytes, String where) {
    this.text = text.array();
    this.end = text.length();
    this.where = where + ": header: ";
    this.dataBytes = dataBytes;
  }

  /**
   * {@return what a header says, each tensor inside of the data and of the size of its shape}
   *
   * @param bytes of the header, without its length
   * @param dataBytes that the file has behind the header
   * @param where the start of every message
   */
  static SafetensorsHeader parse(byte[] bytes, long dataBytes, String where) {
    CharBuffer text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw new FormatException(where + ": header: no UTF-8; is it a safetensors file?", e);
    }
    return new HeaderParser(text, dataBytes, where).header();
  }

  private SafetensorsHeader header() {
    SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    SequencedMap<String, String> metadata = new LinkedHashMap<>();
    boolean[] described = new boolean[1];
    if (end == 0 || text[0] != '{') {
      throw wrong("'{'");
    }
    object(name -> {
      if (!name.equals(SafetensorsHeader.METADATA)) {
        once(entries.put(name, entry(name)) == null, name);
        return;
      }
      once(!described[0], name);
      described[0] = true;
      object(key -> once(metadata.put(key, string()) == null, key));
    });
    space();
    if (at < end) {
      throw wrong("the end");
    }
    return new SafetensorsHeader(entries, metadata);
  }

  private void once(boolean isFirst, String name) {
    if (!isFirst) {
      throw refuse("two values are named '" + name + "'");
    }
  }

  private Entry entry(String name) {
    String[] dtype = new String[1];
    long[][] numbers = new long[2][];
    object(field -> {
      switch (field) {
        case "dtype" -> {
          once(dtype[0] == null, field);
          dtype[0] = string();
        }
        case "shape" -> {
          once(numbers[0] == null, field);
          numbers[0] = numbers(SafetensorsHeader.MAX_RANK, "axes");
        }
        case "data_offsets" -> {
          once(numbers[1] == null, field);
          numbers[1] = numbers(2, "offsets");
        }
        default ->
            throw refuse(
                "'" + name + "' has a '" + field + "'; known are dtype, shape and data_offsets");
      }
    });
    return entry(
        name,
        there(name, "dtype", dtype[0]),
        there(name, "shape", numbers[0]),
        there(name, "data_offsets", numbers[1]));
  }

  private <T> T there(String name, String field, @Nullable T value) {
    if (value == null) {
      throw refuse("'" + name + "' has no " + field);
    }
    return value;
  }

  private Entry entry(String name, String dtype, long[] dims, long[] offsets) {
    StoredDType known = dtype(name, dtype);
    if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > dataBytes) {
      throw refuse(
          "'%s' lies at %s; expected are begin and end within the %d bytes of data that are there"
              .formatted(name, Arrays.toString(offsets), dataBytes));
    }
    long bytes = known.element().bytes();
    Shape shape;
    try {
      // Also of a tensor without elements: its strides must fit 64 bits.
      for (long dim : dims) {
        bytes = Math.multiplyExact(bytes, Math.max(1, dim));
      }
      shape = Shape.of(dims);
    } catch (ArithmeticException | ShapeException e) {
      throw refuse(
          "'" + name + "' has more bytes than 64 bits count: " + known + Arrays.toString(dims));
    }
    Entry entry = new Entry(known, shape, offsets[0], offsets[1]);
    if (shape.size() * known.element().bytes() != offsets[1] - offsets[0]) {
      throw refuse(
          "'%s' is %s of %d bytes, and lies at %s, which are %d"
              .formatted(
                  name,
                  entry,
                  shape.size() * known.element().bytes(),
                  Arrays.toString(offsets),
                  offsets[1] - offsets[0]));
    }
    return entry;
  }

  private StoredDType dtype(String name, String dtype) {
    Optional<StoredDType> known = StoredDType.named(dtype);
    if (known.isEmpty()) {
      throw refuse(
          "'"
              + name
              + "' has dtype '"
              + dtype
              + (StoredDType.FOREIGN.contains(dtype)
                  ? "', which the engine has not; convert it, say to F32, and write it again"
                  : "'; known are " + Arrays.toString(StoredDType.values())));
    }
    return known.get();
  }

  // ---- JSON

  /** Names in braces; the member reads the value behind each. */
  private void object(Consumer<String> member) {
    expect('{');
    if (skip('}')) {
      return;
    }
    do {
      String name = string();
      expect(':');
      member.accept(name);
    } while (skip(','));
    expect('}');
  }

  private long[] numbers(int most, String what) {
    int count = 0;
    expect('[');
    if (skip(']')) {
      return new long[0];
    }
    do {
      if (count == most) {
        throw refuse("more than " + most + " " + what);
      }
      scratch[count++] = number();
    } while (skip(','));
    expect(']');
    return Arrays.copyOf(scratch, count);
  }

  private long number() {
    space();
    int start = at;
    long value = 0;
    for (; at < end && isDigit(text[at]); at++) {
      int digit = text[at] - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw refuse("a number of more than 63 bits");
      }
      value = 10 * value + digit;
    }
    boolean isPadded = at > start + 1 && text[start] == '0';
    boolean goesOn = at < end && ".eE".indexOf(text[at]) >= 0;
    if (at == start || isPadded || goesOn) {
      at = start;
      throw wrong("an integer from 0 on");
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private String string() {
    expect('"');
    int start = at;
    while (true) {
      char c = next();
      if (c == '"') {
        return new String(text, start, at - 1 - start);
      }
      if (c == '\\') {
        at--;
        return escaped(new StringBuilder().append(text, start, at - start));
      }
      requirePrintable(c);
    }
  }

  /** The rest of a string that has escapes. */
  private String escaped(StringBuilder found) {
    for (char c = next(); c != '"'; c = next()) {
      requirePrintable(c);
      found.append(c == '\\' ? escape() : c);
    }
    for (int i = 0; i < found.length(); i++) {
      int point = found.codePointAt(i);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        throw refuse("half of a surrogate pair in a string");
      }
      i += Character.charCount(point) - 1;
    }
    return found.toString();
  }

  private char escape() {
    char c = next();
    int plain = "\"\\/bfnrt".indexOf(c);
    if (plain >= 0) {
      return "\"\\/\b\f\n\r\t".charAt(plain);
    }
    if (c != 'u') {
      throw refuse("'\\" + c + "' in a string");
    }
    int value = 0;
    for (int i = 0; i < 4; i++) {
      char digit = next();
      int four = digit < 128 ? Character.digit(digit, 16) : -1;
      if (four < 0) {
        throw refuse("'\\u' without four digits in a string");
      }
      value = 16 * value + four;
    }
    return (char) value;
  }

  private void requirePrintable(char c) {
    if (c < ' ') {
      throw refuse("a control character in a string");
    }
  }

  private char next() {
    if (at == end) {
      throw wrong("the rest of a string");
    }
    return text[at++];
  }

  private void space() {
    while (at < end && " \t\n\r".indexOf(text[at]) >= 0) {
      at++;
    }
  }

  private boolean skip(char wanted) {
    space();
    boolean found = at < end && text[at] == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private void expect(char wanted) {
    if (!skip(wanted)) {
      throw wrong("'" + wanted + "'");
    }
  }

  private FormatException wrong(String expected) {
    return new FormatException(
        where
            + (at < end ? "'" + text[at] + "'" : "the end")
            + " at character "
            + at
            + ", expected is "
            + expected);
  }

  private FormatException refuse(String why) {
    return new FormatException(where + why);
  }
}
