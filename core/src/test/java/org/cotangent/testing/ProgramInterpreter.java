package org.cotangent.testing;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.error.DeviceException;
import org.cotangent.error.NumericException;
import org.cotangent.graph.Call;
import org.cotangent.graph.Indexing;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Runs a program's kernels one element after another, by the meaning of primitives on single
 * values: what the records of {@code org.cotangent.backend} say, and nothing else. Buffers lie
 * where the plan put them, so that a value that was overwritten too early is a wrong result.
 */
public final class ProgramInterpreter {
  private final List<MemorySegment> buffers;

  private ProgramInterpreter(List<MemorySegment> buffers) {
    this.buffers = buffers;
  }

  /**
   * Runs a program.
   *
   * @param program what to run
   * @param buffers the memory of each of its buffers, of exactly its size
   */
  public static void run(Program program, List<MemorySegment> buffers) {
    ProgramInterpreter interpreter = new ProgramInterpreter(buffers);
    for (int k = 0; k < program.kernels().size(); k++) {
      int workspace = program.workspaces().get(k);
      if (workspace >= 0) {
        buffers.get(workspace).fill(HostMemory.GARBAGE);
      }
      interpreter.run(program.kernels().get(k));
      if (workspace >= 0) {
        buffers.get(workspace).fill(HostMemory.GARBAGE);
      }
      if (program.check() != Check.NOTHING) {
        interpreter.search(program.check(), program.kernels().get(k));
      }
    }
  }

  private void run(Kernel kernel) {
    switch (kernel) {
      case LoopKernel loop -> run(loop);
      case ReduceKernel reduce -> run(reduce);
      case ContractionKernel contraction -> run(contraction);
      case IndexKernel index -> run(index);
      case OpKernel op -> run(op);
    }
  }

  /** The elements of an operand in row-major order, each at its place. */
  private record Elements(HostArray buffer, Layout layout) {
    Object get(long index) {
      return buffer.get(layout.position(index));
    }

    void set(long index, Object value) {
      buffer.set(layout.position(index), value);
    }

    long size() {
      return layout.shape().size();
    }
  }

  private Elements elements(Operand operand) {
    MemorySegment memory = buffers.get(operand.buffer());
    long width = operand.dtype().bytes();
    long count = memory.byteSize() / width;
    HostArray buffer =
        new HostArray(
            new TensorType(operand.dtype(), Shape.of(count)), memory.asSlice(0, count * width));
    return new Elements(buffer, operand.layout());
  }

  private List<Elements> elements(List<Operand> operands) {
    return operands.stream().map(this::elements).toList();
  }

  private static List<Object> at(List<Elements> inputs, long index) {
    return inputs.stream().map(input -> input.get(index)).toList();
  }

  private static void set(List<Elements> outputs, long index, List<Object> values) {
    for (int i = 0; i < outputs.size(); i++) {
      outputs.get(i).set(index, values.get(i));
    }
  }

  private static List<Object> arguments(
      List<Object> operands, List<Coordinate> coordinates, long index, long position) {
    Stream<Object> numbers =
        coordinates.stream()
            .map(coordinate ->
                switch (coordinate) {
                  case INDEX -> index;
                  case POSITION -> position;
                });
    return Stream.concat(operands.stream(), numbers).toList();
  }

  /** Elements of several dtypes are boxed alike, so that a wrong one would go unseen. */
  private static void requireRead(String label, List<DType> operands, Body body) {
    List<DType> read = body.inputs().subList(0, operands.size());
    if (!read.equals(operands)) {
      throw new IllegalStateException(label + " reads " + operands + " as " + read);
    }
  }

  private static List<DType> dtypes(List<Operand> operands) {
    return operands.stream().map(Operand::dtype).toList();
  }

  private static List<DType> epilogueReads(ContractionKernel kernel) {
    return Stream.concat(Stream.of(kernel.accumulator()), dtypes(kernel.further()).stream())
        .toList();
  }

  // ---- loops and reductions

  private void run(LoopKernel kernel) {
    requireRead(kernel.label(), dtypes(kernel.inputs()), kernel.body());
    List<Elements> inputs = elements(kernel.inputs());
    List<Elements> outputs = elements(kernel.outputs());
    for (long i = 0; i < kernel.domain().size(); i++) {
      set(
          outputs,
          i,
          kernel
              .body()
              .evaluate(arguments(at(inputs, i), kernel.coordinates(), i, /* position= */ 0)));
    }
  }

  private void run(ReduceKernel kernel) {
    List<Elements> inputs = elements(kernel.inputs());
    List<Elements> outputs = elements(kernel.outputs());
    Shape domain = kernel.domain();
    IntStream kept =
        IntStream.range(0, domain.rank()).filter(axis -> !kernel.axes().contains(axis));
    IntStream reduced = kernel.axes().stream().mapToInt(Integer::intValue);
    // Seen with the reduced axes last, an element's place is its index in the domain.
    Layout order = Layout.contiguous(domain).transpose(IntStream.concat(kept, reduced).toArray());
    long count = kernel.axes().stream().mapToLong(domain::dim).reduce(1, (a, b) -> a * b);
    for (long result = 0; result < domain.size() / count; result++) {
      List<List<Object>> lifted = new ArrayList<>();
      for (long position = 0; position < count; position++) {
        long index = order.position(result * count + position);
        lifted.add(
            kernel
                .lift()
                .evaluate(arguments(at(inputs, index), kernel.coordinates(), index, position)));
      }
      set(outputs, result, kernel.finish().evaluate(combined(kernel.combine(), lifted)));
    }
  }

  /** One set of accumulators: blocks halved until one is left, then their results likewise. */
  private static List<Object> combined(Body combine, List<List<Object>> row) {
    while (row.size() > 1) {
      List<List<Object>> blocks = new ArrayList<>();
      for (int start = 0; start < row.size(); start += ReduceKernel.BLOCK) {
        int end = Math.min(start + ReduceKernel.BLOCK, row.size());
        blocks.add(halved(combine, new ArrayList<>(row.subList(start, end))));
      }
      row = blocks;
    }
    return row.getFirst();
  }

  private static List<Object> halved(Body combine, List<List<Object>> block) {
    for (int m = block.size(); m > 1; ) {
      int half = Integer.highestOneBit(m - 1);
      for (int i = 0; i + half < m; i++) {
        block.set(
            i,
            combine.evaluate(
                Stream.concat(block.get(i).stream(), block.get(i + half).stream()).toList()));
      }
      m = half;
    }
    return block.getFirst();
  }

  // ---- contractions

  private void run(ContractionKernel kernel) {
    requireRead(kernel.label(), epilogueReads(kernel), kernel.epilogue());
    Elements left = elements(kernel.left());
    Elements right = elements(kernel.right());
    List<Elements> further = elements(kernel.further());
    List<Elements> outputs = elements(kernel.outputs());
    long depth = left.layout().shape().dim(2);
    long columns = right.layout().shape().dim(2);
    for (long i = 0; i < outputs.getFirst().size(); i++) {
      long row = i / columns;
      long batch = row / left.layout().shape().dim(1);
      DType dtype = kernel.left().dtype().arithmetic();
      Object sum = kernel.accumulator().scalar("contraction", 0L);
      for (long d = 0; d < depth; d++) {
        Object a = convert(left.get(row * depth + d), dtype, kernel.accumulator());
        Object b =
            convert(
                right.get((batch * depth + d) * columns + i % columns),
                dtype,
                kernel.accumulator());
        sum = multiplyAdd(kernel.accumulator(), a, b, sum);
      }
      List<Object> operands = Stream.concat(Stream.of(sum), at(further, i).stream()).toList();
      set(
          outputs,
          i,
          kernel
              .epilogue()
              .evaluate(arguments(operands, kernel.coordinates(), i, /* position= */ 0)));
    }
  }

  /** Narrow elements are boxed as those of the dtype they are computed in. */
  private static Object convert(Object value, DType from, DType to) {
    return Scalars.apply(Primitive.CONVERT, from, to, List.of(value));
  }

  private static Object multiplyAdd(DType dtype, Object a, Object b, Object sum) {
    return dtype.isFloating()
        ? Scalars.apply(Primitive.FMA, dtype, dtype, List.of(a, b, sum))
        : add(dtype, Scalars.apply(Primitive.MUL, dtype, dtype, List.of(a, b)), sum);
  }

  private static Object add(DType dtype, Object a, Object b) {
    return Scalars.apply(Primitive.ADD, dtype, dtype, List.of(a, b));
  }

  // ---- indexing, whole ops

  private void run(IndexKernel kernel) {
    Elements data = elements(kernel.data());
    Elements output = elements(kernel.output());
    boolean gather = kernel.gathers();
    Shape picked = kernel.indices().layout().shape();
    List<Long> indices = indices(kernel);
    DType dtype = kernel.output().dtype();
    if (!gather) {
      for (long i = 0; i < output.size(); i++) {
        output.set(i, dtype == DType.BOOL ? (Object) false : dtype.scalar("scatter", 0L));
      }
    }
    for (long i = 0; i < picked.size(); i++) {
      long[] at = picked.index(i);
      long place = (at[0] * kernel.size() + indices.get((int) i)) * picked.dim(2) + at[2];
      if (gather) {
        output.set(i, data.get(place));
      } else if (kernel.op().mode() == Indexing.Mode.SCATTER_SET) {
        output.set(place, data.get(i));
      } else {
        output.set(place, add(dtype, output.get(place), data.get(i)));
      }
    }
  }

  private List<Long> indices(IndexKernel kernel) {
    Elements elements = elements(kernel.indices());
    Shape picked = kernel.indices().layout().shape();
    long size = kernel.size();
    List<Long> indices = new ArrayList<>();
    for (long i = 0; i < elements.size(); i++) {
      long index = ((Number) elements.get(i)).longValue();
      if (kernel.clips()) {
        index = Math.clamp(index, -size, size - 1);
      } else if (index < -size || index >= size) {
        throw kernel.outside(kernel.op().along() ? i : picked.index(i)[1], index);
      }
      indices.add(index < 0 ? index + size : index);
    }
    return indices;
  }

  private void run(OpKernel kernel) {
    if (!(kernel.op() instanceof Call call)) {
      throw new DeviceException(kernel.label() + ": no meaning over host memory; claim no ops");
    }
    List<HostArray> results =
        kernel.outputs().stream()
            .map(output ->
                HostArray.allocate(new TensorType(output.dtype(), output.layout().shape())))
            .toList();
    call.evaluate(kernel.inputs().stream().map(this::copy).toList(), results);
    for (int r = 0; r < results.size(); r++) {
      Elements output = elements(kernel.outputs().get(r));
      for (long i = 0; i < output.size(); i++) {
        output.set(i, results.get(r).get(i));
      }
    }
  }

  private HostArray copy(Operand operand) {
    Elements elements = elements(operand);
    HostArray copy = HostArray.allocate(new TensorType(operand.dtype(), operand.layout().shape()));
    for (long i = 0; i < elements.size(); i++) {
      copy.set(i, elements.get(i));
    }
    return copy;
  }

  private void search(Check check, Kernel kernel) {
    for (Elements output : elements(kernel.outputs())) {
      for (long i = 0; i < output.size(); i++) {
        if (output.get(i) instanceof Number number && check.finds(number.doubleValue())) {
          throw new NumericException(
              kernel.origin() + ": element " + i + " of the result is " + number);
        }
      }
    }
  }
}
