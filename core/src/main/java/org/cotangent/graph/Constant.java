package org.cotangent.graph;

import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/**
 * A tensor that is part of the program. Constants are equal when their types and bytes are. Not to
 * be written after it was made.
 */
public final class Constant implements Source {
  private final HostArray data;
  private final int hash;

  /**
   * Makes a constant.
   *
   * @param data its value; the constant keeps it, so nobody may write it any more
   */
  public Constant(HostArray data) {
    this.data = data;
    // The name of the dtype, as an enum's own hash differs from JVM to JVM.
    int running = 31 * data.type().shape().hashCode() + data.type().dtype().name().hashCode();
    for (long i = 0; i < data.data().byteSize(); i++) {
      running = 31 * running + data.data().get(ValueLayout.JAVA_BYTE, i);
    }
    this.hash = running;
  }

  /** {@return the value; not to be written} */
  public HostArray data() {
    return data;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    return List.of(data.type());
  }

  @Override
  public Derivative derivative() {
    return new Derivative.None();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Constant constant
        && hash == constant.hash
        && data.type().equals(constant.data.type())
        && data.data().mismatch(constant.data.data()) < 0;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** {@return type and a hash of the bytes} */
  @Override
  public String toString() {
    return "Constant[" + data.type() + " #" + HexFormat.of().toHexDigits(hash) + "]";
  }
}
