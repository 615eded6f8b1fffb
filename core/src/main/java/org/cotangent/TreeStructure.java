package org.cotangent;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A tree without its tensors: what has to be equal for a compiled program to be used again, and
 * what it takes to put a tree together from leaves.
 */
final class TreeStructure {
  /** Puts the parts of a node together; two are the same if their kinds are equal. */
  record Kind(Object identity, Supplier<String> named, Function<List<Object>, Object> construct) {
    /** {@return what it is, in a message; put together only then} */
    String label() {
      return named.get();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Kind kind && identity.equals(kind.identity);
    }

    @Override
    public int hashCode() {
      return identity.hashCode();
    }
  }

  /** The name of what an Optional holds. */
  static final String VALUE = ".get()";

  private final Kind kind;

  /** How the parts are called in paths, as in {@code .weight} or {@code [2]}. */
  private final IntFunction<String> names;

  private final List<TreeStructure> parts;
  private final int leaves;
  private final int hash;

  private static final Kind LEAF =
      new Kind(
          Tensor.class,
          () -> "a tensor",
          parts -> {
            throw new IllegalStateException("a leaf has no parts");
          });

  private static final TreeStructure ONE_LEAF =
      new TreeStructure(LEAF, TreeStructure::position, List.of(), 1);

  TreeStructure(Kind kind, IntFunction<String> names, List<TreeStructure> parts) {
    this(kind, names, parts, sum(parts));
  }

  private TreeStructure(
      Kind kind, IntFunction<String> names, List<TreeStructure> parts, int leaves) {
    this.kind = kind;
    this.names = names;
    this.parts = List.copyOf(parts);
    this.leaves = leaves;
    this.hash = 31 * kind.hashCode() + this.parts.hashCode();
  }

  private static int sum(List<TreeStructure> parts) {
    int leaves = 0;
    for (TreeStructure part : parts) {
      leaves += part.leaves;
    }
    return leaves;
  }

  /** The name of a part that has a number. */
  static String position(int index) {
    return "[" + index + "]";
  }

  static TreeStructure leaf() {
    return ONE_LEAF;
  }

  /** A value that is part of the structure: a number, a string, an enum. */
  static TreeStructure constant(Object value) {
    return new TreeStructure(
        new Kind(List.of("static", value), () -> String.valueOf(value), parts -> value),
        TreeStructure::position,
        List.of());
  }

  /** What is said where labels alone are the same. */
  private String inFull() {
    return kind.label() + " of " + parts.size() + " parts (" + kind.identity() + ")";
  }

  private boolean isStatic() {
    return kind.identity() instanceof List<?> identity && identity.getFirst().equals("static");
  }

  /** {@return whether it is a tensor by itself} */
  boolean isLeaf() {
    return kind.equals(LEAF);
  }

  /** {@return how many tensors} */
  int leaves() {
    return leaves;
  }

  /** {@return the tree with these tensors} */
  Object unflatten(List<Tensor> tensors) {
    return build(tensors.iterator());
  }

  private Object build(Iterator<Tensor> tensors) {
    if (isLeaf()) {
      return tensors.next();
    }
    List<Object> built = new ArrayList<>(parts.size());
    for (TreeStructure part : parts) {
      built.add(part.build(tensors));
    }
    return kind.construct().apply(built);
  }

  /** {@return where a leaf is, as in {@code .net.layers[0].w}; empty if the tree is a leaf} */
  String path(int leaf) {
    int before = 0;
    for (int i = 0; i < parts.size(); i++) {
      TreeStructure part = parts.get(i);
      if (leaf < before + part.leaves) {
        return names.apply(i) + part.path(leaf - before);
      }
      before += part.leaves;
    }
    return "";
  }

  /**
   * {@return what each leaf is called in a file, as in {@code net.layers.0.w}; empty if the tree is
   * a leaf}
   */
  List<String> fileNames() {
    List<String> found = new ArrayList<>(leaves);
    name("", found);
    return found;
  }

  private void name(String above, List<String> found) {
    if (kind.equals(LEAF)) {
      found.add(above);
    }
    for (int i = 0; i < parts.size(); i++) {
      parts.get(i).name(joined(above, names.apply(i)), found);
    }
  }

  /** Parts are called {@code .w}, {@code [2]} or {@code [key]}; a present Optional is its value. */
  private static String joined(String above, String part) {
    if (part.equals(VALUE)) {
      return above;
    }
    String own = part.substring(1, part.length() - (part.startsWith("[") ? 1 : 0));
    return above.isEmpty() ? own : above + "." + own;
  }

  /**
   * Where two structures differ first.
   *
   * @param path as in {@code .net.layers[0]}; empty if the trees differ as a whole
   * @param before what the first has there
   * @param after what the other has there
   * @param isStatic whether both are values that belong to the structure
   */
  record Difference(String path, String before, String after, boolean isStatic) {
    /** {@return what the other has, and what the first has, in a clause} */
    String mismatch() {
      return (path.isEmpty() ? "it" : path) + " is " + after + ", not " + before;
    }
  }

  /** {@return where another structure, which is not equal, differs first} */
  Difference difference(TreeStructure other) {
    return difference("", other);
  }

  private Difference difference(String path, TreeStructure other) {
    if (kind.equals(other.kind) && parts.size() == other.parts.size()) {
      for (int i = 0; i < parts.size(); i++) {
        if (!parts.get(i).equals(other.parts.get(i))) {
          return parts.get(i).difference(path + names.apply(i), other.parts.get(i));
        }
      }
    }
    boolean alike = kind.label().equals(other.kind.label());
    return new Difference(
        path,
        alike ? inFull() : kind.label(),
        alike ? other.inFull() : other.kind.label(),
        isStatic() && other.isStatic());
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof TreeStructure tree
            && hash == tree.hash
            && kind.equals(tree.kind)
            && parts.equals(tree.parts));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
