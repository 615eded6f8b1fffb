package org.cotangent.optim;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.type.DType;

/**
 * How a tree of float tensors is one vector and the reverse.
 *
 * @param like a tree of that structure
 * @param leaves its tensors
 * @param dtype of the vector: float64 where a leaf is, else float32
 * @param <P> type of the tree
 */
record FlatTree<P>(P like, List<Tensor> leaves, DType dtype) {
  static <P> FlatTree<P> of(P parameters) {
    List<Tensor> leaves = Leaves.floats(parameters);
    boolean wide = leaves.stream().anyMatch(leaf -> leaf.dtype() == DType.FLOAT64);
    for (Tensor leaf : leaves) {
      if (leaf.isTraced()) {
        throw new ArgumentException(
            "optimizer: "
                + leaf.type()
                + " is traced, but L-BFGS looks at values; call it outside compile and derivatives,"
                + " and compile the loss");
      }
    }
    return new FlatTree<>(parameters, leaves, wide ? DType.FLOAT64 : DType.FLOAT32);
  }

  Device device() {
    return leaves.getFirst().device();
  }

  /** {@return a vector of its own with the elements of a tree of this structure} */
  Tensor join(String what, P tree) {
    List<Tensor> parts = new ArrayList<>();
    for (Tensor leaf : Leaves.like(what, leaves, tree)) {
      parts.add(leaf.cast(dtype).reshape(-1));
    }
    return parts.size() == 1
        ? parts.getFirst().copy()
        : Tensor.concatenate(0, parts.toArray(Tensor[]::new));
  }

  /** {@return the tree whose elements a vector has} */
  P split(Tensor vector) {
    List<Tensor> parts = new ArrayList<>();
    long start = 0;
    for (Tensor leaf : leaves) {
      long end = start + leaf.size();
      parts.add(vector.slice(0, start, end).reshape(leaf.shape().dims()).cast(leaf.dtype()).copy());
      start = end;
    }
    Iterator<Tensor> next = parts.iterator();
    return Trees.map(like, leaf -> next.next());
  }
}
