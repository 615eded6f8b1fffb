package org.cotangent.benchmarks.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.function.DoubleFunction;

/** Figures as text, with three digits that count: more of them are noise. */
final class Quantity {
  private static final MathContext DIGITS = new MathContext(3);

  private Quantity() {}

  /** {@return as in {@code 1.23} or {@code 12300}} */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS);
    if (rounded.signum() == 0) {
      return "0";
    }
    int integerDigits = rounded.precision() - rounded.scale();
    int decimals = Math.max(0, DIGITS.getPrecision() - integerDigits);
    return rounded.setScale(decimals, DIGITS.getRoundingMode()).toPlainString();
  }

  /** {@return as in {@code 1.23 ms}} */
  static String time(double seconds) {
    double rounded = Double.parseDouble(number(seconds));
    if (rounded >= 1) {
      return number(seconds) + " s";
    }
    if (rounded >= 1e-3) {
      return number(seconds * 1e3) + " ms";
    }
    return rounded >= 1e-6 ? number(seconds * 1e6) + " µs" : number(seconds * 1e9) + " ns";
  }

  /**
   * {@return from least to most, as in {@code 1.20 – 1.31 ms}; empty if they look alike}
   *
   * @param summary over rounds
   * @param format of each
   */
  static String range(Summary summary, DoubleFunction<String> format) {
    String least = format.apply(summary.least());
    String most = format.apply(summary.most());
    if (least.equals(most)) {
      return "";
    }
    String unit = most.replaceFirst("^[0-9.]+", "");
    boolean same = least.replaceFirst("^[0-9.]+", "").equals(unit);
    return (same ? least.substring(0, least.length() - unit.length()) : least) + " – " + most;
  }

  /** {@return as in {@code 1.23×}} */
  static String ratio(double value) {
    return number(value) + "×";
  }

  /** {@return as in {@code 81%}} */
  static String percent(double share) {
    double percent = share * 100;
    return (percent < 1 ? number(percent) : Long.toString(Math.round(percent))) + "%";
  }

  /** {@return a rate, as in {@code 285 GFLOP/s}} */
  static String giga(double perSecond, String unit) {
    return number(perSecond / 1e9) + " G" + unit;
  }
}
