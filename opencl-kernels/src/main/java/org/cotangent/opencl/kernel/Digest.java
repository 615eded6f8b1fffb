package org.cotangent.opencl.kernel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of some parts; what is added as text is told apart from its neighbours. */
public final class Digest {
  /** Of the result. */
  public static final int BYTES = 32;

  private final MessageDigest digest;

  /** Of nothing yet. */
  public Digest() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /**
   * Adds a text, with its length in front.
   *
   * @param text to add
   * @return this
   */
  public Digest add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
    return this;
  }

  /**
   * Adds bytes.
   *
   * @param bytes to add
   * @return this
   */
  public Digest add(byte[] bytes) {
    return add(bytes, 0);
  }

  /**
   * Adds the bytes from an index on.
   *
   * @param bytes to add
   * @param from the first
   * @return this
   */
  public Digest add(byte[] bytes, int from) {
    digest.update(bytes, from, bytes.length - from);
    return this;
  }

  /** {@return the digest; nothing is added afterwards} */
  public byte[] bytes() {
    return digest.digest();
  }

  /** {@return the digest in hexadecimal digits; nothing is added afterwards} */
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }
}
