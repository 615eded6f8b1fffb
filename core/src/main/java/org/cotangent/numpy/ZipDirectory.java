package org.cotangent.numpy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.cotangent.error.FormatException;
import org.cotangent.file.NameTable;
import org.cotangent.file.Utf8;

/**
 * What an archive says that it has, by PKWARE's specification (APPNOTE 6.3.10, 4.3.12 to 4.3.16):
 * the central directory as it stands in the file, and a table to find names by. {@link
 * java.util.zip.ZipFile} is not used: it takes 256 MiB for an entry that is named as a class of a
 * late version of Java in a library, and makes an object for each that is asked for.
 */
final class ZipDirectory {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int END_64 = 0x06064b50;
  private static final int END = 0x06054b50;

  /** Bytes of each before what has no fixed length. */
  private static final int LOCAL_BYTES = 30;

  private static final int CENTRAL_BYTES = 46;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int END_64_BYTES = 56;
  private static final int END_BYTES = 22;

  /** Of a directory, so that also the place behind an entry too long has 31 bits. */
  private static final int MOST = Integer.MAX_VALUE - (1 << 18);

  /** Of an entry, inflated at a time. */
  private static final int PIECE = 1 << 13;

  /** Stands for a number that has 64 bits, in another place. */
  private static final long ELSEWHERE = 0xffff_ffffL;

  private static final int ENCRYPTED = 1;
  private static final int UTF_8 = 1 << 11;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int NUMBERS_64 = 1;

  /** Where an entry has its numbers that may stand elsewhere, from its first byte. */
  private static final int STORED_SIZE = 20;

  private static final int SIZE = 24;
  private static final int OFFSET = 42;

  /** What arrays' names end with, which is not shown. */
  private static final byte[] SUFFIX = {'.', 'n', 'p', 'y'};

  /** What names are in that are not marked as UTF-8, by the specification and Python. */
  private static final Charset UNMARKED = Charset.forName("IBM437");

  private static final String UNMARKED_CHARACTERS = characters();

  private final byte[] bytes;

  /** The same; read at places alone, so that threads may share it. */
  private final ByteBuffer numbers;

  /**
   * Where that byte of the file lies from which offsets count: something may precede the archive.
   */
  private final long base;

  private final NameTable table;

  private static String characters() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    return new String(all, UNMARKED);
  }

  private ZipDirectory(byte[] bytes, long base) throws ZipException {
    this.bytes = bytes;
    this.numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.base = base;
    int count = 0;
    Utf8 unicode = new Utf8(bytes);
    for (int at = 0; at < bytes.length; at = behind(at)) {
      check(at, unicode);
      count++;
    }
    this.table = new NameTable(Names::new, count);
  }

  /**
   * {@return the directory of an archive}
   *
   * @param file the archive
   * @param where the start of a message
   * @throws ZipException if it is no archive, or one of entries that are not read
   * @throws FormatException if two entries have the same name
   */
  static ZipDirectory read(RandomAccessFile file, String where) throws IOException {
    ZipDirectory directory = located(file);
    directory
        .places()
        .forEach(place -> {
          if (!directory.table.add(place)) {
            throw new FormatException(
                where + ": two entries are named '" + directory.name(place) + "'");
          }
        });
    return directory;
  }

  /** The end of an archive says where its directory is; a comment, and more, may follow it. */
  private static ZipDirectory located(RandomAccessFile file) throws IOException {
    long length = file.length();
    int bytes = (int) Math.min(length, END_BYTES + 0xffff);
    ByteBuffer tail = part(file, length - bytes, bytes);
    for (int at = bytes - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) != END) {
        continue;
      }
      boolean isLast = at + END_BYTES + Short.toUnsignedInt(tail.getShort(at + 20)) == bytes;
      long end = length - bytes + at;
      long size = Integer.toUnsignedLong(tail.getInt(at + 12));
      if (isLast || isDirectory(file, end - size)) {
        return located(file, end, size, Integer.toUnsignedLong(tail.getInt(at + 16)));
      }
    }
    throw new ZipException("it has no end of a zip archive");
  }

  private static boolean isDirectory(RandomAccessFile file, long at) throws IOException {
    return has(file, at, Integer.BYTES) && part(file, at, Integer.BYTES).getInt(0) == CENTRAL;
  }

  /** What the end says, unless another one stands before it, of 64 bits and the same otherwise. */
  private static ZipDirectory located(RandomAccessFile file, long end, long size, long offset)
      throws IOException {
    long locator = end - LOCATOR_64_BYTES;
    if (has(file, locator, LOCATOR_64_BYTES)) {
      ByteBuffer place = part(file, locator, LOCATOR_64_BYTES);
      long end64 = place.getLong(8);
      if (place.getInt(0) == LOCATOR_64 && has(file, end64, END_64_BYTES)) {
        ByteBuffer wide = part(file, end64, END_64_BYTES);
        long size64 = wide.getLong(40);
        long offset64 = wide.getLong(48);
        if (wide.getInt(0) == END_64
            && (size == size64 || size == ELSEWHERE)
            && (offset == offset64 || offset == ELSEWHERE)) {
          return directory(file, end64, size64, offset64);
        }
      }
    }
    return directory(file, end, size, offset);
  }

  private static ZipDirectory directory(RandomAccessFile file, long end, long size, long offset)
      throws IOException {
    long start = end - size;
    if (size < 0 || start < 0 || offset < 0 || offset > start) {
      throw new ZipException("its directory of " + size + " bytes is not before its end");
    }
    if (size > MOST) {
      throw new ZipException(
          "its directory has " + size + " bytes, and at most " + MOST + " are read");
    }
    return new ZipDirectory(part(file, start, (int) size).array(), start - offset);
  }

  private static boolean has(RandomAccessFile file, long at, int bytes) throws IOException {
    return at >= 0 && at <= file.length() - bytes;
  }

  private static ByteBuffer part(RandomAccessFile file, long at, int bytes) throws IOException {
    byte[] part = new byte[bytes];
    synchronized (file) {
      file.seek(at);
      file.readFully(part);
    }
    return ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- entries

  private void check(int at, Utf8 unicode) throws ZipException {
    if (at > bytes.length - CENTRAL_BYTES
        || numbers.getInt(at) != CENTRAL
        || behind(at) > bytes.length) {
      throw new ZipException("its directory has no whole entry at byte " + at);
    }
    if ((half(at + 8) & ENCRYPTED) != 0) {
      throw new ZipException("an entry is encrypted");
    }
    int method = half(at + 10);
    if (method != STORED && method != DEFLATED) {
      throw new ZipException(
          "an entry is packed in a way that is not read (method: " + method + ")");
    }
    int name = at + CENTRAL_BYTES;
    if (isUnicode(name) && !unicode.isValid(name, name + half(at + 28))) {
      throw new ZipException("a name is marked as UTF-8, and is none");
    }
    number(at, SIZE);
    number(at, STORED_SIZE);
    number(at, OFFSET);
  }

  private int half(int at) {
    return Short.toUnsignedInt(numbers.getShort(at));
  }

  private long whole(int at) {
    return Integer.toUnsignedLong(numbers.getInt(at));
  }

  /** Where the next entry begins. */
  private int behind(int at) {
    return at + CENTRAL_BYTES + half(at + 28) + half(at + 30) + half(at + 32);
  }

  /** A number of an entry, wherever it stands. */
  private long number(int entry, int field) throws ZipException {
    long number = whole(entry + field);
    if (number < ELSEWHERE) {
      return number;
    }
    // Those that are elsewhere stand there in this order, the others do not.
    int before =
        (field != SIZE && whole(entry + SIZE) == ELSEWHERE ? Long.BYTES : 0)
            + (field == OFFSET && whole(entry + STORED_SIZE) == ELSEWHERE ? Long.BYTES : 0);
    int at = entry + CENTRAL_BYTES + half(entry + 28);
    int end = at + half(entry + 30);
    while (at + 4 <= end) {
      int content = at + 4;
      int behind = content + half(at + 2);
      if (half(at) == NUMBERS_64 && behind <= end && content + before + Long.BYTES <= behind) {
        long wide = numbers.getLong(content + before);
        if (wide >= 0) {
          return wide;
        }
      }
      at = behind;
    }
    throw new ZipException("an entry's numbers of 64 bits are not there");
  }

  private boolean isUnicode(int name) {
    return (half(name - CENTRAL_BYTES + 8) & UTF_8) != 0;
  }

  /** The end of a name as it is shown. */
  private int end(int name) {
    int end = name + half(name - CENTRAL_BYTES + 28);
    int suffix = end - SUFFIX.length;
    return suffix >= name && Arrays.equals(bytes, suffix, end, SUFFIX, 0, SUFFIX.length)
        ? suffix
        : end;
  }

  private final class Names implements NameTable.Reader {
    private int at;
    private int end;
    private boolean isUnicode;

    @Override
    public void goTo(int place) {
      at = place;
      end = end(place);
      isUnicode = isUnicode(place);
    }

    @Override
    public int point() {
      if (at == end) {
        return NameTable.END;
      }
      int point = isUnicode ? Utf8.point(bytes, at) : UNMARKED_CHARACTERS.charAt(bytes[at] & 0xff);
      at += isUnicode ? Utf8.length(point) : 1;
      return point;
    }
  }

  /** {@return the places of all entries that are no folders, in the directory's order} */
  IntStream places() {
    return IntStream.iterate(0, at -> at < bytes.length, this::behind)
        .map(at -> at + CENTRAL_BYTES)
        .filter(name -> !isFolder(name));
  }

  private boolean isFolder(int name) {
    int end = name + half(name - CENTRAL_BYTES + 28);
    return end > name && bytes[end - 1] == '/';
  }

  /** {@return the place of a name, or 0 if it is not there} */
  int find(String name) {
    return table.find(name);
  }

  /** {@return the name at a place, without {@code .npy}} */
  String name(int place) {
    return new String(
        bytes, place, end(place) - place, isUnicode(place) ? StandardCharsets.UTF_8 : UNMARKED);
  }

  /** {@return the size of what an entry has, by the directory} */
  long size(int place) throws ZipException {
    return number(place - CENTRAL_BYTES, SIZE);
  }

  /** {@return the checksum of what an entry has, by the directory} */
  long checksum(int place) {
    return whole(place - CENTRAL_BYTES + 16);
  }

  /**
   * {@return what an entry has}
   *
   * @param file the archive
   * @param place of the entry
   */
  InputStream content(RandomAccessFile file, int place) throws IOException {
    int entry = place - CENTRAL_BYTES;
    long offset = number(entry, OFFSET);
    long at = offset + base;
    if (!has(file, at, LOCAL_BYTES)) {
      throw new ZipException("it begins at byte " + offset + ", which is not in the file");
    }
    ByteBuffer local = part(file, at, LOCAL_BYTES);
    if (local.getInt(0) != LOCAL) {
      throw new ZipException("it begins at byte " + offset + ", where there is no entry");
    }
    long start =
        at
            + LOCAL_BYTES
            + Short.toUnsignedInt(local.getShort(26))
            + Short.toUnsignedInt(local.getShort(28));
    long bytes = number(entry, STORED_SIZE);
    if (bytes > file.length() - start) {
      throw new ZipException("its " + bytes + " bytes reach beyond the end of the file");
    }
    InputStream stored = new FilePart(file, start, bytes);
    return half(entry + 10) == STORED
        ? stored
        : new Inflated(stored, (int) Math.min(PIECE, bytes + 1));
  }

  /** What a part of a file holds deflated. */
  private static final class Inflated extends InflaterInputStream {
    Inflated(InputStream in, int piece) {
      // The inflater wants a byte behind what has no header of its own.
      super(
          new SequenceInputStream(in, new ByteArrayInputStream(new byte[1])),
          new Inflater(true),
          piece);
    }

    @Override
    public void close() throws IOException {
      super.close();
      inf.end();
    }
  }
}
