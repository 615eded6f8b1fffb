package org.cotangent.opencl.kernel;

import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;

/** The hand-written sum of two operands, {@code add.cl}. */
final class Add {
  private final String text = Text.of("add.cl");

  Launch launch(LoopKernel kernel, Nest nest, Blocks blocks, int width, int local, boolean pass) {
    Operand a = kernel.inputs().getFirst();
    Operand b = kernel.inputs().getLast();
    Operand c = kernel.outputs().getFirst();
    Signature signature = new Signature();
    signature.memory(a);
    signature.memory(b);
    signature.memory(c);
    int inner = nest.rank() - 1;
    signature.argument("outer", inner);
    signature.number(blocks.inner());
    signature.number(blocks.block());
    signature.number(Math.ceilDiv(blocks.inner(), blocks.block()));
    signature.number(blocks.rows() * Math.ceilDiv(blocks.inner(), blocks.block()));
    for (int operand = 0; operand < 3; operand++) {
      signature.number(nest.stride(operand, inner));
    }
    for (int axis = 0; axis < inner; axis++) {
      signature.number(nest.dim(axis));
      for (int operand = 0; operand < 3; operand++) {
        signature.number(nest.stride(operand, axis));
      }
    }
    // Integers wrap, which only unsigned ones are sure to do.
    String type = a.dtype().isFloating() ? C.memory(a.dtype()) : C.unsigned(a.dtype(), 1);
    StringBuilder program = new StringBuilder("#define T ").append(type).append('\n');
    Text.define(program, "W", width);
    Text.define(program, "GROUP", local);
    Text.define(program, "A_STEP", code(nest.step(0)));
    Text.define(program, "B_STEP", code(nest.step(1)));
    // An axis that an output does not move on has one element.
    Text.define(program, "C_STEP", Math.max(1, code(nest.step(2))));
    if (pass) {
      Text.define(program, "PASSES", 1);
    }
    program.append(text);
    return new Launch(
        new Source(program.toString()), signature.arguments(), blocks.groups(), local);
  }

  /** The number of a step in the text. */
  private static int code(Nest.Step step) {
    return switch (step) {
      case NONE -> 0;
      case ONE -> 1;
      case ANY -> 2;
    };
  }
}
