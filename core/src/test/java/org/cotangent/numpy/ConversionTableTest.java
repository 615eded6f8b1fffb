package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The tables in the Javadoc of {@link NumPyArray} say what its conversions do: each pair of dtypes
 * is probed with extreme and inexact values, and compared with exact decimals.
 */
class ConversionTableTest {
  private static final Path SOURCE =
      Path.of(System.getProperty("cotangent.basedir", "."))
          .resolve("src/main/java/org/cotangent/numpy/NumPyArray.java");

  private static final List<NumPyDType.Element> ELEMENTS = List.of(NumPyDType.Element.values());
  private static final List<DType> DTYPES = List.of(DType.values());

  /** The cells of a table, with its head, by rows. */
  private static List<List<String>> table(String caption) throws IOException {
    String text = Files.readString(SOURCE).replaceAll("\\n \\* ?", " ");
    int start = text.indexOf("<caption>" + caption);
    assertTrue(start >= 0, caption);
    String rows = text.substring(start, text.indexOf("</table>", start));
    Matcher row = Pattern.compile("<tr>(.*?)</tr>").matcher(rows);
    List<List<String>> table = new ArrayList<>();
    while (row.find()) {
      table.add(
          Pattern.compile("<t[hd]>(.*?)</t[hd]>")
              .matcher(row.group(1))
              .results()
              .map(cell -> cell.group(1).strip().replaceAll("\\s+", " "))
              .toList());
    }
    return table;
  }

  /** A number: an exact one, or one that decimals have not: NaN, an infinity, negative zero. */
  private record Value(BigDecimal exact, double special) {
    static Value of(double value) {
      return !Double.isFinite(value) || (value == 0 && 1 / value < 0)
          ? new Value(BigDecimal.ZERO, value)
          : new Value(new BigDecimal(value), 0);
    }

    boolean isSpecial() {
      return Double.isNaN(special) || Double.doubleToRawLongBits(special) != 0;
    }
  }

  private static Value value(NumPyDType.Element element, long bits) {
    return switch (element) {
      case FLOAT16 -> Value.of(Float.float16ToFloat((short) bits));
      case FLOAT32 -> Value.of(Float.intBitsToFloat((int) bits));
      case FLOAT64 -> Value.of(Double.longBitsToDouble(bits));
      case BOOL -> new Value((byte) bits != 0 ? BigDecimal.ONE : BigDecimal.ZERO, 0);
      default -> {
        int width = 8 * element.bytes();
        BigInteger modulus = BigInteger.ONE.shiftLeft(width);
        BigInteger integer = BigInteger.valueOf(bits).mod(modulus);
        boolean negative = element.toString().startsWith("int") && integer.testBit(width - 1);
        yield new Value(new BigDecimal(negative ? integer.subtract(modulus) : integer), 0);
      }
    };
  }

  private static Value value(DType dtype, Object element) {
    return switch (element) {
      case Boolean b -> new Value(b ? BigDecimal.ONE : BigDecimal.ZERO, 0);
      case Number n when dtype.isFloating() -> Value.of(n.doubleValue());
      default -> new Value(BigDecimal.valueOf(((Number) element).longValue()), 0);
    };
  }

  private static long[] probes(NumPyDType.Element element) {
    Random random = new Random(element.toString().hashCode());
    List<Long> bits = new ArrayList<>();
    if (element.isFloating()) {
      double[] values = {
        0.0,
        -0.0,
        1,
        -1,
        0.5,
        1.5,
        -2.5,
        0.1,
        3,
        100,
        127,
        127.9,
        128,
        -128.5,
        -129,
        255,
        255.9,
        256,
        2049,
        32767.5,
        -32769,
        65504,
        65519,
        65520,
        -65520,
        0x1p31 - 1,
        0x1p31,
        -0x1p31 - 1,
        0x1p53 + 2,
        0x1p62,
        0x1p63,
        -0x1p63,
        0x1p64,
        0x1.fep127,
        0x1.fefffp127,
        0x1.ffp127,
        0x1.fffffep127,
        0x1.fffffefffffffp127,
        0x1.ffffffp127,
        1e39,
        -1e300,
        Double.MAX_VALUE,
        Double.MIN_VALUE,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        0x1p-14,
        0x1p-24,
        0x1p-25,
        0x1.8p-25,
        1 + 0x1p-8,
        1 + 0x3p-8,
        1 + 0x1p-11,
        1 + 0x3p-11,
        1 + 0x1p-24,
        1 + 0x3p-24,
        1 + 0x1p-40,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
      };
      for (double value : values) {
        bits.add(bits(element, value));
      }
      for (int i = 0; i < 300; i++) {
        bits.add(bits(element, Math.scalb(random.nextGaussian(), random.nextInt(300) - 150)));
      }
    } else {
      for (int shift = 0; shift < 64; shift++) {
        for (long around = -1; around <= 1; around++) {
          bits.add((1L << shift) + around);
          bits.add(-(1L << shift) + around);
        }
      }
      for (int i = 0; i < 300; i++) {
        bits.add(random.nextLong() >> random.nextInt(64));
      }
    }
    return bits.stream().mapToLong(Long::longValue).toArray();
  }

  private static long bits(NumPyDType.Element element, double value) {
    return switch (element) {
      case FLOAT16 -> Float.floatToFloat16((float) value);
      case FLOAT32 -> Float.floatToRawIntBits((float) value);
      default -> Double.doubleToRawLongBits(value);
    };
  }

  /** The bits of each element, lowest byte last. */
  private static NumPyArray array(
      NumPyDType.Element element, ByteOrder order, long[] bits, Order memoryOrder, long... dims) {
    int width = element.bytes();
    MemorySegment data = Arena.ofAuto().allocate((long) bits.length * width);
    for (int i = 0; i < bits.length; i++) {
      for (int b = 0; b < width; b++) {
        int place = order == ByteOrder.BIG_ENDIAN ? width - 1 - b : b;
        data.set(ValueLayout.JAVA_BYTE, (long) i * width + place, (byte) (bits[i] >> (8 * b)));
      }
    }
    return new NumPyArray(new NumPyDType(element, order), Shape.of(dims), memoryOrder, data);
  }

  private static NumPyArray single(NumPyDType.Element element, long bits) {
    return array(element, ByteOrder.nativeOrder(), new long[] {bits}, Order.C);
  }

  // ---- toHost

  /** What becomes of the probes, in a word of the table. */
  private static String word(NumPyDType.Element from, DType to) {
    Set<String> seen = new HashSet<>();
    for (long bits : probes(from)) {
      NumPyArray array = single(from, bits);
      String outcome;
      try {
        HostArray host = array.toHost(to);
        Object kept = host.get(0);
        if (from == NumPyDType.Element.VOID16) {
          short keptBits = host.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
          outcome = keptBits == (short) bits ? "same" : "other";
        } else {
          boolean exact = value(to, kept).equals(value(from, bits));
          outcome = exact ? "all" : "round";
          if (!exact && !value(from, bits).isSpecial()) {
            assertEquals(nearest(value(from, bits), to), kept);
          }
        }
      } catch (DTypeException e) {
        String message = String.valueOf(e.getMessage());
        outcome =
            message.contains("does not keep values; cast(" + to + ")")
                ? "cast"
                : message.contains("is out of range; ")
                    ? "range"
                    : message.contains("is not exact; ")
                        ? "exact"
                        : message.contains("overflows; ") ? "overflow" : "none";
        if (outcome.equals("range") || outcome.equals("exact")) {
          Object changed = array.cast(to).get(0);
          assertTrue(!value(to, changed).equals(value(from, bits)), message);
        } else if (outcome.equals("overflow")) {
          assertTrue(
              Double.isInfinite(value(to, nearest(value(from, bits), to)).special()), message);
        } else if (outcome.equals("none")) {
          assertThrows(DTypeException.class, () -> array.cast(to), message);
        }
      }
      seen.add(outcome);
    }
    if (seen.equals(Set.of("all")) && from.toString().equals(to.toString())) {
      return "same";
    }
    if (seen.size() == 1) {
      return seen.iterator().next();
    }
    seen.remove("all");
    if (seen.contains("round")) {
      seen.remove("overflow");
    }
    return String.join(" and ", seen);
  }

  @Tag("development")
  @Test
  void eachPairIsConvertedAsTheTableSays() throws IOException {
    List<List<String>> table = table("What toHost and copyTo do");
    List<String> names = DTYPES.stream().map(DType::toString).toList();
    List<String> columns = table.getFirst().subList(1, table.getFirst().size());
    assertEquals(new HashSet<>(names), new HashSet<>(columns));
    Map<String, List<String>> rows = new LinkedHashMap<>();
    table.subList(1, table.size()).forEach(row -> rows.put(row.getFirst(), row));
    assertEquals(
        ELEMENTS.stream().map(NumPyDType.Element::toString).toList(), List.copyOf(rows.keySet()));
    for (NumPyDType.Element element : ELEMENTS) {
      List<String> row = new ArrayList<>(List.of(element.toString()));
      for (String column : columns) {
        row.add(word(element, DTYPES.get(names.indexOf(column))));
      }
      assertEquals(row, rows.get(element.toString()));
    }
  }

  // ---- cast

  private static String kind(NumPyDType.Element element) {
    return element == NumPyDType.Element.BOOL ? "bool" : element.isFloating() ? "float" : "integer";
  }

  private static String kind(DType dtype) {
    return dtype == DType.BOOL ? "bool" : dtype.isFloating() ? "float" : "integer";
  }

  /** The result that a row of the table asks for. */
  private static Object rule(String text, Value value, DType to) {
    return switch (text) {
      case "keeps the low bits, as two's complement" ->
          to.value(value.exact().toBigIntegerExact().longValue());
      case "rounds to nearest even; overflow gives infinity",
          "rounds to nearest even; overflow gives infinity; NaN and infinities stay" ->
          nearest(value, to);
      case "truncates towards zero; NaN gives 0; infinities and what is out of range give the"
              + " nearest limit" -> {
        BigInteger least = BigInteger.valueOf(to.smallestInteger());
        BigInteger most = BigInteger.valueOf(to.largestInteger());
        yield to.value(
            value.special() == Double.POSITIVE_INFINITY
                ? to.largestInteger()
                : value.special() == Double.NEGATIVE_INFINITY
                    ? to.smallestInteger()
                    : value.exact().toBigInteger().max(least).min(most).longValue());
      }
      case "0 or 1" ->
          to.isFloating()
              ? to.rounded(value.exact().intValue())
              : to.value(value.exact().intValue());
      case "whether it is not 0; NaN gives true" ->
          value.exact().signum() != 0
              || Double.isNaN(value.special())
              || Double.isInfinite(value.special());
      default -> throw new AssertionError("the table has a rule without a meaning: " + text);
    };
  }

  /** The nearest element of a float dtype, to even bits where there are two. */
  private static Object nearest(Value value, DType to) {
    if (value.isSpecial()) {
      return to.rounded(value.special());
    }
    BigDecimal exact = value.exact();
    return switch (to) {
      case FLOAT64 -> exact.doubleValue();
      case FLOAT32 -> exact.floatValue();
      default -> {
        NavigableMap<BigDecimal, Integer> halves = to == DType.FLOAT16 ? FLOAT16 : BFLOAT16;
        BigDecimal size = exact.abs().min(halves.lastKey());
        Map.Entry<BigDecimal, Integer> below = halves.floorEntry(size);
        Map.Entry<BigDecimal, Integer> above = halves.ceilingEntry(size);
        int side = size.subtract(below.getKey()).compareTo(above.getKey().subtract(size));
        int bits =
            side < 0 || (side == 0 && below.getValue() % 2 == 0)
                ? below.getValue()
                : above.getValue();
        yield to.value(exact.signum() < 0 ? bits | 0x8000 : bits);
      }
    };
  }

  private static final NavigableMap<BigDecimal, Integer> FLOAT16 = halves(10, 5);
  private static final NavigableMap<BigDecimal, Integer> BFLOAT16 = halves(7, 8);

  /** Bits of numbers from 0 on; last is the first that is none, for infinity. */
  private static NavigableMap<BigDecimal, Integer> halves(int fraction, int exponent) {
    NavigableMap<BigDecimal, Integer> halves = new TreeMap<>();
    int bias = (1 << (exponent - 1)) - 1;
    for (int bits = 0; bits <= ((1 << exponent) - 1) << fraction; bits++) {
      int e = bits >> fraction;
      long significand = (bits & ((1 << fraction) - 1)) | (e == 0 ? 0 : 1L << fraction);
      double value = Math.scalb((double) significand, Math.max(e, 1) - bias - fraction);
      halves.put(new BigDecimal(value), bits);
    }
    return halves;
  }

  @Tag("development")
  @ParameterizedTest
  @EnumSource(names = "VOID16", mode = EnumSource.Mode.EXCLUDE)
  void castLosesAsTheTableSays(NumPyDType.Element from) throws IOException {
    Map<List<String>, String> rules = new LinkedHashMap<>();
    table("What cast does").forEach(row -> rules.put(row.subList(0, 2), row.get(2)));
    long[] probes = probes(from);
    for (DType to : DType.values()) {
      String text = rules.getOrDefault(List.of(kind(from), kind(to)), "none");
      boolean same = from.toString().equals(to.toString());
      Object[] expected = new Object[probes.length];
      for (int i = 0; i < probes.length; i++) {
        Value value = value(from, probes[i]);
        expected[i] = same ? single(from, probes[i]).toHost(to).get(0) : rule(text, value, to);
        assertEquals(
            expected[i],
            single(from, probes[i]).cast(to).get(0),
            from + " to " + to + " of " + value);
      }
      assertBlocks(from, to, probes, expected);
    }
  }

  /**
   * The same values in blocks of every kind: whole and part, both orders of bytes and of memory.
   */
  private static void assertBlocks(
      NumPyDType.Element from, DType to, long[] probes, Object[] expected) {
    int rows = 67;
    int columns = 135;
    long[] bits = new long[rows * columns];
    Arrays.setAll(bits, i -> probes[i % probes.length]);
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      HostArray c = array(from, order, bits, Order.C, rows, columns).cast(to);
      HostArray fortran = array(from, order, bits, Order.FORTRAN, columns, rows).cast(to);
      for (int i = 0; i < bits.length; i++) {
        assertEquals(expected[i % probes.length], c.get(i));
        int row = i % columns;
        int column = i / columns;
        assertEquals(expected[i % probes.length], fortran.get((long) row * rows + column));
      }
    }
  }

  /** Where nothing is refused, one block or many, copyTo writes what cast does. */
  @ParameterizedTest
  @EnumSource
  void copyToWritesInPlace(NumPyDType.Element from) {
    long[] bits = new long[3 * 2048 + 5];
    Arrays.setAll(bits, i -> i % 2);
    NumPyArray array = array(from, ByteOrder.nativeOrder(), bits, Order.C, bits.length);
    for (DType to : DType.values()) {
      HostArray target =
          new HostArray(
              new TensorType(to, array.shape()),
              MemorySegment.ofArray(new byte[bits.length * to.bytes()]));
      try {
        array.copyTo(target);
      } catch (DTypeException e) {
        assertNotNull(e.getMessage());
        continue;
      }
      assertArrayEquals(NumPyReadsTest.bytes(array.cast(to)), NumPyReadsTest.bytes(target));
    }
  }
}
