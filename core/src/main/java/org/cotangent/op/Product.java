package org.cotangent.op;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The product over axes; 1 of no elements. As in NumPy the dtype is the input's for floats and
 * int64 for integers and bool; float16 and bfloat16 are multiplied in float32 and rounded once. The
 * derivative by an element is the product of the others, found without division: by a tree of
 * products that is walked up and then down, so zeros do no harm in any order.
 *
 * @param axes ascending
 */
public record Product(List<Integer> axes) implements Fold {
  /** Copies the axes. */
  public Product {
    axes = List.copyOf(axes);
  }

  @Override
  public Term combined(Term a, Term b) {
    return a.times(b);
  }

  @Override
  public long ofNothing() {
    return 1;
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Product(Rules.behind(axes)));
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    Value tangent = tangents.getFirst();
    if (tangent == null) {
      return Rules.only(null);
    }
    Expr x = new Expr(builder, node.input(0));
    Expr ones = new Expr(builder, node.result()).full(1);
    Expr slope = others(x, ones).times(new Expr(builder, tangent));
    return Rules.only(slope.apply(new Sum(axes)).value());
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    Value cotangent = cotangents.getFirst();
    return Rules.only(
        cotangent == null
            ? null
            : others(new Expr(builder, node.input(0)), new Expr(builder, cotangent)).value());
  }

  /** For each element the product of the others, times a factor for each result. */
  private Expr others(Expr x, Expr factor) {
    Shape shape = x.shape();
    int rank = shape.rank();
    List<Integer> kept =
        IntStream.range(0, rank).filter(axis -> !axes.contains(axis)).boxed().toList();
    List<Integer> order = new ArrayList<>(kept);
    order.addAll(axes);
    DType wide = Fold.accumulator(x.type().dtype());
    Expr turned = x.cast(wide).transpose(order);
    long rows = factor.shape().size();
    long count = rows == 0 ? 1 : shape.size() / rows;
    if (count == 0) {
      return x;
    }
    Expr flat =
        others(
            turned.reshape(Shape.of(rows, count)),
            factor.cast(wide).reshape(Shape.of(rows)),
            count);
    Integer[] back = new Integer[rank];
    for (int i = 0; i < rank; i++) {
      back[order.get(i)] = i;
    }
    return flat.reshape(turned.shape()).transpose(List.of(back)).cast(x.type().dtype());
  }

  /** Of (rows, count), with (rows) factors. */
  private static Expr others(Expr x, Expr factor, long count) {
    long rows = x.shape().dim(0);
    if (count == 1) {
      return factor.reshape(Shape.of(rows, 1));
    }
    // Pairs of neighbours; an odd one out gets a 1 beside it.
    Expr even = x;
    if (count % 2 != 0) {
      Expr one = x.full(x.type().with(Shape.of(rows, 1)), 1);
      even = x.apply(new Concatenate(1), one);
    }
    long half = (count + 1) / 2;
    Expr pairs = even.reshape(Shape.of(rows, half, 2));
    Expr products = side(pairs, 0).times(side(pairs, 1));
    Expr above = others(products, factor, half);
    Expr wide = above.expand(pairs.shape(), List.of(2));
    Expr both = pairs.apply(new Flip(List.of(2))).times(wide).reshape(Shape.of(rows, 2 * half));
    return count % 2 == 0 ? both : both.slice(1, 0, count);
  }

  private static Expr side(Expr pairs, int which) {
    Shape shape = pairs.shape();
    return pairs.slice(2, which, which + 1).reshape(Shape.of(shape.dim(0), shape.dim(1)));
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return ReductionSamples.of(Product::new, Sample.ALL, true);
  }
}
