package org.cotangent;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.cotangent.backend.Check;
import org.cotangent.error.ArgumentException;

/**
 * Compiles functions over trees of tensors to programs. Immutable; each method returns a compiler
 * with one more setting.
 *
 * {@snippet :
 * var step = device.compiler().donate(0).compile(Digits::step, state, x, y);
 * state = step.run(state, x, y);
 * }
 *
 * The function is run once for each new combination of types and tree structures, on traced
 * tensors; what it prints or counts happens then. Its arguments and result are {@link Trees}.
 */
public final class Compiler {
  private final Device device;
  private final Set<Integer> donated;
  private final Check check;
  private final String name;

  Compiler(Device device) {
    this(device, Set.of(), Check.NOTHING, "");
  }

  private Compiler(Device device, Set<Integer> donated, Check check, String name) {
    this.device = device;
    this.donated = donated;
    this.check = check;
    this.name = name;
  }

  /**
   * {@return a compiler whose programs take over the memory of some arguments} A run closes their
   * tensors, and results of the same size are written in their place. Their memory must not be
   * shared with views.
   *
   * @param arguments which, from 0
   */
  public Compiler donate(int... arguments) {
    Device.requireNonNull("donate", "array of arguments", arguments);
    Set<Integer> all = new TreeSet<>(donated);
    Arrays.stream(arguments).forEach(all::add);
    return new Compiler(device, all, check, name);
  }

  /**
   * {@return a compiler whose programs run each op by itself and search its results for NaN} The
   * error names the first op that made one, and the user's line.
   */
  public Compiler checkNaN() {
    return new Compiler(device, donated, check.and(Check.NAN), name);
  }

  /**
   * {@return a compiler whose programs run each op by itself and search its results for NaN and
   * infinities} The error names the first op that made one, and the user's line. An infinity that
   * is meant, such as that of a mask or of what a max pool pads with, is found as well.
   */
  public Compiler checkFinite() {
    return new Compiler(device, donated, Check.NOT_FINITE, name);
  }

  /**
   * {@return a compiler whose programs have a name, for dumps and messages}
   *
   * @param programs the name
   */
  public Compiler name(String programs) {
    Device.requireNonNull("name", "name", programs);
    return new Compiler(device, donated, check, programs);
  }

  private Compiled compiled(
      int arity, Function<List<Object>, Object> function, Object... examples) {
    return Located.in(
        "compile",
        () -> {
          for (int index : donated) {
            if (index < 0 || index >= arity) {
              throw new ArgumentException(
                  "donate: argument "
                      + index
                      + " of a function of "
                      + arity
                      + " arguments; they count from 0");
            }
          }
          return new Compiled(
              device, name.isEmpty() ? "program" : name, function, donated, check, examples);
        });
  }

  /**
   * {@return the compiled function}
   *
   * @param function what to compile
   * @param first example of the first argument: its types and structure count, not its values
   * @param <A> type of the first argument
   * @param <R> type of the result
   * @throws org.cotangent.error.CotangentException if the function cannot be traced
   */
  public <A, R> Compiled1<A, R> compile(Function<? super A, ? extends R> function, A first) {
    Device.requireNonNull("compile", "function", function);
    return new Compiled1<>(compiled(1, all -> function.apply(Compiled.<A>argument(all, 0)), first));
  }

  /**
   * {@return the compiled function}
   *
   * @param function what to compile
   * @param first example of the first argument: its types and structure count, not its values
   * @param second example of the second argument: its types and structure count, not its values
   * @param <A> type of the first argument
   * @param <B> type of the second argument
   * @param <R> type of the result
   * @throws org.cotangent.error.CotangentException if the function cannot be traced
   */
  public <A, B, R> Compiled2<A, B, R> compile(
      BiFunction<? super A, ? super B, ? extends R> function, A first, B second) {
    Device.requireNonNull("compile", "function", function);
    return new Compiled2<>(
        compiled(
            2,
            all -> function.apply(Compiled.<A>argument(all, 0), Compiled.<B>argument(all, 1)),
            first,
            second));
  }

  /**
   * {@return the compiled function}
   *
   * @param function what to compile
   * @param first example of the first argument: its types and structure count, not its values
   * @param second example of the second argument: its types and structure count, not its values
   * @param third example of the third argument: its types and structure count, not its values
   * @param <A> type of the first argument
   * @param <B> type of the second argument
   * @param <C> type of the third argument
   * @param <R> type of the result
   * @throws org.cotangent.error.CotangentException if the function cannot be traced
   */
  public <A, B, C, R> Compiled3<A, B, C, R> compile(
      Function3<? super A, ? super B, ? super C, ? extends R> function,
      A first,
      B second,
      C third) {
    Device.requireNonNull("compile", "function", function);
    return new Compiled3<>(
        compiled(
            3,
            all ->
                function.apply(
                    Compiled.<A>argument(all, 0),
                    Compiled.<B>argument(all, 1),
                    Compiled.<C>argument(all, 2)),
            first,
            second,
            third));
  }

  /**
   * {@return the compiled function}
   *
   * @param function what to compile
   * @param first example of the first argument: its types and structure count, not its values
   * @param second example of the second argument: its types and structure count, not its values
   * @param third example of the third argument: its types and structure count, not its values
   * @param fourth example of the fourth argument: its types and structure count, not its values
   * @param <A> type of the first argument
   * @param <B> type of the second argument
   * @param <C> type of the third argument
   * @param <D> type of the fourth argument
   * @param <R> type of the result
   * @throws org.cotangent.error.CotangentException if the function cannot be traced
   */
  public <A, B, C, D, R> Compiled4<A, B, C, D, R> compile(
      Function4<? super A, ? super B, ? super C, ? super D, ? extends R> function,
      A first,
      B second,
      C third,
      D fourth) {
    Device.requireNonNull("compile", "function", function);
    return new Compiled4<>(
        compiled(
            4,
            all ->
                function.apply(
                    Compiled.<A>argument(all, 0),
                    Compiled.<B>argument(all, 1),
                    Compiled.<C>argument(all, 2),
                    Compiled.<D>argument(all, 3)),
            first,
            second,
            third,
            fourth));
  }

  /**
   * {@return the compiled function}
   *
   * @param function what to compile
   * @param first example of the first argument: its types and structure count, not its values
   * @param second example of the second argument: its types and structure count, not its values
   * @param third example of the third argument: its types and structure count, not its values
   * @param fourth example of the fourth argument: its types and structure count, not its values
   * @param fifth example of the fifth argument: its types and structure count, not its values
   * @param <A> type of the first argument
   * @param <B> type of the second argument
   * @param <C> type of the third argument
   * @param <D> type of the fourth argument
   * @param <E> type of the fifth argument
   * @param <R> type of the result
   * @throws org.cotangent.error.CotangentException if the function cannot be traced
   */
  public <A, B, C, D, E, R> Compiled5<A, B, C, D, E, R> compile(
      Function5<? super A, ? super B, ? super C, ? super D, ? super E, ? extends R> function,
      A first,
      B second,
      C third,
      D fourth,
      E fifth) {
    Device.requireNonNull("compile", "function", function);
    return new Compiled5<>(
        compiled(
            5,
            all ->
                function.apply(
                    Compiled.<A>argument(all, 0),
                    Compiled.<B>argument(all, 1),
                    Compiled.<C>argument(all, 2),
                    Compiled.<D>argument(all, 3),
                    Compiled.<E>argument(all, 4)),
            first,
            second,
            third,
            fourth,
            fifth));
  }
}
