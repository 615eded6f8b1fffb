package org.cotangent.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;

/** Some bytes of a file, which others read too. */
final class FilePart extends InputStream {
  private final RandomAccessFile file;
  private long at;
  private long left;

  /**
   * A part, which may be longer than the file.
   *
   * @param file that others may read at the same time
   * @param at the first byte
   * @param bytes how many
   */
  FilePart(RandomAccessFile file, long at, long bytes) {
    this.file = file;
    this.at = at;
    this.left = bytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    int count;
    // Another reader moves the file's position.
    synchronized (file) {
      file.seek(at);
      count = file.read(target, offset, (int) Math.min(length, left));
    }
    at += Math.max(0, count);
    left -= Math.max(0, count);
    return count;
  }
}
