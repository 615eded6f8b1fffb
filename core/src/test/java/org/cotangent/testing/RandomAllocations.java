package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.cotangent.backend.Block;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.error.DeviceMemoryException;

/**
 * Random operations of a {@link CachingAllocator} on any memory, against a model that knows only
 * which blocks are live and which regions the device gave. A failure prints the setting and the
 * operation.
 *
 * @param limit of the allocator in bytes, {@code Long.MAX_VALUE} for none
 * @param capacity bytes that the memory has at least, and refuses to give more of
 * @param largest bytes of a request
 * @param operations how many
 * @param contents whether each block is written, and read back before it is released
 * @param seed of the random choices
 */
public record RandomAllocations(
    long limit, long capacity, long largest, int operations, boolean contents, long seed) {
  private static final long MIB = 1L << 20;

  /**
   * Runs the operations.
   *
   * @param memory on which; closed at the end
   */
  public void check(RawMemory memory) {
    try (Run run = new Run(this, memory)) {
      run.all();
    }
  }

  private record Live(Block block, Region region, long offset, long size, int pattern) {}

  private static final class Run implements AutoCloseable {
    private static final int PATTERNS = 251;

    private final RandomAllocations setting;
    private final long limit;
    private final long largest;
    private final long alignment;
    private final Random random;
    private final RecordingMemory memory;
    private final CachingAllocator allocator;
    private final MemorySegment pattern;
    private final MemorySegment buffer;

    private final List<Live> live = new ArrayList<>();
    private final Map<Region, NavigableMap<Long, Live>> placed = new HashMap<>();
    private long requestedBytes;
    private long liveBytes;
    private long peakLiveBytes;
    private long allocations;
    private long refusals;
    private long hopeless;
    private long reclaims;

    Run(RandomAllocations setting, RawMemory raw) {
      this.setting = setting;
      this.limit = setting.limit();
      this.largest = setting.largest();
      this.alignment = raw.alignment();
      this.random = new Random(setting.seed());
      this.memory = new RecordingMemory(raw);
      this.allocator = new CachingAllocator(memory, limit, () -> reclaims++);
      byte[] bytes = new byte[Math.toIntExact(Math.min(largest, 2 * MIB)) + PATTERNS];
      random.nextBytes(bytes);
      this.pattern = MemorySegment.ofArray(bytes);
      this.buffer = MemorySegment.ofArray(new byte[bytes.length]);
    }

    void all() {
      int operation = 0;
      boolean contents = setting.contents();
      try {
        for (; operation < setting.operations(); operation++) {
          step(operation, contents);
          checkCounters();
          if (operation % 500 == 0) {
            checkPieces();
          }
        }
        while (!live.isEmpty()) {
          release(random.nextInt(live.size()), contents);
        }
        checkCounters();
        checkPieces();
        assertEquals(
            allocator.statistics().regions(), allocator.statistics().freeBlocks(), "all merged");
        long reserved = allocator.statistics().reservedBytes();
        assertEquals(reserved, allocator.trim());
        assertEquals(0, memory.used());
        assertTrue(
            memory.taken() > 0 && allocations > setting.operations() / 4,
            "the test does something");
        assertTrue(
            limit == Long.MAX_VALUE || refusals > setting.operations() / 1000,
            "the limit is met: " + refusals);
        assertEquals(
            refusals - hopeless, reclaims, "each refusal reclaims once, nothing else does");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(setting + ", operation " + operation, e);
      }
    }

    private void step(int operation, boolean contents) {
      // Long waves, so that memory is now full and now nearly empty.
      boolean filling = operation / 3000 % 2 == 0;
      int choice = random.nextInt(1000);
      if (choice == 0) {
        allocator.trim();
      } else if (choice == 1) {
        allocator.resetPeaks();
        memory.resetPeak();
        peakLiveBytes = liveBytes;
      } else if (choice < (filling ? 650 : 350) || live.isEmpty()) {
        allocate(contents);
      } else {
        release(random.nextInt(live.size()), contents);
      }
    }

    private long randomSize() {
      return switch (random.nextInt(12)) {
        case 0 -> 0;
        case 1 -> 1 + random.nextInt(130);
        case 2 -> MIB - 1 + random.nextInt(3);
        case 3 -> 1 + random.nextLong(largest);
        default -> 1 + (long) Math.exp(random.nextDouble() * Math.log(largest / 4.0));
      };
    }

    private void allocate(boolean contents) {
      long bytes = Math.min(randomSize(), largest);
      long size = (bytes + alignment - 1) / alignment * alignment;
      Block block;
      try {
        block = allocator.allocate(bytes, "block");
      } catch (DeviceMemoryException e) {
        refusals++;
        checkRefusal(size);
        return;
      }
      Region region = block.region();
      Live added = new Live(block, region, block.offset(), size, random.nextInt(PATTERNS));
      live.add(added);
      assertEquals(bytes, block.bytes());
      if (bytes == 0) {
        assertEquals(0, region.bytes());
        return;
      }
      allocations++;
      place(added);
      requestedBytes += bytes;
      liveBytes += size;
      peakLiveBytes = Math.max(peakLiveBytes, liveBytes);
      if (contents) {
        memory.write(region, added.offset, pattern.asSlice(added.pattern, bytes));
      }
    }

    private NavigableMap<Long, Live> blocks(Region region) {
      return placed.computeIfAbsent(region, r -> new TreeMap<>());
    }

    private void place(Live added) {
      assertEquals(0, added.offset % alignment, "aligned");
      assertTrue(added.offset >= 0 && added.offset + added.size <= added.region.bytes(), "inside");
      NavigableMap<Long, Live> blocks = blocks(added.region);
      var before = blocks.floorEntry(added.offset);
      var after = blocks.ceilingEntry(added.offset);
      assertTrue(
          before == null || before.getValue().offset + before.getValue().size <= added.offset);
      assertTrue(after == null || added.offset + added.size <= after.getKey());
      blocks.put(added.offset, added);
    }

    private void release(int index, boolean contents) {
      Live last = live.removeLast();
      Live chosen = index == live.size() ? last : live.set(index, last);
      long bytes = chosen.block.bytes();
      if (contents) {
        MemorySegment found = buffer.asSlice(0, bytes);
        memory.read(chosen.region, chosen.offset, found);
        assertEquals(-1, found.mismatch(pattern.asSlice(chosen.pattern, bytes)), "contents");
      }
      if (random.nextInt(8) == 0) {
        chosen.block.retain();
        chosen.block.release();
      }
      chosen.block.release();
      if (bytes > 0) {
        blocks(chosen.region).remove(chosen.offset);
        requestedBytes -= bytes;
        liveBytes -= chosen.size;
      }
    }

    private void checkCounters() {
      MemoryStatistics found = allocator.statistics();
      assertEquals(limit, found.limitBytes());
      assertEquals(requestedBytes, found.requestedBytes());
      assertEquals(liveBytes, found.liveBytes());
      assertEquals(peakLiveBytes, found.peakLiveBytes());
      assertEquals(memory.used(), found.reservedBytes());
      assertEquals(memory.peak(), found.peakReservedBytes());
      assertTrue(memory.peak() <= limit, "limit");
      assertEquals(live.size(), found.liveBlocks());
      assertEquals(memory.taken(), found.rawAllocations());
      assertEquals(allocations - memory.taken(), found.cacheHits());
    }

    /** Free pieces must be exactly the gaps between live blocks: as few and as large as can be. */
    private void checkPieces() {
      List<Long> gaps = gaps();
      MemoryStatistics found = allocator.statistics();
      assertEquals(memory.regions().size(), found.regions());
      assertEquals(gaps.size(), found.freeBlocks());
      assertEquals(
          gaps.stream().mapToLong(Long::longValue).max().orElse(0), found.largestFreeBytes());
    }

    /**
     * A refusal is honest if nothing cached fits, all that can be returned was, and yet no room.
     */
    private void checkRefusal(long size) {
      assertTrue(gaps().stream().allMatch(gap -> gap < size), "a free piece would have done");
      Set<Region> used = new HashSet<>();
      live.forEach(block -> used.add(block.region));
      boolean tooLarge = size > memory.largest();
      if (tooLarge || size > limit) {
        hopeless++;
      } else {
        assertTrue(used.containsAll(memory.regions()), "an unused region was kept");
      }
      long room = Math.min(limit, setting.capacity()) - memory.used();
      assertTrue(tooLarge || size > room, "there was room");
    }

    private List<Long> gaps() {
      List<Long> gaps = new ArrayList<>();
      for (Region region : memory.regions()) {
        long end = 0;
        for (Live block : blocks(region).values()) {
          if (block.offset > end) {
            gaps.add(block.offset - end);
          }
          end = block.offset + block.size;
        }
        if (end < region.bytes()) {
          gaps.add(region.bytes() - end);
        }
      }
      return gaps;
    }

    @Override
    public void close() {
      allocator.close();
      memory.close();
    }
  }
}
