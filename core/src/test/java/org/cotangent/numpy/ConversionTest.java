package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of {@link NumPyArray}, row by row. */
class ConversionTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  private static List<Object> list(HostArray array) {
    return LongStream.range(0, array.type().shape().size()).mapToObj(array::get).toList();
  }

  private static NumPyArray unsigned(NumPyDType.Element element, NumPyArray bits) {
    return new NumPyArray(
        new NumPyDType(element, ByteOrder.nativeOrder()), bits.shape(), Order.C, bits.data());
  }

  static Stream<Arguments> kept() {
    byte[] bytes = {0, 1, -1, 127, -128};
    short[] shorts = {0, 1, -1, Short.MAX_VALUE, Short.MIN_VALUE};
    int[] ints = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE};
    return Stream.of(
        Arguments.of(NumPyArray.of(bytes, 5), DType.INT32, List.of(0, 1, -1, 127, -128)),
        Arguments.of(NumPyArray.of(bytes, 5), DType.FLOAT32, List.of(0f, 1f, -1f, 127f, -128f)),
        Arguments.of(
            unsigned(NumPyDType.Element.UINT8, NumPyArray.of(bytes, 5)),
            DType.INT64,
            List.of(0L, 1L, 255L, 127L, 128L)),
        Arguments.of(NumPyArray.of(shorts, 5), DType.INT32, List.of(0, 1, -1, 32767, -32768)),
        Arguments.of(
            unsigned(NumPyDType.Element.UINT16, NumPyArray.of(shorts, 5)),
            DType.FLOAT64,
            List.of(0.0, 1.0, 65535.0, 32767.0, 32768.0)),
        Arguments.of(
            unsigned(NumPyDType.Element.UINT32, NumPyArray.of(ints, 5)),
            DType.INT64,
            List.of(0L, 1L, 4294967295L, 2147483647L, 2147483648L)),
        Arguments.of(
            NumPyArray.of(ints, 5), DType.FLOAT64, List.of(0.0, 1.0, -1.0, 0x1p31 - 1, -0x1p31)),
        Arguments.of(
            NumPyArray.of(new long[] {Long.MIN_VALUE, 1L << 53, 1L << 62}, 3),
            DType.FLOAT64,
            List.of(-0x1p63, 0x1p53, 0x1p62)),
        Arguments.of(
            NumPyArray.of(new long[] {Long.MIN_VALUE, 1 << 24, 1L << 62}, 3),
            DType.FLOAT32,
            List.of(-0x1p63f, 0x1p24f, 0x1p62f)),
        Arguments.of(NumPyArray.of(new long[] {-5, 7}, 2), DType.INT32, List.of(-5, 7)),
        Arguments.of(
            NumPyArray.of(new float[] {0.1f, -0f, Float.NaN, Float.NEGATIVE_INFINITY}, 4),
            DType.FLOAT64,
            List.of((double) 0.1f, -0.0, NAN, -INF)),
        // Halfway cases go to the even neighbour; the largest value that does not overflow does
        // not.
        Arguments.of(
            NumPyArray.of(
                new double[] {1 + 0x1p-24, 1 + 0x3p-24, NAN, -INF, 0x1.fffffefffffffp127, 1e-60},
                6),
            DType.FLOAT32,
            List.of(1f, 1 + 0x4p-24f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, 0f)),
        Arguments.of(
            NumPyArray.of(new boolean[] {true, false}, 2), DType.BOOL, List.of(true, false)),
        Arguments.of(NumPyArray.of(new int[] {4}), DType.INT32, List.of(4)),
        Arguments.of(NumPyArray.of(new float[0], 0, 7), DType.FLOAT64, List.of()));
  }

  @ParameterizedTest
  @MethodSource("kept")
  void valuesAreKept(NumPyArray from, DType to, List<Object> expected) {
    assertEquals(expected, list(from.toHost(to)));
    assertEquals(expected, list(from.cast(to)));
    assertEquals(from.shape(), from.toHost(to).type().shape());
  }

  static Stream<Arguments> refused() {
    long[] far = new long[6 * 1000];
    far[4 * 1000 + 321] = 5_000_000_000L;
    NumPyArray rows = NumPyArray.of(far, 6, 1000);
    NumPyArray columns =
        new NumPyArray(rows.dtype(), Shape.of(1000, 6), Order.FORTRAN, rows.data());
    return Stream.of(
        Arguments.of(
            rows,
            DType.INT32,
            "toHost: int64 to int32: element (4, 321) = 5000000000 is out of range;"
                + " ask for int64, or use cast(int32) to keep the low bits"),
        Arguments.of(
            columns,
            DType.INT32,
            "toHost: int64 to int32: element (321, 4) = 5000000000 is out of range;"
                + " ask for int64, or use cast(int32) to keep the low bits"),
        Arguments.of(
            NumPyArray.of(new int[] {1, 16_777_217}, 2),
            DType.FLOAT32,
            "toHost: int32 to float32: element (1,) = 16777217 is not exact;"
                + " ask for float64, or use cast(float32) to round"),
        Arguments.of(
            NumPyArray.of(new long[] {Long.MAX_VALUE}),
            DType.FLOAT32,
            "toHost: int64 to float32: element () = 9223372036854775807 is not exact;"
                + " ask for float64, or use cast(float32) to round"),
        Arguments.of(
            NumPyArray.of(new long[] {Long.MAX_VALUE}, 1, 1),
            DType.FLOAT64,
            "toHost: int64 to float64: element (0, 0) = 9223372036854775807 is not exact;"
                + " ask for int64, or use cast(float64) to round"),
        Arguments.of(
            unsigned(NumPyDType.Element.UINT32, NumPyArray.of(new int[] {-1}, 1)),
            DType.INT32,
            "toHost: uint32 to int32: element (0,) = 4294967295 is out of range;"
                + " ask for int64, or use cast(int32) to keep the low bits"),
        Arguments.of(
            NumPyArray.of(new double[] {1, -1e300}, 2),
            DType.FLOAT32,
            "toHost: float64 to float32: element (1,) = -1.0E300 overflows;"
                + " ask for float64, or use cast(float32) for infinity"),
        Arguments.of(
            NumPyArray.of(new double[] {1}),
            DType.INT64,
            "toHost: float64 to int64 does not keep values;"
                + " cast(int64) truncates towards zero"),
        Arguments.of(
            NumPyArray.of(new float[] {1}),
            DType.BOOL,
            "toHost: float32 to bool does not keep values;"
                + " cast(bool) gives whether each is not 0"),
        Arguments.of(
            NumPyArray.of(new boolean[] {true}),
            DType.INT32,
            "toHost: bool to int32 does not keep values; cast(int32) gives 0 and 1"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void lossIsRefused(NumPyArray from, DType to, String message) {
    DTypeException e = assertThrows(DTypeException.class, () -> from.toHost(to));
    assertEquals(message, e.getMessage());
  }

  static Stream<Arguments> casts() {
    double[] doubles = {1.9, -1.9, NAN, INF, -INF, 1e300, -3e9, -0.0};
    long[] longs = {0, -1, 1L << 32, (1L << 31) + 5, Long.MAX_VALUE, 16_777_217};
    return Stream.of(
        Arguments.of(
            NumPyArray.of(doubles, 8),
            DType.INT32,
            List.of(
                1,
                -1,
                0,
                Integer.MAX_VALUE,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                Integer.MIN_VALUE,
                0)),
        Arguments.of(
            NumPyArray.of(doubles, 8),
            DType.INT64,
            List.of(
                1L, -1L, 0L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE, -3_000_000_000L, 0L)),
        Arguments.of(
            NumPyArray.of(doubles, 8),
            DType.BOOL,
            List.of(true, true, true, true, true, true, true, false)),
        Arguments.of(
            NumPyArray.of(new double[] {1e300, -1e300, NAN, 0x1.ffffffp127}, 4),
            DType.FLOAT32,
            List.of(
                Float.POSITIVE_INFINITY,
                Float.NEGATIVE_INFINITY,
                Float.NaN,
                Float.POSITIVE_INFINITY)),
        Arguments.of(
            NumPyArray.of(longs, 6),
            DType.INT32,
            List.of(0, -1, 0, Integer.MIN_VALUE + 5, -1, 16_777_217)),
        Arguments.of(
            NumPyArray.of(longs, 6),
            DType.FLOAT32,
            List.of(0f, -1f, 0x1p32f, 0x1p31f, 0x1p63f, 16_777_216f)),
        Arguments.of(
            NumPyArray.of(longs, 6), DType.BOOL, List.of(false, true, true, true, true, true)),
        Arguments.of(NumPyArray.of(new boolean[] {true, false}, 2), DType.FLOAT32, List.of(1f, 0f)),
        Arguments.of(NumPyArray.of(new boolean[] {true, false}, 2), DType.INT64, List.of(1L, 0L)));
  }

  @ParameterizedTest
  @MethodSource("casts")
  void castLosesByRule(NumPyArray from, DType to, List<Object> expected) {
    assertEquals(expected, list(from.cast(to)));
  }

  @Test
  void noDtypeGiven() {
    NumPyArray uint16 = unsigned(NumPyDType.Element.UINT16, NumPyArray.of(new short[] {1}, 1));
    DTypeException e = assertThrows(DTypeException.class, uint16::toHost);
    assertEquals(
        "toHost: the engine has no uint16; pass the dtype argument to convert:"
            + " int32 is the nearest and holds every value",
        e.getMessage());
    assertEquals(List.of(1), list(NumPyArray.of(new short[] {1}, 1).toHost()));
    NumPyArray uint32 = unsigned(NumPyDType.Element.UINT32, NumPyArray.of(new int[] {1}, 1));
    e = assertThrows(DTypeException.class, uint32::toHost);
    assertEquals(
        "toHost: the engine has no uint32; pass the dtype argument to convert:"
            + " int64 is the nearest and holds every value",
        e.getMessage());
  }

  @Test
  void anyObjectThatPresentsItselfAsAnArray() {
    record Celsius(List<Double> degrees) implements ArrayLike {
      @Override
      public NumPyArray toNumPyArray() {
        double[] data = degrees.stream().mapToDouble(d -> d).toArray();
        return NumPyArray.of(data, data.length);
      }
    }
    ArrayLike like = new Celsius(List.of(20.5, -3.0));
    assertEquals(List.of(20.5, -3.0), list(like.toNumPyArray().toHost()));
    NumPyArray array = NumPyArray.of(new int[] {1}, 1);
    assertEquals(array, array.toNumPyArray());
  }

  @Test
  void ofCopies() {
    int[] data = {1, 2};
    NumPyArray array = NumPyArray.of(data, 2);
    data[0] = 9;
    assertEquals(List.of(1, 2), list(array.toHost()));
  }

  @Test
  void whatCannotBeCopiedTo() {
    NumPyArray array = NumPyArray.of(new int[] {1, 2, 3, 300}, 4);
    TensorType type = new TensorType(DType.INT32, Shape.of(4));
    HostArray other = HostArray.allocate(new TensorType(DType.INT32, Shape.of(2, 2)));
    assertMessage(
        "copyTo: the target has shape (2, 2), the array (4,)",
        "pass one of the same shape",
        assertThrows(ShapeException.class, () -> array.copyTo(other)));
    MemorySegment memory = HostArray.allocate(type).data();
    HostArray readOnly = new HostArray(type, memory.asReadOnly());
    assertMessage(
        "copyTo: the target is read-only",
        "pass memory",
        assertThrows(ArgumentException.class, () -> array.copyTo(readOnly)));
    NumPyArray overlapping = new NumPyArray(array.dtype(), array.shape(), Order.C, memory);
    assertMessage(
        "copyTo: the target shares memory",
        "with the array",
        assertThrows(
            ArgumentException.class, () -> overlapping.copyTo(new HostArray(type, memory))));
    HostArray closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = new HostArray(type, arena.allocate(16));
    }
    assertMessage(
        "copyTo: the memory of the target is closed",
        "pass one",
        assertThrows(ArgumentException.class, () -> array.copyTo(closed)));
    HostArray bytes = HostArray.allocate(new TensorType(DType.INT8, Shape.of(4)));
    assertMessage(
        "copyTo: int32 to int8: element (3,) = 300 is out of range",
        "cast(int8)",
        assertThrows(DTypeException.class, () -> array.copyTo(bytes)));
  }

  @Test
  void memoryOfAnyKindIsCopiedTo() {
    float[] expected = {0, -1, 7};
    float[] heap = new float[3];
    NumPyArray array = NumPyArray.of(new long[] {0, -1, 7}, 3);
    TensorType type = new TensorType(DType.FLOAT32, Shape.of(3));
    array.copyTo(new HostArray(type, MemorySegment.ofArray(heap)));
    assertArrayEquals(expected, heap);
    byte[] odd = new byte[13];
    array.copyTo(new HostArray(type, MemorySegment.ofArray(odd).asSlice(1)));
    HostArray outside = HostArray.allocate(type);
    array.copyTo(outside);
    assertEquals(list(outside), list(new HostArray(type, MemorySegment.ofArray(odd).asSlice(1))));
    assertEquals(List.of(0f, -1f, 7f), list(outside));
  }

  @Test
  void wrongArguments() {
    ShapeException shape =
        assertThrows(ShapeException.class, () -> NumPyArray.of(new float[] {1, 2}));
    assertEquals(
        "of: 2 elements do not fill shape () of 1; pass the sizes of the axes after the data",
        shape.getMessage());
    assertThrows(ShapeException.class, () -> NumPyArray.of(new int[6], 2, -3));
    NumPyArray array = NumPyArray.of(new int[6], 2, 3);
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () ->
                new NumPyArray(
                    array.dtype(), array.shape(), Order.C, MemorySegment.ofArray(new int[5])));
    assertEquals("array: int32(2, 3) needs 24 bytes, got 20", e.getMessage());
  }

  @Test
  @SuppressWarnings("NullAway") // callers without null checks
  void nulls() {
    NumPyArray array = NumPyArray.of(new int[] {1}, 1);
    ArgumentException e = assertThrows(ArgumentException.class, () -> array.toHost(null));
    assertEquals("toHost: the dtype is null; pass one", e.getMessage());
    assertThrows(ArgumentException.class, () -> array.cast(null));
    assertThrows(ArgumentException.class, () -> array.copyTo(null));
    assertThrows(ArgumentException.class, () -> NumPyArray.load(null));
    assertThrows(ArgumentException.class, () -> NumPyArray.read(null, "x"));
    assertThrows(ArgumentException.class, () -> NumPyArray.of((int[]) null, 1));
    assertThrows(ArgumentException.class, () -> NumPyArray.of(new int[1], (long[]) null));
    assertThrows(ArgumentException.class, () -> NumPyDType.parse(null));
    assertThrows(ArgumentException.class, () -> Npz.open(null));
    assertThrows(ArgumentException.class, () -> NumPy.save(null, array.toHost()));
    assertThrows(ArgumentException.class, () -> NumPy.savez(null, null));
  }

  private static BigDecimal exact(Object element) {
    return element instanceof Float || element instanceof Double
        ? new BigDecimal(((Number) element).doubleValue())
        : new BigDecimal(((Number) element).longValue());
  }

  /** Unsigned numbers that a long does not hold, around all that a conversion could get wrong. */
  @ParameterizedTest
  @EnumSource(names = "BOOL", mode = EnumSource.Mode.EXCLUDE)
  void uint64IsReadAsItIs(DType target) {
    Random random = new Random(5);
    long[] edges =
        LongStream.concat(
                LongStream.of(0, 1, 255, 256, -1, -2, Long.MAX_VALUE, Long.MIN_VALUE),
                IntStream.range(0, 3000)
                    .mapToLong(i ->
                        (random.nextLong() | Long.MIN_VALUE) >>> random.nextInt(3)
                            & -1L << random.nextInt(64)))
            .toArray();
    for (long bits : edges) {
      BigInteger value = new BigInteger(Long.toUnsignedString(bits));
      NumPyArray array = unsigned(NumPyDType.Element.UINT64, NumPyArray.of(new long[] {bits}, 1));
      Object cast = array.cast(target).get(0);
      switch (target) {
        case FLOAT64 -> assertEquals(value.doubleValue(), cast, value::toString);
        case FLOAT32 -> assertEquals(value.floatValue(), cast, value::toString);
        case INT64 -> assertEquals(bits, cast);
        case INT32 -> assertEquals((int) bits, cast);
        default -> {}
      }
      boolean keeps =
          !(cast instanceof Float f && Float.isInfinite(f))
              && exact(cast).compareTo(new BigDecimal(value)) == 0;
      if (keeps) {
        assertEquals(cast, array.toHost(target).get(0));
      } else {
        assertMessage(
            "toHost: uint64 to " + target,
            "(0,) = " + value,
            assertThrows(DTypeException.class, () -> array.toHost(target)));
      }
    }
  }

  @Test
  void uint64WithoutADTypeSaysWhatToAskFor() {
    NumPyArray array = unsigned(NumPyDType.Element.UINT64, NumPyArray.of(new long[] {1}, 1));
    assertMessage(
        "toHost: the engine has no uint64",
        "int64 is the nearest, an error where a value is above 2^63 - 1",
        assertThrows(DTypeException.class, array::toHost));
  }
}
