package org.cotangent.testing;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A value that may be wrong, made afresh for each call.
 *
 * @param what it is, for reports
 * @param from makes it, given the good value that it replaces
 * @param shown texts of which a message has one; none where there is nothing to show
 */
record Bad(String what, UnaryOperator<Object> from, List<String> shown) {
  static Bad of(String what, Supplier<Object> value, String... shown) {
    return new Bad(what, _ -> value.get(), List.of(shown));
  }

  static Bad from(String what, UnaryOperator<Object> from, String... shown) {
    return new Bad(what, from, List.of(shown));
  }

  /** {@return values that can be made once, by what they print as} */
  static Stream<Bad> each(Object... values) {
    return Stream.of(values).map(value -> of(value + "", () -> value, value + ""));
  }

  /** {@return this, made into something else} */
  Bad then(UnaryOperator<Object> next) {
    return new Bad(what, good -> next.apply(from.apply(good)), shown);
  }
}
