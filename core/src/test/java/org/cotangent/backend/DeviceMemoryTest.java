package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The promises of raw memory over a driver that makes none. */
class DeviceMemoryTest {
  /** Memory is an array; what was called is written down. */
  private static final class Arrays implements DeviceMemory.Driver<byte[]> {
    private final Set<byte[]> live = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<String> calls = new ArrayList<>();
    private boolean fails;
    private Runnable duringCopy = () -> {};

    @Override
    public byte @Nullable [] allocate(long bytes) {
      calls.add("allocate " + bytes);
      if (bytes > 1024) {
        return null;
      }
      byte[] memory = new byte[(int) bytes];
      live.add(memory);
      return memory;
    }

    @Override
    public void settle() {
      calls.add("settle");
    }

    @Override
    public void free(byte[] memory, long bytes) {
      calls.add("free " + bytes);
      if (fails) {
        throw new DeviceException("free fails");
      }
      assertEquals(bytes, memory.length);
      live.remove(memory);
    }

    @Override
    public void write(byte[] memory, long offset, MemorySegment source) {
      calls.add("write");
      duringCopy.run();
      MemorySegment.copy(source, 0, MemorySegment.ofArray(memory), offset, source.byteSize());
    }

    @Override
    public void read(byte[] memory, long offset, MemorySegment target) {
      calls.add("read");
      MemorySegment.copy(MemorySegment.ofArray(memory), offset, target, 0, target.byteSize());
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  private final Arrays driver = new Arrays();
  private final byte[] nothing = {};
  private final DeviceMemory<byte[]> memory = new DeviceMemory<>("toy", 64, 2100, nothing, driver);

  private DeviceRegion<byte[]> region(long bytes) {
    return Objects.requireNonNull(memory.allocate(bytes));
  }

  private static void assertRefused(
      Class<? extends CotangentException> kind, String message, Executable call) {
    assertEquals(message, assertThrows(kind, call).getMessage());
  }

  @Test
  void bytesComeBack() {
    DeviceRegion<byte[]> region = region(128);
    memory.write(region, 3, MemorySegment.ofArray(new byte[] {1, 2, 3}));
    byte[] back = new byte[5];
    memory.read(region, 2, MemorySegment.ofArray(back));
    assertArrayEquals(new byte[] {0, 1, 2, 3, 0}, back);
    assertSame(region.handle(), memory.own(region).handle());
    memory.write(region, 128, MemorySegment.ofArray(nothing));
    memory.read(memory.empty(), 0, MemorySegment.ofArray(nothing));
    assertEquals(List.of("allocate 128", "write", "read"), driver.calls, "no copies of nothing");
    assertSame(nothing, memory.empty().handle());
    assertSame(memory.empty(), memory.own(memory.empty()));
  }

  @Test
  void whatTheDriverCannotGiveIsRefused() {
    assertEquals(2048, memory.largest());
    assertEquals(64, memory.alignment());
    assertNull(memory.allocate(2112));
    assertEquals(List.of(), driver.calls, "the driver is not asked for more than the largest");
    assertNull(memory.allocate(1088));
    assertEquals(64, memory.reserve(0, "tables").bytes());
    assertEquals(128, memory.reserve(65, "tables").bytes());
    assertRefused(
        DeviceMemoryException.class,
        "toy memory: no room for tables of 1025 bytes; close tensors, or give the device a smaller"
            + " memory limit",
        () -> memory.reserve(1025, "tables"));
    for (long size : new long[] {0, -64, 1, 65}) {
      assertRefused(
          ArgumentException.class,
          "toy memory: size " + size + " is no positive multiple of 64",
          () -> memory.allocate(size));
    }
  }

  @Test
  void copiesStayInsideTheirRegion() {
    DeviceRegion<byte[]> region = region(64);
    MemorySegment bytes = MemorySegment.ofArray(new byte[60]);
    for (long offset : new long[] {-1, 5, Long.MAX_VALUE}) {
      String message = " of 60 bytes at offset " + offset + " leaves the region of 64 bytes";
      assertRefused(
          ArgumentException.class,
          "toy memory: write" + message,
          () -> memory.write(region, offset, bytes));
      assertRefused(
          ArgumentException.class,
          "toy memory: read" + message,
          () -> memory.read(region, offset, bytes));
    }
    memory.write(region, 4, bytes);
  }

  @Test
  void aRegionIsFreedOnceAndNotUsedAfterwards() {
    DeviceRegion<byte[]> region = region(64);
    memory.free(region);
    assertEquals(List.of("allocate 64", "settle", "free 64"), driver.calls);
    assertRefused(
        DeviceException.class,
        "toy memory: free of a region that is not allocated: 64 bytes",
        () -> memory.free(region));
    String freed = "toy memory: use of a freed region of 64 bytes; its tensor was closed";
    assertRefused(ClosedException.class, freed, region::handle);
    MemorySegment none = MemorySegment.ofArray(nothing);
    assertRefused(ClosedException.class, freed, () -> memory.write(region, 0, none));
    assertRefused(ClosedException.class, freed, () -> memory.read(region, 0, none));
    assertThrows(DeviceException.class, () -> memory.free(memory.empty()));
  }

  @Test
  void regionsOfOthersAreRefused() {
    DeviceMemory<byte[]> other = new DeviceMemory<>("toy", 64, 2048, nothing, new Arrays());
    Region region = Objects.requireNonNull(other.allocate(64));
    Region strange = () -> 64;
    for (Region wrong : List.of(region, other.empty(), strange)) {
      assertRefused(
          DeviceException.class,
          "toy memory: the region belongs to another device; copy through the host",
          () -> memory.own(wrong));
    }
    assertThrows(DeviceException.class, () -> memory.free(region));
  }

  @Test
  void whatCannotBeFreedIsStillAllocated() {
    DeviceRegion<byte[]> region = region(64);
    driver.fails = true;
    assertThrows(DeviceException.class, () -> memory.free(region));
    assertEquals(64, region.handle().length);
    driver.fails = false;
    memory.free(region);
    assertEquals(Set.of(), driver.live);
  }

  @Test
  void closingFreesAllAndGoesOnWhereOneFails() {
    List<DeviceRegion<byte[]>> regions = List.of(region(64), region(128));
    memory.close();
    memory.close();
    assertEquals(Set.of(), driver.live);
    assertEquals(1, driver.calls.stream().filter("close"::equals).count());
    assertEquals("close", driver.calls.getLast());
    regions.forEach(region -> assertThrows(ClosedException.class, region::handle));
    assertThrows(ClosedException.class, () -> memory.empty().handle());
    assertRefused(
        ClosedException.class,
        "toy memory: allocate after close; open the device again",
        () -> memory.allocate(64));

    Arrays failing = new Arrays();
    DeviceMemory<byte[]> lost = new DeviceMemory<>("toy", 64, 2048, nothing, failing);
    lost.allocate(64);
    lost.allocate(64);
    failing.fails = true;
    lost.close();
    assertEquals(2, failing.calls.stream().filter("free 64"::equals).count());
    assertEquals("close", failing.calls.getLast());
  }

  @Test
  void aFreeWaitsForCopies() throws Exception {
    DeviceRegion<byte[]> region = region(64);
    Thread freeing = Thread.ofPlatform().unstarted(() -> memory.free(region));
    driver.duringCopy =
        () -> {
          freeing.start();
          try {
            assertFalse(freeing.join(Duration.ofMillis(50)));
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          assertEquals(1, driver.live.size());
        };
    memory.write(region, 0, MemorySegment.ofArray(new byte[1]));
    freeing.join();
    assertEquals(Set.of(), driver.live);
  }
}
