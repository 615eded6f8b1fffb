package org.cotangent.optim;

import java.util.List;
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
            "optimizer: tensor %d of %s is %s, its parameter is %s"
                .formatted(i, what, leaves.get(i).type(), parameters.get(i).type()));
      }
    }
    return leaves;
  }
}
