package org.cotangent.opencl.kernel;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.backend.Operand;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.type.DType;

/** How many lanes the registers of a kernel have. */
final class Widths {
  private Widths() {}

  /** {@return the lanes of the widest dtype that fill a vector of the device; all share them} */
  static int of(Traits traits, List<Body> bodies, List<Operand> operands) {
    boolean wide =
        Stream.concat(
                bodies.stream().flatMap(Widths::dtypes), operands.stream().map(Operand::dtype))
            .anyMatch(C::is64);
    return Math.clamp(traits.vectorBytes() / (wide ? Long.BYTES : Integer.BYTES), 1, 16);
  }

  private static Stream<DType> dtypes(Body body) {
    return Stream.concat(
        body.inputs().stream(), body.instructions().stream().map(Instruction::dtype));
  }
}
