package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** The epilogue of a contraction as a {@link Finish}: its body at each element of the product. */
final class Epilogue {
  private final ContractionKernel kernel;
  private final Signature signature = new Signature();
  private final List<String> inputs;
  private final List<String> outputs;

  private Epilogue(ContractionKernel kernel) {
    this.kernel = kernel;
    this.inputs = kernel.further().stream().map(signature::memory).toList();
    this.outputs = kernel.outputs().stream().map(signature::memory).toList();
  }

  /**
   * {@return what evaluates and stores}
   *
   * @param kernel with an epilogue
   * @param widths of the vectors that are handed over
   */
  static Finish of(ContractionKernel kernel, Set<Integer> widths) {
    Epilogue epilogue = new Epilogue(kernel);
    List<String> bodies = widths.stream().sorted().map(epilogue::body).toList();
    // Only now are all numbers known that the functions read.
    StringBuilder functions = new StringBuilder();
    int next = 0;
    for (int width : widths.stream().sorted().toList()) {
      functions.append(
          "static void KERNEL_finish%d(long batch, long row, long column, %s x0%s) {\n%s%s}\n"
              .formatted(
                  width,
                  C.register(kernel.left().dtype(), width),
                  epilogue.signature.parameters(),
                  epilogue.signature.declarations(),
                  bodies.get(next++)));
    }
    return new Finish(
        functions.toString(),
        epilogue.signature.parameters(),
        epilogue.signature.names(),
        epilogue.signature.arguments());
  }

  private String body(int width) {
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
      text.append(
          "const %s index = %s + %s;\n"
              .formatted(C.vector("long", width), C.splat("long", index, width), C.ramp(width)));
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
    DType dtype = operand.dtype();
    return "%s%s *%s = %s + batch * %s + row * %s;\n"
        .formatted(
            space,
            C.memory(dtype),
            name,
            start,
            signature.number(operand.layout().stride(0)),
            signature.number(operand.layout().stride(1)));
  }

  private Stream stream(String pointer, Operand operand) {
    long stride = operand.layout().stride(2);
    Nest.Step step = stride == 0 ? Nest.Step.NONE : stride == 1 ? Nest.Step.ONE : Nest.Step.ANY;
    return new Stream(
        operand.dtype(), step, pointer, step == Nest.Step.ANY ? signature.number(stride) : "");
  }
}
