package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
 * the second for each width that {@link MatmulFamily#widths} names, for values of that many
 * neighbouring columns. Every element of the result is handed over once.
 *
 * @param functions these functions, and macros that they use
 * @param parameters what the functions take behind the value, and the kernel behind its own; each
 *     with a comma before it
 * @param names of these parameters; each with a comma before it
 * @param arguments for the parameters
 */
record Finish(String functions, String parameters, String names, List<Argument> arguments) {
  /** Copies the arguments. */
  Finish {
    arguments = List.copyOf(arguments);
  }

  /**
   * {@return the epilogue of a contraction: its body at each element, and the storing of results}
   *
   * @param kernel with the epilogue
   * @param widths of the vectors that are handed over
   */
  static Finish of(ContractionKernel kernel, Set<Integer> widths) {
    Writer writer = new Writer(kernel);
    List<Integer> ordered = widths.stream().sorted().toList();
    List<String> bodies = ordered.stream().map(writer::body).toList();
    // Only now are all numbers known that the functions read.
    Signature signature = writer.signature;
    StringBuilder functions = new StringBuilder();
    for (int i = 0; i < ordered.size(); i++) {
      int width = ordered.get(i);
      String value = C.register(kernel.left().dtype(), width);
      functions.append(
          "static void KERNEL_finish%d(long batch, long row, long column, %s x0%s) {\n%s%s}\n"
              .formatted(
                  width, value, signature.parameters(), signature.declarations(), bodies.get(i)));
    }
    return new Finish(
        functions.toString(), signature.parameters(), signature.names(), signature.arguments());
  }

  /** Writes the functions' bodies. */
  private static final class Writer {
    private final ContractionKernel kernel;
    private final Signature signature = new Signature();
    private final List<String> inputs;
    private final List<String> outputs;

    Writer(ContractionKernel kernel) {
      this.kernel = kernel;
      this.inputs = kernel.further().stream().map(signature::memory).toList();
      this.outputs = kernel.outputs().stream().map(signature::memory).toList();
    }

    String body(int width) {
      StringBuilder text = new StringBuilder("const int n = %d;\n".formatted(width));
      List<String> names = new ArrayList<>(List.of("x0"));
      for (int i = 0; i < inputs.size(); i++) {
        Operand operand = kernel.further().get(i);
        String name = "x" + (i + 1);
        text.append(pointer("__global const ", "p" + i, inputs.get(i), operand));
        text.append(stream("p" + i, operand).load(name, "column", width));
        names.add(name);
      }
      if (!kernel.coordinates().isEmpty()) {
        Shape shape = kernel.outputs().getFirst().layout().shape();
        String index =
            "(batch * %s + row) * %s + column"
                .formatted(signature.number(shape.dim(1)), signature.number(shape.dim(2)));
        text.append(C.numbers("index", index, "1L", width));
        names.add("index");
      }
      BodyCode.Written written = BodyCode.write(kernel.epilogue(), names, width, "e");
      text.append(written.statements());
      for (int o = 0; o < outputs.size(); o++) {
        Operand operand = kernel.outputs().get(o);
        text.append(pointer("__global ", "y" + o, outputs.get(o), operand));
        text.append(stream("y" + o, operand).store(written.results().get(o), "column", width));
      }
      return text.toString();
    }

    private String pointer(String space, String name, String start, Operand operand) {
      return "%s%s *%s = %s + batch * %s + row * %s;\n"
          .formatted(
              space,
              C.memory(operand.dtype()),
              name,
              start,
              signature.number(operand.layout().stride(0)),
              signature.number(operand.layout().stride(1)));
    }

    private Stream stream(String pointer, Operand operand) {
      return Stream.of(operand.dtype(), operand.layout().stride(2), pointer, signature);
    }
  }
}
