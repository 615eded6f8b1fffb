package org.cotangent.event;

import org.jspecify.annotations.Nullable;

/**
 * Makes spans and other events, where the Java runtime has a Flight Recorder and somebody records
 * them: elsewhere there are none, and to ask costs next to nothing.
 */
public final class Spans {
  /** Their names in recordings, and what is recorded of each. */
  public static final String COMPILE = "org.cotangent.Compile";

  /** See {@link RunEvent}. */
  public static final String RUN = "org.cotangent.Run";

  /** See {@link KernelEvent}. */
  public static final String KERNEL = "org.cotangent.Kernel";

  /** See {@link RegionEvent}. */
  public static final String REGION = "org.cotangent.Region";

  /** See {@link BlockEvent}. */
  public static final String BLOCK = "org.cotangent.Block";

  /** On the class path, a runtime that was linked without it runs the engine all the same. */
  private static final boolean HAS_RECORDER = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private Spans() {}

  /** {@return whether this Java runtime can record anything} */
  public static boolean isPossible() {
    return HAS_RECORDER;
  }

  /**
   * {@return a compilation that begins now, or null if it is not recorded}
   *
   * @param program its name
   */
  public static @Nullable Span compile(String program) {
    return HAS_RECORDER ? CompileEvent.begin(program) : null;
  }

  /**
   * {@return a run that begins now, or null if it is not recorded}
   *
   * @param program its name
   * @param kernels how many it has
   * @param arena bytes of memory between them
   */
  public static @Nullable Span run(String program, int kernels, long arena) {
    return HAS_RECORDER ? RunEvent.begin(program, kernels, arena) : null;
  }

  /**
   * {@return a kernel that begins now, or null if it is not recorded}
   *
   * @param label of the kernel
   */
  public static @Nullable Span kernel(String label) {
    return HAS_RECORDER ? KernelEvent.begin(label) : null;
  }

  /**
   * {@return a call for device memory that begins now, or null if it is not recorded}
   *
   * @param call {@code allocate} or {@code free}
   * @param bytes of the region
   */
  public static @Nullable Span region(String call, long bytes) {
    return HAS_RECORDER ? RegionEvent.begin(call, bytes) : null;
  }

  /** {@return whether blocks are recorded} */
  public static boolean recordsBlocks() {
    return HAS_RECORDER && BlockEvent.isRecorded();
  }

  /**
   * Records that a block was lent or taken back; only to be called if {@link #recordsBlocks}.
   *
   * @param allocator whose block
   * @param number of the event, in the order of this allocator
   * @param region which one holds the block
   * @param offset where it begins there, in bytes
   * @param bytes that were asked for
   * @param isLent whether it is lent now; else taken back
   */
  public static void block(
      int allocator, long number, long region, long offset, long bytes, boolean isLent) {
    BlockEvent.record(allocator, number, region, offset, bytes, isLent);
  }

  /**
   * Ends a span, if there is one.
   *
   * @param span or null
   */
  public static void end(@Nullable Span span) {
    if (span != null) {
      span.finish();
    }
  }
}
