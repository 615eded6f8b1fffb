package org.cotangent.optim;

import java.util.List;
import java.util.Objects;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;

/** The tensors of the trees that an optimiser is given. */
final class Leaves {
  private Leaves() {}

  /** {@return the tensors of parameters, which have gradients} */
  static List<Tensor> floats(Object parameters) {
    List<Tensor> leaves = Trees.leaves(parameters);
    if (leaves.isEmpty()) {
      throw new ArgumentException("optimizer: the parameters have no tensors; pass a tree of some");
    }
    for (Tensor leaf : leaves) {
      if (!leaf.dtype().isFloating()) {
        throw new ArgumentException(
            "optimizer: a parameter is "
                + leaf.type()
                + ", which has no gradient; keep it outside the tree");
      }
    }
    return leaves;
  }

  /** {@return the tensors of a tree that has one of its type for each parameter} */
  static List<Tensor> like(String what, List<Tensor> parameters, Object tree) {
    List<Tensor> leaves = Trees.leaves(tree);
    if (leaves.size() != parameters.size()) {
      throw new ArgumentException(
          "optimizer: %d parameters, but %s has %d tensors; pass a tree of the same structure"
              .formatted(parameters.size(), what, leaves.size()));
    }
    for (int i = 0; i < leaves.size(); i++) {
      if (!leaves.get(i).type().equals(parameters.get(i).type())) {
        throw new ShapeException(
            "optimizer: tensor %d of %s is %s, its parameter is %s; pass one of that type"
                .formatted(i, what, leaves.get(i).type(), parameters.get(i).type()));
      }
    }
    return leaves;
  }

  /** {@return a copy of a list of tensors that are all there} */
  static List<Tensor> copied(String what, List<Tensor> tensors) {
    if (tensors == null || tensors.stream().anyMatch(Objects::isNull)) {
      throw new ArgumentException(
          "optimizer: the tensors of " + what + " are " + tensors + ", one is null; pass them all");
    }
    return List.copyOf(tensors);
  }

  /** {@return what an optimiser remembers of a parameter, as many tensors as it has slots} */
  static List<Tensor> slots(List<Tensor> slots, int count) {
    if (slots == null || slots.size() != count) {
      throw new ArgumentException(
          "optimizer: %s slots of a parameter; pass the %d that slots(...) or the last step made"
              .formatted(slots == null ? "null" : slots.size(), count));
    }
    return copied("slots", slots);
  }
}
