package org.cotangent.backend;

import java.util.HexFormat;
import java.util.List;
import org.cotangent.graph.Graph;
import org.cotangent.scalar.Body;
import org.cotangent.type.Layout;

/**
 * A compiled graph: kernels in the order they run, over buffers placed by the memory plan.
 * Immutable.
 *
 * @param source the graph as it was traced, before any pass
 * @param inputs where the elements of each argument lie in its memory
 * @param buffers memory that the kernels' operands refer to
 * @param kernels in order; one reads only what earlier ones wrote
 * @param workspaces for each kernel the buffer that holds what it needs for itself, or -1
 * @param plan what a run needs
 * @param check what is looked for in each kernel's results
 */
public record Program(
    Graph source,
    List<Layout> inputs,
    List<Buffer> buffers,
    List<Kernel> kernels,
    List<Integer> workspaces,
    MemoryPlan plan,
    Check check) {

  /**
   * Makes sure that kernels stay in their buffers: one that did not would read and write the memory
   * of others.
   *
   * @throws IllegalArgumentException if an operand leaves its buffer
   */
  public void requireInside() {
    for (Kernel kernel : kernels) {
      kernel.inputs().forEach(operand -> requireInside(kernel, operand));
      kernel.outputs().forEach(operand -> requireInside(kernel, operand));
    }
  }

  private void requireInside(Kernel kernel, Operand operand) {
    Layout layout = operand.layout();
    long bytes = buffers.get(operand.buffer()).bytes();
    boolean inside = layout.first() >= 0 && layout.extent() * operand.dtype().bytes() <= bytes;
    if (layout.shape().size() > 0 && !inside) {
      throw new IllegalArgumentException(
          "kernel %s: %s leaves its buffer of %d bytes".formatted(kernel.label(), operand, bytes));
    }
  }

  /** {@return kernels, buffers and plan as text, the same in every JVM} */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("program ").append(source.name()).append(" {\n");
    for (int i = 0; i < buffers.size(); i++) {
      Buffer buffer = buffers.get(i);
      String place =
          switch (buffer.storage()) {
            case Storage.Input input -> "input " + input.index();
            case Storage.Output output -> "output " + output.index();
            case Storage.Constant constant -> "constant " + constant.data().type();
            case Storage.Scratch scratch -> "scratch at " + scratch.offset();
          };
      text.append("  b%d: %d bytes, %s\n".formatted(i, buffer.bytes(), place));
    }
    for (Kernel kernel : kernels) {
      String kind = kernel.getClass().getSimpleName().replace("Kernel", "");
      text.append(
          "  %s %s%s %s -> %s  // %s\n"
              .formatted(
                  kind,
                  kernel.label(),
                  computed(kernel),
                  kernel.inputs(),
                  kernel.outputs(),
                  kernel.origin()));
    }
    return text.append("  ").append(plan).append("\n}\n").toString();
  }

  /** What a kernel computes, bodies as hashes: they are long, and equal hashes tell enough. */
  private static String computed(Kernel kernel) {
    return switch (kernel) {
      case LoopKernel loop -> " #" + hash(loop.body());
      case ReduceKernel reduce ->
          " over "
              + reduce.axes()
              + " #"
              + hash(reduce.lift())
              + hash(reduce.combine())
              + hash(reduce.finish());
      case ContractionKernel contraction ->
          " in "
              + contraction.accumulator()
              + (contraction.isPlain() ? "" : " #" + hash(contraction.epilogue()));
      case IndexKernel index -> " " + index.op().mode();
      case OpKernel op -> " " + op.op().text();
    };
  }

  private static String hash(Body body) {
    return HexFormat.of().toHexDigits(body.toString().hashCode());
  }
}
