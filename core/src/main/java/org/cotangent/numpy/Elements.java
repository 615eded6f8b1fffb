package org.cotangent.numpy;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.cotangent.type.SharedMemory;

/** The bytes of an array's elements, in the order in which they lie. */
interface Elements {
  /** Whether other threads than this may read them. */
  boolean isShared();

  /**
   * Copies some.
   *
   * @param offset of the first byte
   * @param target filled entirely
   */
  void copy(long offset, MemorySegment target);

  /**
   * Lends some.
   *
   * @param offset of the first byte
   * @param bytes how many
   * @param user looks at them by copies alone, see {@link Mapping#reading}, and does not keep them
   */
  void lend(long offset, long bytes, Consumer<MemorySegment> user);

  /** Those that lie in memory, perhaps of a mapped file. */
  record InMemory(MemorySegment memory) implements Elements {
    @Override
    public boolean isShared() {
      return SharedMemory.isShared(memory);
    }

    @Override
    public void copy(long offset, MemorySegment target) {
      lend(offset, target.byteSize(), target::copyFrom);
    }

    @Override
    public void lend(long offset, long bytes, Consumer<MemorySegment> user) {
      Mapping.reading(
          memory,
          () -> {
            user.accept(memory.asSlice(offset, bytes));
            return memory;
          });
    }
  }
}
