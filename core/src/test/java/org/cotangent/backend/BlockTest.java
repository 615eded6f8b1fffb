package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.cotangent.error.ClosedException;
import org.cotangent.testing.SimulatedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Counting references. */
class BlockTest {
  private final CachingAllocator allocator =
      new CachingAllocator(SimulatedMemory.ofCapacity(1 << 30), Long.MAX_VALUE, Reclaimer.NONE);

  @AfterEach
  void close() {
    allocator.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 100, 1 << 24})
  void theLastReleaseReturnsTheMemory(long bytes) {
    Block block = allocator.allocate(bytes, "block");
    assertTrue(block.exclusive());
    assertFalse(block.isShared());
    assertSame(block, block.retain());
    assertFalse(block.exclusive());
    assertTrue(block.isShared());
    block.release();
    assertTrue(block.exclusive());
    assertEquals(bytes, allocator.statistics().requestedBytes());
    assertEquals(1, allocator.statistics().liveBlocks());
    block.release();
    assertFalse(block.exclusive());
    assertFalse(block.isShared());
    assertEquals(0, allocator.statistics().requestedBytes());
    assertEquals(0, allocator.statistics().liveBlocks());
  }

  @Test
  void aReleasedBlockSaysSo() {
    Block block = allocator.allocate(4000, "float32(1000,) made at Foo.java:12");
    block.release();
    Block next = allocator.allocate(4000, "next");
    String message =
        ": the block of 4000 bytes (3.9 KiB): float32(1000,) made at Foo.java:12 was released; hold"
            + " a reference by retain() as long as it is used";
    assertMessage("region" + message, block::region);
    assertMessage("offset" + message, block::offset);
    assertMessage("retain" + message, block::retain);
    assertMessage("release" + message, block::release);
    assertEquals(4000, block.bytes());
    assertEquals("float32(1000,) made at Foo.java:12", block.label());
    assertTrue(next.exclusive(), "the old handle has no hold on the new block");
    assertEquals(0, next.offset());
  }

  private static void assertMessage(String message, Executable call) {
    assertEquals(message, assertThrows(ClosedException.class, call).getMessage());
  }
}
