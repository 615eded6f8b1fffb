package org.cotangent.testing;

import java.util.List;
import org.cotangent.backend.Backend;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** Another backend, call by call: a test overrides what it watches or makes fail. */
public class ForwardingBackend implements Backend {
  private final Backend backend;

  /**
   * Wraps a backend.
   *
   * @param backend that does the work; closed with this
   */
  public ForwardingBackend(Backend backend) {
    this.backend = backend;
  }

  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public RawMemory memory() {
    return backend.memory();
  }

  @Override
  public boolean claims(Op op, List<TensorType> inputs) {
    return backend.claims(op, inputs);
  }

  @Override
  public FusionLimits limits() {
    return backend.limits();
  }

  @Override
  public boolean multiplies(DType dtype) {
    return backend.multiplies(dtype);
  }

  @Override
  public long workspace(Kernel kernel) {
    return backend.workspace(kernel);
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  @Override
  public LoadedProgram load(Program program) {
    LoadedProgram loaded = backend.load(program);
    return new LoadedProgram() {
      @Override
      public void run(List<Slice> buffers) {
        ForwardingBackend.this.run(program, loaded, buffers);
      }

      @Override
      public void close() {
        loaded.close();
      }
    };
  }

  /**
   * Runs a program.
   *
   * @param program which
   * @param loaded as the wrapped backend loaded it
   * @param buffers one for each of the program's
   */
  protected void run(Program program, LoadedProgram loaded, List<LoadedProgram.Slice> buffers) {
    loaded.run(buffers);
  }

  @Override
  public void close() {
    backend.close();
  }
}
