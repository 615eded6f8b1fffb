package org.cotangent.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cotangent.Tensor;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * A program while a seed grows it. Values are picked with a taste for deep ones, those with many
 * steps before them; else most of a program would be for nothing.
 */
final class RandomProgramDraft {
  final Random random;

  private final long seed;
  private final List<TensorType> types = new ArrayList<>();
  private final List<TensorType> inputs = new ArrayList<>();
  private final List<RandomProgram.Step> steps = new ArrayList<>();

  /** Steps from an input or constant to each value. */
  private final List<Integer> depths = new ArrayList<>();

  RandomProgramDraft(long seed) {
    this.seed = seed;
    this.random = RandomProgram.random(seed);
  }

  int input(DType dtype, long... dims) {
    TensorType type = new TensorType(dtype, Shape.of(dims));
    inputs.add(type);
    types.add(type);
    depths.add(0);
    return types.size() - 1;
  }

  /** {@return the number of an op's value} */
  int add(Op op, int... uses) {
    TensorType type = op.infer(Arrays.stream(uses).mapToObj(types::get).toList()).getFirst();
    return add(op.text(), in -> Tensor.apply(op, in.toArray(Tensor[]::new)), type, uses);
  }

  /** {@return the number of the value of what is no op} */
  int add(String text, Function<List<Tensor>, Tensor> call, TensorType type, int... uses) {
    steps.add(new RandomProgram.Step(text, call, Arrays.stream(uses).boxed().toList(), type));
    types.add(type);
    depths.add(1 + Arrays.stream(uses).map(depths::get).max().orElse(0));
    return types.size() - 1;
  }

  /** {@return the number of a constant of the program} It names an input to find the device. */
  int constant(HostArray data) {
    List<Object> elements =
        LongStream.range(0, data.type().shape().size()).limit(9).mapToObj(data::get).toList();
    return add(
        "constant " + elements, in -> in.getFirst().device().tensor(data).frozen(), data.type(), 0);
  }

  /** {@return a constant of indices into an axis of some size, negative ones among them} */
  int indices(int size, long... dims) {
    return constant(
        RandomProgram.array(
            new TensorType(DType.INT64, Shape.of(dims)),
            (array, i) -> array.set(i, (long) random.nextInt(-size, size))));
  }

  TensorType type(int value) {
    return types.get(value);
  }

  Shape shape(int value) {
    return type(value).shape();
  }

  /** {@return any value, a deep one in two of three cases} */
  int pick() {
    return pickOf(_ -> true, 0);
  }

  /** {@return a value of the same type, perhaps the value itself} */
  int pickLike(int value) {
    return pickOf(type -> type.equals(type(value)), value);
  }

  /** {@return a value of such a type, a deep one in two of three cases; or a given one for none} */
  int pickOf(Predicate<TensorType> wanted, int none) {
    int[] found = IntStream.range(0, types.size()).filter(i -> wanted.test(types.get(i))).toArray();
    int draws = random.nextInt(3) == 0 ? 1 : 4;
    return IntStream.range(0, found.length == 0 ? 0 : draws)
        .map(_ -> found[random.nextInt(found.length)])
        .boxed()
        .max(Comparator.comparing(depths::get))
        .orElse(none);
  }

  <T> T oneOf(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** {@return some of the axes of a shape} */
  List<Integer> axes(Shape shape) {
    return IntStream.range(0, shape.rank()).filter(_ -> random.nextBoolean()).boxed().toList();
  }

  /** {@return the program with some results, at times the same one twice} */
  RandomProgram finish(int count) {
    return finish(count, _ -> true);
  }

  /** {@return the same, with results of some types only; the first input must be of such a type} */
  RandomProgram finish(int count, Predicate<TensorType> wanted) {
    List<Integer> results = IntStream.range(0, count).mapToObj(_ -> pickOf(wanted, 0)).toList();
    return new RandomProgram(seed, inputs, steps, results);
  }
}
