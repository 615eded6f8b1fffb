package org.cotangent.opencl;

import java.lang.foreign.MemorySegment;
import org.jocl.CLException;
import org.jocl.cl_mem;

/**
 * Copies between the host and buffers. A call returns when the bytes are there; calls come from any
 * thread.
 */
interface Transfers extends AutoCloseable {
  /**
   * Copies all bytes of a segment into a buffer.
   *
   * @throws CLException if the device fails
   */
  void write(cl_mem target, long offset, MemorySegment source);

  /**
   * Fills a segment from a buffer.
   *
   * @throws CLException if the device fails
   */
  void read(cl_mem source, long offset, MemorySegment target);

  /** Releases what the copies need. */
  @Override
  void close();
}
