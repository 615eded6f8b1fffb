package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * Matrix products of any layout, dtype and epilogue, straight from memory: an item computes a
 * vector of one row. For products too small to pay for anything better.
 */
final class Products {
  private final Traits traits;

  Products(Traits traits) {
    this.traits = traits;
  }

  /** {@return what computes a product that is not empty, of some depth} */
  Launch launch(ContractionKernel kernel) {
    DType dtype = kernel.left().dtype();
    if (kernel.accumulator() != dtype) {
      throw new DeviceException(
          "%s: OpenCL sums %s in its own dtype, not in %s"
              .formatted(kernel.origin(), dtype, kernel.accumulator()));
    }
    Layout left = kernel.left().layout();
    Layout right = kernel.right().layout();
    long rows = left.shape().dim(1);
    long columns = right.shape().dim(2);
    int local = traits.cpu() ? 1 : Math.min(256, traits.groupSize());
    List<Operand> operands = new ArrayList<>(kernel.inputs());
    operands.addAll(kernel.outputs());
    int width = traits.cpu() ? Widths.of(traits, List.of(kernel.epilogue()), operands) : 1;
    long chunks = Math.ceilDiv(columns, width);
    long units = left.shape().dim(0) * rows * chunks;
    Signature signature = new Signature();
    String type = C.memory(dtype);
    Stream b =
        new Stream(
            dtype,
            right.stride(2) == 1 ? Nest.Step.ONE : Nest.Step.ANY,
            "q",
            right.stride(2) == 1 ? "" : signature.number(right.stride(2)));
    String product =
        dtype.isFloating()
            ? "fma(%s, b, sum)".formatted(C.splat(type, "p[d * ad]", width))
            : "as_%s(as_%s(sum) + as_%s(%s) * as_%s(b))"
                .formatted(
                    C.register(dtype, width),
                    C.unsigned(dtype, width),
                    C.unsigned(dtype, width),
                    C.splat(type, "p[d * ad]", width),
                    C.unsigned(dtype, width));
    String text =
        """
        enum { W = %d };
        const long chunks = %s, rows = %s, columns = %s, depth = %s, units = %s, ad = %s, bd = %s;
        for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const long c = unit %% chunks * W, rest = unit / chunks;
        const long row = rest %% rows, batch = rest / rows;
        const int n = (int)min((long)W, columns - c);
        __global const %s *p = %s + batch * %s + row * %s;
        __global const %s *q = %s + batch * %s;
        %s sum = 0;
        for (long d = 0; d < depth; d++, q += bd) {
        %ssum = %s;
        }
        %s}
        """
            .formatted(
                width,
                signature.number(chunks),
                signature.number(rows),
                signature.number(columns),
                signature.number(left.shape().dim(2)),
                signature.number(units),
                signature.number(left.stride(2)),
                signature.number(right.stride(1)),
                type,
                signature.memory(kernel.left()),
                signature.number(left.stride(0)),
                signature.number(left.stride(1)),
                type,
                signature.memory(kernel.right()),
                signature.number(right.stride(0)),
                C.register(dtype, width),
                b.load("b", "c", width),
                product,
                epilogue(kernel, signature, width));
    long groups =
        traits.cpu()
            ? Math.min(units, 4L * traits.units())
            : Math.min(Math.ceilDiv(units, local), 64L * traits.units());
    return new Launch(
        kernel.label(),
        signature.function(Loops.attributes(local), text),
        signature.arguments(),
        groups,
        local);
  }

  /** What becomes of {@code sum}, at {@code batch, row, c}. */
  private static String epilogue(ContractionKernel kernel, Signature signature, int width) {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>(List.of("sum"));
    for (int i = 0; i < kernel.further().size(); i++) {
      Operand operand = kernel.further().get(i);
      text.append(pointer("__global const ", "f" + i, operand, signature));
      text.append(stream("f" + i, operand, signature).load("x" + i, "c", width));
      names.add("x" + i);
    }
    if (!kernel.coordinates().isEmpty()) {
      String index = C.splat("long", "(batch * rows + row) * columns + c", width);
      text.append(
          "const %s index = %s + %s;\n".formatted(C.vector("long", width), index, C.ramp(width)));
      names.add("index");
    }
    BodyCode.Written written = BodyCode.write(kernel.epilogue(), names, width, "e");
    text.append(written.statements());
    for (int o = 0; o < kernel.outputs().size(); o++) {
      Operand output = kernel.outputs().get(o);
      text.append(pointer("__global ", "y" + o, output, signature));
      text.append(stream("y" + o, output, signature).store(written.results().get(o), "c", width));
    }
    return text.toString();
  }

  private static String pointer(String space, String name, Operand operand, Signature signature) {
    return "%s%s *%s = %s + batch * %s + row * %s;\n"
        .formatted(
            space,
            C.memory(operand.dtype()),
            name,
            signature.memory(operand),
            signature.number(operand.layout().stride(0)),
            signature.number(operand.layout().stride(1)));
  }

  private static Stream stream(String pointer, Operand operand, Signature signature) {
    long stride = operand.layout().stride(2);
    Nest.Step step = stride == 0 ? Nest.Step.NONE : stride == 1 ? Nest.Step.ONE : Nest.Step.ANY;
    return new Stream(
        operand.dtype(), step, pointer, step == Nest.Step.ANY ? signature.number(stride) : "");
  }
}
