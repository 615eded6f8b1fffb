package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.Reclaimer;
import org.cotangent.cpu.CpuMemory.HostRegion;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceMemoryException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real memory: sizes, alignment, copies, and errors instead of crashes. */
class CpuMemoryTest {
  private final CpuMemory memory = new CpuMemory();

  @AfterEach
  void close() {
    memory.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 128, 4096 - 64, 4096, 4096 + 64, 1 << 20, (20 << 20) + 64})
  void regionsAreAlignedAndKeepWhatIsWritten(long bytes) {
    HostRegion region = region(bytes);
    assertEquals(bytes, region.bytes());
    assertEquals(bytes, region.segment().byteSize());
    assertEquals(0, region.segment().address() % 64);
    byte[] written = new byte[Math.toIntExact(bytes - 3)];
    new Random(bytes).nextBytes(written);
    memory.write(region, 3, MemorySegment.ofArray(written));
    byte[] read = new byte[written.length];
    memory.read(region, 3, MemorySegment.ofArray(read));
    assertEquals(-1, MemorySegment.ofArray(written).mismatch(MemorySegment.ofArray(read)));
    memory.free(region);
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 56, Long.MAX_VALUE - 63})
  void whatTheMachineCannotHoldIsNull(long bytes) {
    assertNull(memory.allocate(bytes));
    memory.free(region(64));
  }

  @Test
  void theAllocatorTurnsThatIntoItsOwnException() {
    try (var allocator = new CachingAllocator(memory, Long.MAX_VALUE, Reclaimer.NONE)) {
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(1L << 56, "x"));
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(Long.MAX_VALUE, "x"));
      allocator.allocate(1, "x").release();
      assertInstanceOf(HostRegion.class, allocator.allocate(0, "x").region());
    }
  }

  /** Takes seconds and 3 GiB: {@code -Dcotangent.large=true}. */
  @Test
  @EnabledIfSystemProperty(named = "cotangent.large", matches = "true")
  void regionsGoBeyondTwoGib() {
    HostRegion region = region(3L << 30);
    long last = (3L << 30) - 8;
    memory.write(region, last, MemorySegment.ofArray(new long[] {42}));
    assertEquals(42, region.segment().get(ValueLayout.JAVA_LONG, last));
    assertEquals(0, region.segment().get(ValueLayout.JAVA_LONG, last - (1L << 32) / 2));
    memory.free(region);
  }

  @Test
  void aRegionIsFilledInPlace() {
    HostRegion region = region(128);
    memory.fill(
        region,
        64,
        3,
        place -> {
          assertEquals(region.segment().address() + 64, place.address());
          assertEquals(3, place.byteSize());
          place.fill((byte) 7);
        });
    assertEquals(7, region.segment().get(ValueLayout.JAVA_BYTE, 66));
    assertThrows(ArgumentException.class, () -> memory.fill(region, 126, 3, CpuMemoryTest::never));
    memory.fill(memory.empty(), 0, 0, place -> assertEquals(0, place.byteSize()));
    memory.free(region);
    assertThrows(ClosedException.class, () -> memory.fill(region, 0, 3, CpuMemoryTest::never));
  }

  private static void never(MemorySegment place) {
    throw new AssertionError("filled: " + place);
  }

  @Test
  void aFreedRegionThrowsInsteadOfCrashing() {
    HostRegion region = region(64);
    memory.free(region);
    assertThrows(IllegalStateException.class, () -> region.segment().get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void theEmptyRegion() {
    assertEquals(0, memory.empty().bytes());
    memory.write(memory.empty(), 0, MemorySegment.ofArray(new byte[0]));
    memory.read(memory.empty(), 0, MemorySegment.ofArray(new byte[0]));
  }

  @Test
  void messages() {
    HostRegion region = region(128);
    MemorySegment three = MemorySegment.ofArray(new byte[3]);
    assertMessage("cpu memory: size 0 is no positive multiple of 64", () -> memory.allocate(0));
    assertMessage("cpu memory: size -64 is no positive multiple of 64", () -> memory.allocate(-64));
    assertMessage("cpu memory: size 65 is no positive multiple of 64", () -> memory.allocate(65));
    for (long offset : new long[] {-1, 126, 129, Long.MAX_VALUE, Long.MIN_VALUE}) {
      String rest = " of 3 bytes at offset " + offset + " leaves the region of 128 bytes";
      assertMessage("cpu memory: write" + rest, () -> memory.write(region, offset, three));
      assertMessage("cpu memory: read" + rest, () -> memory.read(region, offset, three));
    }
    memory.free(region);
    assertMessage(
        "cpu memory: write of a freed region of 128 bytes", () -> memory.write(region, 0, three));
    assertMessage(
        "cpu memory: read of a freed region of 128 bytes", () -> memory.read(region, 0, three));
    assertMessage(
        "cpu memory: free of a region that is not allocated: 128 bytes", () -> memory.free(region));
    try (CpuMemory other = new CpuMemory()) {
      HostRegion foreign = other.allocate(64);
      String message = "cpu memory: the region belongs to another memory; copy through the host";
      assertNotNull(foreign);
      assertMessage(message, () -> memory.free(foreign));
      assertMessage(message, () -> memory.write(foreign, 0, three));
      assertMessage(message, () -> memory.read(foreign, 0, three));
    }
  }

  @Test
  void closeFreesWhatIsLeft() {
    HostRegion region = region(64);
    memory.close();
    memory.close();
    assertThrows(IllegalStateException.class, () -> region.segment().get(ValueLayout.JAVA_BYTE, 0));
    assertMessage(
        "cpu memory: allocate after close; open the device again", () -> memory.allocate(64));
  }

  private HostRegion region(long bytes) {
    HostRegion region = memory.allocate(bytes);
    assertNotNull(region);
    return region;
  }

  private static void assertMessage(String message, Executable call) {
    assertEquals(message, assertThrows(CotangentException.class, call).getMessage());
  }
}
