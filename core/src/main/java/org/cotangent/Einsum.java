package org.cotangent;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.cotangent.Contractions.Labelled;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.Diagonal;
import org.cotangent.op.Expr;
import org.cotangent.op.Sum;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * Einstein's summation convention, as NumPy's {@code einsum}. Inside an operand repeated labels
 * become diagonals, and labels that nothing else has are summed; then operands are multiplied two
 * by two, always those whose product has the fewest elements, of equals those with the fewest
 * multiplications, of these the first; a label is summed over as soon as no other operand has it.
 *
 * <p>A label is the number of its letter. Axes under an ellipsis have negative ones, counted from
 * the last: so the labels of an implicit output are in order once they are sorted.
 */
final class Einsum {
  private final String subscripts;
  private final List<Shape> shapes;

  /** For each operand the label of each axis. */
  private final List<List<Integer>> terms = new ArrayList<>();

  /** The size of each label, 1 only if it is 1 everywhere. */
  private final Map<Integer, Long> sizes = new TreeMap<>();

  private Einsum(String subscripts, List<Shape> shapes) {
    this.subscripts = subscripts;
    this.shapes = shapes;
  }

  static Value einsum(String subscripts, GraphBuilder builder, List<Value> in) {
    Tensor.requireSameDtype("einsum", in);
    Einsum einsum = new Einsum(subscripts, in.stream().map(Value::shape).toList());
    List<Integer> output = einsum.parsed();
    List<Labelled> distinct = new ArrayList<>();
    for (int i = 0; i < in.size(); i++) {
      distinct.add(einsum.distinct(new Expr(builder, in.get(i)), einsum.terms.get(i)));
    }
    List<Labelled> operands =
        IntStream.range(0, in.size())
            .mapToObj(i -> summed(distinct.get(i), kept(distinct, List.of(i), output)))
            .toList();
    return contracted(operands, output).value();
  }

  // ---- the string

  /** Fills terms and sizes; the labels of the output. */
  private List<Integer> parsed() {
    String text = subscripts.replace(" ", "");
    int arrow = text.indexOf("->");
    String[] inputs = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (inputs.length != shapes.size()) {
      throw malformed(
          "it has "
              + inputs.length
              + " operands, and "
              + shapes.size()
              + " were passed: "
              + shapes);
    }
    for (int i = 0; i < inputs.length; i++) {
      terms.add(operand(inputs[i], i));
    }
    for (int i = 0; i < inputs.length; i++) {
      measure(i);
    }
    return arrow < 0 ? implicit() : output(text.substring(arrow + 2));
  }

  private List<Integer> operand(String term, int operand) {
    int named = letters(term).size();
    int rank = shapes.get(operand).rank();
    boolean open = term.contains("...");
    if (open ? named > rank : named != rank) {
      throw mismatch(
          "'"
              + term
              + "' names "
              + named
              + " axes, and operand "
              + operand
              + " has shape "
              + shapes.get(operand)
              + (open || named > rank ? "" : "; put '...' for the others"));
    }
    return labels(term, rank - named);
  }

  /** The labels of a term, those of its ellipsis among them. */
  private List<Integer> labels(String term, int under) {
    int at = term.indexOf("...");
    if (at < 0) {
      return letters(term);
    }
    List<Integer> labels = new ArrayList<>(letters(term.substring(0, at)));
    IntStream.range(-under, 0).forEach(labels::add);
    labels.addAll(letters(term.substring(at + 3)));
    return labels;
  }

  /** The letters of a term, which may have one ellipsis. */
  private List<Integer> letters(String term) {
    String named = term.replaceFirst("\\.\\.\\.", "");
    for (int i = 0; i < named.length(); i++) {
      char c = named.charAt(i);
      if (c == '.') {
        throw malformed("a '.' in '" + term + "' is not part of one '...'");
      }
      if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) {
        throw malformed(
            "'" + c + "' in '" + term + "' is no label; use the letters a to z, A to Z");
      }
    }
    return named.chars().boxed().toList();
  }

  private void measure(int operand) {
    List<Integer> labels = terms.get(operand);
    Shape shape = shapes.get(operand);
    for (int axis = 0; axis < labels.size(); axis++) {
      int label = labels.get(axis);
      int first = labels.indexOf(label);
      if (shape.dim(first) != shape.dim(axis)) {
        throw mismatch(
            name(label)
                + " has the sizes "
                + shape.dim(first)
                + " and "
                + shape.dim(axis)
                + " in operand "
                + operand
                + " of shape "
                + shape);
      }
      long known = sizes.getOrDefault(label, 1L);
      if (known != 1 && shape.dim(axis) != 1 && known != shape.dim(axis)) {
        throw mismatch(
            name(label)
                + " has the sizes "
                + known
                + " and "
                + shape.dim(axis)
                + " in operands of shapes "
                + shapes);
      }
      sizes.put(label, known == 1 ? shape.dim(axis) : known);
    }
  }

  /** Axes under an ellipsis, then labels that are there once, in the alphabet's order. */
  private List<Integer> implicit() {
    return sizes.keySet().stream()
        .filter(label ->
            label < 0 || terms.stream().flatMap(List::stream).filter(label::equals).count() == 1)
        .toList();
  }

  private List<Integer> output(String term) {
    List<Integer> letters = letters(term);
    for (int i = 0; i < letters.size(); i++) {
      int label = letters.get(i);
      if (!sizes.containsKey(label)) {
        throw malformed(name(label) + " of the output is in no operand");
      }
      if (letters.indexOf(label) < i) {
        throw malformed(name(label) + " is repeated in the output");
      }
    }
    int under = (int) sizes.keySet().stream().filter(label -> label < 0).count();
    if (under > 0 && !term.contains("...")) {
      throw malformed(
          "the output has no '...' for the " + under + " axes that it stands for in the operands");
    }
    return labels(term, under);
  }

  private static String name(int label) {
    return label < 0 ? "axis " + label + " of '...'" : "'" + (char) label + "'";
  }

  private ArgumentException malformed(String what) {
    return new ArgumentException("einsum: \"" + subscripts + "\": " + what);
  }

  private ShapeException mismatch(String what) {
    return new ShapeException("einsum: \"" + subscripts + "\": " + what);
  }

  // ---- the operands

  /**
   * An operand with each label once: of a repeated one the diagonal, which becomes the last axis.
   */
  private Labelled distinct(Expr operand, List<Integer> term) {
    Expr value = operand;
    List<Integer> labels = term;
    for (int axis = 0; axis < labels.size(); ) {
      int label = labels.get(axis);
      int other = labels.lastIndexOf(label);
      if (other == axis) {
        axis++;
      } else {
        value = value.apply(new Diagonal(0, axis, other));
        List<Integer> rest = new ArrayList<>(labels.subList(0, axis));
        rest.addAll(labels.subList(axis + 1, other));
        rest.addAll(labels.subList(other + 1, labels.size()));
        rest.add(label);
        labels = rest;
      }
    }
    List<Integer> distinct = labels;
    // An axis of size 1 that is larger elsewhere broadcasts by not being there.
    Shape shape = value.shape();
    return Contractions.withoutAxes(
        value,
        distinct,
        axis -> shape.dim(axis) == 1 && sizes.getOrDefault(distinct.get(axis), 1L) != 1);
  }

  /** The labels that the output has, or an operand other than some. */
  private static Set<Integer> kept(
      List<Labelled> operands, List<Integer> some, List<Integer> output) {
    Set<Integer> kept = new HashSet<>(output);
    for (int k = 0; k < operands.size(); k++) {
      if (!some.contains(k)) {
        kept.addAll(operands.get(k).labels());
      }
    }
    return kept;
  }

  /** The sums over labels that are not kept, in the operand's own dtype as in NumPy. */
  private static Labelled summed(Labelled operand, Set<Integer> kept) {
    List<Integer> labels = operand.labels();
    List<Integer> axes =
        IntStream.range(0, labels.size())
            .filter(axis -> !kept.contains(labels.get(axis)))
            .boxed()
            .toList();
    if (axes.isEmpty()) {
      return operand;
    }
    DType dtype = operand.value().type().dtype();
    return new Labelled(
        operand.value().apply(new Sum(axes)).cast(dtype),
        labels.stream().filter(kept::contains).toList());
  }

  // ---- the order

  private static Expr contracted(List<Labelled> operands, List<Integer> output) {
    List<Labelled> left = new ArrayList<>(operands);
    while (left.size() > 1) {
      Pair best = Pair.of(left, 0, 1, output);
      for (int i = 0; i < left.size(); i++) {
        for (int j = i + 1; j < left.size(); j++) {
          Pair pair = Pair.of(left, i, j, output);
          if (pair.isBetterThan(best)) {
            best = pair;
          }
        }
      }
      left.add(
          Contractions.product(
              left.get(best.i()),
              left.get(best.j()),
              best.kept(),
              left.size() > 2 ? null : output));
      left.remove(best.j());
      left.remove(best.i());
    }
    return left.getFirst().inOrder(output);
  }

  /**
   * Two operands, and what it costs to multiply them.
   *
   * @param i place of one
   * @param j place of the other, behind the first
   * @param kept labels that another operand or the output has
   * @param elements of the product
   * @param multiplications to get there
   */
  private record Pair(int i, int j, Set<Integer> kept, double elements, double multiplications) {
    static Pair of(List<Labelled> operands, int i, int j, List<Integer> output) {
      Set<Integer> kept = Einsum.kept(operands, List.of(i, j), output);
      double elements = 1;
      double multiplications = 1;
      Labelled a = operands.get(i);
      Labelled b = operands.get(j);
      Set<Integer> all = new HashSet<>(a.labels());
      all.addAll(b.labels());
      for (int label : all) {
        long size = a.labels().contains(label) ? a.dim(label) : b.dim(label);
        multiplications *= size;
        elements *= kept.contains(label) ? size : 1;
      }
      return new Pair(i, j, kept, elements, multiplications);
    }

    boolean isBetterThan(Pair other) {
      return elements < other.elements
          || (elements == other.elements && multiplications < other.multiplications);
    }
  }
}
