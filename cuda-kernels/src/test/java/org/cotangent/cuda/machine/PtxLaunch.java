package org.cotangent.cuda.machine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * One launch.
 *
 * @param memory global memory
 * @param blocks how many
 * @param threads of each block
 * @param shared bytes of dynamic shared memory
 * @param parameters bits of the parameters, 8 bytes or a tensor map each
 */
record PtxLaunch(
    PtxMemory memory, int blocks, int threads, int shared, List<MemorySegment> parameters) {
  /** Parameters lie behind each other from here, in a space of their own. */
  private static final long PARAMETERS = 1L << 60;

  private static final int MOST_BYTES = 1 << 8;

  /** {@return the bits of a number} */
  long number(int parameter) {
    return parameters.get(parameter).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
  }

  /** {@return the address of a parameter} */
  static long address(int parameter) {
    return PARAMETERS + (long) parameter * MOST_BYTES;
  }

  /** {@return the tensor map at an address} */
  PtxTensorMap tensorMap(long address) {
    long parameter = (address - PARAMETERS) / MOST_BYTES;
    if (parameter < 0 || parameter >= parameters.size() || address % MOST_BYTES != 0) {
      throw new PtxFault("a copy by a tensor map at " + address + ", where no parameter is");
    }
    return PtxTensorMap.read(parameters.get((int) parameter));
  }
}
