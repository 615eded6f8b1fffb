package org.cotangent.testing;

import java.util.Arrays;
import org.cotangent.op.Windows;

/** What sliding windows mean; see {@link Meanings}. */
final class WindowMeanings {
  private WindowMeanings() {}

  static void define() {
    Meanings.define(
        Windows.class,
        (op, in, out) -> {
          Windows windows = (Windows) op;
          return ShapeMeanings.moved(
              in,
              out.getFirst().shape(),
              (from, at) -> {
                long[] source = Arrays.copyOf(at, from.rank());
                source[windows.axis()] =
                    at[windows.axis()] * windows.step() + at[from.rank()] * windows.dilation();
                return source;
              });
        });
  }
}
