package org.cotangent.cuda.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** Memory of some allocations, far apart from each other. */
public final class PtxMemory {
  private static final long GAP = 1 << 20;
  private static final long ALIGNMENT = 256;

  private final TreeMap<Long, ByteBuffer> allocations = new TreeMap<>();
  private long next = GAP;

  /**
   * {@return the address of new memory, a multiple of 256}
   *
   * @param bytes its size
   */
  public long allocate(int bytes) {
    long address = next;
    allocations.put(address, ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder()));
    next += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT + GAP;
    return address;
  }

  /** Adds memory at an address behind all that there is. */
  void allocateAt(long address, int bytes) {
    next = address;
    allocate(bytes);
  }

  /**
   * Gives memory back; whoever touches it later is found.
   *
   * @param address of an allocation
   */
  public void free(long address) {
    if (allocations.remove(address) == null) {
      throw new PtxFault("nothing was allocated at " + address);
    }
  }

  /**
   * {@return some bytes of memory, which show every change}
   *
   * @param address of the first
   * @param bytes how many
   */
  public ByteBuffer part(long address, int bytes) {
    Map.Entry<Long, ByteBuffer> place = place(address, bytes, 1);
    return place.getValue().slice((int) (address - place.getKey()), bytes);
  }

  /**
   * {@return the contents of memory, which show every change}
   *
   * @param address of an allocation
   */
  public ByteBuffer at(long address) {
    ByteBuffer memory = allocations.get(address);
    if (memory == null) {
      throw new PtxFault("nothing was allocated at " + address);
    }
    return memory;
  }

  /** {@return the bits of some bytes} */
  long read(long address, int bytes) {
    Map.Entry<Long, ByteBuffer> place = place(address, bytes);
    int at = (int) (address - place.getKey());
    ByteBuffer memory = place.getValue();
    return switch (bytes) {
      case 1 -> memory.get(at);
      case 2 -> memory.getShort(at);
      case 4 -> memory.getInt(at);
      default -> memory.getLong(at);
    };
  }

  /** Writes some bytes, which are the low ones of the bits. */
  void write(long address, int bytes, long bits) {
    Map.Entry<Long, ByteBuffer> place = place(address, bytes);
    int at = (int) (address - place.getKey());
    ByteBuffer memory = place.getValue();
    switch (bytes) {
      case 1 -> memory.put(at, (byte) bits);
      case 2 -> memory.putShort(at, (short) bits);
      case 4 -> memory.putInt(at, (int) bits);
      default -> memory.putLong(at, bits);
    }
  }

  /** Makes sure that an access of several elements is aligned as a whole. */
  static void requireAligned(long address, int bytes) {
    if (address % bytes != 0) {
      throw new PtxFault(bytes + " bytes at " + address + ", which is no multiple of them");
    }
  }

  private Map.Entry<Long, ByteBuffer> place(long address, int bytes) {
    return place(address, bytes, bytes);
  }

  private Map.Entry<Long, ByteBuffer> place(long address, int bytes, int alignment) {
    requireAligned(address, alignment);
    Map.Entry<Long, ByteBuffer> below = allocations.floorEntry(address);
    if (below == null || address + bytes > below.getKey() + below.getValue().capacity()) {
      String where =
          below == null
              ? "before all memory"
              : "%d bytes behind the start of %d bytes"
                  .formatted(address - below.getKey(), below.getValue().capacity());
      throw new PtxFault(bytes + " bytes at " + address + ": " + where);
    }
    return below;
  }
}
