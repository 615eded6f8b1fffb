package org.cotangent.opencl;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Modules;
import org.cotangent.error.ClosedException;
import org.cotangent.opencl.kernel.Source;
import org.jocl.cl_kernel;

/**
 * The functions that one loaded program launches, and the kernel objects made of them. They live
 * until {@link #close}; nothing may run them then. Used by one thread at a time.
 */
final class ClKernels implements AutoCloseable {
  private final ClContext context;
  private final Modules<Source, ClModule>.Use modules;
  private final List<cl_kernel> kernels = new ArrayList<>();
  private boolean closed;

  ClKernels(ClContext context, Modules<Source, ClModule>.Use modules) {
    this.context = context;
    this.modules = modules;
  }

  /**
   * {@return a fresh kernel object for one launch, so that the arguments set on it stay; it is
   * released with this}
   *
   * @param source one of those this was asked for
   */
  cl_kernel create(Source source) {
    if (closed) {
      throw new ClosedException("opencl: a kernel of a closed program; load it again");
    }
    cl_kernel kernel = modules.of(source).create(source.function());
    kernels.add(kernel);
    return kernel;
  }

  /** Releases the kernel objects and lets go of the functions. A second call does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    kernels.forEach(context::release);
    modules.close();
  }
}
