package org.cotangent.op;

import java.util.List;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A new random key from a key and a number, both int64: the first two words of Philox under the
 * key, at a counter that no random bits use.
 */
public record FoldKey() implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(Rules.integer(this, Rules.alike(this, inputs)));
  }

  @Override
  public Body body(List<DType> inputs) {
    return Rules.binary(
        inputs,
        (key, number) -> {
          Term[] words = RandomBits.Philox.words(key, number, 1);
          return RandomBits.Philox.join(words[0], words[1]);
        });
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.elementwise(new FoldKey(), 2, List.of(DType.INT64), 0, 1e9);
  }
}
