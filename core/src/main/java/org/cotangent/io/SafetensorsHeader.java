package org.cotangent.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.FormatException;
import org.cotangent.type.Shape;

/**
 * What stands before the data of a safetensors file: 8 bytes with the length of a JSON object, and
 * that object, which says of each tensor its dtype, its shape and where its bytes lie.
 *
 * @param entries by name, in the header's order
 * @param metadata texts by name
 */
record SafetensorsHeader(
    SequencedMap<String, Entry> entries, SequencedMap<String, String> metadata) {
  /** The bytes that say how long the header is. */
  static final int PREFIX = 8;

  /** Of a header, in bytes; the original's limit. */
  static final long LONGEST = 100_000_000;

  /** As many axes as NumPy takes. */
  static final int MAX_RANK = 64;

  /** The one name that no tensor has. */
  static final String METADATA = "__metadata__";

  /**
   * One tensor.
   *
   * @param dtype of its elements
   * @param shape of the tensor
   * @param begin its first byte, counted from the first byte of data
   * @param end the byte behind its last
   */
  record Entry(StoredDType dtype, Shape shape, long begin, long end) {
    /** {@return dtype and shape as in {@code F32(2, 3)}} */
    @Override
    public String toString() {
      return dtype.name() + shape;
    }
  }

  /**
   * Asserts that the tensors are all of the data, one after the other: the format allows no byte
   * that belongs to two of them, or to none.
   *
   * @param bytes of data that the file has
   * @param where the start of every message
   */
  void requireWhole(long bytes, String where) {
    List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
    byPlace.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> entry) -> entry.getValue().begin())
            .thenComparingLong(entry -> entry.getValue().end()));
    long at = 0;
    for (Map.Entry<String, Entry> entry : byPlace) {
      long begin = entry.getValue().begin();
      if (begin != at) {
        throw new FormatException(
            where
                + ": '"
                + entry.getKey()
                + "' begins at byte "
                + begin
                + (begin < at
                    ? " and overlaps what ends at byte " + at
                    : ", and bytes " + at + " to " + begin + " belong to no tensor"));
      }
      at = entry.getValue().end();
    }
    if (at < bytes) {
      throw new FormatException(
          where + ": the last tensor ends at byte " + at + " of the data, which has " + bytes);
    }
  }

  /** {@return prefix and header as they stand in a file, padded so that the data is aligned} */
  byte[] format(String op) {
    List<String> items = new ArrayList<>();
    if (!metadata.isEmpty()) {
      items.add(
          quoted(METADATA)
              + metadata.entrySet().stream()
                  .map(text -> quoted(text.getKey()) + ":" + quoted(text.getValue()))
                  .collect(Collectors.joining(",", ":{", "}")));
    }
    entries.forEach((name, entry) -> items.add(quoted(name) + ":" + item(entry)));
    byte[] text = ("{" + String.join(",", items) + "}").getBytes(StandardCharsets.UTF_8);
    int length = Math.ceilDiv(text.length, PREFIX) * PREFIX;
    if (length > LONGEST) {
      throw new ArgumentException(
          op
              + ": the header takes "
              + length
              + " bytes, readers take at most "
              + LONGEST
              + "; write fewer tensors, or shorter names and metadata");
    }
    ByteBuffer header =
        ByteBuffer.allocate(PREFIX + length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(length)
            .put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.array();
  }

  private static String item(Entry entry) {
    return "{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
        .formatted(
            entry.dtype(),
            LongStream.of(entry.shape().dims())
                .mapToObj(Long::toString)
                .collect(Collectors.joining(",")),
            entry.begin(),
            entry.end());
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int named = "\"\\\b\f\n\r\t".indexOf(c);
      if (named >= 0) {
        quoted.append('\\').append("\"\\bfnrt".charAt(named));
      } else if (c < ' ') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
