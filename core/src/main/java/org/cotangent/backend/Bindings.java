package org.cotangent.backend;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * Parameters that follow the buffers of a program to wherever they lie in a run. What has not moved
 * since the run before stays as it is. Used by one thread at a time.
 *
 * @param <H> what the device's driver calls memory by
 */
public final class Bindings<H> {
  private final List<Buffer> buffers;
  private final DeviceMemory<H> memory;
  private final List<List<Parameter<H>>> parameters = new ArrayList<>();

  /** Where the parameters point to now. */
  private final @Nullable Slice[] current;

  /**
   * A parameter that is an address.
   *
   * @param <H> what the device's driver calls memory by
   */
  @FunctionalInterface
  public interface Parameter<H> {
    /**
     * Lets it point to where its buffer lies.
     *
     * @param memory that the buffer is part of
     * @param offset in bytes, of the buffer's first
     */
    void set(H memory, long offset);
  }

  /**
   * Bindings that nothing follows yet.
   *
   * @param program whose buffers they are
   * @param memory where these lie
   */
  public Bindings(Program program, DeviceMemory<H> memory) {
    this.buffers = program.buffers();
    this.memory = memory;
    buffers.forEach(_ -> parameters.add(new ArrayList<>()));
    current = new @Nullable Slice[buffers.size()];
  }

  /**
   * Lets a parameter follow a buffer from the next run on.
   *
   * @param buffer its number in the program
   * @param parameter set by {@link #bind}
   */
  public void follow(int buffer, Parameter<H> parameter) {
    parameters.get(buffer).add(parameter);
  }

  /**
   * Sets the parameters of all buffers that have moved.
   *
   * @param slices where each buffer lies
   * @throws ArgumentException if one does not lie inside its region at a multiple of 8 bytes
   * @throws ClosedException if a region was freed
   * @throws DeviceException if a region is another memory's
   */
  public void bind(List<Slice> slices) {
    if (slices.size() != buffers.size()) {
      throw new ArgumentException(
          "run: %d slices for the %d buffers of the program"
              .formatted(slices.size(), buffers.size()));
    }
    for (int i = 0; i < buffers.size(); i++) {
      Slice slice = slices.get(i);
      if (!slice.equals(current[i])) {
        bind(i, slice);
      }
    }
  }

  private void bind(int buffer, Slice slice) {
    DeviceRegion<H> region = memory.own(slice.region());
    long bytes = buffers.get(buffer).bytes();
    long offset = slice.offset();
    if (offset < 0 || offset % Long.BYTES != 0 || offset > region.bytes() - bytes) {
      throw new ArgumentException(
          "run: buffer %d of %d bytes at offset %d of a region of %d bytes; offsets are multiples of 8"
              .formatted(buffer, bytes, offset, region.bytes()));
    }
    H handle = region.handle();
    // Half done is not done: a failure below leaves parameters that point to no one place.
    current[buffer] = null;
    parameters.get(buffer).forEach(parameter -> parameter.set(handle, offset));
    current[buffer] = slice;
  }
}
