package org.cotangent.numpy;

import java.util.Objects;
import java.util.stream.LongStream;
import org.cotangent.error.CotangentException;
import org.jspecify.annotations.Nullable;

/**
 * An array, cut into pieces that threads take.
 *
 * @param units of the array, which are not cut
 * @param unit elements of one of them
 * @param each units of a piece; the last may have fewer
 */
record Pieces(long units, long unit, long each) {
  /** Of a piece: a thread has something to do, and it stays in the second-level cache. */
  static final long BYTES = 1 << 20;

  /** What is done with a piece. */
  @FunctionalInterface
  interface Action {
    /**
     * Does it.
     *
     * @param first unit
     * @param count of units
     */
    void take(long first, long count);
  }

  /** {@return whether there is but one, which the caller's thread takes} */
  boolean isOne() {
    return units <= each;
  }

  /** {@return the elements of the largest piece} */
  long largest() {
    return Math.min(each, units) * unit;
  }

  /**
   * Takes all pieces. Of the errors it throws that of the first piece that has one.
   *
   * @param together whether by as many threads as there are cores: the common pool and this one
   * @param action what is done with each
   */
  void forEach(boolean together, Action action) {
    LongStream numbers = LongStream.range(0, Math.ceilDiv(units, each));
    (together && !isOne() ? numbers.parallel() : numbers)
        .mapToObj(number -> failure(action, number * each))
        .filter(Objects::nonNull)
        .findFirst()
        .ifPresent(Pieces::raise);
  }

  private @Nullable CotangentException failure(Action action, long first) {
    try {
      action.take(first, Math.min(each, units - first));
      return null;
    } catch (CotangentException e) {
      return e;
    }
  }

  private static void raise(CotangentException failure) {
    throw failure;
  }
}
