package org.cotangent.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * Sums of products over contracted axes, for each index of the batch axes: {@code matmul} and every
 * other bilinear contraction. Each float result is one chain of fused multiply-adds in the
 * row-major order of the contracted axes; integers wrap. A device may multiply narrow floats, which
 * are summed in float32, in an order of its own.
 *
 * @param leftBatch batch axes of the left input
 * @param rightBatch their partners in the right input
 * @param leftContracted contracted axes of the left input
 * @param rightContracted their partners in the right input
 */
public record DotGeneral(
    List<Integer> leftBatch,
    List<Integer> rightBatch,
    List<Integer> leftContracted,
    List<Integer> rightContracted)
    implements Contraction {
  /** Copies the axes. */
  public DotGeneral {
    leftBatch = List.copyOf(leftBatch);
    rightBatch = List.copyOf(rightBatch);
    leftContracted = List.copyOf(leftContracted);
    rightContracted = List.copyOf(rightContracted);
  }

  /**
   * {@return the matrix product of the last two axes, with all axes before them as batch axes}
   *
   * @param rank of both inputs, at least 2
   */
  public static DotGeneral matmul(int rank) {
    List<Integer> batch = range(0, rank - 2);
    return new DotGeneral(batch, batch, List.of(rank - 1), List.of(rank - 2));
  }

  /** {@return this, of inputs with a new first axis, over which is summed too} */
  public DotGeneral deeper() {
    return new DotGeneral(
        Rules.behind(leftBatch),
        Rules.behind(rightBatch),
        Rules.before(0, Rules.behind(leftContracted)),
        Rules.before(0, Rules.behind(rightContracted)));
  }

  @Override
  public DType accumulator(DType inputs) {
    return inputs.arithmetic();
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType left = Rules.numeric(this, inputs.get(0));
    TensorType right = inputs.get(1);
    if (left.dtype() != right.dtype()) {
      throw new DTypeException(
          "dotGeneral: dtypes differ: " + left + " and " + right + "; cast one of them");
    }
    requireDistinct(left.shape(), leftBatch, leftContracted);
    requireDistinct(right.shape(), rightBatch, rightContracted);
    requirePaired(left.shape(), right.shape(), leftBatch, rightBatch);
    requirePaired(left.shape(), right.shape(), leftContracted, rightContracted);
    List<Long> dims = new ArrayList<>();
    leftBatch.forEach(axis -> dims.add(left.shape().dim(axis)));
    Contraction.free(left.shape(), leftBatch, leftContracted)
        .forEach(a -> dims.add(left.shape().dim(a)));
    Contraction.free(right.shape(), rightBatch, rightContracted)
        .forEach(a -> dims.add(right.shape().dim(a)));
    return List.of(left.with(Shape.of(dims.stream().mapToLong(Long::longValue).toArray())));
  }

  private void requireDistinct(Shape shape, List<Integer> batch, List<Integer> contracted) {
    List<Integer> all = new ArrayList<>(batch);
    all.addAll(contracted);
    Collections.sort(all);
    Rules.requireAxes(this, shape, all);
  }

  private static void requirePaired(
      Shape left, Shape right, List<Integer> leftAxes, List<Integer> rightAxes) {
    if (leftAxes.size() != rightAxes.size()) {
      throw new ShapeException(
          "dotGeneral: axes " + leftAxes + " and " + rightAxes + " are not paired");
    }
    for (int i = 0; i < leftAxes.size(); i++) {
      long mine = left.dim(leftAxes.get(i));
      long its = right.dim(rightAxes.get(i));
      if (mine != its) {
        throw new ShapeException(
            "dotGeneral: "
                + left
                + " x "
                + right
                + ": axis "
                + leftAxes.get(i)
                + " has "
                + mine
                + ", axis "
                + rightAxes.get(i)
                + " has "
                + its);
      }
    }
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Optional.of((builder, node, size, many) -> {
      Value left = many.get(0);
      Value right = many.get(1);
      List<Integer> leftBatch = moved(left, this.leftBatch);
      List<Integer> rightBatch = moved(right, this.rightBatch);
      List<Integer> leftContracted = moved(left, this.leftContracted);
      List<Integer> rightContracted = moved(right, this.rightContracted);
      if (left != null && right != null) {
        leftBatch = Rules.before(0, leftBatch);
        rightBatch = Rules.before(0, rightBatch);
      }
      Expr product =
          new Expr(builder, left != null ? left : node.input(0))
              .apply(
                  new DotGeneral(leftBatch, rightBatch, leftContracted, rightContracted),
                  new Expr(builder, right != null ? right : node.input(1)));
      // The examples of one input alone are its first free axis.
      int first = leftBatch.size();
      if (left == null) {
        first += Contraction.free(node.input(0).shape(), leftBatch, leftContracted).size();
      }
      return List.of(
          (left != null && right != null ? product : product.moveAxis(first, 0)).value());
    });
  }

  private static List<Integer> moved(@Nullable Value many, List<Integer> axes) {
    return many == null ? axes : Rules.behind(axes);
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    Value left = tangents.get(0);
    Value right = tangents.get(1);
    Value byLeft = left == null ? null : builder.value(this, left, node.input(1));
    Value byRight = right == null ? null : builder.value(this, node.input(0), right);
    return Collections.singletonList(
        byLeft == null
            ? byRight
            : byRight == null ? byLeft : builder.value(new Add(), byLeft, byRight));
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    Value cotangent = cotangents.getFirst();
    if (cotangent == null) {
      return Arrays.asList(null, null);
    }
    Value left = node.input(0);
    Value right = node.input(1);
    List<Integer> leftFree = Contraction.free(left.shape(), leftBatch, leftContracted);
    List<Integer> rightFree = Contraction.free(right.shape(), rightBatch, rightContracted);
    int batch = leftBatch.size();
    List<Integer> batchAxes = range(0, batch);
    List<Integer> leftAxes = range(batch, batch + leftFree.size());
    List<Integer> rightAxes =
        range(batch + leftFree.size(), batch + leftFree.size() + rightFree.size());

    // Contract the cotangent's right axes with the right input: what is left over are batch axes,
    // the left input's free axes, and its contracted axes in the order of their partners.
    Value byLeft =
        builder.value(
            new DotGeneral(batchAxes, rightBatch, rightAxes, rightFree), cotangent, right);
    List<Integer> leftOrder = new ArrayList<>(leftBatch);
    leftOrder.addAll(leftFree);
    leftOrder.addAll(partners(rightContracted, leftContracted));

    Value byRight =
        builder.value(new DotGeneral(leftBatch, batchAxes, leftFree, leftAxes), left, cotangent);
    List<Integer> rightOrder = new ArrayList<>(rightBatch);
    rightOrder.addAll(partners(leftContracted, rightContracted));
    rightOrder.addAll(rightFree);
    return Arrays.asList(
        reorder(builder, byLeft, leftOrder), reorder(builder, byRight, rightOrder));
  }

  /** The partners of some axes, in ascending order of the axes themselves. */
  private static List<Integer> partners(List<Integer> axes, List<Integer> partners) {
    return axes.stream().sorted().map(axis -> partners.get(axes.indexOf(axis))).toList();
  }

  /** Axis i of the value becomes axis order[i] of the result. */
  private static Value reorder(GraphBuilder builder, Value value, List<Integer> order) {
    List<Integer> permutation = IntStream.range(0, order.size()).mapToObj(order::indexOf).toList();
    return new Expr(builder, value).transpose(permutation).value();
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    DotGeneral odd = new DotGeneral(List.of(2), List.of(0), List.of(1, 0), List.of(3, 1));
    return Sample.NUMBERS.stream()
        .flatMap(dtype ->
            List.of(
                of(matmul(2), dtype, Shape.of(3, 5), Shape.of(5, 7)),
                of(matmul(2), dtype, Shape.of(1, 1), Shape.of(1, 1)),
                of(matmul(2), dtype, Shape.of(3, 0), Shape.of(0, 2)),
                of(matmul(2), dtype, Shape.of(0, 3), Shape.of(3, 2)),
                of(matmul(2), dtype, Shape.of(17, 33), Shape.of(33, 1)),
                of(matmul(2), dtype, Shape.of(1, 67), Shape.of(67, 19)),
                of(matmul(3), dtype, Shape.of(2, 3, 5), Shape.of(2, 5, 4)),
                of(matmul(4), dtype, Shape.of(2, 3, 1, 5), Shape.of(2, 3, 5, 2)),
                of(odd, dtype, Shape.of(3, 5, 2), Shape.of(2, 3, 7, 5)))
                .stream())
        .toList();
  }

  private static Sample of(DotGeneral op, DType dtype, Shape left, Shape right) {
    return Sample.of(op, Sample.Input.of(dtype, left), Sample.Input.of(dtype, right));
  }
}
