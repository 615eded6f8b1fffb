package org.cotangent;

import java.util.List;
import org.cotangent.error.IndexException;
import org.cotangent.graph.Origin;

/**
 * The same rows of several arrays, see {@link Batches}. A tree, so that it can be an argument of a
 * compiled function as it is.
 *
 * @param tensors one for each array, in their order, with as many rows as the batch
 */
public record Batch(List<Tensor> tensors) {
  /**
   * {@return the rows of one array: {@code (batch, ...)}}
   *
   * @param array which, from 0
   * @throws IndexException if there is no such array
   */
  public Tensor tensor(int array) {
    if (array < 0 || array >= tensors.size()) {
      throw Located.at(
          Origin.here("batch"),
          new IndexException(
              "batch: there is no array " + array + ", only 0 to " + (tensors.size() - 1)));
    }
    return tensors.get(array);
  }
}
