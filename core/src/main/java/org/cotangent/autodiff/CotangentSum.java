package org.cotangent.autodiff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.Concatenate;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Expr;
import org.cotangent.op.Transpose;
import org.cotangent.type.TensorType;

/**
 * The sum of the cotangents that the uses of one value send back. Weights that each step of a
 * recurrent network uses get a product from each: of few rows, and as large as the weights, so that
 * writing and adding these takes more than all else. Products of one form become a single one, of
 * the rows of all steps one after the other, where the rows of each are less than its product.
 */
final class CotangentSum {
  /**
   * What products share that can be one: all but the size of the axis that they are joined along.
   */
  private record Form(
      DotGeneral op, Optional<Transpose> order, TensorType left, TensorType right) {}

  /** A term that is a contraction, with the axes in its own order or in another. */
  private record Product(Node node, Optional<Transpose> order) {
    static Optional<Product> of(Value term) {
      Node last = term.node();
      Optional<Transpose> order =
          last.op() instanceof Transpose transpose ? Optional.of(transpose) : Optional.empty();
      Node node = order.isPresent() ? last.input(0).node() : last;
      return node.op() instanceof DotGeneral
          ? Optional.of(new Product(node, order))
          : Optional.empty();
    }

    DotGeneral op() {
      return (DotGeneral) node.op();
    }

    /** Whether values have this term, or the contraction below it. */
    boolean isIn(Set<Value> values, Value term) {
      return values.contains(term) || values.contains(node.result());
    }

    Form form() {
      return new Form(
          op(),
          order,
          without(node.input(0).type(), op().leftContracted()),
          without(node.input(1).type(), op().rightContracted()));
    }

    private static TensorType without(TensorType type, List<Integer> axes) {
      return axes.isEmpty() ? type : type.with(type.shape().with(axes.getFirst(), 0));
    }

    /** Whether its inputs are less than what it writes. */
    boolean isWide() {
      return node.input(0).shape().size() + node.input(1).shape().size()
          < node.result().shape().size();
    }
  }

  private final GraphBuilder builder;

  private CotangentSum(GraphBuilder builder) {
    this.builder = builder;
  }

  /**
   * {@return the sum of some values of one type}
   *
   * @param builder where to write
   * @param terms at least one, of the last use first
   * @param shared what is needed elsewhere too: joined with others, it would be computed again
   */
  static Value of(GraphBuilder builder, List<Value> terms, Set<Value> shared) {
    CotangentSum sum = new CotangentSum(builder);
    SequencedMap<Object, List<Value>> groups = new LinkedHashMap<>();
    for (Value term : terms) {
      Object group =
          Product.of(term)
              .filter(product -> product.isWide() && !product.isIn(shared, term))
              .<Object>map(Product::form)
              .orElseGet(Object::new);
      groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(term);
    }
    return groups.values().stream().map(sum::one).reduce(sum::added).orElseThrow();
  }

  private Value added(Value sum, Value term) {
    return builder.withOrigin(term.node().origin(), () -> builder.value(new Add(), sum, term));
  }

  /** Terms of one form as one, in the order in which the values were used. */
  private Value one(List<Value> terms) {
    if (terms.size() == 1) {
      return terms.getFirst();
    }
    List<Product> products =
        terms.reversed().stream().map(Product::of).flatMap(Optional::stream).toList();
    return builder.withOrigin(terms.getLast().node().origin(), () -> joined(products));
  }

  private Value joined(List<Product> products) {
    DotGeneral op = products.getFirst().op();
    // Products that sum over nothing are joined along a new axis.
    boolean isOuter = op.leftContracted().isEmpty();
    DotGeneral whole = isOuter ? op.deeper() : op;
    Value product =
        builder.value(
            whole,
            rows(products, 0, whole.leftContracted().getFirst(), isOuter),
            rows(products, 1, whole.rightContracted().getFirst(), isOuter));
    return products.getFirst().order().map(order -> builder.value(order, product)).orElse(product);
  }

  private Value rows(List<Product> products, int input, int axis, boolean isNew) {
    return builder.value(
        new Concatenate(axis),
        products.stream()
            .map(product -> product.node().input(input))
            .map(row -> isNew ? new Expr(builder, row).repeat(1).value() : row)
            .toArray(Value[]::new));
  }
}
