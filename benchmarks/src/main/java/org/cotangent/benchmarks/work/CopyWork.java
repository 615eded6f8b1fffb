package org.cotangent.benchmarks.work;

import org.cotangent.benchmarks.peer.ClCopy;
import org.cotangent.benchmarks.peer.OpenCl;

/**
 * The copy of a float32 array on the first OpenCL device, by a plain kernel: what its memory is
 * good for.
 */
public final class CopyWork {
  /** Elements, where it is measured: far beyond any cache. */
  public static final int SIZE = 1 << 24;

  /** Of memory for a copy of that size: the array is read, and another one is written. */
  public static final double BYTES = 2.0 * SIZE * Float.BYTES;

  private CopyWork() {}

  /**
   * {@return the copy}
   *
   * @param size elements of the array, a multiple of 65,536
   */
  public static Work copy(int size) {
    OpenCl cl = new OpenCl();
    ClCopy copy = new ClCopy(cl, Data.uniform(size, 1));
    return Work.of(copy::copy, cl::close);
  }
}
