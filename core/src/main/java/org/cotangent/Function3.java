package org.cotangent;

/**
 * A function of three arguments.
 *
 * @param <A> type of the first argument
 * @param <B> type of the second argument
 * @param <C> type of the third argument
 * @param <R> type of the result
 */
@FunctionalInterface
public interface Function3<A, B, C, R> {
  /**
   * {@return the function's value}
   *
   * @param first argument
   * @param second argument
   * @param third argument
   */
  R apply(A first, B second, C third);
}
