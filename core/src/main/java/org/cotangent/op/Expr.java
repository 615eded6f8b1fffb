package org.cotangent.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A value and the builder it belongs to, so that derivatives and expansions read as formulas.
 *
 * @param builder where new nodes are written
 * @param value the value
 */
public record Expr(GraphBuilder builder, Value value) {
  /** {@return its type} */
  public TensorType type() {
    return value.type();
  }

  /** {@return its shape} */
  public Shape shape() {
    return value.shape();
  }

  /**
   * {@return an op applied to this and others}
   *
   * @param op what to compute
   * @param others the inputs after this
   */
  public Expr apply(Op op, Expr... others) {
    Value[] inputs = new Value[1 + others.length];
    inputs[0] = value;
    for (int i = 0; i < others.length; i++) {
      inputs[i + 1] = others[i].value;
    }
    return new Expr(builder, builder.value(op, inputs));
  }

  /**
   * {@return a tensor of this type with one value everywhere}
   *
   * @param number the value
   */
  public Expr full(double number) {
    return full(type(), number);
  }

  /**
   * {@return a tensor with one value everywhere}
   *
   * @param type its type
   * @param number the value
   */
  public Expr full(TensorType type, double number) {
    return new Expr(builder, builder.value(Full.of(type, number)));
  }

  /**
   * {@return the sum}
   *
   * @param other of the same type
   */
  public Expr plus(Expr other) {
    return apply(new Add(), other);
  }

  /**
   * {@return the sum with a number}
   *
   * @param number added to each element
   */
  public Expr plus(double number) {
    return plus(full(number));
  }

  /**
   * {@return the difference}
   *
   * @param other of the same type
   */
  public Expr minus(Expr other) {
    return apply(new Subtract(), other);
  }

  /**
   * {@return the product}
   *
   * @param other of the same type
   */
  public Expr times(Expr other) {
    return apply(new Multiply(), other);
  }

  /**
   * {@return the product with a number}
   *
   * @param number multiplied with each element
   */
  public Expr times(double number) {
    return times(full(number));
  }

  /**
   * {@return the quotient}
   *
   * @param other of the same type
   */
  public Expr over(Expr other) {
    return apply(new Divide(), other);
  }

  /** {@return the negative} */
  public Expr negative() {
    return apply(new Negative());
  }

  /** {@return 1 over this} */
  public Expr reciprocal() {
    return apply(new Reciprocal());
  }

  /** {@return the exponential} */
  public Expr exp() {
    return apply(new Exp());
  }

  /** {@return the natural logarithm} */
  public Expr log() {
    return apply(new Log());
  }

  /** {@return -1, 0 or 1 by the sign, NaN of NaN} */
  public Expr sign() {
    return apply(new Sign());
  }

  /** {@return the nearest whole number, ties to even} */
  public Expr round() {
    return apply(new Rounding(Rounding.Kind.ROUND));
  }

  /** {@return the square} */
  public Expr square() {
    return apply(new IntegerPower(2));
  }

  /**
   * {@return a comparison, as bool}
   *
   * @param kind which
   * @param other of the same type
   */
  public Expr compare(Compare.Kind kind, Expr other) {
    return apply(new Compare(kind), other);
  }

  /**
   * {@return whether this and another, both bool, are true}
   *
   * @param other of the same type
   */
  public Expr and(Expr other) {
    return apply(new Logical(Bitwise.Kind.AND), other);
  }

  /**
   * {@return whether this or another, both bool, is true}
   *
   * @param other of the same type
   */
  public Expr or(Expr other) {
    return apply(new Logical(Bitwise.Kind.OR), other);
  }

  /**
   * {@return one of two by this, which is bool}
   *
   * @param yes where true
   * @param no where false
   */
  public Expr where(Expr yes, Expr no) {
    return apply(new Where(), yes, no);
  }

  /**
   * {@return the tensor in another dtype}
   *
   * @param dtype the dtype
   */
  public Expr cast(DType dtype) {
    return dtype == type().dtype() ? this : apply(new Cast(dtype));
  }

  /**
   * {@return the tensor under another shape of the same size}
   *
   * @param shape the shape
   */
  public Expr reshape(Shape shape) {
    return shape.equals(shape()) ? this : apply(new Reshape(shape));
  }

  /**
   * {@return the tensor repeated along new axes and axes of size 1}
   *
   * @param shape the shape
   */
  public Expr broadcastTo(Shape shape) {
    return shape.equals(shape()) ? this : apply(new BroadcastTo(shape));
  }

  /**
   * {@return the tensor repeated along a new first axis}
   *
   * @param size of that axis
   */
  public Expr repeat(long size) {
    return broadcastTo(shape().insert(0, size));
  }

  /**
   * {@return the inputs of a node with all examples along a new first axis, the shared ones
   * repeated}
   *
   * @param builder where to write
   * @param node of one example
   * @param size number of examples
   * @param many inputs of all examples; null for one that they share
   */
  public static List<Value> everywhere(
      GraphBuilder builder, Node node, long size, List<@Nullable Value> many) {
    return IntStream.range(0, many.size())
        .mapToObj(k -> {
          Value examples = many.get(k);
          return examples != null
              ? examples
              : new Expr(builder, node.input(k)).repeat(size).value();
        })
        .toList();
  }

  /**
   * {@return the tensor repeated along new axes behind its own}
   *
   * @param shape what it becomes; its first axes are those of this
   */
  public Expr repeatBehind(Shape shape) {
    long[] dims = Arrays.copyOf(shape().dims(), shape.rank());
    Arrays.fill(dims, shape().rank(), shape.rank(), 1);
    return reshape(Shape.of(dims)).broadcastTo(shape);
  }

  /**
   * {@return the tensor with one axis at another place}
   *
   * @param from where the axis is
   * @param to where it will be
   */
  public Expr moveAxis(int from, int to) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, shape().rank()).boxed().toList());
    order.add(to, order.remove(/* index */ from));
    return transpose(order);
  }

  /**
   * {@return the sum over axes, which stay with size 1}
   *
   * @param axes ascending
   */
  public Expr sumKeeping(List<Integer> axes) {
    return axes.isEmpty() ? this : apply(new Sum(axes)).reshape(shape().without(array(axes), true));
  }

  /**
   * {@return the sum along one axis, repeated along it}
   *
   * @param axis which
   */
  public Expr sumAlong(int axis) {
    return apply(new Sum(List.of(axis))).expand(shape(), List.of(axis));
  }

  /**
   * {@return a tensor reduced over axes, repeated along them}
   *
   * @param shape the shape before it was reduced
   * @param axes ascending
   */
  public Expr expand(Shape shape, List<Integer> axes) {
    return reshape(shape.without(array(axes), true)).broadcastTo(shape);
  }

  /**
   * {@return a part of an axis}
   *
   * @param axis which
   * @param start first element
   * @param stop end, not included
   */
  public Expr slice(int axis, long start, long stop) {
    return apply(Slice.along(shape(), axis, start, stop));
  }

  /**
   * {@return the tensor with its axes in another order}
   *
   * @param permutation axis i of the result is axis permutation[i] of this
   */
  public Expr transpose(List<Integer> permutation) {
    return IntStream.range(0, permutation.size()).allMatch(i -> permutation.get(i) == i)
        ? this
        : apply(new Transpose(permutation));
  }

  static int[] array(List<Integer> axes) {
    return axes.stream().mapToInt(Integer::intValue).toArray();
  }
}
