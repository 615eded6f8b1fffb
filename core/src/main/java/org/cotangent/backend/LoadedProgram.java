package org.cotangent.backend;

import java.util.List;

/** A program ready to run on one backend; used by many threads at once. */
public interface LoadedProgram extends AutoCloseable {
  /**
   * Runs the kernels. The caller keeps the memory alive until this returns. The device may then
   * still be at work, if it does whatever comes later after it: other runs, reads, writes, frees.
   *
   * @param buffers one for each of {@link Program#buffers}; the list is another run's afterwards
   * @throws org.cotangent.error.IndexException if an index lies outside its axis
   * @throws org.cotangent.error.NumericException if the program checks for NaN and a kernel made
   *     one
   */
  void run(List<Slice> buffers);

  /** {@return what the runs so far spent on each kernel; empty unless opened with profiling} */
  default List<KernelTime> times() {
    return List.of();
  }

  /** Frees what loading took. Runs must be over. */
  @Override
  void close();

  /**
   * A place in device memory.
   *
   * @param region which
   * @param offset in bytes
   */
  record Slice(Region region, long offset) {}
}
