package org.cotangent.type;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Floats as NumPy writes them: in an array one notation and one width for all, aligned at the
 * decimal point, with the fewest digits that tell a value from its neighbours, but at most eight
 * after the point.
 *
 * <p>The digits are those of Burger and Dybvig, "Printing Floating-Point Numbers Quickly and
 * Accurately" (PLDI 1996), here on integers of any size. {@link Double#toString} will not do: it
 * never writes fewer than two, and NumPy also cuts digits off and extends them by real ones.
 */
final class FloatFormat {
  private static final int PRECISION = 8;

  /** More digits than any double has on either side of the point. */
  private static final int UNLIMITED = 1100;

  private final DType dtype;
  private final int fractionBits;
  private final int minExponent;

  private FloatFormat(DType dtype) {
    this.dtype = dtype;
    fractionBits =
        switch (dtype) {
          case FLOAT16 -> 10;
          case BFLOAT16 -> 7;
          case FLOAT32 -> 23;
          default -> 52;
        };
    minExponent =
        switch (dtype) {
          case FLOAT16 -> -14;
          case BFLOAT16, FLOAT32 -> Float.MIN_EXPONENT;
          default -> Double.MIN_EXPONENT;
        };
  }

  /**
   * {@return the element of a rank 0 array: all its digits, as in {@code 1.0} and {@code 1e-05}}
   *
   * @param value the element
   * @param dtype a float dtype
   */
  static String scalar(double value, DType dtype) {
    if (!Double.isFinite(value)) {
      return nonFinite(value);
    }
    FloatFormat format = new FloatFormat(dtype);
    double magnitude = Math.abs(value);
    if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
      Parts parts = format.scientific(value, 0, UNLIMITED);
      String point = parts.fraction.isEmpty() ? "" : ".";
      return parts.whole + point + parts.fraction + parts.exponent(2);
    }
    Parts parts = format.positional(value, -UNLIMITED, UNLIMITED);
    return parts.whole + "." + (parts.fraction.isEmpty() ? "0" : parts.fraction);
  }

  /**
   * {@return the elements of an array, all equally long, padded with spaces}
   *
   * @param values the elements
   * @param dtype a float dtype
   */
  static List<String> words(double[] values, DType dtype) {
    FloatFormat format = new FloatFormat(dtype);
    double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
    return format.wantsExponent(finite)
        ? format.scientificWords(values, finite)
        : format.positionalWords(values, finite);
  }

  private boolean wantsExponent(double[] finite) {
    double min = Double.POSITIVE_INFINITY;
    double max = 0;
    for (double value : finite) {
      double magnitude = Math.abs(value);
      if (magnitude != 0) {
        min = Math.min(min, magnitude);
        max = Math.max(max, magnitude);
      }
    }
    // NumPy divides in the array's own dtype.
    double ratio = max == 0 ? 0 : ((Number) dtype.rounded(max / min)).doubleValue();
    return max != 0 && (max >= 1e8 || min < 1e-4 || ratio > 1000);
  }

  private List<String> positionalWords(double[] values, double[] finite) {
    int left = 0;
    int right = 0;
    for (double value : finite) {
      Parts parts = positional(value, -UNLIMITED, PRECISION);
      left = Math.max(left, parts.whole.length());
      right = Math.max(right, parts.fraction.length());
    }
    left = leftWithNonFinite(left, right, values);
    List<String> words = new ArrayList<>(values.length);
    for (double value : values) {
      if (Double.isFinite(value)) {
        // The widths come from the shortest digits, but no whole digit is left out in print.
        Parts parts = positional(value, 0, PRECISION);
        String padding = " ".repeat(Math.max(0, right - parts.fraction.length()));
        words.add(padLeft(parts.whole, left) + "." + parts.fraction + padding);
      } else {
        words.add(padLeft(nonFinite(value), left + 1 + right));
      }
    }
    return words;
  }

  private List<String> scientificWords(double[] values, double[] finite) {
    int left = 0;
    int fraction = 0;
    int exponent = 2;
    for (double value : finite) {
      Parts parts = scientific(value, 0, PRECISION);
      left = Math.max(left, parts.whole.length());
      fraction = Math.max(fraction, parts.fraction.length());
      exponent = Math.max(exponent, parts.exponent(2).length() - 2);
    }
    int right = fraction + 2 + exponent;
    left = leftWithNonFinite(left, right, values);
    List<String> words = new ArrayList<>(values.length);
    for (double value : values) {
      if (Double.isFinite(value)) {
        // All get as many digits as the one that needs most: real ones, not zeros.
        Parts parts = scientific(value, fraction, fraction);
        String zeros = "0".repeat(fraction - parts.fraction.length());
        words.add(
            padLeft(parts.whole, left) + "." + parts.fraction + zeros + parts.exponent(exponent));
      } else {
        words.add(padLeft(nonFinite(value), left + 1 + right));
      }
    }
    return words;
  }

  /** Makes room for nan and inf, which are flush right with the other words. */
  private static int leftWithNonFinite(int left, int right, double[] values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        left = Math.max(left, nonFinite(value).length() - (right + 1));
      }
    }
    return left;
  }

  private static String nonFinite(double value) {
    return Double.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  }

  private static String padLeft(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  /** A finite value in pieces: {@code whole.fraction} times ten to the power of the exponent. */
  private record Parts(String whole, String fraction, int exponent) {
    /** {@return as in {@code e-05}} */
    String exponent(int digits) {
      String text = Integer.toString(Math.abs(exponent));
      return (exponent < 0 ? "e-" : "e+") + "0".repeat(Math.max(0, digits - text.length())) + text;
    }
  }

  private Parts positional(double value, int minFraction, int maxFraction) {
    BigDecimal digits = digits(value, minFraction, maxFraction, false);
    String text = digits.toPlainString();
    int point = text.indexOf('.');
    return point < 0
        ? new Parts(sign(value) + text, "", 0)
        : new Parts(sign(value) + text.substring(0, point), text.substring(point + 1), 0);
  }

  private Parts scientific(double value, int minFraction, int maxFraction) {
    BigDecimal digits = digits(value, minFraction, maxFraction, true);
    String text = digits.unscaledValue().toString();
    int exponent = digits.signum() == 0 ? 0 : digits.precision() - digits.scale() - 1;
    return new Parts(sign(value) + text.charAt(0), text.substring(1), exponent);
  }

  private static String sign(double value) {
    return Math.copySign(1, value) < 0 ? "-" : "";
  }

  /**
   * {@return the magnitude cut at the first decimal place that identifies it, without trailing
   * zeros} The cut is no sooner than {@code min} and no later than {@code max} places after the
   * decimal point or, where {@code fromFirst} is set, after the first digit.
   */
  private BigDecimal digits(double value, int min, int max, boolean fromFirst) {
    if (value == 0) {
      return BigDecimal.ZERO;
    }
    // The magnitude is mantissa * 2^exponent.
    double magnitude = Math.abs(value);
    int leading = Math.getExponent(magnitude);
    int exponent = Math.max(leading, minExponent) - fractionBits;
    long mantissa = (long) Math.scalb(magnitude, -exponent);

    // It is rest / unit, in units of a decimal place; whatever lies within the margins to its
    // neighbours reads back as the value, and on them if its last bit is 0. A quarter of the last
    // bit is whole, for below a power of two the neighbours are closer.
    boolean inclusive = (mantissa & 1) == 0;
    boolean narrow = mantissa == 1L << fractionBits && leading > minExponent;
    int place = -(int) Math.ceil(Math.log10(magnitude)) - 1;
    BigInteger up = power(2, exponent).multiply(power(10, place));
    BigInteger rest = BigInteger.valueOf(mantissa * 4).multiply(up);
    BigInteger below = BigInteger.valueOf(narrow ? 1 : 2).multiply(up);
    BigInteger above = BigInteger.TWO.multiply(up);
    BigInteger unit =
        BigInteger.valueOf(4).multiply(power(2, -exponent)).multiply(power(10, -place));
    while (rest.compareTo(unit) < 0) {
      rest = rest.multiply(BigInteger.TEN);
      below = below.multiply(BigInteger.TEN);
      above = above.multiply(BigInteger.TEN);
      place++;
    }
    int origin = fromFirst ? place : 0;
    long digits = 0;
    for (; ; place++) {
      BigInteger[] division = rest.divideAndRemainder(unit);
      digits = digits * 10 + division[0].longValue();
      rest = division[1];
      boolean low = rest.compareTo(below) < (inclusive ? 1 : 0);
      boolean high = unit.compareTo(rest.add(above)) < (inclusive ? 1 : 0);
      if (place - origin == max || (place - origin >= min && (low || high))) {
        int half = rest.shiftLeft(1).compareTo(unit);
        boolean nearerUp = half > 0 || (half == 0 && (digits & 1) == 1);
        boolean roundUp = low == high ? nearerUp : high;
        return BigDecimal.valueOf(roundUp ? digits + 1 : digits, place).stripTrailingZeros();
      }
      rest = rest.multiply(BigInteger.TEN);
      below = below.multiply(BigInteger.TEN);
      above = above.multiply(BigInteger.TEN);
    }
  }

  /** {@return the power, or 1 where the exponent is negative: the other side has it then} */
  private static BigInteger power(int base, int exponent) {
    return BigInteger.valueOf(base).pow(Math.max(0, exponent));
  }
}
