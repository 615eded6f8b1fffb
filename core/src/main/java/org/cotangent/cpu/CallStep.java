package org.cotangent.cpu;

import java.lang.foreign.Arena;
import java.util.List;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Call;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/** An {@link OpKernel} whose op brings its own meaning, part by part. */
final class CallStep implements Step {
  /** Instructions for an element of a part: of a sort some more, of a scan some fewer. */
  private static final double WORK = 32;

  private final Call call;
  private final List<Operand> inputs;
  private final List<Operand> outputs;
  private final long parts;
  private final int pieces;

  /**
   * Prepares a kernel.
   *
   * @param call its op
   * @param kernel whose operands lie inside their buffers
   */
  CallStep(Call call, OpKernel kernel) {
    this.call = call;
    inputs = kernel.inputs();
    outputs = kernel.outputs();
    List<TensorType> types = inputs.stream().map(CallStep::type).toList();
    parts = call.parts(types);
    pieces = Pieces.of(parts, WORK * types.stream().mapToDouble(type -> type.shape().size()).sum());
  }

  @Override
  public void run(Frame frame) {
    if (!frame.hasForeign()) {
      evaluate(frame);
      return;
    }
    try (Arena arena = Arena.ofShared()) {
      evaluate(frame.withCopies(arena, inputs.stream().mapToInt(Operand::buffer).toArray()));
    }
  }

  private void evaluate(Frame frame) {
    List<HostArray> from = inputs.stream().map(input -> array(frame, input, true)).toList();
    List<HostArray> to = outputs.stream().map(output -> array(frame, output, false)).toList();
    if (pieces == 1) {
      call.evaluate(from, to);
      return;
    }
    frame.parallel(
        pieces,
        (_, piece, _) ->
            call.evaluate(
                from,
                to,
                Pieces.start(parts, pieces, piece),
                Pieces.start(parts, pieces, piece + 1)));
  }

  private static TensorType type(Operand operand) {
    return new TensorType(operand.dtype(), operand.layout().shape());
  }

  private static HostArray array(Frame frame, Operand operand, boolean readOnly) {
    TensorType type = type(operand);
    long offset =
        frame.offset(operand.buffer()) + operand.layout().offset() * operand.dtype().bytes();
    var data = frame.segment(operand.buffer()).asSlice(offset, type.bytes());
    return new HostArray(type, readOnly ? data.asReadOnly() : data);
  }
}
