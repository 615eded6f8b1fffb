package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.cuda.ptx.PtxFunction.Label;
import org.cotangent.type.DType;

/**
 * A body at each index of a domain. Threads take elements in turn. Where all operands are
 * contiguous, or one value, and lie on multiples of 16 bytes, a thread takes as many elements at
 * once as the widest of them has in 16 bytes. A text holds neither sizes nor strides, only how
 * operands step.
 */
final class LoopPtx {
  private static final int VECTOR_BYTES = 16;

  private final LoopKernel kernel;
  private final List<Operand> operands;
  private final Nest nest;
  private final PtxFunction code = new PtxFunction();

  /** Where each operand's first element lies. */
  private final List<Reg> addresses = new ArrayList<>();

  private LoopPtx(LoopKernel kernel) {
    this.kernel = kernel;
    operands = Stream.concat(kernel.inputs().stream(), kernel.outputs().stream()).toList();
    nest = Nest.of(kernel.domain(), operands.stream().map(Operand::layout).toList());
  }

  /** {@return what computes a loop whose domain is not empty} */
  static Launch launch(LoopKernel kernel) {
    return new LoopPtx(kernel).launch();
  }

  private Launch launch() {
    int lanes = lanes();
    operands.forEach(operand -> addresses.add(code.address(operand)));
    Reg size = code.number(nest.size());
    Reg thread = code.thread();
    Reg threads = code.threads();
    if (lanes > 1) {
      straight(size, thread, threads, lanes);
    } else {
      each(thread, size, threads, strides());
    }
    return code.launch(
        Math.ceilDiv(Math.ceilDiv(nest.size(), (long) lanes), (long) PtxFunction.THREADS));
  }

  /** How many elements a thread may take at once; 1 if they do not all lie beside each other. */
  private int lanes() {
    boolean straight =
        nest.rank() == 1
            && IntStream.range(0, operands.size()).allMatch(i -> nest.step(i) != Nest.Step.ANY);
    int widest = operands.stream().mapToInt(o -> o.dtype().bytes()).max().orElse(VECTOR_BYTES);
    return straight ? Math.min(4, VECTOR_BYTES / widest) : 1;
  }

  /** Of each operand the bytes from an element to the next, on each axis. */
  private List<List<Reg>> strides() {
    return IntStream.range(0, operands.size())
        .mapToObj(i -> code.strides(nest, i, operands.get(i).dtype()))
        .toList();
  }

  // ---- elements beside each other

  private void straight(Reg size, Reg thread, Reg threads, int lanes) {
    Label single = code.label();
    Label over = code.label();
    Reg aligned = code.op(PtxType.PRED, "setp.eq.s64", misalignment(lanes), 0);
    code.branchUnless(aligned, single);
    Reg vectors = code.op(PtxType.B64, "shr.u64", size, log2(lanes));
    code.count(thread, vectors, threads, vector -> vector(vector, lanes));
    Reg done = code.op(PtxType.B64, "shl.b64", vectors, log2(lanes));
    code.count(code.op(PtxType.B64, "add.s64", done, thread), size, threads, this::single);
    code.branch(over);
    code.bind(single);
    code.count(thread, size, threads, this::single);
    code.bind(over);
  }

  private static int log2(int lanes) {
    return Integer.numberOfTrailingZeros(lanes);
  }

  /** 0 if every operand that has lanes lies on a multiple of their bytes. */
  private Reg misalignment(int lanes) {
    Reg all = code.op(PtxType.B64, "mov.b64", 0);
    for (int i = 0; i < operands.size(); i++) {
      if (nest.step(i) == Nest.Step.ONE) {
        int bytes = lanes * operands.get(i).dtype().bytes();
        Reg low = code.op(PtxType.B64, "and.b64", addresses.get(i), bytes - 1);
        all = code.op(PtxType.B64, "or.b64", all, low);
      }
    }
    return all;
  }

  private void vector(Reg vector, int lanes) {
    Reg first = code.op(PtxType.B64, "shl.b64", vector, log2(lanes));
    List<List<Reg>> loaded = new ArrayList<>();
    for (int i = 0; i < kernel.inputs().size(); i++) {
      boolean one = nest.step(i) == Nest.Step.NONE;
      List<Reg> values = element(i).load(place(i, first), one ? 1 : lanes);
      loaded.add(one ? Collections.nCopies(lanes, values.getFirst()) : values);
    }
    List<List<Reg>> results = new ArrayList<>();
    for (int lane = 0; lane < lanes; lane++) {
      int at = lane;
      Reg index = code.op(PtxType.B64, "add.s64", first, lane);
      results.add(results(loaded.stream().map(values -> values.get(at)).toList(), index));
    }
    for (int o = 0; o < kernel.outputs().size(); o++) {
      int output = o;
      int operand = kernel.inputs().size() + o;
      element(operand)
          .store(place(operand, first), results.stream().map(all -> all.get(output)).toList());
    }
  }

  private void single(Reg index) {
    compute(index, IntStream.range(0, operands.size()).mapToObj(i -> place(i, index)).toList());
  }

  /** The address of an element that is so many behind the first. */
  private Reg place(int operand, Reg index) {
    if (nest.step(operand) == Nest.Step.NONE) {
      return addresses.get(operand);
    }
    int width = operands.get(operand).dtype().bytes();
    return code.op(PtxType.B64, "mad.lo.s64", index, width, addresses.get(operand));
  }

  // ---- elements anywhere

  private void each(Reg thread, Reg size, Reg threads, List<List<Reg>> strides) {
    List<Divisor> dims = code.dims(nest);
    code.count(
        thread,
        size,
        threads,
        index -> {
          List<Reg> indices = code.indices(index, dims);
          List<Reg> places = new ArrayList<>();
          for (int i = 0; i < operands.size(); i++) {
            places.add(code.moved(addresses.get(i), indices, strides.get(i)));
          }
          compute(index, places);
        });
  }

  // ---- both

  private void compute(Reg index, List<Reg> places) {
    List<Reg> loaded = new ArrayList<>();
    for (int i = 0; i < kernel.inputs().size(); i++) {
      loaded.add(element(i).load(places.get(i)));
    }
    List<Reg> results = results(loaded, index);
    for (int o = 0; o < results.size(); o++) {
      int operand = kernel.inputs().size() + o;
      element(operand).store(places.get(operand), results.get(o));
    }
  }

  private List<Reg> results(List<Reg> loaded, Reg index) {
    List<Reg> inputs = new ArrayList<>(loaded);
    for (Coordinate coordinate : kernel.coordinates()) {
      if (coordinate != Coordinate.INDEX) {
        throw new IllegalStateException(kernel.label() + ": a loop has no " + coordinate);
      }
      inputs.add(index);
    }
    return BodyPtx.write(code, kernel.body(), inputs);
  }

  private ElementPtx element(int operand) {
    DType dtype = operands.get(operand).dtype();
    return new ElementPtx(code, dtype);
  }
}
