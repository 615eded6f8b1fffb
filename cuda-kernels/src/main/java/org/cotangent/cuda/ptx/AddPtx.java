package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.cuda.ptx.Argument.Int64;

/** The hand-written sum of two operands, {@code add.cu}. */
final class AddPtx {
  /** Axes of rows that the kernel has. */
  private static final int OUTER = 3;

  /** Blocks that keep the largest chips busy. */
  private static final long MOST_BLOCKS = 4096;

  private static final int VECTOR_BYTES = 16;
  private static final int VECTORS = 4;

  private AddPtx() {}

  /** {@return what computes a loop if it is that sum, of no more axes than the kernel has} */
  static Optional<Launch> launch(LoopKernel kernel) {
    if (!kernel.isSum()) {
      return Optional.empty();
    }
    List<Operand> operands =
        Stream.concat(kernel.inputs().stream(), kernel.outputs().stream()).toList();
    Nest nest = Nest.of(kernel.domain(), operands.stream().map(Operand::layout).toList());
    return nest.rank() > OUTER + 1 ? Optional.empty() : Optional.of(launch(operands, nest));
  }

  private static Launch launch(List<Operand> operands, Nest nest) {
    // The axes of the rows are the kernel's last ones: those before have one index.
    int missing = OUTER + 1 - nest.rank();
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      arguments.add(Argument.Memory.of(operands.get(i)));
      for (int axis = 0; axis <= OUTER; axis++) {
        arguments.add(new Int64(axis < missing ? 0 : nest.stride(i, axis - missing)));
      }
    }
    long rows = nest.size() / nest.inner();
    int width = VECTOR_BYTES / operands.getFirst().dtype().bytes();
    int shift = shift(Math.ceilDiv(nest.inner(), (long) width));
    arguments.add(new Int64(nest.inner()));
    arguments.add(new Int64(rows));
    for (int axis = 1; axis < OUTER; axis++) {
      arguments.add(new Int64(axis < missing ? 1 : nest.dim(axis - missing)));
    }
    arguments.add(new Int64(shift));
    PtxTemplate template = PtxTemplate.of("add", operands.getFirst().dtype() + "_add");
    long rowsOfBlock = template.threads() >> shift;
    long piece = (long) (VECTORS * width) << shift;
    long units = Math.ceilDiv(rows, rowsOfBlock) * Math.ceilDiv(nest.inner(), piece);
    return new PtxFunction(arguments).launch(template, Math.min(MOST_BLOCKS, units));
  }

  /** The logarithm of the threads that share a row of so many vectors. */
  private static int shift(long vectors) {
    long threads = Math.min(vectors, PtxFunction.THREADS);
    return Long.SIZE - Long.numberOfLeadingZeros(threads - 1);
  }
}
