package org.cotangent.compile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Storage;
import org.cotangent.compile.Lowering.Draft;
import org.cotangent.compile.Lowering.Kind;
import org.cotangent.type.Layout;

/**
 * Places buffers in memory. A loop writes over an input that dies with it; what is left shares one
 * arena, where two buffers overlap only if their lives do not. A result takes over the memory of a
 * donated argument of its size that is dead when the result is written.
 */
final class Planner {
  /** Every buffer starts on a cache line, and on what OpenCL and CUDA want. */
  private static final long ALIGNMENT = 128;

  /** The quadratic search by size is tried up to this many buffers. */
  private static final int MANY = 2_000;

  private final List<Draft> drafts;
  private final List<Kernel> kernels;
  private final int[] first;
  private final int[] last;
  private final int[] heir;

  private Planner(List<Draft> drafts, List<Kernel> kernels) {
    this.drafts = drafts;
    this.kernels = kernels;
    this.first = new int[drafts.size()];
    this.last = new int[drafts.size()];
    this.heir = new int[drafts.size()];
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
    }
    for (int b = 0; b < heir.length; b++) {
      heir[b] = b;
      if (drafts.get(b).kind() == Kind.OUTPUT) {
        last[b] = kernels.size();
      }
    }
  }

  /** Buffers with places, and the plan's figures. */
  record Planned(List<Buffer> buffers, MemoryPlan plan) {}

  static Planned plan(Lowering.Lowered lowered, int results, Set<Integer> donated) {
    return new Planner(lowered.drafts(), lowered.kernels()).plan(results, donated);
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
              Slot slot = slots.get(root(b));
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
    List<Integer> inputs = new ArrayList<>();
    for (int b = 0; b < drafts.size(); b++) {
      Draft draft = drafts.get(b);
      if (draft.kind() == Kind.OUTPUT && draft.bytes() > 0) {
        outputs.add(b);
      } else if (draft.kind() == Kind.INPUT && donated.contains(draft.index())) {
        inputs.add(b);
      }
    }
    // Results in the order of the program's result list: state comes back in the order it went in.
    outputs.sort(Comparator.comparingInt(b -> drafts.get(b).index()));
    for (int output : outputs) {
      for (int input : inputs) {
        boolean dead =
            last[input] < first[output] || (last[input] == first[output] && inPlace(input, output));
        if (drafts.get(input).bytes() == drafts.get(output).bytes() && dead) {
          donors[drafts.get(output).index()] = drafts.get(input).index();
          inputs.removeIf(taken -> taken == input);
          break;
        }
      }
    }
    return donors;
  }

  private void shareInPlace() {
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
              && heir[to] == to
              && !isInherited(from, k)
              && drafts.get(from).bytes() == drafts.get(to).bytes()
              && inPlace(from, to)) {
            heir[to] = from;
          }
        }
      }
    }
  }

  /** Whether another output of a kernel already took a buffer's memory. */
  private boolean isInherited(int from, int kernel) {
    return kernels.get(kernel).outputs().stream().anyMatch(output -> heir[output.buffer()] == from);
  }

  private int root(int buffer) {
    int root = buffer;
    while (heir[root] != root) {
      root = heir[root];
    }
    return root;
  }

  /** Whether the loop that first writes a buffer may do so in the memory of one it reads. */
  private boolean inPlace(int from, int to) {
    if (!(kernels.get(first[to]) instanceof LoopKernel loop)) {
      return false;
    }
    for (Operand input : loop.inputs()) {
      if (input.buffer() == from && !covers(input, from)) {
        return false;
      }
    }
    // A buffer that is written piece by piece would lose what later pieces still read.
    return loop.outputs().stream().allMatch(output -> output.buffer() != to || covers(output, to));
  }

  private boolean covers(Operand operand, int buffer) {
    Layout layout = operand.layout();
    return layout.offset() == 0
        && layout.isContiguous()
        && layout.shape().size() * operand.dtype().bytes() == drafts.get(buffer).bytes();
  }

  // ---- the arena

  /** The memory of one or more buffers that follow each other in place. */
  private static final class Slot {
    private final int from;
    private int to;
    private final long bytes;
    private long offset;

    Slot(int from, int to, long bytes) {
      this.from = from;
      this.to = to;
      this.bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }

  private Map<Integer, Slot> slots() {
    Map<Integer, Slot> slots = new TreeMap<>();
    for (int b = 0; b < drafts.size(); b++) {
      if (drafts.get(b).kind() == Kind.SCRATCH && drafts.get(b).bytes() > 0 && first[b] >= 0) {
        int buffer = b;
        Slot slot =
            slots.computeIfAbsent(
                root(b), key -> new Slot(first[buffer], last[buffer], drafts.get(buffer).bytes()));
        slot.to = Math.max(slot.to, last[b]);
      }
    }
    return slots;
  }

  /** In the order of time: the best fitting gap, or the end. */
  private static long byTime(Iterable<Slot> slots) {
    List<Slot> starting = new ArrayList<>();
    slots.forEach(starting::add);
    starting.sort(Comparator.comparingInt(slot -> slot.from));
    List<Slot> live = new ArrayList<>();
    long size = 0;
    for (Slot slot : starting) {
      live.removeIf(other -> other.to < slot.from);
      slot.offset = gap(live, slot.bytes);
      size = Math.max(size, slot.offset + slot.bytes);
      live.add(slot);
    }
    return size;
  }

  /** From the largest to the smallest: the best fitting gap among those alive at the same time. */
  private static long bySize(Iterable<Slot> slots) {
    List<Slot> largest = new ArrayList<>();
    slots.forEach(largest::add);
    largest.sort(
        Comparator.comparingLong((Slot slot) -> -slot.bytes).thenComparingInt(s -> s.from));
    List<Slot> placed = new ArrayList<>();
    long size = 0;
    for (Slot slot : largest) {
      List<Slot> near =
          new ArrayList<>(
              placed.stream()
                  .filter(other -> other.from <= slot.to && slot.from <= other.to)
                  .toList());
      slot.offset = gap(near, slot.bytes);
      size = Math.max(size, slot.offset + slot.bytes);
      placed.add(slot);
    }
    return size;
  }

  private static long gap(List<Slot> taken, long bytes) {
    List<Slot> ordered = new ArrayList<>(taken);
    ordered.sort(Comparator.comparingLong(slot -> slot.offset));
    long best = -1;
    long smallest = Long.MAX_VALUE;
    long end = 0;
    for (Slot slot : ordered) {
      long room = slot.offset - end;
      if (room >= bytes && room < smallest) {
        best = end;
        smallest = room;
      }
      end = Math.max(end, slot.offset + slot.bytes);
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
      if (draft.kind() == Kind.OUTPUT) {
        naive += draft.bytes();
        if (donors[draft.index()] < 0) {
          results += draft.bytes();
          change[Math.max(0, first[b])] += draft.bytes();
        }
      } else if (draft.kind() == Kind.SCRATCH) {
        naive += draft.bytes();
      }
    }
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
    return new MemoryPlan(naive, arena, results, peak, Arrays.stream(donors).boxed().toList());
  }
}
