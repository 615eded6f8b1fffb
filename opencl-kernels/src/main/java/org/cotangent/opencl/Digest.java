package org.cotangent.opencl;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of some parts; what is added as text is told apart from its neighbours. */
final class Digest {
  /** Of the result. */
  static final int BYTES = 32;

  private final MessageDigest digest;

  Digest() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** Adds a text, with its length in front. */
  Digest add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
    return this;
  }

  /** Adds bytes. */
  Digest add(byte[] bytes) {
    return add(bytes, 0);
  }

  /** Adds the bytes from an index on. */
  Digest add(byte[] bytes, int from) {
    digest.update(bytes, from, bytes.length - from);
    return this;
  }

  /** {@return the digest; nothing is added afterwards} */
  byte[] bytes() {
    return digest.digest();
  }

  /** {@return the digest in hexadecimal digits; nothing is added afterwards} */
  String hex() {
    return HexFormat.of().formatHex(bytes());
  }
}
