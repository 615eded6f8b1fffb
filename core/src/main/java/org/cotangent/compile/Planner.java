package org.cotangent.compile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.backend.Storage;
import org.cotangent.compile.Lowering.Draft;
import org.cotangent.compile.Lowering.Kind;
import org.cotangent.error.ShapeException;
import org.cotangent.type.Layout;

/**
 * Places buffers in memory. A loop writes over an input that dies with it, and so does an epilogue,
 * though never over what is multiplied; what is left shares one arena, where two buffers overlap
 * only if their lives do not. A kernel's workspace lives there too, for as long as the kernel runs.
 * A result takes over the memory of a donated argument of its size that is dead when the result is
 * written.
 */
final class Planner {
  /** Every buffer starts on a cache line, and on what OpenCL and CUDA want. */
  private static final long ALIGNMENT = 128;

  /** The quadratic search by size is tried up to this many slots, all live at once in 20 ms. */
  static final int MANY = 4_000;

  private final List<Draft> drafts;
  private final List<Kernel> kernels;
  private final int[] first;
  private final int[] last;

  /** For each buffer the first in the memory that it took over, itself if it took none. */
  private final int[] root;

  private Planner(Lowering.Lowered lowered) {
    this.drafts = lowered.drafts();
    this.kernels = lowered.kernels();
    this.first = new int[drafts.size()];
    this.last = new int[drafts.size()];
    this.root = new int[drafts.size()];
    Arrays.fill(first, -1);
    Arrays.fill(last, -1);
    for (int k = 0; k < kernels.size(); k++) {
      for (Operand operand : kernels.get(k).inputs()) {
        last[operand.buffer()] = k;
      }
      for (Operand operand : kernels.get(k).outputs()) {
        int buffer = operand.buffer();
        first[buffer] = first[buffer] < 0 ? k : first[buffer];
        last[buffer] = k;
      }
      int workspace = lowered.workspaces().get(k);
      if (workspace >= 0) {
        first[workspace] = k;
        last[workspace] = k;
      }
    }
    for (int b = 0; b < root.length; b++) {
      root[b] = b;
    }
  }

  /** Buffers with places, and the plan's figures. */
  record Planned(List<Buffer> buffers, MemoryPlan plan) {}

  /**
   * {@return the buffers in their places}
   *
   * @throws ShapeException if the bytes together overflow a {@code long}
   */
  static Planned plan(Lowering.Lowered lowered, int results, Set<Integer> donated) {
    Planner planner = new Planner(lowered);
    try {
      return planner.plan(results, donated);
    } catch (ArithmeticException overflow) {
      throw planner.tooLarge();
    }
  }

  private Planned plan(int results, Set<Integer> donated) {
    int[] donors = donors(results, donated);
    shareInPlace();
    Map<Integer, Slot> slots = slots();
    long arena = byTime(slots.values());
    if (slots.size() <= MANY) {
      long[] offsets = slots.values().stream().mapToLong(slot -> slot.offset).toArray();
      long bySize = bySize(slots.values());
      if (bySize <= arena) {
        arena = bySize;
      } else {
        int i = 0;
        for (Slot slot : slots.values()) {
          slot.offset = offsets[i++];
        }
      }
    }
    List<Buffer> buffers = new ArrayList<>();
    for (int b = 0; b < drafts.size(); b++) {
      Draft draft = drafts.get(b);
      Storage storage =
          switch (draft.kind()) {
            case INPUT -> new Storage.Input(draft.index());
            case OUTPUT -> new Storage.Output(draft.index());
            case CONSTANT -> new Storage.Constant(draft.constant().orElseThrow());
            case SCRATCH -> {
              Slot slot = slots.get(root[b]);
              yield new Storage.Scratch(slot == null ? 0 : slot.offset);
            }
          };
      buffers.add(new Buffer(draft.bytes(), storage));
    }
    return new Planned(buffers, figures(slots, arena, donors));
  }

  // ---- sharing memory

  /** For each result the argument it takes over, or -1. */
  private int[] donors(int results, Set<Integer> donated) {
    int[] donors = new int[results];
    Arrays.fill(donors, -1);
    List<Integer> outputs = new ArrayList<>();
    Map<Long, List<Integer>> inputs = new HashMap<>();
    for (int b = 0; b < drafts.size(); b++) {
      Draft draft = drafts.get(b);
      if (draft.kind() == Kind.OUTPUT && draft.bytes() > 0) {
        outputs.add(b);
      } else if (draft.kind() == Kind.INPUT && donated.contains(draft.index())) {
        inputs.computeIfAbsent(draft.bytes(), key -> new ArrayList<>()).add(b);
      }
    }
    // Results in the order of the program's result list: state comes back in the order it went in.
    outputs.sort(Comparator.comparingInt(b -> drafts.get(b).index()));
    for (int output : outputs) {
      List<Integer> fitting = inputs.getOrDefault(drafts.get(output).bytes(), List.of());
      for (Iterator<Integer> each = fitting.iterator(); each.hasNext(); ) {
        int input = each.next();
        if (last[input] < first[output]
            || (last[input] == first[output] && inPlace(input, output))) {
          donors[drafts.get(output).index()] = drafts.get(input).index();
          each.remove();
          break;
        }
      }
    }
    return donors;
  }

  private void shareInPlace() {
    // A buffer dies at one kernel only, so it has one chance to leave its memory to another.
    boolean[] inherited = new boolean[drafts.size()];
    for (int k = 0; k < kernels.size(); k++) {
      for (Operand output : kernels.get(k).outputs()) {
        int to = output.buffer();
        if (drafts.get(to).kind() != Kind.SCRATCH || first[to] != k) {
          continue;
        }
        for (Operand input : kernels.get(k).inputs()) {
          int from = input.buffer();
          if (drafts.get(from).kind() == Kind.SCRATCH
              && last[from] == k
              && root[to] == to
              && !inherited[from]
              && drafts.get(from).bytes() == drafts.get(to).bytes()
              && inPlace(from, to)) {
            root[to] = root[from];
            inherited[from] = true;
          }
        }
      }
    }
  }

  /** Whether the kernel that first writes a buffer may do so in the memory of one it reads. */
  private boolean inPlace(int from, int to) {
    Kernel kernel = kernels.get(first[to]);
    List<Operand> sameIndex =
        switch (kernel) {
          case LoopKernel loop -> loop.inputs();
          case ContractionKernel contraction ->
              touches(contraction.left(), from) || touches(contraction.right(), from)
                  ? List.of()
                  : contraction.further();
          case ReduceKernel _, IndexKernel _, OpKernel _ -> List.of();
        };
    if (sameIndex.isEmpty()) {
      return false;
    }
    // A buffer that is written piece by piece would lose what later pieces still read.
    return sameIndex.stream().allMatch(input -> !touches(input, from) || covers(input, from))
        && kernel.outputs().stream().allMatch(output -> !touches(output, to) || covers(output, to));
  }

  private static boolean touches(Operand operand, int buffer) {
    return operand.buffer() == buffer;
  }

  private boolean covers(Operand operand, int buffer) {
    Layout layout = operand.layout();
    return layout.offset() == 0
        && layout.isContiguous()
        && layout.shape().size() * operand.dtype().bytes() == drafts.get(buffer).bytes();
  }

  // ---- the arena

  /** The memory of one or more buffers of one size that follow each other in place. */
  private static final class Slot {
    private final int from;
    private int to;
    private final long bytes;
    private final long room;
    private long offset;

    Slot(int from, int to, long bytes) {
      this.from = from;
      this.to = to;
      this.bytes = bytes;
      this.room = Math.addExact(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    long end() {
      return Math.addExact(offset, room);
    }
  }

  private Map<Integer, Slot> slots() {
    Map<Integer, Slot> slots = new TreeMap<>();
    for (int b = 0; b < drafts.size(); b++) {
      if (drafts.get(b).kind() == Kind.SCRATCH && drafts.get(b).bytes() > 0 && first[b] >= 0) {
        int buffer = b;
        Slot slot =
            slots.computeIfAbsent(
                root[b], key -> new Slot(first[buffer], last[buffer], drafts.get(buffer).bytes()));
        slot.to = Math.max(slot.to, last[b]);
      }
    }
    return slots;
  }

  /** In the order of time: the best fitting gap, or the end. In n log n steps. */
  private static long byTime(Collection<Slot> slots) {
    List<Slot> starting = new ArrayList<>(slots);
    starting.sort(Comparator.comparingInt(slot -> slot.from));
    PriorityQueue<Slot> live = new PriorityQueue<>(Comparator.comparingInt(slot -> slot.to));
    Gaps gaps = new Gaps();
    long size = 0;
    for (Slot slot : starting) {
      for (Slot next = live.peek(); next != null && next.to < slot.from; next = live.peek()) {
        live.remove();
        gaps.free(next.offset, next.end());
      }
      slot.offset = gaps.take(slot.room);
      size = Math.max(size, slot.end());
      live.add(slot);
    }
    return size;
  }

  /** Memory that grows at its end. Gaps never touch each other nor the end. */
  private static final class Gaps {
    private record Gap(long start, long end) {
      long room() {
        return end - start;
      }
    }

    private final TreeMap<Long, Gap> byStart = new TreeMap<>();
    private final TreeSet<Gap> byRoom =
        new TreeSet<>(Comparator.comparingLong(Gap::room).thenComparingLong(Gap::start));
    private long end;

    /** {@return the start of the best fitting gap, or of what is added at the end} */
    long take(long room) {
      Gap best = byRoom.ceiling(new Gap(0, room));
      if (best == null) {
        long start = end;
        end = Math.addExact(start, room);
        return start;
      }
      remove(best);
      if (best.room() > room) {
        add(new Gap(best.start + room, best.end));
      }
      return best.start;
    }

    void free(long from, long to) {
      Map.Entry<Long, Gap> before = byStart.lowerEntry(from);
      if (before != null && before.getValue().end == from) {
        remove(before.getValue());
        from = before.getValue().start;
      }
      Gap after = byStart.get(to);
      if (after != null) {
        remove(after);
        to = after.end;
      }
      if (to == end) {
        end = from;
      } else {
        add(new Gap(from, to));
      }
    }

    private void add(Gap gap) {
      byStart.put(gap.start, gap);
      byRoom.add(gap);
    }

    private void remove(Gap gap) {
      byStart.remove(gap.start);
      byRoom.remove(gap);
    }
  }

  /** From the largest to the smallest: the best fitting gap among those alive at the same time. */
  private static long bySize(Collection<Slot> slots) {
    List<Slot> largest = new ArrayList<>(slots);
    largest.sort(Comparator.comparingLong(slot -> -slot.room));
    List<Slot> placed = new ArrayList<>();
    long size = 0;
    for (Slot slot : largest) {
      slot.offset = gap(placed, slot);
      size = Math.max(size, slot.end());
      int at = placed.size();
      while (at > 0 && placed.get(at - 1).offset > slot.offset) {
        at--;
      }
      placed.add(at, slot);
    }
    return size;
  }

  /** The best fitting gap among the slots, ordered by offset, that live at the same time as one. */
  private static long gap(List<Slot> placed, Slot slot) {
    long best = -1;
    long smallest = Long.MAX_VALUE;
    long end = 0;
    for (Slot other : placed) {
      if (other.from <= slot.to && slot.from <= other.to) {
        long room = other.offset - end;
        if (room >= slot.room && room < smallest) {
          best = end;
          smallest = room;
        }
        end = Math.max(end, other.end());
      }
    }
    return best < 0 ? end : best;
  }

  // ---- figures

  private MemoryPlan figures(Map<Integer, Slot> slots, long arena, int[] donors) {
    long naive = 0;
    long results = 0;
    long[] change = new long[kernels.size() + 2];
    for (int b = 0; b < drafts.size(); b++) {
      Draft draft = drafts.get(b);
      switch (draft.kind()) {
        case INPUT, CONSTANT -> {}
        case SCRATCH -> naive = Math.addExact(naive, draft.bytes());
        case OUTPUT -> {
          naive = Math.addExact(naive, draft.bytes());
          if (donors[draft.index()] < 0) {
            results += draft.bytes();
            change[Math.max(0, first[b])] += draft.bytes();
          }
        }
      }
    }
    // No sum from here on exceeds naive: a slot counts as one of its buffers.
    for (Slot slot : slots.values()) {
      change[slot.from] += slot.bytes;
      change[slot.to + 1] -= slot.bytes;
    }
    long live = 0;
    long peak = 0;
    for (long step : change) {
      live += step;
      peak = Math.max(peak, live);
    }
    // The plan's own sum must not overflow either: whoever prints it gets it by adding.
    Math.addExact(arena, results);
    return new MemoryPlan(naive, arena, results, peak, Arrays.stream(donors).boxed().toList());
  }

  private ShapeException tooLarge() {
    int count = 0;
    int largest = -1;
    for (int b = 0; b < drafts.size(); b++) {
      if (first[b] >= 0) {
        count++;
        largest = largest < 0 || drafts.get(b).bytes() > drafts.get(largest).bytes() ? b : largest;
      }
    }
    return new ShapeException(
        "memory plan: %d intermediate and result buffers take more than 2^63 - 1 bytes together;"
                .formatted(count)
            + " the largest, %d bytes, is written by %s; compute in smaller pieces"
                .formatted(drafts.get(largest).bytes(), kernels.get(first[largest]).label()));
  }
}
