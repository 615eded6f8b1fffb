package org.cotangent.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Memory in Linux's transparent huge pages. A tensor of 64 MiB lies in 32 of them and not in 16,384
 * pages, so its loops wait less for addresses to be translated.
 *
 * <p>Rules. The JDK has no such memory, so it is mapped by the system's own functions. They are
 * called only where this module may call native functions ({@code --enable-native-access}), since
 * the JVM would warn else; and only for large regions, since to prepare the calls takes longer than
 * the first gradient. The system gives huge pages where it has some: ordinary ones do as well.
 */
final class HugePages {
  /** Of x86-64, and of others with pages of 4 KiB; elsewhere a multiple of what a page is. */
  static final long PAGE = 2 << 20;

  private static final Path SETTING = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  // Linux's, the same on all architectures that have a JVM.
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int HUGE = 14;
  private static final int NOT_HUGE = 15;
  private static final int POPULATE = 23;

  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle madvise;

  private HugePages() {
    mmap =
        function(
            "mmap",
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG);
    munmap = function("munmap", ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    madvise =
        function(
            "madvise",
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT);
  }

  @SuppressWarnings("restricted") // Allowed, or nobody is here.
  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /** {@return them, or null where the system has none or native functions must not be called} */
  static @Nullable HugePages find() {
    if (!HugePages.class.getModule().isNativeAccessEnabled() || !isOffered(SETTING)) {
      return null;
    }
    try {
      return new HugePages();
    } catch (RuntimeException | LinkageError none) {
      // A JVM that cannot call these functions is one without huge pages.
      return null;
    }
  }

  /**
   * {@return whether a system offers them to those who ask}
   *
   * @param setting Linux's file, which has the choice in brackets; other systems have no such file
   */
  static boolean isOffered(Path setting) {
    try {
      String choices = Files.readString(setting);
      return choices.contains("[always]") || choices.contains("[madvise]");
    } catch (IOException | SecurityException none) {
      return false;
    }
  }

  /**
   * {@return memory that starts with a huge page, all zeros; null if the system has no room}
   *
   * @param bytes how much, at least {@link #PAGE}
   * @param arena that unmaps it
   */
  @SuppressWarnings("restricted")
  @Nullable MemorySegment allocate(long bytes, Arena arena) {
    if (bytes > Long.MAX_VALUE - PAGE) {
      return null;
    }
    // Mapped from anywhere on; what lies before the first huge page and behind is never touched.
    long mapped = bytes + PAGE;
    long base = call(mmap, 0L, mapped, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
    if (base == -1) {
      return null;
    }
    long start = (base + PAGE - 1) & -PAGE;
    try {
      // Advice: where it is refused, memory is of ordinary pages. The last of the huge ones would
      // not belong to the region as a whole.
      long whole = bytes & -PAGE;
      call(madvise, start, whole, HUGE);
      call(madvise, start + whole, base + mapped - start - whole, NOT_HUGE);
      // As the JDK does: no run shall wait for pages.
      call(madvise, start, bytes, POPULATE);
      return MemorySegment.ofAddress(start)
          .reinterpret(bytes, arena, _ -> call(munmap, base, mapped));
    } catch (RuntimeException | Error failure) {
      call(munmap, base, mapped);
      throw failure;
    }
  }

  private static long call(MethodHandle function, Object... arguments) {
    try {
      return ((Number) function.invokeWithArguments(arguments)).longValue();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a foreign function throws nothing", e);
    }
  }
}
