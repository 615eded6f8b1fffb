package org.cotangent.graph;

import java.util.List;
import org.cotangent.type.TensorType;

/**
 * A tensor that the caller brings.
 *
 * @param index which argument
 * @param type dtype and shape
 */
public record Parameter(int index, TensorType type) implements Source {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(type);
  }

  @Override
  public Derivative derivative() {
    return new Derivative.None();
  }
}
