package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Elements;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Phases;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.backend.Targets;
import org.cotangent.cuda.ptx.PtxFunction.Label;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;

/**
 * A phase of a reduction: a group of threads takes a block of a sequence, each thread elements of
 * it at a distance of the group's threads. The tree of halves that {@link ReduceKernel} states then
 * needs a thread's own elements first, shared memory while halves are a warp apart, and shuffles at
 * last: an element i is combined with i + h wherever that is below the number of elements.
 *
 * <p>Threads beside each other read what lies beside each other: where elements follow each other
 * along a sequence they are one group, where they do so across sequences each is of another group.
 */
final class ReducePtx {
  private static final int THREADS = PtxFunction.THREADS;
  private static final int WARP = 32;
  private static final int BLOCK = ReduceKernel.BLOCK;

  private final Elements elements;
  private final Targets targets;
  private final Body combine;
  private final Nest kept;
  private final Nest reduced;
  private final boolean isAcross;

  /** Elements of the largest block, rounded up to a power of two. */
  private final int most;

  /** Threads that share a block of a sequence. */
  private final int group;

  /** How many threads a member of a group is away from the next one. */
  private final int apart;

  /** Elements that a thread reads before it waits for them: many keep memory busy. */
  private final int atOnce;

  private final PtxFunction code = new PtxFunction();

  private ReducePtx(ReduceKernel kernel, Phases.Phase phase) {
    elements = phase.elements();
    targets = phase.targets();
    combine = kernel.combine();
    List<List<Long>> strides = new ArrayList<>(elements.strides(elements.kept()));
    strides.addAll(targets.kept());
    kept = Nest.of(elements.dims(elements.kept()), strides);
    reduced = Nest.of(elements.dims(elements.reduced()), elements.strides(elements.reduced()));
    long length = Math.min(BLOCK, reduced.size());
    most = length == 1 ? 1 : Integer.highestOneBit((int) length - 1) * 2;
    isAcross = isAcross(elements);
    apart = isAcross ? WARP : 1;
    // More of 64 bits would not stay in registers.
    atOnce = combine.resultTypes().stream().anyMatch(dtype -> dtype.bytes() == Long.BYTES) ? 4 : 8;
    group =
        isAcross
            ? Math.clamp(most / atOnce, 1, THREADS / WARP)
            : Math.clamp(most / 4, WARP, THREADS);
  }

  /** Whether neighbours in memory are of sequences beside each other, of a warp of them. */
  private static boolean isAcross(Elements elements) {
    Nest kept = Nest.of(elements.dims(elements.kept()), elements.strides(elements.kept()));
    Nest reduced = Nest.of(elements.dims(elements.reduced()), elements.strides(elements.reduced()));
    int inputs = elements.inputs().size();
    return kept.inner() >= WARP && follow(kept, reduced, inputs) && !follow(reduced, kept, inputs);
  }

  /** Whether elements of an input follow each other on one nest and not on the other. */
  private static boolean follow(Nest nest, Nest other, int inputs) {
    return IntStream.range(0, inputs)
        .anyMatch(i -> nest.step(i) == Nest.Step.ONE && other.step(i) != Nest.Step.ONE);
  }

  /**
   * {@return the launches of a reduction}
   *
   * @param kernel whose domain is not empty
   * @param workspace buffer of {@link Phases#workspace} bytes
   */
  static List<Launch> launches(ReduceKernel kernel, int workspace) {
    return Phases.of(kernel, workspace, ReducePtx::isAcross).stream()
        .map(phase -> new ReducePtx(kernel, phase).launch())
        .toList();
  }

  private Launch launch() {
    long blocks = Math.ceilDiv(reduced.size(), (long) BLOCK);
    long all = kept.size() * blocks;
    int groups = THREADS / group;
    Reads reads = new Reads();
    Writes writes = new Writes();
    Reg length = code.number(reduced.size());
    // Sequences of neighbours follow each other across, their blocks do along.
    Divisor divisor = Divisor.of(code, isAcross ? kept.size() : blocks, all);
    Reg end = code.number(all);
    Reg tid = code.op(PtxType.B32, "mov.u32", "%tid.x");
    Reg member = bits(tid, log2(apart), group);
    Reg beside = bits(tid, 0, apart);
    Reg team = bits(tid, log2(apart * group), groups / apart);
    Reg groupInBlock = code.op(PtxType.B32, "mad.lo.s32", team, apart, beside);
    Reg wideGroup = code.op(PtxType.B64, "cvt.u64.u32", groupInBlock);
    Reg cta = code.op(PtxType.B32, "mov.u32", "%ctaid.x");
    Reg ctas = code.op(PtxType.B32, "mov.u32", "%nctaid.x");
    Reg step = code.op(PtxType.B64, "mul.wide.u32", ctas, groups);
    Reg base = code.op(PtxType.B64, "mul.wide.u32", cta, groups);
    // All threads of a block go round together, because they wait for each other.
    code.count(
        base,
        end,
        step,
        number -> {
          Reg mine = code.op(PtxType.B64, "add.s64", number, wideGroup);
          Reg last = code.op(PtxType.B64, "sub.s64", end, 1);
          Reg unit = code.op(PtxType.B64, "min.s64", mine, last);
          Divisor.Division split = divisor.divide(code, unit);
          Reg sequence = isAcross ? split.remainder() : split.quotient();
          Reg block = isAcross ? split.quotient() : split.remainder();
          Reg first = code.op(PtxType.B64, "mul.lo.s64", block, BLOCK);
          Reg rest = code.op(PtxType.B64, "sub.s64", length, first);
          Reg count =
              code.op(PtxType.B32, "cvt.u32.u64", code.op(PtxType.B64, "min.s64", rest, BLOCK));
          List<Reg> result = reduce(reads, sequence, first, count, member);
          code.when(
              code.both(code.compare("eq", member, 0), code.compare("lt", mine, end)),
              () -> writes.store(sequence, block, BodyPtx.write(code, targets.finish(), result)));
        });
    return code.launch(Math.ceilDiv(all, (long) groups));
  }

  /** A number of so many values, a power of two, from a bit on. */
  private Reg bits(Reg word, int first, int values) {
    return code.op(
        PtxType.B32, "and.b32", code.op(PtxType.B32, "shr.u32", word, first), values - 1);
  }

  private static int log2(int power) {
    return Integer.numberOfTrailingZeros(power);
  }

  // ---- the tree

  /**
   * A block of a sequence.
   *
   * @param reads the elements of all sequences
   * @param starts of this one
   * @param first the number of the block's first element
   * @param count of its elements
   */
  private record Block(Reads reads, List<Reg> starts, Reg first, Reg count) {}

  private List<Reg> reduce(Reads reads, Reg sequence, Reg first, Reg count, Reg member) {
    List<Reg> accumulators = own(new Block(reads, reads.starts(sequence), first, count), member);
    for (int half = group / 2; half > 0; half /= 2) {
      Reg partner = code.op(PtxType.B32, "add.s32", member, half);
      Reg isThere = below(partner, count);
      int distance = half * apart;
      if (distance >= WARP) {
        Reg isLower = code.op(PtxType.PRED, "setp.lt.s32", member, half);
        isThere = code.op(PtxType.PRED, "and.pred", isThere, isLower);
        accumulators = combined(isThere, accumulators, shared(accumulators, distance));
      } else {
        List<Reg> others = accumulators.stream().map(a -> shuffled(a, distance)).toList();
        accumulators = combined(isThere, accumulators, others);
      }
    }
    return accumulators;
  }

  /**
   * What a thread's own elements come to. More than it reads at once are rounds, in the order of
   * their numbers with the bits reversed. In it the tree joins a round that is odd with the last
   * one that was not, and so on for pairs, and pairs of pairs: of each level one result waits.
   */
  private List<Reg> own(Block block, Reg member) {
    int each = Math.max(1, most / group);
    int rounds = Math.ceilDiv(each, atOnce);
    if (rounds == 1) {
      return round(block, member, each, group);
    }
    Label again = code.label();
    Label next = code.label();
    Label over = code.label();
    Reg number = code.variable(PtxType.B32, 0);
    code.bind(again);
    Reg reversed = code.op(PtxType.B32, "brev.b32", number);
    Reg round = code.op(PtxType.B32, "shr.u32", reversed, Integer.SIZE - log2(rounds));
    Reg element = code.op(PtxType.B32, "mad.lo.s32", round, group, member);
    List<Reg> accumulators = round(block, element, atOnce, rounds * group);
    for (int distance = rounds / 2; distance > 0; distance /= 2) {
      List<Reg> arrived = accumulators;
      List<Reg> waiting = new ArrayList<>();
      Reg odd = bits(round, log2(distance), 2);
      code.when(
          code.compare("eq", odd, 0),
          () -> {
            // As words, because predicates are few.
            arrived.stream().map(code::word).forEach(w -> waiting.add(code.variable(w.type(), w)));
            code.branch(next);
          });
      List<Reg> waited =
          IntStream.range(0, arrived.size())
              .mapToObj(k -> code.unpacked(arrived.get(k).type(), waiting.get(k)))
              .toList();
      accumulators = combined(below(element, block.count), waited, arrived);
      element = code.op(PtxType.B32, "sub.s32", element, distance * group);
    }
    code.branch(over);
    code.bind(next);
    code.into(number, "add.s32", number, 1);
    code.branch(again);
    code.bind(over);
    return accumulators;
  }

  /** What some elements of a block come to, from one on that is so far from the next. */
  private List<Reg> round(Block block, Reg element, int elements, int distance) {
    // Elements from this one to the block's end: one register decides for all of them.
    Reg left = code.op(PtxType.B32, "sub.s32", block.count, element);
    // Divisions come first, so that few registers are in use during them.
    List<List<Reg>> places = new ArrayList<>();
    for (int e = 0; e < elements; e++) {
      Reg other = code.op(PtxType.B32, "add.s32", element, e * distance);
      places.add(places(block, other, code.compare("gt", left, e * distance)));
    }
    List<List<Reg>> own = new ArrayList<>(places.stream().map(block.reads::lifted).toList());
    for (int half = elements / 2; half > 0; half /= 2) {
      for (int e = 0; e < half; e++) {
        Reg isThere = code.compare("gt", left, (e + half) * distance);
        own.set(e, combined(isThere, own.get(e), own.get(e + half)));
      }
    }
    return own.getFirst();
  }

  /** What is not there is read as the first element, and not used. */
  private List<Reg> places(Block block, Reg element, Reg isThere) {
    Reg read = code.op(PtxType.B32, "selp.b32", element, 0, isThere);
    Reg wide = code.op(PtxType.B64, "cvt.u64.u32", read);
    return block.reads.places(block.starts, code.sum(block.first, wide));
  }

  private Reg below(Reg element, Reg count) {
    return code.op(PtxType.PRED, "setp.lt.s32", element, count);
  }

  /** Both combined where there are both, else the first. */
  private List<Reg> combined(Reg both, List<Reg> a, List<Reg> b) {
    List<Reg> inputs = new ArrayList<>(a);
    inputs.addAll(b);
    List<Reg> results = BodyPtx.write(code, combine, inputs);
    return IntStream.range(0, a.size())
        .mapToObj(k -> BodyPtx.select(code, both, results.get(k), a.get(k)))
        .toList();
  }

  /** The accumulators of the thread that is so many further, from shared memory. */
  private List<Reg> shared(List<Reg> accumulators, int distance) {
    Reg tid = code.op(PtxType.B32, "mov.u32", "%tid.x");
    Reg other = code.op(PtxType.B32, "add.s32", tid, distance);
    // Whose partner would be in another block of threads reads its own, which is not used.
    Reg isThere = code.op(PtxType.PRED, "setp.lt.s32", other, THREADS);
    Reg partner = code.op(PtxType.B32, "selp.b32", other, tid, isThere);
    List<Reg> words = new ArrayList<>();
    List<String> memories = new ArrayList<>();
    for (int k = 0; k < accumulators.size(); k++) {
      Reg word = code.word(accumulators.get(k));
      words.add(word);
      memories.add(code.shared(k, THREADS * Long.BYTES));
      code.statement(
          "st.shared.%s [%s], %s"
              .formatted(word.type().declared(), code.sharedWord(memories.get(k), tid), word));
    }
    code.statement("bar.sync 0");
    List<Reg> others = new ArrayList<>();
    for (int k = 0; k < words.size(); k++) {
      PtxType type = words.get(k).type();
      Reg word =
          code.op(
              type,
              "ld.shared." + type.declared(),
              "[" + code.sharedWord(memories.get(k), partner) + "]");
      others.add(code.unpacked(accumulators.get(k).type(), word));
    }
    // Nobody writes again before all have read.
    code.statement("bar.sync 0");
    return others;
  }

  private Reg shuffled(Reg accumulator, int distance) {
    Reg word = code.word(accumulator);
    if (word.type() == PtxType.B32) {
      return code.unpacked(accumulator.type(), down(word, distance));
    }
    Reg low = code.fresh(PtxType.B32);
    Reg high = code.fresh(PtxType.B32);
    code.statement("mov.b64 {%s, %s}, %s".formatted(low, high, word));
    Reg joined = code.fresh(PtxType.B64);
    code.statement(
        "mov.b64 %s, {%s, %s}".formatted(joined, down(low, distance), down(high, distance)));
    return code.unpacked(accumulator.type(), joined);
  }

  private Reg down(Reg word, int distance) {
    return code.op(PtxType.B32, "shfl.sync.down.b32", word, distance, WARP - 1, -1);
  }

  // ---- memory

  /** The bytes from element to element, of operands that are a nest's from a first one on. */
  private List<List<Reg>> strides(Nest nest, int first, List<Operand> operands) {
    return IntStream.range(0, operands.size())
        .mapToObj(i -> code.strides(nest, first + i, operands.get(i).dtype()))
        .toList();
  }

  /** The elements of sequences. */
  private final class Reads {
    private final List<Reg> addresses;
    private final List<Divisor> keptDims = code.dims(kept);
    private final List<Divisor> reducedDims = code.dims(reduced);
    private final List<List<Reg>> keptStrides;
    private final List<List<Reg>> reducedStrides;

    /** Of the index in the domain, if it is wanted. */
    private final List<Reg> indexOfKept;

    private final List<Reg> indexOfReduced;

    Reads() {
      int inputs = elements.inputs().size();
      addresses = elements.inputs().stream().map(code::address).toList();
      keptStrides = strides(kept, 0, elements.inputs());
      reducedStrides = strides(reduced, 0, elements.inputs());
      boolean indexed = elements.coordinates().contains(Coordinate.INDEX);
      indexOfKept = indexed ? numbers(kept, inputs) : List.of();
      indexOfReduced = indexed ? numbers(reduced, inputs) : List.of();
    }

    private List<Reg> numbers(Nest nest, int operand) {
      return IntStream.range(0, nest.rank())
          .mapToObj(axis -> code.number(nest.stride(operand, axis)))
          .toList();
    }

    /** Where a sequence starts in each operand; last its index in the domain. */
    List<Reg> starts(Reg sequence) {
      List<Reg> indices = code.indices(sequence, keptDims);
      List<Reg> places = new ArrayList<>();
      for (int i = 0; i < addresses.size(); i++) {
        places.add(code.moved(addresses.get(i), indices, keptStrides.get(i)));
      }
      places.add(
          indexOfKept.isEmpty()
              ? sequence
              : code.moved(code.op(PtxType.B64, "mov.b64", 0), indices, indexOfKept));
      return places;
    }

    /** Where an element of a sequence lies in each operand; then its coordinates. */
    List<Reg> places(List<Reg> start, Reg element) {
      List<Reg> indices = code.indices(element, reducedDims);
      List<Reg> places = new ArrayList<>();
      for (int i = 0; i < addresses.size(); i++) {
        places.add(code.moved(start.get(i), indices, reducedStrides.get(i)));
      }
      for (Coordinate coordinate : elements.coordinates()) {
        places.add(
            switch (coordinate) {
              case POSITION -> element;
              case INDEX -> code.moved(start.getLast(), indices, indexOfReduced);
            });
      }
      return places;
    }

    /** The accumulators of an element, by its places. */
    List<Reg> lifted(List<Reg> places) {
      List<Reg> inputs = new ArrayList<>(places);
      for (int i = 0; i < addresses.size(); i++) {
        DType dtype = elements.inputs().get(i).dtype();
        inputs.set(i, new ElementPtx(code, dtype).load(places.get(i)));
      }
      return BodyPtx.write(code, elements.lift(), inputs);
    }
  }

  /** The results of blocks of sequences. */
  private final class Writes {
    private final List<Reg> addresses;
    private final List<Divisor> dims = code.dims(kept);
    private final List<List<Reg>> strides;
    private final List<Reg> blocks;

    Writes() {
      List<Operand> outputs = targets.outputs();
      addresses = outputs.stream().map(code::address).toList();
      // Behind the inputs and the index.
      strides = strides(kept, elements.inputs().size() + 1, outputs);
      blocks =
          IntStream.range(0, outputs.size())
              .mapToObj(o -> code.number(targets.blocks().get(o) * outputs.get(o).dtype().bytes()))
              .toList();
    }

    void store(Reg sequence, Reg block, List<Reg> results) {
      List<Reg> indices = code.indices(sequence, dims);
      for (int o = 0; o < results.size(); o++) {
        Reg start = code.moved(addresses.get(o), indices, strides.get(o));
        Reg place = code.op(PtxType.B64, "mad.lo.s64", block, blocks.get(o), start);
        new ElementPtx(code, targets.outputs().get(o).dtype()).store(place, results.get(o));
      }
    }
  }
}
