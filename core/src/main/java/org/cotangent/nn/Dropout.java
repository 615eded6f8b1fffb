package org.cotangent.nn;

import org.cotangent.Key;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;

/** Elements left out at random while training. */
public final class Dropout {
  private Dropout() {}

  /**
   * {@return x with a share of its elements replaced by 0, the rest scaled to keep the mean} The
   * same key leaves out the same elements, on every device.
   *
   * @param x float, of any shape
   * @param rate the chance of each element to become 0; from 0 to below 1
   * @param key of this use; a fresh one for each step
   * @throws ArgumentException if the rate is outside its range
   * @throws DTypeException if x is no float
   */
  @Peers(jax = "flax.nnx.Dropout", torch = "F.dropout")
  public static Tensor dropout(Tensor x, double rate, Key key) {
    String name = "dropout";
    Functions.floating(name, x);
    Functions.required(name, "key", key);
    if (!(rate >= 0 && rate < 1)) {
      throw new ArgumentException("dropout: the rate is " + rate + "; it lies from 0 to below 1");
    }
    return Functions.call(
        name,
        rate,
        in -> {
          Tensor wide = in.get(0);
          Tensor kept = new Key(in.get(1)).uniform(DType.FLOAT32, wide.shape()).greaterEqual(rate);
          return kept.where(wide.mul(1 / (1 - rate)), wide.zerosLike());
        },
        x,
        key.data());
  }
}
