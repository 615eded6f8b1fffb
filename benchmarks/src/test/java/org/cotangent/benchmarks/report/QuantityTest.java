package org.cotangent.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1.00",
    "0.001234, 0.00123",
    "9.996, 10.0",
    "12.34, 12.3",
    "123.4, 123",
    "12345, 12300",
    "NaN, NaN",
    "Infinity, Infinity"
  })
  void numbersHaveThreeDigits(double value, String text) {
    assertEquals(text, Quantity.number(value));
  }

  @ParameterizedTest
  @CsvSource({
    "12.34, 12.3 s",
    "0.9999, 1.00 s",
    "0.00123, 1.23 ms",
    "9.999e-4, 1.00 ms",
    "4.56e-6, 4.56 µs",
    "7e-9, 7.00 ns",
    "4e-11, 0.0400 ns",
    "0, 0 ns"
  })
  void timesHaveAUnit(double seconds, String text) {
    assertEquals(text, Quantity.time(seconds));
  }

  @ParameterizedTest
  @CsvSource({"0.814, 81%", "1.2, 120%", "0.00123, 0.123%", "0, 0%"})
  void sharesArePercent(double share, String text) {
    assertEquals(text, Quantity.percent(share));
  }

  @Test
  void rangesNameTheirUnitOnce() {
    assertEquals(
        "1.20 – 1.31 ms", Quantity.range(new Summary(0, 1.2e-3, 1.31e-3, 3), Quantity::time));
    assertEquals(
        "900 µs – 1.31 ms", Quantity.range(new Summary(0, 9e-4, 1.31e-3, 3), Quantity::time));
    assertEquals("", Quantity.range(new Summary(0, 1.2, 1.2001, 3), Quantity::ratio));
  }
}
