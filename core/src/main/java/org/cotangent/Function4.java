package org.cotangent;

/**
 * A function of four arguments.
 *
 * @param <A> type of the first argument
 * @param <B> type of the second argument
 * @param <C> type of the third argument
 * @param <D> type of the fourth argument
 * @param <R> type of the result
 */
@FunctionalInterface
public interface Function4<A, B, C, D, R> {
  /**
   * {@return the function's value}
   *
   * @param first argument
   * @param second argument
   * @param third argument
   * @param fourth argument
   */
  R apply(A first, B second, C third, D fourth);
}
