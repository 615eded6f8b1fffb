package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Phases;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.error.DeviceException;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Sort;
import org.cotangent.type.DType;

/** The launches of programs, for one device. */
public final class Kernels {
  /** Beyond it a kernel takes more registers than a thread has, and the rest lies in memory. */
  private static final int INSTRUCTIONS = 256;

  /** Bytes that the parameters of a function may have, by 8 bytes of each. */
  private static final int PARAMETERS = 4096 / 8;

  /** Each has a parameter for its address and one for each axis: so there is room for 20 axes. */
  private static final int OPERANDS = 24;

  private final Traits traits;

  /**
   * Kernels for a device.
   *
   * @param traits of the device
   */
  public Kernels(Traits traits) {
    this.traits = traits;
  }

  /**
   * {@return whether there are products with operands of a narrow dtype}
   *
   * @param dtype narrow
   */
  public boolean multiplies(DType dtype) {
    return dtype.isNarrow() && traits.hasTensorCores(dtype);
  }

  /** {@return how much one kernel may compute} */
  public static FusionLimits limits() {
    return new FusionLimits(INSTRUCTIONS, OPERANDS, true);
  }

  /**
   * {@return the bytes that a kernel needs while it runs}
   *
   * @param kernel of a program
   */
  public static long workspace(Kernel kernel) {
    return switch (kernel) {
      case ReduceKernel reduce -> Phases.workspace(reduce);
      case OpKernel op -> op.op() instanceof Sort sort ? SortPtx.workspace(op, sort) : 0;
      case IndexKernel index -> IndexPtx.workspace(index);
      case LoopKernel _, ContractionKernel _ -> 0;
    };
  }

  /**
   * {@return the launches of a program: for each kernel its own, in order}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if there is no kernel for something
   */
  public List<List<Launch>> launches(Program program) {
    program.requireInside();
    List<List<Launch>> launches = new ArrayList<>();
    for (int k = 0; k < program.kernels().size(); k++) {
      Kernel kernel = program.kernels().get(k);
      List<Launch> all = new ArrayList<>(launches(kernel, program.workspaces().get(k)));
      if (program.check() != Check.NOTHING) {
        kernel.outputs().stream()
            .filter(output -> output.dtype().isFloating() && !isEmpty(output))
            .forEach(output -> all.addAll(SearchPtx.found(program.check(), kernel, output)));
      }
      requireRoom(kernel, all);
      launches.add(all);
    }
    return launches;
  }

  private static void requireRoom(Kernel kernel, List<Launch> launches) {
    for (Launch launch : launches) {
      if (launch.arguments().stream().mapToInt(Argument::bytes).sum() > PARAMETERS * Long.BYTES) {
        throw new DeviceException(
            "%s: %s takes %d parameters, and a CUDA kernel has room for %d; split the op, or merge axes"
                .formatted(kernel.origin(), kernel.label(), launch.arguments().size(), PARAMETERS));
      }
    }
  }

  private List<Launch> launches(Kernel kernel, int workspace) {
    return switch (kernel) {
      case LoopKernel loop -> List.of(AddPtx.launch(loop).orElseGet(() -> LoopPtx.launch(loop)));
      case ReduceKernel reduce -> ReducePtx.launches(reduce, workspace);
      case ContractionKernel contraction -> MatmulPtx.launches(contraction, traits);
      case IndexKernel index -> IndexPtx.launches(index, workspace);
      case OpKernel op -> call(op, workspace);
    };
  }

  private static List<Launch> call(OpKernel kernel, int workspace) {
    boolean isEmpty = kernel.inputs().stream().anyMatch(Kernels::isEmpty);
    return switch (kernel.op()) {
      case CumulativeSum sum ->
          isEmpty
              ? List.of()
              : List.of(
                  ScanPtx.launch(sum, kernel.inputs().getFirst(), kernel.outputs().getFirst()));
      case Sort sort -> isEmpty ? List.of() : SortPtx.launches(kernel, sort, workspace);
      default -> throw missing(kernel);
    };
  }

  private static boolean isEmpty(Operand operand) {
    return operand.layout().shape().size() == 0;
  }

  private static DeviceException missing(Kernel kernel) {
    return new DeviceException(
        "%s: there is no CUDA kernel for %s; run it on device cpu, or write the op as a composite"
            .formatted(kernel.origin(), kernel.label()));
  }
}
