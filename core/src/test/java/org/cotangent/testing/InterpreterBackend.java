package org.cotangent.testing;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.cotangent.backend.Backend;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/**
 * A backend that runs compiled programs by {@link ProgramInterpreter}, in their buffers' places and
 * under any limits: what {@link ReferenceBackend} leaves out, the work of fusion, lowering and
 * plan, is all that it depends on.
 */
public final class InterpreterBackend implements Backend {
  private final HostMemory memory = new HostMemory();
  private final FusionLimits limits;
  private final ToLongFunction<Kernel> workspace;
  private final Set<DType> multiplied;

  /**
   * A backend whose kernels need nothing for themselves.
   *
   * @param limits of its kernels
   */
  public InterpreterBackend(FusionLimits limits) {
    this(limits, kernel -> 0);
  }

  /**
   * A backend whose kernels fill their workspaces with garbage.
   *
   * @param limits of its kernels
   * @param workspace bytes that a kernel asks for
   */
  public InterpreterBackend(FusionLimits limits, ToLongFunction<Kernel> workspace) {
    this(limits, workspace, Set.of());
  }

  /**
   * A backend that multiplies narrow dtypes as well, in the order of all others.
   *
   * @param limits of its kernels
   * @param workspace bytes that a kernel asks for
   * @param multiplied narrow dtypes of products
   */
  public InterpreterBackend(
      FusionLimits limits, ToLongFunction<Kernel> workspace, Set<DType> multiplied) {
    this.limits = limits;
    this.workspace = workspace;
    this.multiplied = Set.copyOf(multiplied);
  }

  @Override
  public String description() {
    return "interpreter: one element at a time, " + limits;
  }

  @Override
  public RawMemory memory() {
    return memory;
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return false;
  }

  @Override
  public FusionLimits limits() {
    return limits;
  }

  @Override
  public boolean multiplies(DType dtype) {
    return multiplied.contains(dtype);
  }

  @Override
  public long workspace(Kernel kernel) {
    return workspace.applyAsLong(kernel);
  }

  @Override
  public LoadedProgram load(Program program) {
    return new LoadedProgram() {
      @Override
      public void run(List<Slice> slices) {
        List<MemorySegment> buffers = new ArrayList<>();
        for (int b = 0; b < slices.size(); b++) {
          Slice slice = slices.get(b);
          buffers.add(
              HostMemory.segment(slice.region())
                  .asSlice(slice.offset(), program.buffers().get(b).bytes()));
        }
        ProgramInterpreter.run(program, buffers);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {
    memory.close();
  }
}
