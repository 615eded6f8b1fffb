package org.cotangent.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ObjLongConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.Tensor;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.function.Executable;

/**
 * A function of many ops as data: what a seed is made into, the same on every device. Values are
 * numbered, the inputs first, then one for each step. Its text is the program, so that a failure
 * can be read and repeated.
 *
 * @param seed that it was made from
 * @param inputs their types
 * @param steps each uses only values above it
 * @param results numbers of values: also inputs, and one value several times
 */
record RandomProgram(long seed, List<TensorType> inputs, List<Step> steps, List<Integer> results) {
  /**
   * One value of the program.
   *
   * @param text what it computes
   * @param call computes it
   * @param uses numbers of its inputs
   * @param type of its result
   */
  record Step(
      String text, Function<List<Tensor>, Tensor> call, List<Integer> uses, TensorType type) {
    Tensor run(List<Tensor> values) {
      return call.apply(uses.stream().map(values::get).toList());
    }
  }

  /** Checks every seed and reports all that fail, each with its program. */
  static Stream<Executable> each(int seeds, LongFunction<RandomProgram> make, Check check) {
    // More seeds for a hunt: -Dcotangent.seeds=100000.
    return LongStream.range(0, Long.getLong("cotangent.seeds", seeds))
        .mapToObj(seed ->
            () -> {
              RandomProgram program = make.apply(seed);
              try {
                check.of(program);
              } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError(program + failure.toString(), failure);
              }
            });
  }

  /** What is tested of a program. */
  @FunctionalInterface
  interface Check {
    void of(RandomProgram program);
  }

  /** {@return the results: the function that devices trace} */
  List<Tensor> run(List<Tensor> arguments) {
    return run(arguments, Step::run);
  }

  /** {@return the results, with each step computed in a way of the caller's} */
  List<Tensor> run(List<Tensor> arguments, Runner runner) {
    List<Tensor> values = new ArrayList<>(arguments);
    BitSet needed = needed();
    for (int i = 0; i < steps.size(); i++) {
      // A value that no result needs keeps its number, and the text and the trace leave it out.
      values.add(
          needed.get(inputs.size() + i) ? runner.run(steps.get(i), values) : arguments.getFirst());
    }
    return results.stream().map(values::get).toList();
  }

  /** A way to compute a step. */
  @FunctionalInterface
  interface Runner {
    Tensor run(Step step, List<Tensor> values);
  }

  private BitSet needed() {
    BitSet needed = new BitSet();
    results.forEach(needed::set);
    for (int i = steps.size() - 1; i >= 0; i--) {
      if (needed.get(inputs.size() + i)) {
        steps.get(i).uses().forEach(needed::set);
      }
    }
    return needed;
  }

  /** {@return a source of numbers: neighbouring seeds of {@link Random} itself begin alike} */
  static Random random(long seed) {
    return new Random(new SplittableRandom(seed).nextLong());
  }

  /** {@return an array whose elements are drawn one by one} */
  static HostArray array(TensorType type, ObjLongConsumer<HostArray> draw) {
    HostArray array = HostArray.allocate(type);
    for (long i = 0; i < type.shape().size(); i++) {
      draw.accept(array, i);
    }
    return array;
  }

  /** Fails unless two arrays have the same bits, where any NaN is like any other. */
  static void requireSame(String what, HostArray expected, HostArray actual) {
    if (!expected.type().equals(actual.type())) {
      throw new AssertionError(what + " is " + actual.type() + ", not " + expected.type());
    }
    for (long i = 0; i < expected.type().shape().size(); i++) {
      // Float and Double compare by bits, so -0 is not 0, and with one NaN.
      if (!expected.get(i).equals(actual.get(i))) {
        throw new AssertionError(
            what + ": element " + i + " is " + actual.get(i) + ", not " + expected.get(i));
      }
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("seed ").append(seed).append('\n');
    for (int i = 0; i < inputs.size(); i++) {
      text.append("  %").append(i).append(": ").append(inputs.get(i)).append('\n');
    }
    BitSet needed = needed();
    for (int i = 0; i < steps.size(); i++) {
      if (needed.get(inputs.size() + i)) {
        Step step = steps.get(i);
        text.append(
            "  %%%d: %s = %s(%s)%n"
                .formatted(inputs.size() + i, step.type(), step.text(), numbers(step.uses())));
      }
    }
    return text.append("  return ").append(numbers(results)).append('\n').toString();
  }

  private static String numbers(List<Integer> values) {
    String[] texts = values.stream().map(value -> "%" + value).toArray(String[]::new);
    return String.join(", ", Arrays.asList(texts));
  }
}
