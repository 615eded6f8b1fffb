package org.cotangent.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
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
      throw new FormatException(where + ": cannot be read: " + NpyReader.reason(e), e);
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
      throw new FormatException(where + ": cannot be read: " + NpyReader.reason(e), e);
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
    return of(NumPyDType.Element.FLOAT32, copy.length, MemorySegment.ofArray(copy), shape);
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
    return of(NumPyDType.Element.FLOAT64, copy.length, MemorySegment.ofArray(copy), shape);
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
    return of(NumPyDType.Element.INT32, copy.length, MemorySegment.ofArray(copy), shape);
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
    return of(NumPyDType.Element.INT64, copy.length, MemorySegment.ofArray(copy), shape);
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
    return of(NumPyDType.Element.INT16, copy.length, MemorySegment.ofArray(copy), shape);
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
    return of(NumPyDType.Element.INT8, copy.length, MemorySegment.ofArray(copy), shape);
  }

  /**
   * {@return a bool array}
   *
   * @param data the elements in C order, copied
   * @param shape sizes of the axes; none for a single truth value
   * @throws ShapeException if the shape has not as many elements as the data
   */
  public static NumPyArray of(boolean[] data, long... shape) {
    byte[] copy = new byte[Require.nonNull("of", "the data", data).length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = (byte) (data[i] ? 1 : 0);
    }
    return of(NumPyDType.Element.BOOL, copy.length, MemorySegment.ofArray(copy), shape);
  }

  private static NumPyArray of(
      NumPyDType.Element element, int count, MemorySegment data, long[] dims) {
    Shape shape = Shape.of(dims);
    if (shape.size() != count) {
      throw new ShapeException(
          "of: "
              + count
              + " elements do not fill shape "
              + shape
              + " of "
              + shape.size()
              + "; pass the sizes of the axes after the data");
    }
    NumPyDType dtype = new NumPyDType(element, ByteOrder.nativeOrder());
    return new NumPyArray(dtype, shape, Order.C, data.asReadOnly());
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
    return engineDType("dtype");
  }

  private DType engineDType(String op) {
    NumPyDType.Element element = dtype.element();
    if (element == NumPyDType.Element.VOID16) {
      throw new DTypeException(
          op
              + ": void16 ('V2') does not say what its two bytes mean; if they are bfloat16, as"
              + " ml_dtypes saves it, pass the dtype argument: bfloat16");
    }
    return element
        .engine()
        .orElseThrow(() ->
            new DTypeException(
                op
                    + ": the engine has no "
                    + element
                    + "; pass the dtype argument"
                    + " to convert: "
                    + element.nearest()
                    + " is the nearest"
                    + (element == NumPyDType.Element.UINT64
                        ? ", an error where a value is above 2^63 - 1"
                        : " and holds every value")));
  }

  /**
   * {@return a copy in the array's own dtype}
   *
   * @throws DTypeException if the engine has no such dtype; the message names the nearest one that
   *     has, to be passed to {@link #toHost(DType)}
   */
  public HostArray toHost() {
    return toHost(engineDType("toHost"));
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
    Require.nonNull("copyTo", "the target", target);
    if (!target.type().shape().equals(shape)) {
      throw new ShapeException(
          "copyTo: the target has shape %s, the array %s; pass one of the same shape"
              .formatted(target.type().shape(), shape));
    }
    MemorySegment memory = target.data();
    if (memory.isReadOnly()) {
      throw new ArgumentException("copyTo: the target is read-only; pass memory of its own");
    }
    if (!memory.scope().isAlive() || !memory.isAccessibleBy(Thread.currentThread())) {
      throw new ArgumentException(
          "copyTo: the memory of the target is closed or another thread's; pass one to write to");
    }
    if (memory.asOverlappingSlice(data).isPresent()) {
      throw new ArgumentException(
          "copyTo: the target shares memory with the array; pass memory of its own");
    }
    Conversion.checked("copyTo", this, target);
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
    return dtype.toString() + shape + (order == Order.FORTRAN ? " in Fortran order" : "");
  }
}
