package org.cotangent.opencl.kernel;

import java.util.List;
import java.util.Set;

/** One product, prepared for a family of devices. */
sealed interface MatmulFamily permits CpuMatmul, GpuMatmul {
  /** {@return how many neighbouring columns are handed over at once: 1, and perhaps a width} */
  Set<Integer> widths();

  /** {@return bytes of the workspace, a multiple of 128} */
  long workspace();

  /**
   * {@return what computes the product}
   *
   * @param finish takes the elements
   * @param workspace buffer of {@link #workspace} bytes
   */
  List<Launch> launches(Finish finish, int workspace);
}
