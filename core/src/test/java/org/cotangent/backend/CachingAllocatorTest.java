package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.cotangent.cpu.CpuMemory;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.testing.SimulatedMemory;
import org.cotangent.testing.SimulatedMemory.Call;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Size classes, the way out of memory, failures of the device, closing; each in a few calls. */
class CachingAllocatorTest {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long NO_LIMIT = Long.MAX_VALUE;

  private static CachingAllocator unlimited(RawMemory memory) {
    return new CachingAllocator(memory, NO_LIMIT, Reclaimer.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2097152",
    "64, 2097152",
    "1048576, 2097152",
    "1048577, 20971520",
    "10485696, 20971520",
    "10485760, 10485760",
    "10485761, 11010048", // up to 1/16 of the highest bit: 512 KiB
    "33554433, 35651584", // from 32 MiB on up to 2 MiB
    "1099511627776, 1099511627776",
  })
  void takesRegionsBySizeClass(long bytes, long region) {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      Block block = allocator.allocate(bytes, "block");
      assertEquals(bytes, block.bytes());
      assertEquals(0, block.offset());
      assertEquals(region, block.region().bytes());
      assertEquals(region, allocator.statistics().reservedBytes());
      assertEquals((bytes + 63) / 64 * 64, allocator.statistics().liveBytes());
    }
    assertEquals(0, memory.used());
  }

  @ParameterizedTest
  @CsvSource({"1, 1048576", "1048577, 20971520", "20971520, 20971520", "20971457, 20971520"})
  void asksForNoMoreThanTheLargestRegion(long bytes, long largest) {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT).upTo(largest + 63);
    try (var allocator = unlimited(memory)) {
      Block block = allocator.allocate(bytes, "block");
      assertEquals(largest, block.region().bytes());
    }
  }

  @Test
  void aRequestAboveTheLargestRegionFailsAtOnce() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT).upTo(5 * MIB + 10);
    AtomicInteger reclaims = new AtomicInteger();
    try (var allocator = new CachingAllocator(memory, NO_LIMIT, reclaims::incrementAndGet)) {
      DeviceMemoryException error =
          assertThrows(
              DeviceMemoryException.class,
              () -> allocator.allocate(5 * MIB + 1, "float32(1310721) made at Foo.java:12"));
      assertEquals(
          "out of device memory: 5242881 bytes (5.0 MiB) requested for float32(1310721) made at"
              + " Foo.java:12; one allocation of this device has at most 5242880 bytes (5.0 MiB)\n"
              + "next step: split the tensor, or compute in smaller batches",
          error.getMessage());
      assertEquals(0, memory.calls(Call.ALLOCATE));
      assertEquals(0, reclaims.get());
      assertEquals(5 * MIB, allocator.allocate(5 * MIB, "fits").region().bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 64, 128, 512, 4 * 1048576})
  void alignsToTheMemoryAndAtLeast64(long alignment) {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(NO_LIMIT).aligned(alignment))) {
      long expected = Math.max(64, alignment);
      for (int i = 0; i < 5; i++) {
        assertEquals(0, allocator.allocate(1, "block").offset() % expected);
      }
      assertEquals(5 * expected, allocator.statistics().liveBytes());
    }
  }

  @Test
  void lendsTheSmallestPieceThatFitsAndOfEqualOnesTheFirst() {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(NO_LIMIT))) {
      Block large = allocator.allocate(640, "large");
      Block wall1 = allocator.allocate(64, "wall");
      Block first = allocator.allocate(192, "first");
      Block wall2 = allocator.allocate(64, "wall");
      Block second = allocator.allocate(192, "second");
      Block wall3 = allocator.allocate(64, "wall");
      assertEquals(1024 + 192, wall3.offset() + wall3.bytes());
      second.release();
      large.release();
      first.release();
      assertEquals(640 + 64, allocator.allocate(130, "first again").offset());
      assertEquals(640 + 64 + 192 + 64, allocator.allocate(192, "second again").offset());
      assertEquals(0, allocator.allocate(192, "front of large").offset());
      assertEquals(192, allocator.allocate(448, "rest of large").offset());
      List.of(wall1, wall2, wall3).forEach(Block::release);
    }
  }

  /** Else a request of one size could pin, or be refused, memory of the other. */
  @Test
  void theLargestSmallRequestSharesARegionWithSmallOnes() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      Block large = allocator.allocate(MIB, "the largest small one");
      Block small = allocator.allocate(1, "small");
      assertSame(large.region(), small.region());
      Block medium = allocator.allocate(MIB + 1, "the smallest large one");
      assertNotSame(small.region(), medium.region());
      assertEquals(2, memory.calls(Call.ALLOCATE));
    }
  }

  @Test
  void whatIsReservedServesLaterRequests() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(100 * MIB);
    try (var allocator = new CachingAllocator(memory, 64 * MIB, Reclaimer.NONE)) {
      allocator.reserve(0);
      assertEquals(0, memory.calls(Call.ALLOCATE));
      allocator.reserve(64 * MIB);
      assertEquals(1, memory.calls(Call.ALLOCATE));
      assertEquals(64 * MIB, allocator.statistics().reservedBytes());
      assertEquals(0, allocator.statistics().liveBytes());
      Block large = allocator.allocate(40 * MIB, "large");
      Block small = allocator.allocate(100, "small, which has no pool of its own yet");
      assertEquals(1, memory.calls(Call.ALLOCATE));
      large.release();
      small.release();
      assertThrows(ArgumentException.class, () -> allocator.reserve(-1));
    }
  }

  @Test
  void whatIsReservedServesSmallRequestsTooAndGoesBackLast() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(100 * MIB);
    try (var allocator = new CachingAllocator(memory, 64 * MIB, Reclaimer.NONE)) {
      allocator.reserve(64 * MIB);
      Block small = allocator.allocate(100, "small");
      assertEquals(1, memory.calls(Call.ALLOCATE), "it lies in what was reserved");
      assertEquals(0, memory.calls(Call.FREE));
      small.release();
      allocator.allocate(64 * MIB, "all of it").release();
      assertEquals(1, memory.calls(Call.ALLOCATE));
      assertEquals(64 * MIB, allocator.trim());
    }
  }

  @Test
  void whatIsReservedInPiecesMakesRoomForALargeRequest() {
    AtomicInteger reclaims = new AtomicInteger();
    SimulatedMemory memory = SimulatedMemory.ofCapacity(100 * MIB).upTo(50 * MIB);
    try (var allocator = new CachingAllocator(memory, 60 * MIB, reclaims::incrementAndGet)) {
      allocator.reserve(30 * MIB);
      allocator.reserve(30 * MIB);
      allocator.allocate(45 * MIB, "more than a piece").release();
      assertTrue(memory.peak() <= 60 * MIB);
      assertEquals(0, reclaims.get(), "there was room without a garbage collection");
    }
  }

  @Test
  void reservesInTheRegionsThatThereAreAndAllOrNothing() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(100 * MIB).upTo(30 * MIB);
    try (var allocator = unlimited(memory)) {
      assertThrows(DeviceMemoryException.class, () -> allocator.reserve(110 * MIB));
      assertEquals(0, allocator.statistics().reservedBytes());
      allocator.reserve(70 * MIB);
      assertEquals(70 * MIB, allocator.statistics().reservedBytes());
      assertEquals(30 * MIB, allocator.statistics().largestFreeBytes());
    }
  }

  @Test
  void mergesWithBothNeighbours() {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(NO_LIMIT))) {
      List<Block> blocks = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        blocks.add(allocator.allocate(100, i));
      }
      assertEquals(1, allocator.statistics().freeBlocks());
      blocks.get(1).release();
      blocks.get(3).release();
      assertEquals(3, allocator.statistics().freeBlocks());
      blocks.get(2).release();
      assertEquals(2, allocator.statistics().freeBlocks());
      blocks.get(0).release();
      blocks.get(4).release();
      assertEquals(1, allocator.statistics().freeBlocks());
      assertEquals(2 * MIB, allocator.statistics().largestFreeBytes());
    }
  }

  @Test
  void reusesWithoutTheDevice() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      for (int i = 0; i < 1000; i++) {
        allocator.allocate(i * 13L, i).release();
      }
      assertEquals(1, memory.calls(Call.ALLOCATE));
      assertEquals(998, allocator.statistics().cacheHits());
      assertEquals(1, allocator.statistics().rawAllocations());
    }
  }

  @Test
  void offsetsGoBeyondTwoGib() {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(NO_LIMIT))) {
      allocator.allocate(6L << 30, "cached").release();
      Block front = allocator.allocate(3L << 30, "front");
      Block back = allocator.allocate(3L << 30, "back");
      assertSame(front.region(), back.region());
      assertEquals(3L << 30, back.offset());
      assertEquals(0, allocator.statistics().freeBlocks(), "nothing is left, not even 0 bytes");
    }
  }

  @Test
  void nothingIsLegal() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(0);
    try (var allocator = new CachingAllocator(memory, 0, Reclaimer.NONE)) {
      Block one = allocator.allocate(0, "one");
      Block two = allocator.allocate(0, "two");
      assertNotSame(one, two);
      assertEquals(0, one.bytes());
      assertEquals(0, one.offset());
      assertSame(memory.empty(), one.region());
      assertEquals(2, allocator.statistics().liveBlocks());
      assertEquals(0, allocator.statistics().liveBytes());
      one.release();
      assertThrows(ClosedException.class, one::release);
      assertEquals(1, allocator.statistics().liveBlocks());
      assertEquals(0, memory.calls(Call.ALLOCATE));
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE - 64, Long.MAX_VALUE - MIB})
  void sizesNearOverflowAreRefused(long bytes) {
    AtomicInteger reclaims = new AtomicInteger();
    SimulatedMemory memory = SimulatedMemory.ofCapacity(1L << 50);
    try (var allocator = new CachingAllocator(memory, NO_LIMIT, reclaims::incrementAndGet)) {
      Block block = allocator.allocate(100, "block");
      var e = assertThrows(DeviceMemoryException.class, () -> allocator.allocate(bytes, "huge"));
      assertTrue(
          String.valueOf(e.getMessage()).startsWith("out of device memory: " + bytes + " bytes ("));
      assertEquals(100, allocator.statistics().requestedBytes());
      assertEquals(2 * MIB, allocator.statistics().reservedBytes());
      block.release();
    }
  }

  @Test
  void theLargestSizeThatCanBeRounded() {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(NO_LIMIT))) {
      Block block = allocator.allocate(Long.MAX_VALUE - 64, "nearly everything");
      assertEquals(Long.MAX_VALUE - 63, block.region().bytes());
    }
  }

  /** A device takes milliseconds to say no. */
  @Test
  void aFullDeviceIsNotAskedAgainUnlessSomethingWasFreed() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(0);
    try (var allocator = unlimited(memory)) {
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(100, "x"));
      // For a region of the usual size and for an exact one, before the reclaimer and after it.
      assertEquals(4, memory.calls(Call.ALLOCATE));
    }
  }

  @Test
  void aViewIsNoMemoryOfTheAllocators() {
    MemorySegment host = MemorySegment.ofArray(new byte[100]);
    CpuMemory memory = new CpuMemory();
    CachingAllocator allocator = unlimited(memory);
    Block view = allocator.view(host, "mapped").orElseThrow();
    assertTrue(view.isReadOnly());
    assertEquals(100, view.bytes());
    assertEquals(100, view.region().bytes());
    assertEquals(1, allocator.statistics().liveBlocks());
    assertEquals(0, allocator.statistics().liveBytes());
    assertEquals(0, allocator.statistics().reservedBytes());
    view.release();
    assertEquals(0, allocator.statistics().liveBlocks());
    assertFalse(allocator.allocate(1, "the allocator's").isReadOnly());
    allocator.close();
    assertMessage(
        "view: the device's memory was closed; open the device again",
        () -> allocator.view(host, "late"));
    memory.close();
    assertEquals(
        Optional.empty(), unlimited(SimulatedMemory.ofCapacity(1)).view(host, "not this one's"));
  }

  @Test
  void arguments() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(MIB);
    assertMessage(
        "allocator: negative limit -1; pass Long.MAX_VALUE for no limit",
        () -> new CachingAllocator(memory, -1, Reclaimer.NONE));
    assertMessage(
        "allocator: the memory's alignment 96 is no power of two",
        () -> new CachingAllocator(memory.aligned(96), 1, Reclaimer.NONE));
    try (var allocator = unlimited(memory)) {
      assertMessage(
          "allocate: negative size -1 for x; sizes are bytes, from 0 on",
          () -> allocator.allocate(-1, "x"));
      assertMessage(
          "allocate: negative size -9223372036854775808 for x; sizes are bytes, from 0 on",
          () -> allocator.allocate(Long.MIN_VALUE, "x"));
      assertMessage(
          "largestLive: negative count -1; pass 0 or more", () -> allocator.largestLive(-1));
    }
  }

  @Test
  @SuppressWarnings("NullAway") // that is the point
  void nulls() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(MIB);
    String message = "allocator: the memory or the reclaimer is null; pass Reclaimer.NONE for none";
    assertMessage(message, () -> new CachingAllocator(null, 1, Reclaimer.NONE));
    assertMessage(message, () -> new CachingAllocator(memory, 1, null));
    try (var allocator = unlimited(memory)) {
      assertMessage(
          "allocate: the label is null; say what the block is for",
          () -> allocator.allocate(1, null));
    }
  }

  @Test
  void nearTheLimitRegionsAreExact() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 3 * MIB, Reclaimer.NONE)) {
      allocator.allocate(MIB, "a");
      allocator.allocate(MIB, "b");
      assertEquals(2 * MIB, allocator.statistics().reservedBytes());
      assertEquals(1000 / 64 * 64 + 64, allocator.allocate(1000, "c").region().bytes());
      allocator.allocate(MIB - 1024, "d");
      assertEquals(3 * MIB, allocator.statistics().reservedBytes());
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(1, "e"));
    }
  }

  @Test
  void aDeviceThatRefusesARegionIsAskedForAnExactOne() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      memory.refuse(1);
      assertEquals(128, allocator.allocate(100, "a").region().bytes());
      assertEquals(2 * MIB, allocator.allocate(100, "b").region().bytes());
      assertEquals(2, allocator.statistics().rawAllocations());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void refusalOfAnyRegionIsSurvived(int n) {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      memory.refuse(n);
      List<Block> blocks = new ArrayList<>();
      for (long bytes : new long[] {100, 3 * MIB, 12 * MIB, MIB, MIB, MIB, 19 * MIB, 64 * MIB}) {
        blocks.add(allocator.allocate(bytes, bytes));
      }
      blocks.forEach(Block::release);
      allocator.trim();
      assertEquals(0, memory.used());
    }
  }

  @Test
  void trimsBeforeItReclaims() {
    AtomicInteger reclaims = new AtomicInteger();
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 32 * MIB, reclaims::incrementAndGet)) {
      Block kept = allocator.allocate(100, "kept");
      allocator.allocate(30 * MIB, "cached").release();
      allocator.allocate(MIB, "small").release();
      assertEquals(32 * MIB, allocator.statistics().reservedBytes());
      allocator.allocate(20 * MIB, "fits the cache").release();
      assertEquals(0, memory.calls(Call.FREE));
      kept.release();
      Block all = allocator.allocate(31 * MIB, "needs room");
      assertEquals(2, memory.calls(Call.FREE));
      assertEquals(0, reclaims.get());
      all.release();
    }
    assertTrue(memory.peak() <= 32 * MIB);
  }

  @Test
  void underPressureAnyFreePieceWillDo() {
    AtomicInteger reclaims = new AtomicInteger();
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 20 * MIB, reclaims::incrementAndGet)) {
      Block medium = allocator.allocate(2 * MIB, "medium");
      Block small = allocator.allocate(100, "small, in the medium region");
      assertSame(medium.region(), small.region());
      assertEquals(0, reclaims.get());
      medium.release();
      small.release();
      assertEquals(1, allocator.statistics().freeBlocks());
    }
  }

  @Test
  void reclaimsOnceAndTriesAgain() {
    List<Block> forgotten = new ArrayList<>();
    AtomicInteger reclaims = new AtomicInteger();
    Reclaimer reclaimer =
        () -> {
          reclaims.incrementAndGet();
          forgotten.forEach(Block::release);
          forgotten.clear();
        };
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 32 * MIB, reclaimer)) {
      forgotten.add(allocator.allocate(12 * MIB, "forgotten"));
      forgotten.add(allocator.allocate(12 * MIB, "forgotten"));
      Block block = allocator.allocate(30 * MIB, "block");
      assertEquals(1, reclaims.get());
      assertEquals(30 * MIB, allocator.statistics().reservedBytes());
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(3 * MIB, "too much"));
      assertEquals(2, reclaims.get());
      assertThrows(DeviceMemoryException.class, () -> allocator.allocate(33 * MIB, "hopeless"));
      assertEquals(2, reclaims.get(), "more than the limit: no garbage collection can help");
      block.release();
    }
  }

  @Test
  void theMessageSaysWhatToDo() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 2 * MIB, Reclaimer.NONE)) {
      allocator.allocate(512 * KIB, "float32(512, 256) made at Net.java:7");
      allocator.allocate(0, "float32(0,)");
      allocator.allocate(1000, "float32(250,) made at Net.java:8");
      allocator.allocate(MIB, "float64(128, 1024) made at Net.java:9");
      allocator.allocate(1, "bool() made at Net.java:10");
      allocator.allocate(512, "int32(128,) made at Net.java:11");
      allocator.allocate(900, "int32(225,) made at Net.java:12");
      var e =
          assertThrows(
              DeviceMemoryException.class,
              () -> allocator.allocate(MIB, "float32(1024, 256) made at Net.java:13"));
      assertEquals(
          """
          out of device memory: 1048576 bytes (1.0 MiB) requested for float32(1024, 256) made at \
          Net.java:13; live 1575424 bytes (1.5 MiB) in 7 blocks, reserved 2097152 bytes (2.0 MiB), \
          largest free piece 521728 bytes (509.5 KiB), limit 2097152 bytes (2.0 MiB)
          largest live blocks:
            1048576 bytes (1.0 MiB): float64(128, 1024) made at Net.java:9
            524288 bytes (512.0 KiB): float32(512, 256) made at Net.java:7
            1000 bytes: float32(250,) made at Net.java:8
            900 bytes: int32(225,) made at Net.java:12
            512 bytes: int32(128,) made at Net.java:11
          next step: close tensors that are no longer used (a scope does), or use smaller batches, \
          or raise the limit\
          """,
          e.getMessage());
    }
  }

  @Test
  void theMessageWithoutLimitAndBeyondIt() {
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(100))) {
      assertMessage(
          """
          out of device memory: 1099511627776 bytes (1.0 TiB) requested for x; live 0 bytes in 0 \
          blocks, reserved 0 bytes, largest free piece 0 bytes, limit none
          next step: close tensors that are no longer used (a scope does), or use smaller batches\
          """,
          () -> allocator.allocate(1L << 40, "x"));
    }
    try (var allocator =
        new CachingAllocator(SimulatedMemory.ofCapacity(NO_LIMIT), 1023, Reclaimer.NONE)) {
      Block block = allocator.allocate(1, "y");
      assertEquals(List.of(), allocator.largestLive(0));
      assertEquals(List.of(block), allocator.largestLive(1));
      assertEquals(List.of(block), allocator.largestLive(2));
      assertMessage(
          """
          out of device memory: 1024 bytes (1.0 KiB) requested for x; live 64 bytes in 1 block, \
          reserved 64 bytes, largest free piece 0 bytes, limit 1023 bytes
          largest live blocks:
            1 byte: y
          next step: raise the limit, or compute in smaller batches; the request alone exceeds the \
          limit\
          """,
          () -> allocator.allocate(1024, "x"));
    }
  }

  @Test
  void aRequestAsLargeAsTheLimitWouldFitWithoutOthers() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 1024, Reclaimer.NONE)) {
      allocator.allocate(1, "y");
      var e = assertThrows(DeviceMemoryException.class, () -> allocator.allocate(1024, "x"));
      assertTrue(
          String.valueOf(e.getMessage()).endsWith("or use smaller batches, or raise the limit"),
          e.getMessage());
    }
  }

  @Test
  void labelsAreOnlyPrintedForMessages() {
    Object label =
        new Object() {
          @Override
          public String toString() {
            throw new AssertionError("not needed");
          }
        };
    try (var allocator = unlimited(SimulatedMemory.ofCapacity(NO_LIMIT))) {
      allocator.allocate(1, label).release();
      allocator.allocate(0, label).release();
    }
  }

  @Test
  void aFailingAllocationLeavesNothing() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      memory.fail(Call.ALLOCATE, 1);
      assertMessage(
          "simulated memory: ALLOCATE number 1 fails", () -> allocator.allocate(100, "x"));
      assertEquals(0, allocator.statistics().reservedBytes());
      assertEquals(0, allocator.statistics().liveBlocks());
      allocator.allocate(100, "x").release();
      assertEquals(1, allocator.statistics().rawAllocations());
    }
  }

  @Test
  void whatTheDeviceFailsToFreeStaysReservedAndIsTriedAgain() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = new CachingAllocator(memory, 32 * MIB, Reclaimer.NONE)) {
      Block first = allocator.allocate(10 * MIB, "first");
      Block second = allocator.allocate(12 * MIB, "second");
      first.release();
      second.release();
      memory.fail(Call.FREE, 1);
      assertMessage("simulated memory: FREE number 1 fails", allocator::trim);
      assertEquals(12 * MIB, allocator.statistics().reservedBytes());
      assertEquals(0, allocator.statistics().freeBlocks());
      assertNotSame(first, allocator.allocate(10 * MIB, "not that region"));
      assertEquals(2, memory.regions());
      assertEquals(12 * MIB, allocator.trim());
      assertEquals(1, memory.regions());
    }
  }

  /** Ever larger blocks one after the other, as of ever longer sentences. */
  @Test
  void regionsThatAreTooSmallGoBackBeforeLargerOnesAreTaken() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      Block kept = allocator.allocate(100 * MIB, "kept");
      for (long mib = 200; mib <= 400; mib += 20) {
        allocator.allocate(mib * MIB, "one of many").release();
        assertTrue(memory.used() <= (100 + mib) * MIB * 1.08 + 22 * MIB, memory.used() + "");
      }
      assertEquals(memory.used(), memory.peak());
      // What fits in a region that is there never gives one back.
      long raw = memory.calls(Call.ALLOCATE);
      allocator.allocate(250 * MIB, "smaller").release();
      assertEquals(raw, memory.calls(Call.ALLOCATE));
      kept.release();
    }
  }

  @Test
  void whatADeviceFailsToFreeDoesNotRefuseAnother() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      allocator.allocate(100 * MIB, "small").release();
      memory.fail(Call.FREE, 1);
      allocator.allocate(150 * MIB, "large").release();
      assertEquals(1, memory.calls(Call.FREE));
      assertEquals(250 * MIB, allocator.statistics().reservedBytes());
      // Next time it is freed.
      allocator.allocate(400 * MIB, "larger").release();
      assertEquals(400 * MIB, allocator.statistics().reservedBytes());
    }
  }

  /** Who starts the peaks again changes what is measured alone. */
  @Test
  void peaksSayNothingOfWhatStays() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      Block block = allocator.allocate(100 * MIB, "one of two");
      allocator.allocate(200 * MIB, "the other").release();
      block.release();
      allocator.resetPeaks();
      // Beside these 250 could be lent at once before.
      allocator.allocate(20 * MIB, "small").release();
      allocator.allocate(210 * MIB, "large").release();
      assertEquals(1, memory.calls(Call.FREE));
    }
  }

  /** Small regions stay: a little more than what is needed does not matter. */
  @Test
  void fewRegionsStayWhereSizesAlternate() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      for (int i = 0; i < 10; i++) {
        allocator.allocate(1, "small").release();
        allocator.allocate(2 * MIB, "medium").release();
        allocator.allocate(30 * MIB, "large").release();
      }
      assertEquals(3, memory.calls(Call.ALLOCATE));
      assertEquals(0, memory.calls(Call.FREE));
    }
  }

  @Test
  void aLargeRegionStaysForSmallRequests() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      allocator.allocate(500 * MIB, "large").release();
      List<Block> small =
          Stream.generate(() -> allocator.allocate(MIB, "small")).limit(600).toList();
      allocator.allocate(500 * MIB, "large again").release();
      assertEquals(0, memory.calls(Call.FREE));
      small.forEach(Block::release);
    }
  }

  /** Many small blocks, then a large one, in turns: neither fits where the other one was. */
  @Test
  void whoeverNeedsDifferentRegionsInTurnsHasThemAllInTheEnd() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      long raw = 0;
      for (int turn = 0; turn < 20; turn++) {
        raw = memory.calls(Call.ALLOCATE);
        List<Block> small =
            Stream.generate(() -> allocator.allocate(MIB, "small")).limit(500).toList();
        small.forEach(Block::release);
        allocator.allocate(500 * MIB, "large").release();
      }
      assertEquals(raw, memory.calls(Call.ALLOCATE), "the last turn took memory");
      assertEquals(1000 * MIB, memory.used());
    }
  }

  @Test
  void trimReturnsRegionsWithoutLiveBlocks() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      Block small = allocator.allocate(1, "small");
      Block medium = allocator.allocate(2 * MIB, "medium");
      allocator.allocate(40 * MIB, "large").release();
      assertEquals(40 * MIB, allocator.trim());
      assertEquals(0, allocator.trim());
      medium.release();
      assertEquals(20 * MIB, allocator.trim());
      assertEquals(2 * MIB, memory.used());
      small.release();
      assertEquals(2 * MIB, allocator.trim());
      assertEquals(0, memory.used());
      assertEquals(62 * MIB, allocator.statistics().peakReservedBytes());
      allocator.resetPeaks();
      assertEquals(0, allocator.statistics().peakReservedBytes());
      assertEquals(0, allocator.statistics().peakLiveBytes());
    }
  }

  @Test
  void aRegionOfWhichTheFrontAloneIsFreeStays() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    try (var allocator = unlimited(memory)) {
      Block front = allocator.allocate(100, "front");
      Block back = allocator.allocate(100, "back");
      front.release();
      assertEquals(0, allocator.trim());
      assertEquals(2 * MIB, back.region().bytes());
      assertEquals(0, memory.calls(Call.FREE));
    }
  }

  @Test
  void closingFreesEverythingAndReleaseIsHarmless() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    CachingAllocator allocator = unlimited(memory);
    Block live = allocator.allocate(100, "float32(25,) made at Foo.java:1");
    Block nothing = allocator.allocate(0, "nothing");
    allocator.allocate(3 * MIB, "cached").release();
    allocator.close();
    allocator.close();
    assertEquals(0, memory.used());
    assertEquals(0, allocator.statistics().reservedBytes());
    assertEquals(0, allocator.statistics().liveBlocks());
    assertEquals(0, allocator.statistics().freeBlocks());
    String message =
        ": the device of the block of 100 bytes: float32(25,) made at Foo.java:1 was closed; use it"
            + " before closing";
    assertMessage("region" + message, live::region);
    assertMessage("offset" + message, live::offset);
    assertMessage("retain" + message, live::retain);
    live.release();
    nothing.release();
    assertThrows(ClosedException.class, live::release);
    assertMessage(
        "allocate: the device's memory was closed; open the device again",
        () -> allocator.allocate(1, "x"));
    assertMessage(
        "allocate: the device's memory was closed; open the device again",
        () -> allocator.allocate(0, "x"));
    assertMessage("trim: the device's memory was closed; open the device again", allocator::trim);
    assertTrue(allocator.largestLive(3).isEmpty());
  }

  @Test
  void aFailingCloseIsTriedAgainByTheNext() {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(NO_LIMIT);
    CachingAllocator allocator = unlimited(memory);
    allocator.allocate(100, "small");
    allocator.allocate(11 * MIB, "large");
    memory.fail(Call.FREE, 1);
    assertThrows(DeviceException.class, allocator::close);
    assertEquals(1, memory.regions());
    allocator.close();
    assertEquals(0, memory.regions());
  }

  private static void assertMessage(String message, Executable call) {
    var e = assertThrows(CotangentException.class, call);
    assertEquals(message, e.getMessage());
  }
}
