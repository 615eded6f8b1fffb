package org.cotangent.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.cotangent.Tensor;
import org.cotangent.graph.Op;
import org.cotangent.op.Constant;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** A program while a seed grows it: values are numbered, and picked with a taste for new ones. */
final class RandomProgramDraft {
  final Random random;

  private final long seed;
  private final List<TensorType> types = new ArrayList<>();
  private final List<TensorType> inputs = new ArrayList<>();
  private final List<RandomProgram.Step> steps = new ArrayList<>();

  RandomProgramDraft(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  int input(DType dtype, long... dims) {
    TensorType type = new TensorType(dtype, Shape.of(dims));
    inputs.add(type);
    types.add(type);
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
    return types.size() - 1;
  }

  int constant(HostArray data) {
    return add(new Constant(data));
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

  /** {@return any value, of the last few in two of three cases, so that chains grow long} */
  int pick() {
    return random.nextInt(3) == 0 ? random.nextInt(types.size()) : recent(4);
  }

  private int recent(int count) {
    return types.size() - 1 - random.nextInt(Math.min(count, types.size()));
  }

  /** {@return a value of the same type, perhaps the value itself} */
  int pickLike(int value) {
    return pickOf(type -> type.equals(type(value)), value);
  }

  /** {@return a value of such a type, or a given one where there is none} */
  int pickOf(Predicate<TensorType> wanted, int none) {
    int[] found = IntStream.range(0, types.size()).filter(i -> wanted.test(types.get(i))).toArray();
    return found.length == 0 ? none : found[random.nextInt(found.length)];
  }

  <T> T oneOf(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** {@return some of the axes of a shape} */
  List<Integer> axes(Shape shape) {
    return IntStream.range(0, shape.rank()).filter(_ -> random.nextBoolean()).boxed().toList();
  }

  /** {@return the program with some results, new values mostly, the same one at times} */
  RandomProgram finish(int count) {
    return finish(count, _ -> true);
  }

  /** {@return the same, with results of some types only; the first input must be of such a type} */
  RandomProgram finish(int count, Predicate<TensorType> wanted) {
    List<Integer> results =
        IntStream.range(0, count)
            .mapToObj(_ -> random.nextInt(3) == 0 ? random.nextInt(types.size()) : recent(6))
            .map(value -> wanted.test(types.get(value)) ? value : pickOf(wanted, 0))
            .toList();
    return new RandomProgram(seed, inputs, steps, results);
  }
}
