package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Phases;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.error.DeviceException;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Sort;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.type.DType;

/** The launches of programs on one device. */
public final class Kernels {
  /** Beyond it a kernel takes longer to compile than its memory traffic would. */
  private static final int INSTRUCTIONS = 256;

  /** A memory argument: a pointer and an offset. */
  private static final int OPERAND_BYTES = 16;

  /** What a kernel is given beside its operands: a product's sizes and strides take the most. */
  private static final int OTHER_BYTES = 192;

  private final Traits traits;
  private final Loops loops;
  private final Reductions reductions;
  private final Indexes indexes;
  private final Scans scans;
  private final Sorts sorts;
  private final Matmul matmul;
  private final Search search;
  private final Sequences sequences;

  /**
   * For a device.
   *
   * @param traits of the device
   */
  public Kernels(Traits traits) {
    this(traits, TuningTable.load());
  }

  /**
   * For a device, with tiles of one's own choice.
   *
   * @param traits of the device
   * @param table of tiles
   */
  public Kernels(Traits traits, TuningTable table) {
    this.traits = traits;
    this.loops = new Loops(traits);
    this.reductions = new Reductions(traits);
    this.indexes = new Indexes(traits);
    this.scans = new Scans(traits);
    this.sorts = new Sorts(traits);
    this.matmul = new Matmul(traits, table);
    this.search = new Search(traits);
    this.sequences = new Sequences(traits);
  }

  /** {@return how much one kernel may compute} */
  public FusionLimits limits() {
    long operands = (traits.parameterBytes() - OTHER_BYTES) / OPERAND_BYTES;
    return new FusionLimits(INSTRUCTIONS, Math.clamp(operands, 4, 1000), true);
  }

  /**
   * {@return the bytes that a kernel needs while it runs}
   *
   * @param kernel of a program
   */
  public long workspace(Kernel kernel) {
    return switch (kernel) {
      case ReduceKernel reduce -> Phases.workspace(reduce);
      case ContractionKernel contraction -> matmul.workspace(contraction);
      case OpKernel op -> op.op() instanceof Sort sort ? sorts.workspace(op, sort) : 0;
      case LoopKernel _, IndexKernel _ -> 0;
    };
  }

  /**
   * {@return the launches of a program: for each kernel its own, in order}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if the device cannot run it
   */
  public List<List<Launch>> launches(Program program) {
    program.requireInside();
    List<List<Launch>> launches = new ArrayList<>();
    for (int k = 0; k < program.kernels().size(); k++) {
      Kernel kernel = program.kernels().get(k);
      requireKnown(kernel);
      List<Launch> all = new ArrayList<>(launches(kernel, program.workspaces().get(k)));
      if (program.check() != Check.NOTHING) {
        kernel.outputs().stream()
            .filter(output -> output.dtype().isFloating() && output.layout().shape().size() > 0)
            .forEach(output -> all.add(search.found(program.check(), kernel, output)));
      }
      launches.add(all);
    }
    return launches;
  }

  /**
   * {@return the launches of a program, in order, with small ones joined across kernels}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if the device cannot run it
   */
  public List<Launch> joined(Program program) {
    return sequences.joined(launches(program).stream().flatMap(List::stream).toList());
  }

  private List<Launch> launches(Kernel kernel, int workspace) {
    return switch (kernel) {
      case LoopKernel loop -> List.of(loops.launch(loop));
      case ReduceKernel reduce -> reductions.launches(reduce, workspace);
      case ContractionKernel contraction -> matmul.launches(contraction, workspace);
      case IndexKernel index -> indexes.launches(index);
      case OpKernel op -> call(op, workspace);
    };
  }

  private List<Launch> call(OpKernel kernel, int workspace) {
    boolean isEmpty =
        kernel.inputs().stream().anyMatch(input -> input.layout().shape().size() == 0);
    return switch (kernel.op()) {
      case CumulativeSum sum ->
          isEmpty
              ? List.of()
              : List.of(scans.launch(sum, kernel.inputs().getFirst(), kernel.outputs().getFirst()));
      case Sort sort -> isEmpty ? List.of() : sorts.launches(kernel, sort, workspace);
      default ->
          throw new DeviceException(
              "%s: there is no OpenCL kernel for %s; run it on device cpu, or write the op as a composite"
                  .formatted(kernel.origin(), kernel.label()));
    };
  }

  private void requireKnown(Kernel kernel) {
    if (!traits.doubles() && usesDoubles(kernel)) {
      throw new DeviceException(
          "%s: this OpenCL device has no float64; cast to float32, or use device cpu"
              .formatted(kernel.origin()));
    }
    int operands = kernel.inputs().size() + kernel.outputs().size();
    if (operands > limits().operands()) {
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
}
