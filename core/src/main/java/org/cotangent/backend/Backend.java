package org.cotangent.backend;

import java.util.List;
import org.cotangent.graph.Op;
import org.cotangent.type.DType;
import org.cotangent.type.TensorType;

/** One opened device: its memory, and how programs run on it. Safe for many threads. */
public interface Backend extends AutoCloseable {
  /** {@return name and facts in one line, as in {@code cpu: 2 threads, vectors of 512 bits}} */
  String description();

  /** {@return the device's memory} */
  RawMemory memory();

  /**
   * {@return whether the backend runs a composite whole, by an {@link OpKernel}, instead of the ops
   * it expands to}
   *
   * @param op the composite
   * @param inputs types of its inputs
   */
  boolean claims(Op op, List<TensorType> inputs);

  /** {@return how much one kernel may compute} */
  FusionLimits limits();

  /**
   * {@return whether a {@link ContractionKernel} may have operands of a narrow dtype} It then sums
   * in {@link DType#arithmetic}; of other narrow dtypes both operands are cast to that before they
   * are multiplied.
   *
   * @param dtype narrow
   */
  default boolean multiplies(DType dtype) {
    return false;
  }

  /**
   * {@return the bytes that a kernel needs for itself while it runs; they become a part of the
   * program's arena, so that the memory plan knows them}
   *
   * @param kernel of a program that will be loaded
   */
  default long workspace(Kernel kernel) {
    return 0;
  }

  /**
   * {@return a program ready to run}
   *
   * @param program what to run
   * @throws org.cotangent.error.DeviceException if the device cannot
   */
  LoadedProgram load(Program program);

  /**
   * Waits until everything is over that was started: {@link LoadedProgram#run} may return before
   * the device is done, where what follows is sure to come after it.
   */
  default void synchronize() {}

  /** Closes the device: its memory, threads and programs. A second call does nothing. */
  @Override
  void close();
}
