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

  /**
   * {@return the lanes where each has a row of its own beside the next: one on GPUs, whose items do
   * that, and where rows would not fill half of them}
   *
   * @param traits of the device
   * @param operand whose elements they hold
   * @param rows that lie side by side
   */
  static int across(Traits traits, Operand operand, long rows) {
    int width = traits.cpu() ? of(traits, List.of(), List.of(operand)) : 1;
    return rows < width / 2 ? 1 : width;
  }

  private static Stream<DType> dtypes(Body body) {
    return Stream.concat(
        body.inputs().stream(), body.instructions().stream().map(Instruction::dtype));
  }
}
