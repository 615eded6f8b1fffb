package org.cotangent.cuda;

import java.lang.foreign.MemorySegment;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.cuda.driver.DriverException;
import org.jspecify.annotations.Nullable;

/** The memory of a GPU, by address: plain allocations, never managed memory. */
final class CudaMemory implements DeviceMemory.Driver<Long> {
  /** Of what the driver allocates. */
  private static final long ALIGNMENT = 256;

  private final CudaContext context;
  private final Transfers transfers;

  private CudaMemory(CudaContext context) {
    this.context = context;
    this.transfers = new Transfers(context);
  }

  /** {@return the memory of an opened GPU, which is closed before the GPU is} */
  static DeviceMemory<Long> of(CudaContext context) {
    long largest = context.chip().memoryBytes();
    return new DeviceMemory<>("cuda", ALIGNMENT, largest, 0L, new CudaMemory(context));
  }

  @Override
  public @Nullable Long allocate(long bytes) {
    try {
      return context.entered().allocate(bytes);
    } catch (DriverException e) {
      if (e.isOutOfMemory()) {
        return null;
      }
      throw context.failure("allocate " + bytes + " bytes", e);
    }
  }

  @Override
  public void settle() {
    context.release("region's work", () -> context.entered().await(context.stream()));
  }

  @Override
  public void free(Long address, long bytes) {
    try {
      context.entered().free(address);
    } catch (DriverException e) {
      // With a lost context its memory went.
      if (!e.isLost()) {
        throw context.failure("free " + bytes + " bytes", e);
      }
    }
  }

  @Override
  public void write(Long address, long offset, MemorySegment source) {
    try {
      transfers.write(address + offset, source);
    } catch (DriverException e) {
      throw context.failure("write " + source.byteSize() + " bytes", e);
    }
  }

  @Override
  public void read(Long address, long offset, MemorySegment target) {
    try {
      transfers.read(address + offset, target);
    } catch (DriverException e) {
      throw context.failure("read " + target.byteSize() + " bytes", e);
    }
  }

  @Override
  public void close() {
    transfers.close();
  }
}
