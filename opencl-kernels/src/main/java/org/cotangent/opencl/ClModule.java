package org.cotangent.opencl;

import org.cotangent.error.DeviceException;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** A built OpenCL program. */
final class ClModule {
  private final ClContext context;
  private final cl_program program;

  ClModule(ClContext context, cl_program program) {
    this.context = context;
    this.program = program;
  }

  /**
   * {@return a new kernel object, which the caller gives back}
   *
   * @throws DeviceException if the driver has no room for it
   */
  cl_kernel create(String function) {
    try {
      return context
          .handles()
          .made(Handles.Kind.KERNEL, CL.clCreateKernel(program, function, null));
    } catch (CLException e) {
      throw context.failure("kernel " + function, e);
    }
  }

  /** Releases the program. */
  void release() {
    context.release(Handles.Kind.PROGRAM, () -> CL.clReleaseProgram(program));
  }
}
