package org.cotangent.optim;

import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.type.DType;

/** Gradients with an upper bound. */
public final class Clipping {
  /** Keeps a norm of 0 from being divided by; PyTorch's. */
  private static final double TINY = 1e-6;

  private Clipping() {}

  /**
   * {@return a tree with each element between two bounds}
   *
   * @param gradients a tree of float tensors
   * @param limit largest magnitude, at least 0
   * @param <P> type of the tree
   * @throws ArgumentException if the limit is negative or not finite
   */
  public static <P> P byValue(P gradients, double limit) {
    Settings.atLeast("limit", limit, 0);
    return Trees.map(gradients, gradient -> gradient.clamp(-limit, limit));
  }

  /**
   * {@return a tree scaled down so that the root of the sum of all squares is not above a limit}
   * Where it is not, the tree is multiplied with 1.
   *
   * @param gradients a tree of float tensors
   * @param limit of the norm, at least 0
   * @param <P> type of the tree
   * @throws ArgumentException if the limit is negative or not finite, or there is no tensor
   */
  public static <P> P byGlobalNorm(P gradients, double limit) {
    Settings.atLeast("limit", limit, 0);
    Tensor factor = globalNorm(gradients).add(TINY).reciprocal().mul(limit).minimum(1);
    return Trees.map(gradients, gradient -> gradient.mul(factor.cast(gradient.dtype())));
  }

  /**
   * {@return the root of the sum of the squares of all elements, float32, or float64 where one of
   * the tensors is; rank 0}
   *
   * @param gradients a tree of float tensors
   * @throws ArgumentException if there is no tensor
   */
  public static Tensor globalNorm(Object gradients) {
    DType dtype =
        Trees.leaves(gradients).stream().anyMatch(leaf -> leaf.dtype() == DType.FLOAT64)
            ? DType.FLOAT64
            : DType.FLOAT32;
    return Trees.leaves(gradients).stream()
        .map(gradient -> gradient.cast(dtype).square().sum())
        .reduce(Tensor::add)
        .orElseThrow(() -> new ArgumentException("clipping: the tree has no tensors; pass some"))
        .sqrt();
  }
}
