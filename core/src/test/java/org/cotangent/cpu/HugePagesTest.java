package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory as Linux itself says it is, in {@code /proc/self/smaps}. */
@EnabledOnOs(OS.LINUX)
class HugePagesTest {
  @TempDir private Path folder;

  private HugePages pages;

  @BeforeEach
  void find() {
    HugePages found = HugePages.find();
    assumeTrue(found != null, "this system offers no huge pages");
    pages = Objects.requireNonNull(found);
  }

  /** The lines about the mapping in which an address lies, or none. */
  private static List<String> mapping(long address) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    for (int i = 0; i < lines.size(); i++) {
      String[] range = lines.get(i).split("[ -]", 3);
      if (lines.get(i).matches("[0-9a-f]+-[0-9a-f]+ .*")
          && Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
          && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0) {
        int end = i + 1;
        while (end < lines.size() && !lines.get(end).startsWith("VmFlags")) {
          end++;
        }
        return lines.subList(i, end + 1);
      }
    }
    return List.of();
  }

  /** Whether an address lies in a mapping that is marked as advised. */
  private static boolean isAdvised(long address) throws IOException {
    return isMarked(address, "hg");
  }

  private static boolean isMarked(long address, String flag) throws IOException {
    List<String> lines = mapping(address);
    return !lines.isEmpty() && List.of(lines.getLast().split(" ")).contains(flag);
  }

  @ParameterizedTest
  @ValueSource(longs = {2 << 20, (2 << 20) + 64, (7 << 20) + 4096, 20 << 20})
  void theSystemIsAskedForThem(long bytes) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = pages.allocate(bytes, arena);
      assertNotNull(memory);
      assertEquals(bytes, memory.byteSize());
      assertEquals(0, memory.address() % HugePages.PAGE);
      assertTrue(isAdvised(memory.address()));
      long whole = bytes & -HugePages.PAGE;
      assertTrue(isAdvised(memory.address() + whole - 1));
      // A huge page there would take more memory than was asked for.
      assertTrue(isMarked(memory.address() + whole, "nh"));
      assertEquals(-1, memory.mismatch(MemorySegment.ofArray(new byte[(int) bytes])), "zeros");
      memory.fill((byte) 7);
    }
  }

  @Test
  void closingUnmapsIt() throws IOException {
    long start;
    long before = mapped();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = Objects.requireNonNull(pages.allocate(64 << 20, arena));
      start = memory.address();
      assertFalse(mapping(start).isEmpty());
      assertTrue(mapped() >= before + (64 << 10), "KiB");
    }
    assertFalse(isAdvised(start));
  }

  /** KiB of all mappings. */
  private static long mapped() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmSize:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 56, Long.MAX_VALUE - 63})
  void whatTheMachineCannotHoldIsNull(long bytes) {
    try (Arena arena = Arena.ofShared()) {
      assertNull(pages.allocate(bytes, arena));
    }
  }

  /** Small regions are the JDK's: nothing has to be prepared for a first gradient. */
  @ParameterizedTest
  @CsvSource({"2097152, false", "4194304, true", "20971520, true"})
  void largeRegionsLieInThem(long bytes, boolean huge) throws IOException {
    try (CpuMemory memory = new CpuMemory()) {
      var region = Objects.requireNonNull(memory.allocate(bytes));
      region.segment().fill((byte) 1);
      long middle = region.segment().address() + bytes / 2;
      assertEquals(huge, isAdvised(middle));
      memory.free(region);
      assertFalse(isAdvised(middle));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "[always] madvise never, true",
    "always [madvise] never, true",
    "always madvise [never], false"
  })
  void theSystemsChoiceCounts(String choices, boolean offered) throws IOException {
    assertEquals(
        offered, HugePages.isOffered(Files.writeString(folder.resolve("enabled"), choices)));
  }

  @Test
  void otherSystemsHaveNone() {
    assertFalse(HugePages.isOffered(folder.resolve("missing")));
  }
}
