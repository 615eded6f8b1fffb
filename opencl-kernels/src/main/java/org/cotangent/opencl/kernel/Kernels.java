package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.error.DeviceException;
import org.cotangent.op.CumulativeSum;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.type.DType;

/** The launches of programs on one device. */
public final class Kernels {
  /** Beyond it a kernel takes longer to compile than its memory traffic would. */
  private static final int INSTRUCTIONS = 256;

  /** A memory argument: a pointer and an offset. */
  private static final int OPERAND_BYTES = 16;

  private final Traits traits;
  private final Loops loops;
  private final Reductions reductions;
  private final Indexes indexes;
  private final Scans scans;
  private final Matmul matmul;
  private final Search search;

  /**
   * For a device.
   *
   * @param traits of the device
   */
  public Kernels(Traits traits) {
    this.traits = traits;
    this.loops = new Loops(traits);
    this.reductions = new Reductions(traits);
    this.indexes = new Indexes(traits);
    this.scans = new Scans(traits);
    this.matmul = new Matmul(traits, TuningTable.load());
    this.search = new Search(traits);
  }

  /** {@return how much one kernel may compute} */
  public FusionLimits limits() {
    long operands = (traits.parameterBytes() - 64) / OPERAND_BYTES;
    return new FusionLimits(INSTRUCTIONS, Math.clamp(operands, 4, 1000), true);
  }

  /**
   * {@return the bytes that a kernel needs while it runs}
   *
   * @param kernel of a program
   */
  public long workspace(Kernel kernel) {
    return switch (kernel) {
      case ReduceKernel reduce -> reductions.workspace(reduce);
      case ContractionKernel contraction -> matmul.workspace(contraction);
      case LoopKernel _, IndexKernel _, OpKernel _ -> 0;
    };
  }

  /**
   * {@return the launches of a program, in order}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if the device cannot run it
   */
  public List<Launch> launches(Program program) {
    List<Launch> launches = new ArrayList<>();
    for (int k = 0; k < program.kernels().size(); k++) {
      Kernel kernel = program.kernels().get(k);
      requireKnown(kernel);
      kernel.inputs().forEach(operand -> requireInside(program, kernel, operand));
      kernel.outputs().forEach(operand -> requireInside(program, kernel, operand));
      launches.addAll(launches(kernel, program.workspaces().get(k)));
      if (program.checkNaN()) {
        for (Operand output : kernel.outputs()) {
          if (output.dtype().isFloating() && output.layout().shape().size() > 0) {
            launches.add(search.nan(kernel, output));
          }
        }
      }
    }
    return launches;
  }

  private List<Launch> launches(Kernel kernel, int workspace) {
    return switch (kernel) {
      case LoopKernel loop -> List.of(loops.launch(loop));
      case ReduceKernel reduce -> reductions.launches(reduce, workspace);
      case ContractionKernel contraction -> contraction(contraction, workspace);
      case IndexKernel index -> indexes.launches(index);
      case OpKernel op -> call(op);
    };
  }

  private List<Launch> contraction(ContractionKernel kernel, int workspace) {
    DType dtype = kernel.left().dtype();
    if (kernel.accumulator() != dtype) {
      throw new DeviceException(
          "%s: OpenCL sums %s in its own dtype, not in %s"
              .formatted(kernel.origin(), dtype, kernel.accumulator()));
    }
    Set<Integer> widths = matmul.widths(kernel);
    Finish finish = kernel.isPlain() ? Finish.plain(kernel, widths) : Epilogue.of(kernel, widths);
    return matmul.launches(kernel, finish, workspace);
  }

  private List<Launch> call(OpKernel kernel) {
    if (kernel.op() instanceof CumulativeSum sum) {
      Operand input = kernel.inputs().getFirst();
      return input.layout().shape().size() == 0
          ? List.of()
          : List.of(scans.launch(sum, input, kernel.outputs().getFirst()));
    }
    throw new DeviceException(
        "%s: there is no OpenCL kernel for %s; run it on device cpu, or write the op as a composite"
            .formatted(kernel.origin(), kernel.label()));
  }

  private void requireKnown(Kernel kernel) {
    if (!traits.doubles() && usesDoubles(kernel)) {
      throw new DeviceException(
          "%s: this OpenCL device has no float64; cast to float32, or use device cpu"
              .formatted(kernel.origin()));
    }
    int operands = kernel.inputs().size() + kernel.outputs().size();
    if ((long) operands * OPERAND_BYTES + 64 > traits.parameterBytes()) {
      throw new DeviceException(
          "%s: %s has %d operands, and a kernel of this OpenCL device has room for %d; split the op"
              .formatted(kernel.origin(), kernel.label(), operands, limits().operands()));
    }
  }

  private static boolean usesDoubles(Kernel kernel) {
    List<Body> bodies =
        switch (kernel) {
          case LoopKernel loop -> List.of(loop.body());
          case ReduceKernel reduce -> List.of(reduce.lift(), reduce.combine(), reduce.finish());
          case ContractionKernel contraction -> List.of(contraction.epilogue());
          case IndexKernel _, OpKernel _ -> List.of();
        };
    return kernel.inputs().stream().anyMatch(operand -> operand.dtype() == DType.FLOAT64)
        || kernel.outputs().stream().anyMatch(operand -> operand.dtype() == DType.FLOAT64)
        || bodies.stream()
            .flatMap(body -> body.instructions().stream())
            .map(Instruction::dtype)
            .anyMatch(dtype -> dtype == DType.FLOAT64);
  }

  /** A kernel that left its buffer would read and write the memory of others. */
  private static void requireInside(Program program, Kernel kernel, Operand operand) {
    Buffer buffer = program.buffers().get(operand.buffer());
    boolean inside =
        operand.layout().first() >= 0
            && operand.layout().extent() * operand.dtype().bytes() <= buffer.bytes();
    if (operand.layout().shape().size() > 0 && !inside) {
      throw new IllegalArgumentException(
          "kernel %s: %s leaves its buffer of %d bytes"
              .formatted(kernel.label(), operand, buffer.bytes()));
    }
  }
}
