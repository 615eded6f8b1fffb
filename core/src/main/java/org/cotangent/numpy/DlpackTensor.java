package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Shape;

/**
 * An array in memory that somebody else owns, described as DLPack's {@code DLTensor} does. It
 * converts by the rules of {@link ArrayInterface}; strides are counted in elements.
 *
 * @param device kind of the device: 1 is the CPU
 * @param code kind of the elements: 0 signed, 1 unsigned, 2 floating point, 6 bool
 * @param bits of an element
 * @param lanes elements of a vector; 1 is read
 * @param shape sizes of the axes
 * @param strides in elements, or empty for C order
 * @param memory that the elements lie in
 * @param byteOffset of the first element in it
 */
public record DlpackTensor(
    int device,
    int code,
    int bits,
    int lanes,
    List<Long> shape,
    Optional<List<Long>> strides,
    MemorySegment memory,
    long byteOffset)
    implements ArrayLike {
  private static final String NAME = "dlpack";
  private static final int CPU = 1;

  /** Memory of the host that a GPU can reach as well. */
  private static final List<Integer> PINNED = List.of(3, 11);

  /** Copies the lists. */
  public DlpackTensor {
    shape = Require.noNulls(NAME, "the shape", shape);
    strides =
        Require.nonNull(NAME, "the optional list of strides", strides)
            .map(list -> Require.noNulls(NAME, "the list of strides", list));
    Require.nonNull(NAME, "the memory", memory);
  }

  /**
   * {@return the array, without a copy where its elements follow each other}
   *
   * @throws DeviceException if it is not in the host's memory
   * @throws DTypeException if its dtype is not read
   * @throws FormatException if an element lies outside of the memory
   */
  @Override
  public NumPyArray toNumPyArray() {
    return toArrayInterface().toNumPyArray();
  }

  /**
   * {@return the same as an interface with strides in bytes}
   *
   * @throws DeviceException if it is not in the host's memory
   * @throws DTypeException if its dtype is not read
   * @throws FormatException if an element lies outside of the memory
   */
  public ArrayInterface toArrayInterface() {
    if (device != CPU && !PINNED.contains(device)) {
      throw new DeviceException(
          NAME + ": the array is on a device of kind " + device + "; copy it to the host first");
    }
    NumPyDType dtype = dtype();
    try {
      Shape sizes = Shape.of(shape.stream().mapToLong(Long::longValue).toArray());
      List<Long> bytes =
          strides
              .map(list ->
                  list.stream().map(stride -> Math.multiplyExact(stride, dtype.bytes())).toList())
              .orElseGet(() -> ArrayInterface.inOrder(sizes, dtype));
      return new ArrayInterface(sizes, dtype, bytes, memory, byteOffset);
    } catch (ArithmeticException e) {
      throw new FormatException(NAME + ": strides " + strides + " reach beyond 64 bits", e);
    } catch (ShapeException e) {
      throw new FormatException(NAME + ": " + e.getMessage(), e);
    }
  }

  private NumPyDType dtype() {
    String kind =
        switch (code) {
          case 0 -> "int";
          case 1 -> "uint";
          case 2 -> "float";
          case 6 -> "bool";
          default -> "";
        };
    String name = code == 6 && bits == 8 ? kind : kind + bits;
    return Stream.of(NumPyDType.Element.values())
        .filter(element -> lanes == 1 && element.toString().equals(name))
        .findFirst()
        .map(element -> new NumPyDType(element, ByteOrder.nativeOrder()))
        .orElseThrow(() ->
            new DTypeException(
                "%s: a dtype of code %d, %d bits and %d lanes is not read; convert it first"
                    .formatted(NAME, code, bits, lanes)));
  }
}
