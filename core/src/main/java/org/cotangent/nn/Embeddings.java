package org.cotangent.nn;

import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;

/** Vectors looked up by number. */
public final class Embeddings {
  private Embeddings() {}

  /**
   * {@return the rows of a table, shape of the indices + (D)} Its derivative adds up the cotangents
   * of rows that were looked up several times.
   *
   * @param table (V, D)
   * @param indices int32 or int64 of any shape, each from 0 to below V
   * @throws ShapeException if the table is no matrix
   * @throws DTypeException if the indices are no such integers
   * @throws IndexException at run time, if an index is outside the table; names it
   */
  @Peers(jax = "flax.nnx.Embed", torch = "F.embedding")
  public static Tensor embedding(Tensor table, Tensor indices) {
    Functions.required("embedding", "table", table);
    Functions.required("embedding", "tensor of indices", indices);
    if (table.rank() != 2) {
      throw new ShapeException("embedding: the table is " + table.type() + "; it needs 2 axes");
    }
    return table.take(indices, 0);
  }
}
