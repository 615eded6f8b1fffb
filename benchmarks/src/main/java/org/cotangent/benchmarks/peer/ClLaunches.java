package org.cotangent.benchmarks.peer;

import java.util.List;
import java.util.stream.Stream;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** Kernels that do nothing, one after the other: what it takes to start them and to wait. */
public final class ClLaunches {
  private static final String SOURCE =
      """
      __kernel __attribute__((reqd_work_group_size(1, 1, 1))) void nothing() {}
      """;

  private final OpenCl cl;
  private final List<cl_kernel> kernels;

  /**
   * Builds them.
   *
   * @param cl where they run
   * @param count of kernels
   */
  public ClLaunches(OpenCl cl, int count) {
    this.cl = cl;
    cl_program program = cl.program(SOURCE);
    kernels = Stream.generate(() -> cl.kernel(program, "nothing")).limit(count).toList();
  }

  /** Starts all; returns when the last is over. */
  public void run() {
    kernels.forEach(kernel -> cl.launch(kernel, 1, 1));
    cl.finish();
  }
}
