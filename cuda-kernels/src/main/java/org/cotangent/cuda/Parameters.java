package org.cotangent.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The parameters of one launch in native memory, as the driver reads them: an address for each, and
 * behind them the values.
 */
final class Parameters {
  private final MemorySegment block;
  private final int count;

  Parameters(Arena arena, int count) {
    this.count = count;
    block = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, 2L * count));
    for (int i = 0; i < count; i++) {
      long value = block.address() + (long) (count + i) * Long.BYTES;
      block.setAtIndex(ValueLayout.JAVA_LONG, i, value);
    }
  }

  void set(int parameter, long value) {
    block.setAtIndex(ValueLayout.JAVA_LONG, count + parameter, value);
  }

  /** {@return the addresses} */
  MemorySegment block() {
    return block;
  }
}
