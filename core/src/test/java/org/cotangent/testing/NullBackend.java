package org.cotangent.testing;

import java.util.List;
import org.cotangent.backend.Backend;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.graph.Op;
import org.cotangent.type.TensorType;

/**
 * A backend that computes nothing: it tests planner, allocator and lifetimes at sizes that no
 * machine has.
 */
public final class NullBackend implements Backend {
  private final SimulatedMemory memory;

  /**
   * Opens the backend.
   *
   * @param memory what it pretends to have
   */
  public NullBackend(SimulatedMemory memory) {
    this.memory = memory;
  }

  @Override
  public String description() {
    return "null: computes nothing";
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
    return new FusionLimits(128, Integer.MAX_VALUE, false);
  }

  @Override
  public LoadedProgram load(Program program) {
    return new LoadedProgram() {
      @Override
      public void run(List<Slice> buffers) {
        if (buffers.size() != program.buffers().size()) {
          throw new IllegalArgumentException(buffers.size() + " buffers for " + program);
        }
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
