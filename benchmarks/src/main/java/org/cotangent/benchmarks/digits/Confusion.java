package org.cotangent.benchmarks.digits;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.Tensor;

/**
 * How often each digit (row) was taken for each (column).
 *
 * @param rows of counts, as many as columns
 */
record Confusion(List<List<Long>> rows) {

  /** Of a square table, int64. */
  static Confusion of(Tensor table) {
    long[] counts = table.toLongArray();
    long classes = table.shape().dim(0);
    return new Confusion(
        LongStream.range(0, classes)
            .mapToObj(row -> LongStream.of(counts).skip(row * classes).limit(classes))
            .map(row -> row.boxed().toList())
            .toList());
  }

  /** How many samples were seen. */
  long total() {
    return rows.stream().flatMap(List::stream).mapToLong(Long::longValue).sum();
  }

  /** The part of them on the diagonal, from 0 to 1. */
  double accuracy() {
    long right = IntStream.range(0, rows.size()).mapToLong(i -> rows.get(i).get(i)).sum();
    return (double) right / total();
  }

  /** The table with a heading, a dot for nothing. */
  @Override
  public String toString() {
    String corner = "true \\ predicted";
    StringBuilder text = new StringBuilder(corner);
    for (int digit = 0; digit < rows.size(); digit++) {
      text.append(right(digit, 4));
    }
    for (int digit = 0; digit < rows.size(); digit++) {
      text.append('\n').append(right(digit, corner.length()));
      rows.get(digit).forEach(count -> text.append(right(count == 0 ? "." : count, 4)));
    }
    return text.toString();
  }

  private static String right(Object value, int width) {
    String text = value.toString();
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }
}
