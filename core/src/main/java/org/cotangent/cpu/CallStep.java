package org.cotangent.cpu;

import java.util.List;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Call;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/** An {@link OpKernel} whose op brings its own meaning: it runs on the calling thread. */
final class CallStep implements Step {
  private final Call call;
  private final List<Operand> inputs;
  private final List<Operand> outputs;

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
  }

  @Override
  public void run(Frame frame) {
    call.evaluate(
        inputs.stream().map(input -> array(frame, input, true)).toList(),
        outputs.stream().map(output -> array(frame, output, false)).toList());
  }

  private static HostArray array(Frame frame, Operand operand, boolean readOnly) {
    TensorType type = new TensorType(operand.dtype(), operand.layout().shape());
    long offset =
        frame.offset(operand.buffer()) + operand.layout().offset() * operand.dtype().bytes();
    var data = frame.segment(operand.buffer()).asSlice(offset, type.bytes());
    return new HostArray(type, readOnly ? data.asReadOnly() : data);
  }
}
