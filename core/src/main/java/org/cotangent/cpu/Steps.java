package org.cotangent.cpu;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.gemm.Gemm;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Call;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * Makes the steps of programs.
 *
 * @param codes code of bodies
 * @param gemm plans of matrix products
 * @param threads that will share a step
 * @param order of reductions
 */
record Steps(Codes codes, Gemm gemm, int threads, ReduceStep.Order order) {
  /**
   * {@return what a run does, one step for each kernel}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if this backend cannot run it
   */
  List<Step> of(Program program) {
    List<Step> steps = new ArrayList<>();
    for (Kernel kernel : program.kernels()) {
      kernel.inputs().forEach(operand -> requireInside(program, kernel, operand));
      kernel.outputs().forEach(operand -> requireInside(program, kernel, operand));
      Step step = step(kernel);
      if (program.checkNaN()) {
        for (Operand output : kernel.outputs()) {
          if (output.dtype().isFloating()) {
            step = step.then(new NanCheck(kernel, output));
          }
        }
      }
      steps.add(step);
    }
    return List.copyOf(steps);
  }

  private Step contraction(ContractionKernel kernel) {
    if (!kernel.isPlain()) {
      throw new DeviceException(
          kernel.origin()
              + ": the CPU computes no epilogue in "
              + kernel.label()
              + "; its limits() say so: compile for them");
    }
    DType dtype = kernel.outputs().getFirst().dtype();
    if (kernel.accumulator() != dtype) {
      throw new DeviceException(
          kernel.label()
              + ": the CPU sums "
              + dtype
              + " in its own dtype, not in "
              + kernel.accumulator());
    }
    return new ContractionStep(kernel, gemm, threads);
  }

  private Step step(Kernel kernel) {
    return switch (kernel) {
      case LoopKernel loop -> new LoopStep(loop, codes);
      case ReduceKernel reduce -> new ReduceStep(reduce, codes, order);
      case ContractionKernel contraction -> contraction(contraction);
      case IndexKernel index -> index(index);
      case OpKernel op -> call(op);
    };
  }

  private static Step index(IndexKernel kernel) {
    boolean adds =
        switch (kernel.mode()) {
          case GATHER -> false;
          case SCATTER_ADD -> true;
        };
    if (adds && kernel.data().dtype() == DType.BOOL) {
      throw new DeviceException(
          kernel.origin() + ": the CPU adds no bool updates; cast them to int32 first");
    }
    return new IndexStep(kernel);
  }

  private static Step call(OpKernel kernel) {
    if (kernel.op() instanceof Call call) {
      return new CallStep(call, kernel);
    }
    throw new DeviceException(
        kernel.origin() + ": the CPU has no kernel for " + kernel.label() + "; expand it first");
  }

  /** A kernel that left its buffer would read and write the memory of others. */
  private static void requireInside(Program program, Kernel kernel, Operand operand) {
    Buffer buffer = program.buffers().get(operand.buffer());
    Layout layout = operand.layout();
    if (layout.shape().size() == 0) {
      return;
    }
    long first = layout.offset();
    long last = layout.offset();
    for (int axis = 0; axis < layout.shape().rank(); axis++) {
      long reach = (layout.shape().dim(axis) - 1) * layout.stride(axis);
      first += Math.min(0, reach);
      last += Math.max(0, reach);
    }
    if (first < 0 || (last + 1) * operand.dtype().bytes() > buffer.bytes()) {
      throw new IllegalArgumentException(
          "kernel "
              + kernel.label()
              + ": "
              + operand
              + " leaves its buffer of "
              + buffer.bytes()
              + " bytes");
    }
  }
}
