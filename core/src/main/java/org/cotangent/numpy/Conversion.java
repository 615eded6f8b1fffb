package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.util.function.LongUnaryOperator;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.SharedMemory;

/**
 * From an array as it was read to one as the engine has it, in memory that is there: elements pass
 * by blocks through arrays that stay in the cache, where they are converted ({@link Integers},
 * {@link Floats}) and Fortran order is undone ({@link Reorder}); so each byte of memory is read and
 * written once. What has the same dtype is copied as it is. Pieces of a large array are converted
 * by several threads.
 */
final class Conversion {
  /** Elements of a block: three arrays of them stay in the first-level cache. */
  private static final int BLOCK = 2048;

  private Conversion() {}

  /**
   * Writes the values of an array, all of them kept but for rounding between floats.
   *
   * @param op on whose behalf, for messages
   * @param from the array
   * @param to of the same shape; its dtype is asked for
   * @throws DTypeException if a value cannot be kept, or if only a cast does this conversion
   */
  static void checked(String op, NumPyArray from, HostArray to) {
    Require.readable(op, from.data());
    checked(op, from.form(), new Elements.InMemory(from.data()), to);
  }

  /**
   * Writes the values of an array, all of them kept but for rounding between floats.
   *
   * @param op on whose behalf, for messages
   * @param form of the array
   * @param from its elements
   * @param to of the same shape; its dtype is asked for
   * @throws DTypeException if a value cannot be kept, or if only a cast does this conversion
   */
  static void checked(String op, Form form, Elements from, HostArray to) {
    requireChecked(op, form.dtype().element(), to.type().dtype());
    convert(op, form, from, to, false);
  }

  /**
   * Writes the values of an array, lossy where the dtype is too small.
   *
   * @throws DTypeException if it is not known what the values are
   */
  static void cast(NumPyArray from, HostArray to) {
    requireKnown("cast", from.dtype().element(), to.type().dtype());
    Require.readable("cast", from.data());
    convert("cast", from.form(), new Elements.InMemory(from.data()), to, true);
  }

  /**
   * Writes the values of some elements of an array, which were copied from it.
   *
   * @param whole the array; what its order says of {@code place}
   * @param place of each element in it, in the order in which its own lie
   * @param from the elements, one after the other
   * @param to of as many elements; its dtype is one that {@link #requireChecked} allows
   * @throws DTypeException if a value cannot be kept, with its index in the array
   */
  static void checked(Form whole, LongUnaryOperator place, MemorySegment from, HostArray to) {
    Refusal refusal = new Refusal("toHost", whole, place, to.type().dtype());
    straight(refusal, from, to.data(), to.type().shape().size(), false);
  }

  /** Whether elements have the same bits here and there. */
  static boolean isPlain(NumPyDType from, DType to) {
    // Any byte of a bool but 0 is true there, 1 alone is here.
    return isSame(from.element(), to) && from.isNative() && to != DType.BOOL;
  }

  /** Refuses what only a cast does, whatever the values. */
  static void requireChecked(String op, NumPyDType.Element from, DType to) {
    requireKnown(op, from, to);
    boolean bool = from == NumPyDType.Element.BOOL || to == DType.BOOL;
    if (!isSame(from, to) && (bool || (from.isFloating() && !to.isFloating()))) {
      throw new DTypeException(
          op + ": " + from + " to " + to + " does not keep values; " + castAdvice(from, to));
    }
  }

  private static String castAdvice(NumPyDType.Element from, DType to) {
    String cast = "cast(" + to + ") ";
    if (to == DType.BOOL) {
      return cast + "gives whether each is not 0";
    }
    return cast + (from.isFloating() ? "truncates towards zero" : "gives 0 and 1");
  }

  static void requireKnown(String op, NumPyDType.Element from, DType to) {
    if (from == NumPyDType.Element.VOID16 && to != DType.BFLOAT16) {
      throw new DTypeException(
          op
              + ": void16 ('V2') to "
              + to
              + ": two bytes do not say what they mean; if they are bfloat16, as ml_dtypes saves"
              + " it, ask for bfloat16 and cast the tensor");
    }
  }

  private static boolean isSame(NumPyDType.Element from, DType to) {
    return NumPyDType.of(to).element() == from;
  }

  private static void convert(String op, Form form, Elements from, HostArray to, boolean lossy) {
    DType dtype = to.type().dtype();
    MemorySegment target = to.data();
    int bytes = form.dtype().bytes();
    boolean plain = form.isStraight() && isPlain(form.dtype(), dtype);
    Pieces pieces = form.pieces();
    pieces.forEach(
        from.isShared() && SharedMemory.isShared(target),
        (first, count) -> {
          long start = first * pieces.unit();
          long size = count * pieces.unit();
          if (plain) {
            from.copy(start * bytes, target.asSlice(start * bytes, size * bytes));
          } else {
            Refusal refusal = new Refusal(op, form, place -> start + place, dtype);
            from.lend(
                start * bytes,
                size * bytes,
                data -> piece(refusal, data, target, first, count, lossy));
          }
        });
  }

  private static void piece(
      Refusal refusal,
      MemorySegment data,
      MemorySegment target,
      long first,
      long count,
      boolean lossy) {
    Form form = refusal.array();
    if (form.isStraight()) {
      int bytes = refusal.to().bytes();
      straight(refusal, data, target.asSlice(first * bytes, count * bytes), count, lossy);
    } else {
      Through through = way(refusal, lossy, Reorder.tile(form.shape()));
      Reorder.fortranToC(data, target, form.shape(), first, count, through);
    }
  }

  /** In the order in which they lie. */
  private static void straight(
      Refusal refusal, MemorySegment data, MemorySegment target, long size, boolean lossy) {
    NumPyDType dtype = refusal.array().dtype();
    DType to = refusal.to();
    // A copy that reverses bytes takes a fault on a mapped page for each element, not once.
    boolean copied = dtype.isNative() || !data.isMapped();
    if (copied && isSame(dtype.element(), to) && to != DType.BOOL) {
      Carrier.ofBytes(to.bytes()).copy(data, dtype.byteOrder(), target, size);
      return;
    }
    int block = (int) Math.min(BLOCK, size);
    way(refusal, lossy, block).straight(data, target, size, block);
  }

  private static Through way(Refusal refusal, boolean lossy, int block) {
    NumPyDType dtype = refusal.array().dtype();
    DType to = refusal.to();
    if (!isSame(dtype.element(), to)) {
      return dtype.element().isFloating()
          ? Floats.way(refusal, dtype, to, lossy, block)
          : Integers.way(refusal, dtype, to, lossy, block);
    }
    return to == DType.BOOL
        ? Through.bools(block)
        : Through.bits(Carrier.ofBytes(to.bytes()), dtype.byteOrder(), block);
  }
}
