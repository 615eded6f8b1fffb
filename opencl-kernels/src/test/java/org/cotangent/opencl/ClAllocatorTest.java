package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.testing.RandomAllocations;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Test;

/** The engine's allocator over OpenCL buffers: no block's contents are another's. */
@NeedsOpenCl
class ClAllocatorTest {
  @Test
  void aHundredThousandRandomOperationsKeepContents() {
    ClContext context = new ClContext(Variants.device(), false, BinaryCache.configured());
    try (context) {
      DeviceMemory<cl_mem> memory = ClMemory.of(context);
      new RandomAllocations(24L << 20, 1L << 30, 1L << 20, 100_000, true, 7).check(memory);
    }
    assertEquals(Map.of(), context.handles().live());
  }
}
