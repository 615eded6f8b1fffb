package org.cotangent.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;

/**
 * The header of a {@code .npy} file: magic bytes, version, length, a Python dictionary, padding.
 * The specification is NumPy's {@code numpy/lib/format.py}. Nothing in a header is trusted: its
 * length is capped before it is read.
 *
 * @param dtype of the elements
 * @param order of the elements
 * @param shape of the array
 * @param length in bytes, from the magic to the first element
 */
record NpyHeader(NumPyDType dtype, Order order, Shape shape, int length) {
  /** NumPy's own limit on the number of axes (32 before NumPy 2). */
  static final int MAX_RANK = 64;

  /** NumPy's own limit for headers of files that are not trusted. */
  private static final int MAX_LENGTH = 10_000;

  private static final int ALIGNMENT = 64;

  /** NumPy leaves room for the first axis, or the last in Fortran order, to grow in place. */
  private static final int GROWTH_DIGITS = 21;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final byte[] ZIP_MAGIC = {'P', 'K'};
  private static final byte PICKLE_PROTOCOL = (byte) 0x80;

  private static final PythonLiteral DESCR = new PythonLiteral.Text("descr");
  private static final PythonLiteral FORTRAN_ORDER = new PythonLiteral.Text("fortran_order");
  private static final PythonLiteral SHAPE = new PythonLiteral.Text("shape");

  /** {@return the bytes of the elements; never overflows} */
  long dataBytes() {
    return form().bytes();
  }

  Form form() {
    return new Form(dtype, shape, order);
  }

  /**
   * {@return the header at the start of a stream, which is left at the first element}
   *
   * @param in the stream
   * @param where the start of every message
   * @throws FormatException if it is no header, or one of an array that is not supported
   */
  static NpyHeader read(InputStream in, String where) throws IOException {
    Entries entries = entries(in, where);
    NumPyDType dtype = dtype(entries.descr(), where);
    requireAddresses(entries.shape(), dtype, where + ": header");
    return new NpyHeader(dtype, entries.order(), entries.shape(), entries.length());
  }

  /**
   * {@return what the header at the start of a stream says, whatever the dtype}
   *
   * @param in the stream
   * @param where the start of every message
   * @throws FormatException if it is no header
   */
  static ArrayInfo info(InputStream in, String where) throws IOException {
    Entries entries = entries(in, where);
    String descr =
        entries.descr() instanceof PythonLiteral.Text(String text)
            ? text
            : entries.descr().toString();
    return new ArrayInfo(descr, entries.shape(), entries.order());
  }

  /** The dictionary, with the dtype as it was written. */
  private record Entries(PythonLiteral descr, Order order, Shape shape, int length) {}

  private static Entries entries(InputStream in, String where) throws IOException {
    magic(in, where);
    byte[] version = exactly(in, 2, where);
    if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
      throw new FormatException(
          where
              + ": format version "
              + (version[0] & 0xff)
              + "."
              + (version[1] & 0xff)
              + " is unknown; 1.0, 2.0 and 3.0 are read");
    }
    int prefix = version[0] == 1 ? 2 : 4;
    byte[] lengthBytes = Arrays.copyOf(exactly(in, prefix, where), 4);
    long length =
        Integer.toUnsignedLong(
            ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN).getInt());
    boolean isUtf8 = version[0] == 3;
    Charset charset = isUtf8 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    // Before it is read by its bytes, afterwards by its characters.
    requireShort(length, isUtf8 ? 4 * MAX_LENGTH : MAX_LENGTH, where);
    String text = decode(exactly(in, (int) length, where), charset, where);
    requireShort(text.codePointCount(0, text.length()), MAX_LENGTH, where);
    // Python 2 wrote no version 3.
    PythonLiteral.Suffix suffix = isUtf8 ? PythonLiteral.Suffix.NONE : PythonLiteral.Suffix.LONG;
    return parse(
        PythonLiteral.parse(text, suffix, where), MAGIC.length + 2 + prefix + (int) length, where);
  }

  private static void requireShort(long length, int most, String where) {
    if (length > most) {
      throw new FormatException(
          where + ": header of " + length + " bytes; at most " + most + " are read");
    }
  }

  private static void magic(InputStream in, String where) throws IOException {
    byte[] magic = in.readNBytes(MAGIC.length);
    if (Arrays.equals(magic, MAGIC)) {
      return;
    }
    String reason;
    if (magic.length == 0) {
      reason = "no .npy file: empty";
    } else if (Arrays.equals(magic, Arrays.copyOf(MAGIC, magic.length))) {
      reason = "truncated in the header";
    } else if (Arrays.equals(Arrays.copyOf(magic, 2), ZIP_MAGIC)) {
      reason = "no .npy file but a zip archive; open an .npz with Npz.open";
    } else if (magic[0] == PICKLE_PROTOCOL) {
      reason = "no .npy file but a Python pickle, which is never loaded; write it with np.save";
    } else {
      reason = "no .npy file: it does not start with \\x93NUMPY";
    }
    throw new FormatException(where + ": " + reason);
  }

  private static byte[] exactly(InputStream in, int count, String where) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new FormatException(where + ": truncated in the header");
    }
    return bytes;
  }

  private static String decode(byte[] bytes, Charset charset, String where) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(where + ": header: not " + charset, e);
    }
  }

  private static Entries parse(PythonLiteral literal, int length, String where) {
    if (!(literal instanceof PythonLiteral.Dict(var items))) {
      throw new FormatException(where + ": header: no dictionary");
    }
    if (!items.keySet().equals(Set.of(DESCR, FORTRAN_ORDER, SHAPE))) {
      throw new FormatException(
          where
              + ": header: the keys are "
              + items.keySet()
              + "; they must be 'descr', 'fortran_order' and 'shape'");
    }
    Order order =
        switch (get(items, FORTRAN_ORDER)) {
          case PythonLiteral.Constant.TRUE -> Order.FORTRAN;
          case PythonLiteral.Constant.FALSE -> Order.C;
          case PythonLiteral other ->
              throw new FormatException(
                  where + ": header: fortran_order is " + other + ", neither True nor False");
        };
    return new Entries(get(items, DESCR), order, shape(get(items, SHAPE), where), length);
  }

  /** Also of an array without elements, as NumPy does: its strides must fit 64 bits. */
  static void requireAddresses(Shape shape, NumPyDType dtype, String where) {
    try {
      long bytes = dtype.bytes();
      for (long dim : shape.dims()) {
        bytes = Math.multiplyExact(bytes, Math.max(1, dim));
      }
    } catch (ArithmeticException e) {
      throw new FormatException(
          where + ": " + dtype + shape + " has more bytes than 64 bits count", e);
    }
  }

  private static PythonLiteral get(Map<PythonLiteral, PythonLiteral> items, PythonLiteral key) {
    return Require.nonNull("header", "a value", items.get(key));
  }

  private static Shape shape(PythonLiteral value, String where) {
    if (!(value instanceof PythonLiteral.Tuple(List<PythonLiteral> items))
        || !items.stream().allMatch(PythonLiteral.Int.class::isInstance)) {
      throw new FormatException(where + ": header: shape is " + value + ", no tuple of integers");
    }
    if (items.size() > MAX_RANK) {
      throw new FormatException(
          where
              + ": header: shape of "
              + items.size()
              + " axes; at most "
              + MAX_RANK
              + " are read");
    }
    try {
      return Shape.of(
          items.stream().mapToLong(item -> ((PythonLiteral.Int) item).value()).toArray());
    } catch (ShapeException e) {
      throw new FormatException(where + ": header: " + e.getMessage(), e);
    }
  }

  private static NumPyDType dtype(PythonLiteral descr, String where) {
    try {
      return switch (descr) {
        case PythonLiteral.Text(String text) -> NumPyDType.parse(text);
        case PythonLiteral.Sequence _, PythonLiteral.Tuple _, PythonLiteral.Dict _ ->
            throw NumPyDType.unsupported(
                "structured", descr.toString(), "save each field on its own, as in a['x']");
        case PythonLiteral.Int _, PythonLiteral.Constant _ ->
            throw new DTypeException("dtype " + descr + " is not understood");
      };
    } catch (DTypeException e) {
      throw new FormatException(where + ": " + e.getMessage(), e);
    }
  }

  /**
   * {@return the header that NumPy writes for an array, byte for byte} Always version 1.0: the
   * later ones are for longer headers and field names, which at most {@link #MAX_RANK} axes of a
   * plain dtype never need.
   *
   * @param dtype of the elements
   * @param order of the elements; where both are the same NumPy says C
   * @param shape at most {@link #MAX_RANK} axes
   */
  static byte[] format(NumPyDType dtype, Order order, Shape shape) {
    boolean fortran = order == Order.FORTRAN && !Reorder.isSame(shape);
    StringBuilder text =
        new StringBuilder()
            .append("{'descr': '" + dtype.written() + "', 'fortran_order': ")
            .append(fortran ? "True" : "False")
            .append(", 'shape': " + shape + ", }");
    if (shape.rank() > 0) {
      long growing = shape.dim(fortran ? shape.rank() - 1 : 0);
      text.repeat(' ', GROWTH_DIGITS - Long.toString(growing).length());
    }
    int prefix = MAGIC.length + 4;
    // The line break counts; a header that fits exactly is padded all the same, as NumPy does.
    text.repeat(' ', ALIGNMENT - (prefix + text.length() + 1) % ALIGNMENT).append('\n');
    return ByteBuffer.allocate(prefix + text.length())
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) text.length())
        .put(text.toString().getBytes(StandardCharsets.ISO_8859_1))
        .array();
  }
}
