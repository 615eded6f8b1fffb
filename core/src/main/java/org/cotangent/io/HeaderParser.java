package org.cotangent.io;

import java.util.Arrays;
import java.util.Map;
import org.cotangent.error.FormatException;
import org.cotangent.file.NameTable;
import org.cotangent.type.Shape;

/**
 * Reads the JSON of a safetensors header (RFC 8259), and no other: what may stand where is known,
 * so nothing nests deeper than the format does and nothing recurses. Refused beside what is no
 * JSON: duplicate names, fields that the format has not, numbers that are negative, fractional or
 * of more than 63 bits, tensors that overlap or leave bytes to none.
 *
 * <p>A check makes no object for a tensor or a text: beside the header's bytes it takes less memory
 * than these, garbage included.
 */
final class HeaderParser {
  /** A description takes no fewer bytes, so there are no more tensors than that allows. */
  private static final int SHORTEST =
      "\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}".length();

  private final byte[] bytes;
  private final String where;
  private final JsonText text;
  private final long dataBytes;

  // The tensor that was read last. A count is -1, and a place 0, where a field was not there.
  private final long[] dims = new long[SafetensorsHeader.MAX_RANK];
  private final long[] offsets = new long[2];
  private int rank;
  private int given;
  private int dtype;

  /**
   * A parser, at the start.
   *
   * @param bytes of the header, without its length
   * @param dataBytes that the file has behind the header
   * @param where the start of every message
   */
  HeaderParser(byte[] bytes, long dataBytes, String where) {
    this.bytes = bytes;
    this.where = where;
    this.text = new JsonText(bytes, where + ": header: ");
    this.dataBytes = dataBytes;
  }

  /** {@return the header, whose tensors are of the size of their shapes, and all of the data} */
  SafetensorsHeader header() {
    text.requireUnicode();
    text.requireFirst('{');
    int[] found = new int[bytes.length / SHORTEST];
    int count = 0;
    int metadata = 0;
    long end = 0;
    boolean isInOrder = true;
    for (boolean more = text.opens('{', '}'); more; more = text.hasMore('}')) {
      int name = name();
      if (text.is(name, SafetensorsHeader.METADATA)) {
        requireNew(metadata == 0, name);
        metadata = text.at();
        checkTexts();
      } else {
        read(name);
        check(name);
        found[count++] = name;
        isInOrder &= offsets[0] == end;
        end = offsets[1];
      }
    }
    text.requireEnd();
    int[] names = Arrays.copyOf(found, count);
    NameTable table = new NameTable(() -> new JsonText(bytes, ""), count);
    for (int name : names) {
      requireNew(table.add(name), name);
    }
    if (isInOrder) {
      requireAll(end);
    } else {
      requireWhole(names);
    }
    return new SafetensorsHeader(bytes, dataBytes, names, table, metadata);
  }

  private int name() {
    int name = text.string();
    text.expect(':');
    return name;
  }

  private void requireNew(boolean isNew, int name) {
    if (!isNew) {
      throw text.refuse("two values are named '" + text.shown(name) + "'");
    }
  }

  // ---- metadata

  private void checkTexts() {
    int start = text.at();
    int count = 0;
    for (boolean more = text.opens('{', '}'); more; more = text.hasMore('}')) {
      name();
      text.string();
      count++;
    }
    NameTable keys = new NameTable(() -> new JsonText(bytes, ""), count);
    text.goTo(start);
    for (boolean more = text.opens('{', '}'); more; more = text.hasMore('}')) {
      int key = name();
      requireNew(keys.add(key), key);
      text.string();
    }
  }

  /** Puts the texts at a place, which have been checked, into a map. */
  void texts(int place, Map<String, String> texts) {
    text.goTo(place);
    for (boolean more = text.opens('{', '}'); more; more = text.hasMore('}')) {
      int key = name();
      texts.put(text.decoded(key), text.decoded(text.string()));
    }
  }

  // ---- tensors

  /** {@return the tensor of a name, which has been checked} */
  StoredTensor tensor(int name) {
    read(name);
    return new StoredTensor(known(name), shape(), offsets[0], offsets[1]);
  }

  private Shape shape() {
    return Shape.of(Arrays.copyOf(dims, rank));
  }

  /** Reads what stands behind a name into this parser. */
  private void read(int name) {
    text.goTo(name - 1);
    name();
    dtype = 0;
    rank = -1;
    given = -1;
    for (boolean more = text.opens('{', '}'); more; more = text.hasMore('}')) {
      int field = name();
      if (text.is(field, "dtype")) {
        requireNew(dtype == 0, field);
        dtype = text.string();
      } else if (text.is(field, "shape")) {
        requireNew(rank < 0, field);
        rank = numbers(dims, "axes");
      } else if (text.is(field, "data_offsets")) {
        requireNew(given < 0, field);
        given = numbers(offsets, "offsets");
      } else {
        throw refuse(
            name, "has a '" + text.shown(field) + "'; known are dtype, shape and data_offsets");
      }
    }
    requireField(name, "dtype", dtype > 0);
    requireField(name, "shape", rank >= 0);
    requireField(name, "data_offsets", given >= 0);
  }

  private void requireField(int name, String field, boolean isThere) {
    if (!isThere) {
      throw refuse(name, "has no " + field);
    }
  }

  /** A list, into an array; {@return how many numbers it has} */
  private int numbers(long[] target, String what) {
    int count = 0;
    for (boolean more = text.opens('[', ']'); more; more = text.hasMore(']')) {
      if (count == target.length) {
        throw text.refuse("more than " + count + " " + what);
      }
      target[count++] = text.number();
    }
    return count;
  }

  /** Asserts that what was read is a tensor, which lies in the data and fills its place. */
  private void check(int name) {
    StoredDType known = known(name);
    if (given != 2 || offsets[0] > offsets[1] || offsets[1] > dataBytes) {
      throw refuse(
          name,
          "lies at %s; expected are begin and end within the %d bytes of data that are there"
              .formatted(Arrays.toString(Arrays.copyOf(offsets, given)), dataBytes));
    }
    long bytes = bytes(name, known);
    if (bytes != offsets[1] - offsets[0]) {
      throw refuse(
          name,
          "is %s%s of %d bytes, and lies at %s, which are %d"
              .formatted(known, shape(), bytes, Arrays.toString(offsets), offsets[1] - offsets[0]));
    }
  }

  private long bytes(int name, StoredDType known) {
    int width = known.element().bytes();
    long bytes = width;
    boolean isEmpty = false;
    for (int i = 0; i < rank; i++) {
      // Also of a tensor without elements: its strides must fit 64 bits.
      long dim = Math.max(1, dims[i]);
      if (bytes > Long.MAX_VALUE / dim) {
        throw tooLarge(name, known);
      }
      bytes *= dim;
      isEmpty |= dims[i] == 0;
    }
    if (isEmpty) {
      return 0;
    }
    // A shape has no more elements than fit if each had 8 bytes.
    if (bytes / width > Long.MAX_VALUE / Long.BYTES) {
      throw tooLarge(name, known);
    }
    return bytes;
  }

  private FormatException tooLarge(int name, StoredDType known) {
    return refuse(
        name,
        "has more bytes than 64 bits count: " + known + Arrays.toString(Arrays.copyOf(dims, rank)));
  }

  private StoredDType known(int name) {
    // By number: an iterator for each tensor would be more bytes than some take in the file.
    for (int i = 0; i < StoredDType.ALL.size(); i++) {
      if (text.is(dtype, StoredDType.ALL.get(i).name())) {
        return StoredDType.ALL.get(i);
      }
    }
    boolean isForeign = StoredDType.FOREIGN.stream().anyMatch(foreign -> text.is(dtype, foreign));
    throw refuse(
        name,
        "has dtype '"
            + text.shown(dtype)
            + (isForeign
                ? "', which the engine has not; convert it, say to F32, and write it again"
                : "'; known are " + StoredDType.ALL));
  }

  private FormatException refuse(int name, String why) {
    return text.refuse("'" + text.shown(name) + "' " + why);
  }

  // ---- places in the data

  /**
   * Asserts that the tensors are all of the data, one after the other: the format allows no byte
   * that belongs to two of them, or to none.
   */
  private void requireWhole(int[] names) {
    long[] begins = new long[names.length];
    long[] ends = new long[names.length];
    for (int i = 0; i < names.length; i++) {
      read(names[i]);
      begins[i] = offsets[0];
      ends[i] = offsets[1];
    }
    long at = 0;
    for (int i : Intervals.sorted(begins, ends)) {
      if (begins[i] != at) {
        throw new FormatException(
            where
                + ": '"
                + text.shown(names[i])
                + "' begins at byte "
                + begins[i]
                + (begins[i] < at
                    ? " and overlaps what ends at byte " + at
                    : ", and bytes " + at + " to " + begins[i] + " belong to no tensor"));
      }
      at = ends[i];
    }
    requireAll(at);
  }

  private void requireAll(long end) {
    if (end < dataBytes) {
      throw new FormatException(
          where + ": the last tensor ends at byte " + end + " of the data, which has " + dataBytes);
    }
  }
}
