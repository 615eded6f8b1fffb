package org.cotangent.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.file.Reasons;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * An array as NumPy has it: any of the dtypes, byte orders and memory orders of {@link NumPyDType}
 * and {@link Order}. It is no tensor. What becomes of its dtype is asked for, never guessed:
 *
 * <ul>
 *   <li>same: the bits stay; of bool any byte but 0 becomes 1
 *   <li>all: every value is held
 *   <li>range: an error if a value is out of range
 *   <li>exact: an error if a value is not exact
 *   <li>round: rounds to nearest even; an error if a finite value overflows
 *   <li>cast: an error that says cast, whatever the values
 *   <li>none: an error; the two bytes of void16, which NumPy writes as {@code V2}, do not say what
 *       they mean. They are taken for bfloat16, as ml_dtypes saves it, if that is asked for by name
 * </ul>
 *
 * <table>
 * <caption>What toHost and copyTo do</caption>
 * <tr><th>from</th><th>bool</th><th>int8</th><th>int16</th><th>int32</th><th>int64</th>
 *     <th>uint8</th><th>float16</th><th>bfloat16</th><th>float32</th><th>float64</th></tr>
 * <tr><td>bool</td><td>same</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td>
 *     <td>cast</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td></tr>
 * <tr><td>int8</td><td>cast</td><td>same</td><td>all</td><td>all</td><td>all</td>
 *     <td>range</td><td>all</td><td>all</td><td>all</td><td>all</td></tr>
 * <tr><td>int16</td><td>cast</td><td>range</td><td>same</td><td>all</td><td>all</td>
 *     <td>range</td><td>exact</td><td>exact</td><td>all</td><td>all</td></tr>
 * <tr><td>int32</td><td>cast</td><td>range</td><td>range</td><td>same</td><td>all</td>
 *     <td>range</td><td>exact</td><td>exact</td><td>exact</td><td>all</td></tr>
 * <tr><td>int64</td><td>cast</td><td>range</td><td>range</td><td>range</td><td>same</td>
 *     <td>range</td><td>exact</td><td>exact</td><td>exact</td><td>exact</td></tr>
 * <tr><td>uint8</td><td>cast</td><td>range</td><td>all</td><td>all</td><td>all</td>
 *     <td>same</td><td>all</td><td>all</td><td>all</td><td>all</td></tr>
 * <tr><td>uint16</td><td>cast</td><td>range</td><td>range</td><td>all</td><td>all</td>
 *     <td>range</td><td>exact</td><td>exact</td><td>all</td><td>all</td></tr>
 * <tr><td>uint32</td><td>cast</td><td>range</td><td>range</td><td>range</td><td>all</td>
 *     <td>range</td><td>exact</td><td>exact</td><td>exact</td><td>all</td></tr>
 * <tr><td>uint64</td><td>cast</td><td>range</td><td>range</td><td>range</td><td>range</td>
 *     <td>range</td><td>exact</td><td>exact</td><td>exact</td><td>exact</td></tr>
 * <tr><td>float16</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td>
 *     <td>cast</td><td>same</td><td>round</td><td>all</td><td>all</td></tr>
 * <tr><td>float32</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td>
 *     <td>cast</td><td>round</td><td>round</td><td>same</td><td>all</td></tr>
 * <tr><td>float64</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td><td>cast</td>
 *     <td>cast</td><td>round</td><td>round</td><td>round</td><td>same</td></tr>
 * <tr><td>void16</td><td>none</td><td>none</td><td>none</td><td>none</td><td>none</td>
 *     <td>none</td><td>none</td><td>same</td><td>none</td><td>none</td></tr>
 * </table>
 *
 * <p>An error has the index and value of an element. Between floats NaN stays NaN and infinities
 * stay infinities.
 *
 * <table>
 * <caption>What cast does</caption>
 * <tr><th>from</th><th>to</th><th>an element</th></tr>
 * <tr><td>integer</td><td>integer</td><td>keeps the low bits, as two's complement</td></tr>
 * <tr><td>integer</td><td>float</td>
 *     <td>rounds to nearest even; overflow gives infinity</td></tr>
 * <tr><td>float</td><td>float</td>
 *     <td>rounds to nearest even; overflow gives infinity; NaN and infinities stay</td></tr>
 * <tr><td>float</td><td>integer</td>
 *     <td>truncates towards zero; NaN gives 0; infinities and what is out of range give the nearest
 *     limit</td></tr>
 * <tr><td>bool</td><td>integer</td><td>0 or 1</td></tr>
 * <tr><td>bool</td><td>float</td><td>0 or 1</td></tr>
 * <tr><td>integer</td><td>bool</td><td>whether it is not 0; NaN gives true</td></tr>
 * <tr><td>float</td><td>bool</td><td>whether it is not 0; NaN gives true</td></tr>
 * </table>
 *
 * <p>The results are copies, in C order and the machine's byte order.
 *
 * @param dtype of the elements
 * @param shape of the array
 * @param order of the elements in {@code data}
 * @param data exactly as many bytes as dtype and shape ask for, at any alignment
 */
public record NumPyArray(NumPyDType dtype, Shape shape, Order order, MemorySegment data)
    implements ArrayLike {

  /**
   * Takes memory as it is, without a copy.
   *
   * @throws ArgumentException if the data has not the size that dtype and shape ask for
   */
  public NumPyArray {
    Require.nonNull("array", "the dtype", dtype);
    Require.nonNull("array", "the shape", shape);
    Require.nonNull("array", "the order", order);
    Require.nonNull("array", "the data", data);
    long bytes = shape.size() * dtype.bytes();
    if (data.byteSize() != bytes) {
      throw new ArgumentException(
          "array: " + dtype + shape + " needs " + bytes + " bytes, got " + data.byteSize());
    }
  }

  /**
   * {@return the array in a {@code .npy} file, format 1.0, 2.0 or 3.0, of any size}
   *
   * <p>As NumPy does, it leaves bytes after the array alone. Pickled objects are never loaded.
   *
   * @param path of the file
   * @throws FormatException if the file cannot be read, is truncated or malformed, or holds a dtype
   *     that is not supported; the message has path and reason
   */
  public static NumPyArray load(Path path) {
    Require.nonNull("load", "the path", path);
    return NpyReader.load(path, "load: " + path);
  }

  /**
   * {@return the array in a {@code .npy} file of any size, which stays there: a read-only view that
   * costs no memory and reads a page when it is looked at}
   *
   * <p>Conversions copy what they look at. If the file is shortened meanwhile, they throw a {@link
   * FormatException}; whoever reads {@link #data} by other means must expect an {@link
   * InternalError}, or worse from compiled loops. The pages are unmapped when nothing refers to
   * them any more.
   *
   * @param path of the file
   * @throws FormatException as {@link #load} does
   */
  public static NumPyArray map(Path path) {
    return Mapping.of(Require.nonNull("map", "the path", path), "map: " + path);
  }

  /**
   * {@return what the header of a {@code .npy} file says, whatever its dtype} No data is read.
   *
   * @param path of the file
   * @throws FormatException if the file cannot be read or has no such header
   */
  public static ArrayInfo introspect(Path path) {
    String where = "introspect: " + Require.nonNull("introspect", "the path", path);
    try (InputStream in = Files.newInputStream(path)) {
      return NpyHeader.info(in, where);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /**
   * {@return the next array of a stream in {@code .npy} format} The stream is read to the end of
   * the array and no further, so that several arrays can follow each other, and stays open.
   *
   * @param in the stream
   * @param name of the stream, for messages
   * @throws FormatException as {@link #load} does
   */
  public static NumPyArray read(InputStream in, String name) {
    Require.nonNull("read", "the stream", in);
    String where = "read: " + Require.nonNull("read", "the name", name);
    try {
      return NpyReader.read(in, where);
    } catch (IOException e) {
      throw new FormatException(where + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /**
   * {@return a float32 array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(float[] data, long... shape) {
    float[] copy = Require.nonNull("of", "the data", data).clone();
    return of(NumPyDType.Element.FLOAT32, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return a float64 array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(double[] data, long... shape) {
    double[] copy = Require.nonNull("of", "the data", data).clone();
    return of(NumPyDType.Element.FLOAT64, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return an int32 array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(int[] data, long... shape) {
    int[] copy = Require.nonNull("of", "the data", data).clone();
    return of(NumPyDType.Element.INT32, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return an int64 array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(long[] data, long... shape) {
    long[] copy = Require.nonNull("of", "the data", data).clone();
    return of(NumPyDType.Element.INT64, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return an int16 array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(short[] data, long... shape) {
    short[] copy = Require.nonNull("of", "the data", data).clone();
    return of(NumPyDType.Element.INT16, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return an int8 array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(byte[] data, long... shape) {
    byte[] copy = Require.nonNull("of", "the data", data).clone();
    return of(NumPyDType.Element.INT8, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return a bool array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single truth value
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(boolean[] data, long... shape) {
    MemorySegment copy = NestedArray.bytes(Require.nonNull("of", "the data", data));
    return of(NumPyDType.Element.BOOL, copy, shape);
  }

  /**
   * {@return an array of arrays of numbers or truth values, as in {@code float[][]}} Each level is
   * an axis, and the class of the elements says the dtype, as above: {@code new int[3][4]} is int32
   * of shape (3, 4). Boxed numbers are taken as well. A level that no row shows has size 0: {@code
   * new float[0][]} has shape (0, 0).
   *
   * @param nested the rows, copied
   * @throws ShapeException if the rows are ragged, with the position of the first that differs, or
   *     there are more levels than NumPy has axes (64)
   * @throws DTypeException if elements have several classes, or one that NumPy has no dtype for
   * @throws ArgumentException if a row or an element is null, with its position
   */
  public static NumPyArray of(Object[] nested) {
    return NestedArray.of(Require.nonNull("of", "the array", nested));
  }

  /**
   * {@return an array of the elements from a buffer's position to its limit} The class of the
   * buffer says the dtype: float32, float64, int16, int32 or int64; the byte order is the buffer's.
   * Without a copy it is {@code new NumPyArray(dtype, shape, order, MemorySegment.ofBuffer(data))}.
   *
   * @param data the elements in C order, copied; the position stays
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the shape has not as many elements as the buffer
   * @throws DTypeException if it is a buffer of bytes, which {@link #of(ByteBuffer,
   *     NumPyDType.Element, long...)} takes, or of characters
   */
  public static NumPyArray of(Buffer data, long... shape) {
    NumPyDType dtype =
        switch (Require.nonNull("of", "the data", data)) {
          case FloatBuffer b -> new NumPyDType(NumPyDType.Element.FLOAT32, b.order());
          case DoubleBuffer b -> new NumPyDType(NumPyDType.Element.FLOAT64, b.order());
          case ShortBuffer b -> new NumPyDType(NumPyDType.Element.INT16, b.order());
          case IntBuffer b -> new NumPyDType(NumPyDType.Element.INT32, b.order());
          case LongBuffer b -> new NumPyDType(NumPyDType.Element.INT64, b.order());
          case ByteBuffer _ ->
              throw new DTypeException("of: bytes of what? Pass the element after the buffer");
          case CharBuffer _ ->
              throw new DTypeException("of: NumPy has no dtype for characters; pass numbers");
        };
    return copy(data, dtype, shape);
  }

  /**
   * {@return an array of what lies in a buffer of bytes, from its position to its limit, in its
   * byte order}
   *
   * @param data the elements in C order, copied; the position stays
   * @param element kind and size of the elements
   * @param shape sizes of the axes; none for a single number
   * @throws ShapeException if the buffer has not the bytes of as many elements as the shape
   */
  public static NumPyArray of(ByteBuffer data, NumPyDType.Element element, long... shape) {
    Require.nonNull("of", "the data", data);
    return copy(data, new NumPyDType(element, data.order()), shape);
  }

  private static NumPyArray copy(Buffer data, NumPyDType dtype, long[] dims) {
    MemorySegment source = MemorySegment.ofBuffer(data);
    Shape shape = filled(source.byteSize(), dtype.bytes(), dims);
    MemorySegment copy = NpyReader.allocate(source.byteSize(), "of").copyFrom(source);
    return new NumPyArray(dtype, shape, Order.C, copy.asReadOnly());
  }

  private static NumPyArray of(NumPyDType.Element element, MemorySegment data, long[] dims) {
    Shape shape = filled(data.byteSize(), element.bytes(), dims);
    NumPyDType dtype = new NumPyDType(element, ByteOrder.nativeOrder());
    return new NumPyArray(dtype, shape, Order.C, data.asReadOnly());
  }

  /** {@return the shape, which must have exactly the elements that are there} */
  private static Shape filled(long bytes, int each, long[] dims) {
    Shape shape = Shape.of(dims);
    if (shape.size() * each != bytes) {
      throw new ShapeException(
          "of: "
              + (bytes % each == 0 ? bytes / each + " elements" : bytes + " bytes")
              + " do not fill shape "
              + shape
              + " of "
              + shape.size()
              + "; pass the sizes of the axes after the data");
    }
    return shape;
  }

  /**
   * {@return a copy of the rows from one up to, but without, another, in the array's dtype and in C
   * order} As NumPy's {@code a[from:to].copy()}; of a mapped file nothing else is read. In Fortran
   * order, where the elements of a row lie apart, this takes longer.
   *
   * @param from the first row
   * @param to the row behind the last
   * @throws IndexException unless 0 &lt;= from &lt;= to &lt;= the number of rows
   * @throws ShapeException if this is a scalar
   * @throws FormatException if the file of a mapped array was shortened
   */
  public NumPyArray rows(long from, long to) {
    long count = Rows.count("rows", this);
    if (from < 0 || to < from || to > count) {
      throw new IndexException(
          "rows: " + from + " to " + to + " is out of range for the " + count + " rows of " + this);
    }
    return Rows.copy("rows", this, to - from, at -> from + at);
  }

  /**
   * {@return a copy of some rows, in the array's dtype and in C order} As NumPy's {@code
   * a.take(rows, axis=0)}; of a mapped file nothing else is read.
   *
   * @param rows their indices from 0 on, in any order, also repeatedly
   * @throws IndexException if there is no such row
   * @throws ShapeException if this is a scalar
   * @throws FormatException if the file of a mapped array was shortened
   */
  public NumPyArray take(long... rows) {
    Rows.requireInside("take", this, Require.nonNull("take", "the array of rows", rows));
    return Rows.copy("take", this, rows.length, at -> rows[(int) at]);
  }

  /** {@return itself} */
  @Override
  public NumPyArray toNumPyArray() {
    return this;
  }

  /**
   * {@return the engine's dtype of the same kind and size}
   *
   * @throws DTypeException if the engine has none; the message names the nearest one that it has,
   *     to be asked for
   */
  public DType engineDType() {
    return form().engineDType("dtype");
  }

  Form form() {
    return new Form(dtype, shape, order);
  }

  /**
   * {@return a copy in the array's own dtype}
   *
   * @throws DTypeException if the engine has no such dtype; the message names the nearest one that
   *     has, to be passed to {@link #toHost(DType)}
   */
  public HostArray toHost() {
    return toHost(form().engineDType("toHost"));
  }

  /**
   * {@return a copy in a dtype that holds every value, see the table above}
   *
   * @param target the engine's dtype
   * @throws DTypeException if a value does not fit, with its index and value, or if the conversion
   *     is one that only {@link #cast} does
   */
  public HostArray toHost(DType target) {
    Require.nonNull("toHost", "the dtype", target);
    Conversion.requireChecked("toHost", dtype.element(), target);
    HostArray copy = HostArray.allocate(new TensorType(target, shape));
    Conversion.checked("toHost", this, copy);
    return copy;
  }

  /**
   * Copies the values into memory that is there, by the rules of {@link #toHost(DType)}. Each is
   * read and written once, whatever the conversion.
   *
   * @param target in any dtype that holds the values; on the heap or outside. After an error its
   *     values are not defined
   * @throws ShapeException if it has another shape
   * @throws ArgumentException if its memory is read-only, closed, another thread's, or shared with
   *     the array
   * @throws DTypeException as {@link #toHost(DType)} does
   */
  public void copyTo(HostArray target) {
    Require.target("copyTo", "the array", form(), target);
    if (target.data().asOverlappingSlice(data).isPresent()) {
      throw new ArgumentException(
          "copyTo: the target shares memory with the array; pass memory of its own");
    }
    Conversion.checked("copyTo", this, target);
  }

  /**
   * Copies some rows into memory that is there already, to be used again and again, in a dtype that
   * holds every value, see the table above.
   *
   * @param rows their indices from 0 on, in any order, also repeatedly
   * @param target of the wanted dtype, with as many rows
   * @throws DTypeException if a value does not fit, with its index in this array and its value, or
   *     if the conversion is one that only {@link #cast} does
   * @throws IndexException if there is no such row
   * @throws ShapeException if the target has another shape, or this is a scalar
   * @throws FormatException if the file of a mapped array was shortened
   */
  public void toHost(long[] rows, HostArray target) {
    Rows.convert(
        this,
        Require.nonNull("toHost", "the array of rows", rows),
        Require.nonNull("toHost", "the target", target));
  }

  /**
   * {@return a copy in any dtype, whatever it loses, see the table above}
   *
   * @param target the engine's dtype
   * @throws DTypeException if the array is of void16, and asked for anything but bfloat16
   */
  public HostArray cast(DType target) {
    Require.nonNull("cast", "the dtype", target);
    Conversion.requireKnown("cast", dtype.element(), target);
    HostArray copy = HostArray.allocate(new TensorType(target, shape));
    Conversion.cast(this, copy);
    return copy;
  }

  /** {@return dtype, shape and order, as in {@code >f8(360, 64) in Fortran order}} */
  @Override
  public String toString() {
    return form().toString();
  }
}
