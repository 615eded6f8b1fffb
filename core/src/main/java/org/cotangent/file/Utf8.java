package org.cotangent.file;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** UTF-8 among other bytes, looked at without making an object for what is there. */
public final class Utf8 {
  /** Decoded at a time, to see whether it can be. */
  private static final int PIECE = 1 << 12;

  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final CharBuffer piece = CharBuffer.allocate(PIECE);
  private final ByteBuffer bytes;

  /**
   * Checks some bytes.
   *
   * @param bytes that are checked
   */
  public Utf8(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /**
   * {@return whether some of the bytes are UTF-8}
   *
   * @param from the first
   * @param to the one behind the last
   */
  public boolean isValid(int from, int to) {
    bytes.limit(to).position(from);
    decoder.reset();
    CoderResult result;
    do {
      result = decoder.decode(bytes, piece.clear(), true);
    } while (result.isOverflow());
    return !result.isError();
  }

  /**
   * {@return a character}
   *
   * @param bytes that are UTF-8 there
   * @param at where it begins
   */
  public static int point(byte[] bytes, int at) {
    int lead = bytes[at] & 0xff;
    if (lead < 0x80) {
      return lead;
    }
    int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    int point = lead & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
      point = (point << 6) | (bytes[at + i] & 0x3f);
    }
    return point;
  }

  /**
   * {@return how many bytes a character takes}
   *
   * @param point the character
   */
  public static int length(int point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
}
