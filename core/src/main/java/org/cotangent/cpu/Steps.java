package org.cotangent.cpu;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Check;
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
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;

/**
 * Makes the steps of programs.
 *
 * @param codes code of bodies
 * @param gemm plans of matrix products
 * @param threads that will share a step
 * @param order of reductions
 * @param joining which of them are joined
 */
record Steps(Codes codes, Gemm gemm, int threads, ReduceStep.Order order, Joining joining) {
  /**
   * {@return what a run does: a step for each kernel, or for those of a band or wave}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if this backend cannot run it
   */
  List<Step> of(Program program) {
    List<Stage> stages = new ArrayList<>();
    program.requireInside();
    for (Kernel kernel : program.kernels()) {
      Step step = step(kernel);
      if (program.check() != Check.NOTHING) {
        for (Operand output : kernel.outputs()) {
          if (output.dtype().isFloating()) {
            step = step.then(new CheckStep(program.check(), kernel, output));
          }
        }
      }
      stages.add(new Stage(step, List.of(kernel)));
    }
    // A search belongs behind each kernel.
    return program.check() == Check.NOTHING
        ? join(program, stages)
        : stages.stream().map(Stage::step).toList();
  }

  private List<Step> join(Program program, List<Stage> stages) {
    return new Waves(program, threads, joining.portion())
        .join(new Bands(program, joining.bandBytes()).join(stages));
  }

  private Step contraction(ContractionKernel kernel) {
    DType dtype = kernel.left().dtype();
    if (kernel.accumulator() != dtype) {
      throw new DeviceException(
          kernel.label()
              + ": the CPU sums "
              + dtype
              + " in its own dtype, not in "
              + kernel.accumulator());
    }
    if (!kernel.isPlain()) {
      throw new DeviceException(
          kernel.origin()
              + ": the CPU computes no epilogue in "
              + kernel.label()
              + "; its limits() say so: compile for them");
    }
    return new ContractionStep(kernel, gemm, threads);
  }

  private Step step(Kernel kernel) {
    return switch (kernel) {
      case LoopKernel loop -> new LoopStep(loop, codes);
      case ReduceKernel reduce -> ReduceStep.of(reduce, codes, order);
      case ContractionKernel contraction -> contraction(contraction);
      case IndexKernel index -> index(index);
      case OpKernel op -> call(op);
    };
  }

  private static Step index(IndexKernel kernel) {
    if (kernel.op().mode() == Indexing.Mode.SCATTER_ADD && kernel.data().dtype() == DType.BOOL) {
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
}
