package org.cotangent.cuda.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The products of one warp of a group (PTX ISA, "wgmma"): of 64 rows the warp has 16. Sums arrive
 * when the warp waits for them; until then their registers are nobody's, and what is multiplied is
 * read.
 */
final class PtxProducts {
  private static final int ROWS = 16;
  private static final int UNIT = 16;

  /** Bytes of the depth in one product. */
  private static final int DEPTH_BYTES = 32;

  /** Bits of an address that a descriptor has. */
  private static final long ADDRESSES = 0x3ffff;

  /** Indices of a row of an operand that lies along them, which is of halves. */
  private static final int BOX = 64;

  private final PtxAsync async;
  private final PtxMemory shared;
  private final int warp;

  /** Started and in no group yet. */
  private final List<Product> open = new ArrayList<>();

  private final Deque<List<Product>> groups = new ArrayDeque<>();

  /** What all warps of a group have to do alike. */
  private final List<List<Long>> done = new ArrayList<>();

  private boolean fenced;

  /** What the numbers of operands are. */
  enum Kind {
    F16,
    BF16,
    TF32;

    int bytes() {
      return this == TF32 ? Float.BYTES : Short.BYTES;
    }

    /** Steps of one product. */
    int depth() {
      return DEPTH_BYTES / bytes();
    }

    float of(long bits) {
      return switch (this) {
        case F16 -> Float.float16ToFloat((short) bits);
        case BF16 -> Float.intBitsToFloat((int) bits << Short.SIZE);
        case TF32 -> PtxMatrices.tf32((int) bits);
      };
    }
  }

  /** Where a left operand is. */
  sealed interface Left {}

  /**
   * In registers of the warp's threads.
   *
   * @param numbers four of them
   */
  record Registers(List<Integer> numbers) implements Left {}

  /**
   * Where a side lies.
   *
   * @param descriptor see {@link #address}
   * @param major whether it lies along its index
   * @param bytes of an element
   */
  record Side(long descriptor, boolean major, int bytes) implements Left {
    /**
     * {@return where an element is} The descriptor has, in units of 16 bytes, the start in its bits
     * 0 to 13, from one 64 indices to the next in 16 to 29, from 8 rows to the next 8 in 32 to 45,
     * and a swizzle of 128 bytes as 1 in 62 and 63. A row is 128 bytes: of an index, or of a step.
     */
    long address(long window, int index, int step) {
      long leading = field(16) * UNIT;
      long stride = field(32) * UNIT;
      long row = major ? step : index;
      long inRow = major ? index % BOX : step;
      long box = major ? index / BOX * leading : 0;
      long linear = window + field(0) * UNIT + box + row / 8 * stride + row % 8 * PtxCopy.ROW;
      return PtxCopy.swizzled(linear + inRow * bytes);
    }

    private long field(int first) {
      return descriptor >>> first & 0x3fff;
    }

    void require() {
      if (descriptor >>> 62 != 1 || (descriptor >>> 49 & 7) != 0) {
        throw new PtxFault(
            "a descriptor whose swizzle or base is not known: " + Long.toHexString(descriptor));
      }
    }
  }

  /**
   * A product of 16 rows of the warp.
   *
   * @param threads of the warp
   * @param sums registers
   * @param left operand
   * @param right operand
   * @param kind what elements are
   * @param reads the 16 bytes that it reads
   */
  private record Product(
      List<PtxThread> threads,
      List<Integer> sums,
      Left left,
      Side right,
      Kind kind,
      List<Long> reads) {}

  PtxProducts(PtxAsync async, PtxMemory shared, int warp) {
    this.async = async;
    this.shared = shared;
    this.warp = warp;
  }

  void fence() {
    fenced = true;
  }

  /** The warp has loaded something that a product may read. */
  void changeRegisters() {
    fenced = false;
  }

  /** Starts a product. */
  void start(List<PtxThread> threads, List<Integer> sums, Left left, Side right, Kind kind) {
    right.require();
    for (PtxThread thread : threads) {
      if (thread.flying.length == 0) {
        thread.flying = new int[thread.registers.length];
      }
      for (int sum : sums) {
        begin(thread, sum);
      }
    }
    long window = window(threads.getFirst());
    List<Long> reads = new ArrayList<>();
    int firstRow = warp % PtxAsync.GROUP_WARPS * ROWS;
    switch (left) {
      case Side side -> {
        side.require();
        units(reads, side, window, firstRow, firstRow + ROWS);
      }
      case Registers(List<Integer> numbers) ->
          threads.forEach(thread -> numbers.forEach(number -> begin(thread, number)));
    }
    units(reads, right, window, 0, sums.size() / 4 * 8);
    reads.forEach(at -> async.beginRead(warp, at));
    long first = left instanceof Side side ? side.descriptor : 0;
    done.add(List.of(first, right.descriptor, (long) sums.size()));
    open.add(new Product(threads, sums, left, right, kind, reads));
  }

  /** A register is a product's from now on. */
  private void begin(PtxThread thread, int register) {
    if (thread.flying[register] == 0) {
      if (!thread.written[register] || !fenced) {
        throw new PtxFault(
            "thread %d starts a product on a register that %s"
                .formatted(
                    thread.number,
                    fenced ? "nothing was written to" : "no wgmma.fence has ordered"));
      }
      thread.written[register] = false;
    } else if (thread.written[register]) {
      throw overwritten(thread);
    }
    thread.flying[register]++;
  }

  /** It is the thread's again, if no other product has it. */
  private static void end(PtxThread thread, int register) {
    if (thread.written[register]) {
      throw overwritten(thread);
    }
    thread.written[register] = --thread.flying[register] == 0;
  }

  private static PtxFault overwritten(PtxThread thread) {
    return new PtxFault(
        "thread " + thread.number + " wrote to a register whose product it had not waited for");
  }

  /** Addresses have only their low bits in a descriptor. */
  private static long window(PtxThread thread) {
    return thread.shared.dynamic() & ~ADDRESSES;
  }

  private static void units(List<Long> reads, Side side, long window, int from, int to) {
    int indices = side.major ? UNIT / side.bytes : 1;
    int steps = side.major ? 1 : UNIT / side.bytes;
    for (int index = from; index < to; index += indices) {
      for (int step = 0; step < DEPTH_BYTES / side.bytes; step += steps) {
        reads.add(side.address(window, index, step));
      }
    }
  }

  void commit() {
    groups.add(List.copyOf(open));
    open.clear();
  }

  /** Waits until at most so many groups are under way. */
  void await(int most) {
    while (groups.size() > most) {
      groups.remove().forEach(this::finish);
    }
  }

  private void finish(Product product) {
    long window = window(product.threads.getFirst());
    int firstRow = warp % PtxAsync.GROUP_WARPS * ROWS;
    float[][] left =
        switch (product.left) {
          case Side side -> numbers(product, side, window, firstRow, ROWS);
          case Registers(List<Integer> numbers) -> numbers(product, numbers);
        };
    int columns = product.sums.size() / 4 * 8;
    float[][] right = numbers(product, product.right, window, 0, columns);
    product.reads.forEach(at -> async.endRead(warp, at));
    for (PtxThread thread : product.threads) {
      int lane = thread.number % PtxWarp.SIZE;
      for (int i = 0; i < product.sums.size(); i++) {
        // Of 8 columns two neighbours, and the same 8 rows below.
        int row = lane / 4 + i / 2 % 2 * 8;
        int column = i / 4 * 8 + lane % 4 * 2 + i % 2;
        int sum = product.sums.get(i);
        double value = Float.intBitsToFloat((int) thread.registers[sum]);
        for (int step = 0; step < product.kind.depth(); step++) {
          value += (double) left[row][step] * right[column][step];
        }
        end(thread, sum);
        thread.registers[sum] = Float.floatToRawIntBits((float) value);
      }
    }
    // Whoever uses the registers from now on has to order that before the next product.
    fenced = false;
  }

  /** Of each thread two rows, 8 apart, and of these two steps, 4 apart. */
  private static float[][] numbers(Product product, List<Integer> registers) {
    float[][] numbers = new float[ROWS][product.kind.depth()];
    for (PtxThread thread : product.threads) {
      int lane = thread.number % PtxWarp.SIZE;
      for (int i = 0; i < registers.size(); i++) {
        int register = registers.get(i);
        end(thread, register);
        numbers[lane / 4 + i % 2 * 8][lane % 4 + i / 2 * 4] =
            product.kind.of(thread.registers[register]);
      }
    }
    return numbers;
  }

  private float[][] numbers(Product product, Side side, long window, int first, int count) {
    Kind kind = product.kind;
    float[][] numbers = new float[count][kind.depth()];
    for (int index = 0; index < count; index++) {
      for (int step = 0; step < kind.depth(); step++) {
        long bits = shared.read(side.address(window, first + index, step), kind.bytes());
        numbers[index][step] = kind.of(bits);
      }
    }
    return numbers;
  }

  /** Makes sure that the warps of a group have done the same, to its end. */
  void requireSame(PtxProducts other) {
    if (!done.equals(other.done)) {
      throw new PtxFault(
          "warps %d and %d of a group start other products, or not as many"
              .formatted(other.warp, warp));
    }
    if (!open.isEmpty() || !groups.isEmpty()) {
      throw new PtxFault("warp " + warp + " ends with products that it has not waited for");
    }
  }
}
