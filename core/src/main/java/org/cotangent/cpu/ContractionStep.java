package org.cotangent.cpu;

import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.cpu.gemm.Gemm;
import org.cotangent.cpu.gemm.GemmPlan;
import org.cotangent.cpu.gemm.GemmProblem;
import org.cotangent.cpu.gemm.GemmProblem.Strides;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/** A {@link ContractionKernel}, as a plan of {@link Gemm}. */
final class ContractionStep implements PieceStep {
  /** Multiply-adds that take as long as one instruction of a body on one element. */
  private static final double MULTIPLY_ADDS = 8;

  private final Operand left;
  private final Operand right;
  private final Operand output;
  private final GemmPlan plan;
  private final Frame.Task task = this::piece;

  /**
   * Prepares a kernel.
   *
   * @param kernel whose operands lie inside their buffers
   * @param gemm makes the plan
   * @param threads that will share the pieces
   */
  ContractionStep(ContractionKernel kernel, Gemm gemm, int threads) {
    left = kernel.left();
    right = kernel.right();
    output = kernel.outputs().getFirst();
    Shape shape = output.layout().shape();
    long rows = shape.dim(1);
    long columns = shape.dim(2);
    plan =
        gemm.plan(
            new GemmProblem(
                output.dtype(),
                shape.dim(0),
                rows,
                columns,
                left.layout().shape().dim(2),
                strides(left.layout()),
                strides(right.layout()),
                rows * columns,
                columns),
            threads);
  }

  private static Strides strides(Layout layout) {
    return new Strides(layout.stride(0), layout.stride(1), layout.stride(2));
  }

  @Override
  public void run(Frame frame) {
    frame.parallel(plan.pieces(), task);
  }

  @Override
  public int pieces() {
    return plan.pieces();
  }

  @Override
  public double work() {
    return plan.multiplyAdds() / MULTIPLY_ADDS;
  }

  @Override
  public void piece(Frame frame, int piece, WorkerState state) {
    plan.run(
        piece,
        frame.segment(left.buffer()),
        first(frame, left),
        frame.segment(right.buffer()),
        first(frame, right),
        frame.segment(output.buffer()),
        first(frame, output),
        state.workspace());
  }

  /** {@return where an operand starts in its segment, in elements} */
  private static long first(Frame frame, Operand operand) {
    return frame.offset(operand.buffer()) / operand.dtype().bytes() + operand.layout().offset();
  }
}
