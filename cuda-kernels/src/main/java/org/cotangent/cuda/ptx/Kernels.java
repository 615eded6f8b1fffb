package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
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

/** The launches of programs. */
public final class Kernels {
  /** Beyond it a kernel takes more registers than a thread has, and the rest lies in memory. */
  private static final int INSTRUCTIONS = 256;

  /** Of the 4,096 bytes that the parameters of a function may have, 8 for each. */
  private static final int OPERANDS = 64;

  private Kernels() {}

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
      case LoopKernel _, ContractionKernel _, IndexKernel _, OpKernel _ -> 0;
    };
  }

  /**
   * {@return the launches of a program: for each kernel its own, in order}
   *
   * @param program whose operands are checked to lie inside their buffers
   * @throws DeviceException if there is no kernel for something
   */
  public static List<List<Launch>> launches(Program program) {
    program.requireInside();
    List<List<Launch>> launches = new ArrayList<>();
    for (int k = 0; k < program.kernels().size(); k++) {
      launches.add(launches(program.kernels().get(k), program.workspaces().get(k)));
    }
    return launches;
  }

  private static List<Launch> launches(Kernel kernel, int workspace) {
    return switch (kernel) {
      case LoopKernel loop -> List.of(AddPtx.launch(loop).orElseGet(() -> LoopPtx.launch(loop)));
      case ReduceKernel reduce -> ReducePtx.launches(reduce, workspace);
      case ContractionKernel contraction -> MatmulPtx.launches(contraction);
      case IndexKernel _, OpKernel _ -> throw missing(kernel);
    };
  }

  private static DeviceException missing(Kernel kernel) {
    return new DeviceException(
        "%s: there is no CUDA kernel for %s; run it on device cpu, or write the op as a composite"
            .formatted(kernel.origin(), kernel.label()));
  }
}
