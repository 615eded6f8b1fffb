package org.cotangent.cpu.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;
import org.cotangent.cpu.gemm.PlainBlocks.Scratch;
import org.cotangent.error.ClosedException;
import org.cotangent.type.DType;

/**
 * Where a thread keeps the packed panels of a {@link GemmPlan}: off-heap memory, aligned to 64
 * bytes, that grows to the largest plan seen, less than 2 MiB, or 3 MiB with copies of operands,
 * and arrays: the plain twin's, and of a {@link Transposer} up to 96 KiB. A worker thread owns one;
 * it is used by one thread at a time and may be closed by any once idle.
 */
public final class Workspace implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final Transposer transposer = new Transposer();
  private final Growing panels = new Growing();
  private final Growing stage = new Growing();
  private final Map<DType, Scratch<?>> arrays = new EnumMap<>(DType.class);
  private boolean closed;

  /** Starts without memory. */
  public Workspace() {}

  /** Memory that grows; what it held is lost then. */
  private static final class Growing {
    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;

    @SuppressWarnings("MustBeClosed") // close() does
    private MemorySegment atLeast(long bytes) {
      if (memory.byteSize() < bytes) {
        memory = MemorySegment.NULL;
        arena.close();
        arena = Arena.ofShared();
        memory = arena.allocate(bytes, ALIGNMENT);
      }
      return memory;
    }

    private void close() {
      memory = MemorySegment.NULL;
      arena.close();
    }
  }

  /** {@return the bytes held now} */
  public long bytes() {
    return panels.memory.byteSize() + stage.memory.byteSize();
  }

  /** {@return at least this many bytes, zero where nothing was ever written} */
  MemorySegment atLeast(long bytes) {
    checkOpen();
    return panels.atLeast(bytes);
  }

  /** {@return this thread's transposer} */
  Transposer transposer() {
    return transposer;
  }

  /** {@return at least this many bytes beside those, for copies of operands} */
  MemorySegment stage(long bytes) {
    checkOpen();
    return stage.atLeast(bytes);
  }

  /** {@return the arrays of the plain twin; each dtype's are made by one maker} */
  @SuppressWarnings("unchecked")
  <T> Scratch<T> scratch(DType dtype, Supplier<Scratch<T>> maker) {
    Scratch<?> scratch = arrays.get(dtype);
    if (scratch == null) {
      checkOpen();
      scratch = maker.get();
      arrays.put(dtype, scratch);
    }
    return (Scratch<T>) scratch;
  }

  private void checkOpen() {
    if (closed) {
      throw new ClosedException("matmul: its workspace was closed; make one for each worker");
    }
  }

  /** Frees the memory. A second call does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      arrays.clear();
      panels.close();
      stage.close();
    }
  }
}
