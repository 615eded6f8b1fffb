package org.cotangent.op;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * Random bits as floats in [0, 1): multiples of 2⁻²⁴ from int32 and of 2⁻⁵³ from int64; or in (0,
 * 1): odd multiples of 2⁻²⁴ and 2⁻⁵³.
 *
 * @param open whether 0 is left out
 */
public record UnitFloat(boolean open) implements Elementwise {
  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    return List.of(
        type.with(
            switch (type.dtype()) {
              case INT32 -> DType.FLOAT32;
              case INT64 -> DType.FLOAT64;
              case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, INT8, INT16, UINT8, BOOL ->
                  throw new DTypeException(
                      "unitFloat: " + type + " holds no random bits; pass int32 or int64");
            }));
  }

  @Override
  public Body body(List<DType> inputs) {
    boolean wide = inputs.getFirst() == DType.INT64;
    int digits = wide ? 53 : 24;
    return Rules.unary(
        inputs.getFirst(),
        bits -> {
          int width = wide ? 64 : 32;
          Term kept = bits.shiftRightLogical(bits.literal((long) width - digits));
          Term odd = open ? kept.or(kept.literal(1L)) : kept;
          Term number = odd.convert(wide ? DType.FLOAT64 : DType.FLOAT32);
          return number.times(number.literal(Math.scalb(1.0, -digits)));
        });
  }

  @Override
  public Derivative derivative() {
    return Rules.NONE;
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Stream.of(false, true)
        .flatMap(open ->
            Sample.elementwise(new UnitFloat(open), 1, List.of(DType.INT32, DType.INT64), -2e9, 2e9)
                .stream())
        .toList();
  }
}
