package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.cotangent.backend.Block;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.DeviceRegion;
import org.cotangent.backend.Reclaimer;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory of a device: copies there and back, refusals, lifetimes. */
@NeedsOpenCl
class ClMemoryTest {
  private static final long MIB = 1 << 20;
  private static final byte SENTINEL = 0x5A;

  /** The two ways to copy. */
  enum Way {
    DIRECT,
    STAGED;

    Transfers transfers(ClContext context) {
      return switch (this) {
        case DIRECT -> new DirectTransfers(context);
        case STAGED -> new StagedTransfers(context);
      };
    }
  }

  private final ClDevice device = Variants.device();
  private final ClContext context = new ClContext(device, false, BinaryCache.off());

  @AfterEach
  void nothingIsLeft() {
    context.close();
    assertEquals(Map.of(), context.handles().live());
  }

  @ParameterizedTest
  @EnumSource
  void bytesComeBackAndNeighboursStay(Way way) {
    long piece = StagedTransfers.PIECE;
    long[] sizes = {0, 1, 3, 127, 129, 65535, 65536, 65537, piece - 1, piece + 1, 3 * piece + 7};
    try (DeviceMemory<cl_mem> memory = ClMemory.of(context, way.transfers(context));
        Arena arena = Arena.ofConfined()) {
      for (long size : sizes) {
        for (long offset : new long[] {0, 1, 4097}) {
          MemorySegment array = MemorySegment.ofArray(new byte[(int) size + 3]);
          MemorySegment fresh = arena.allocate(size + 3);
          roundTrip(memory, offset, fresh.asSlice(3), fresh.asSlice(3));
          roundTrip(memory, offset, array.asSlice(3), array.asSlice(3));
          roundTrip(memory, offset, fresh.asSlice(3).asReadOnly(), array.asSlice(3));
        }
      }
    }
  }

  private static void roundTrip(
      DeviceMemory<cl_mem> memory, long offset, MemorySegment source, MemorySegment target) {
    long size = source.byteSize();
    DeviceRegion<cl_mem> region = region(memory, offset + size + 131);
    MemorySegment all = MemorySegment.ofArray(new byte[(int) region.bytes()]);
    memory.write(region, 0, all.fill(SENTINEL));
    byte[] bytes = new byte[(int) size];
    new Random(size).nextBytes(bytes);
    if (!source.isReadOnly()) {
      source.copyFrom(MemorySegment.ofArray(bytes));
    }
    byte[] written = source.toArray(ValueLayout.JAVA_BYTE);
    memory.write(region, offset, source);
    target.fill((byte) 0);
    memory.read(region, offset, target);
    assertEquals(-1, target.mismatch(MemorySegment.ofArray(written)), size + " at " + offset);
    memory.read(region, 0, all);
    requireSentinels(all.asSlice(0, offset));
    requireSentinels(all.asSlice(offset + size));
    memory.free(region);
  }

  private static void requireSentinels(MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      assertEquals(SENTINEL, bytes.get(ValueLayout.JAVA_BYTE, i), "beside the copy, " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyThreadsCopyAtOnce(Way way) {
    int threads = 8;
    int part = 300_001;
    try (DeviceMemory<cl_mem> memory = ClMemory.of(context, way.transfers(context))) {
      DeviceRegion<cl_mem> region = region(memory, (long) threads * part);
      IntStream.range(0, threads)
          .parallel()
          .forEach(thread -> {
            byte[] bytes = new byte[part];
            MemorySegment segment = MemorySegment.ofArray(bytes);
            for (int round = 0; round < 10; round++) {
              segment.fill((byte) (thread * 16 + round));
              memory.write(region, (long) thread * part, segment);
              segment.fill((byte) -1);
              memory.read(region, (long) thread * part, segment);
              for (byte one : bytes) {
                assertEquals((byte) (thread * 16 + round), one);
              }
            }
          });
    }
  }

  @Test
  void whatTheDeviceHasNotIsRefused() {
    ClDevice small =
        Variants.with(Variants.with(device, "memoryBytes", 4 * MIB), "largestBytes", 2 * MIB + 100);
    ClContext little = new ClContext(small, false, BinaryCache.off());
    try (DeviceMemory<cl_mem> memory = ClMemory.of(little)) {
      assertEquals(2 * MIB, memory.largest());
      assertNull(memory.allocate(2 * MIB + 128));
      DeviceRegion<cl_mem> first = region(memory, 2 * MIB);
      region(memory, 2 * MIB);
      assertNull(memory.allocate(128), "the device's memory is lent");
      assertThrows(DeviceMemoryException.class, () -> memory.reserve(1, "tables"));
      memory.free(first);
      assertEquals(128, memory.reserve(1, "tables").bytes());
    }
    little.close();
    assertEquals(Map.of(), little.handles().live());
  }

  @Test
  void theAllocatorLivesWithinItsLimitAndTheDevices() {
    ClContext little =
        new ClContext(Variants.with(device, "largestBytes", 8 * MIB), false, BinaryCache.off());
    try (DeviceMemory<cl_mem> memory = ClMemory.of(little);
        CachingAllocator allocator = new CachingAllocator(memory, 20 * MIB, Reclaimer.NONE)) {
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(9 * MIB, "too large"));
      Block first = allocator.allocate(8 * MIB, "first");
      Block second = allocator.allocate(8 * MIB, "second");
      DeviceMemoryException error =
          assertThrows(DeviceMemoryException.class, () -> allocator.allocate(5 * MIB, "third"));
      assertTrue(Messages.of(error).contains("raise the limit"), Messages.of(error));
      first.release();
      allocator.allocate(5 * MIB, "third").release();
      second.release();
      assertTrue(allocator.statistics().peakReservedBytes() <= 20 * MIB);
    }
    little.close();
    assertEquals(Map.of(), little.handles().live());
  }

  @Test
  void badCallsAreRefused() {
    try (DeviceMemory<cl_mem> memory = ClMemory.of(context);
        DeviceMemory<cl_mem> other = ClMemory.of(context)) {
      DeviceRegion<cl_mem> region = region(memory, 256);
      MemorySegment bytes = MemorySegment.ofArray(new byte[64]);
      for (long size : new long[] {0, -128, 1, 129}) {
        assertThrows(ArgumentException.class, () -> memory.allocate(size));
      }
      for (long offset : new long[] {-1, 193, Long.MAX_VALUE}) {
        assertThrows(ArgumentException.class, () -> memory.write(region, offset, bytes));
        assertThrows(ArgumentException.class, () -> memory.read(region, offset, bytes));
      }
      assertThrows(ArgumentException.class, () -> memory.write(memory.empty(), 0, bytes));
      assertThrows(DeviceException.class, () -> other.read(region, 0, bytes));
      assertThrows(DeviceException.class, () -> other.free(region));
      assertThrows(DeviceException.class, () -> memory.free(memory.empty()));
      memory.free(region);
      assertThrows(DeviceException.class, () -> memory.free(region));
      assertThrows(ClosedException.class, () -> memory.read(region, 0, bytes));
      assertThrows(ClosedException.class, region::handle);
      assertSame(memory.empty(), memory.empty());
    }
  }

  @Test
  void closingFreesWhatIsAllocated() {
    DeviceMemory<cl_mem> memory = ClMemory.of(context);
    List<DeviceRegion<cl_mem>> regions = List.of(region(memory, 128), region(memory, MIB));
    memory.close();
    memory.close();
    assertThrows(ClosedException.class, () -> memory.allocate(128));
    for (DeviceRegion<cl_mem> region : regions) {
      assertThrows(ClosedException.class, region::handle);
    }
  }

  private static DeviceRegion<cl_mem> region(DeviceMemory<cl_mem> memory, long bytes) {
    DeviceRegion<cl_mem> region = memory.allocate((bytes + 127) / 128 * 128);
    assertNotNull(region);
    return region;
  }
}
