package org.cotangent.graph;

import java.util.List;
import java.util.Optional;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;

/** The identity, as a node of its own; never interned. Simplification removes it. */
public record Alias() implements View {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return inputs;
  }

  @Override
  public Optional<Layout> view(Layout input) {
    return Optional.of(input);
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Linear((builder, node, cotangent, k) -> cotangent);
  }
}
