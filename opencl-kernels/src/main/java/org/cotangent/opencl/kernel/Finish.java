package org.cotangent.opencl.kernel;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.type.Shape;

/**
 * What becomes of an element of a matrix product: the kernels compute it and hand it over. A text
 * defines
 *
 * <pre>
 * KERNEL_finish1(long batch, long row, long column, T value ...)
 * KERNEL_finish16(long batch, long row, long column, T16 value ...)
 * </pre>
 *
 * the second for each width that {@link Matmul#widths} names, for values of that many neighbouring
 * columns. Every element of the result is handed over once.
 *
 * @param functions these functions, and macros that they use
 * @param parameters what the functions take behind the value, and the kernel behind its own; each
 *     with a comma before it
 * @param names of these parameters; each with a comma before it
 * @param arguments for the parameters
 */
public record Finish(String functions, String parameters, String names, List<Argument> arguments) {
  /** Copies the arguments. */
  public Finish {
    arguments = List.copyOf(arguments);
  }

  /**
   * {@return the storing of the product as it is}
   *
   * @param kernel with one contiguous output
   * @param widths of the vectors that are handed over
   */
  public static Finish plain(ContractionKernel kernel, Set<Integer> widths) {
    Operand output = kernel.outputs().getFirst();
    Shape shape = output.layout().shape();
    String element = Element.of(output.dtype(), 1).scalar();
    String functions =
        widths.stream()
            .sorted()
            .map(width -> store(Element.of(output.dtype(), width)))
            .collect(Collectors.joining());
    return new Finish(
        "#define STORED AT("
            + element
            + ", output, outputOffset) + (batch * outputRows + row) * outputColumns + column\n"
            + functions,
        ", __global uchar *output, ulong outputOffset, long outputRows, long outputColumns",
        ", output, outputOffset, outputRows, outputColumns",
        List.of(
            new Argument.Memory(output.buffer(), output.layout().offset() * output.dtype().bytes()),
            new Argument.Int64(shape.dim(1)),
            new Argument.Int64(shape.dim(2))));
  }

  private static String store(Element element) {
    return """
    static void KERNEL_finish%d(long batch, long row, long column, %s value, \
    __global uchar *output, ulong outputOffset, long outputRows, long outputColumns) {
      %s;
    }
    """
        .formatted(element.width(), element.vector(), element.store("value", "STORED"));
  }
}
