package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * A body at each index of a domain. The rows of the innermost axis are cut into blocks; a group
 * takes blocks, its items take vectors of a block in turn. Where rows are shorter than a vector,
 * lanes are elements in row-major order instead, each with a place of its own.
 */
final class Loops {
  private final Traits traits;
  private final Add add;

  Loops(Traits traits) {
    this.traits = traits;
    this.add = new Add();
  }

  /** {@return what computes a loop whose domain is not empty} */
  Launch launch(LoopKernel kernel) {
    List<Operand> operands = new ArrayList<>(kernel.inputs());
    operands.addAll(kernel.outputs());
    Nest nest = Nest.of(dims(kernel.domain()), strides(operands));
    int width = Widths.of(traits, List.of(kernel.body()), operands);
    int local = traits.cpu() ? 1 : Math.min(256, traits.groupSize());
    long share = traits.cpu() ? width / 2 : (long) local * width / 4;
    boolean flat = nest.rank() > 1 && nest.inner() < share;
    long rows = flat ? 1 : nest.size() / nest.inner();
    long inner = flat ? nest.size() : nest.inner();
    double work = (double) nest.size() * (operands.size() + kernel.body().instructions().size());
    Blocks blocks = Blocks.of(traits, rows, inner, work, local * width);
    if (!flat && Add.fits(kernel)) {
      return add.launch(kernel, nest, blocks, width, local);
    }
    Writer writer = new Writer(kernel, operands, nest, width, local);
    Source source = flat ? writer.flat(blocks) : writer.rows(blocks);
    return new Launch(kernel.label(), source, writer.signature.arguments(), blocks.groups(), local);
  }

  static List<Long> dims(Shape shape) {
    return IntStream.range(0, shape.rank()).mapToObj(shape::dim).toList();
  }

  static List<List<Long>> strides(List<Operand> operands) {
    return operands.stream().map(operand -> strides(operand.layout())).toList();
  }

  static List<Long> strides(Layout layout) {
    return IntStream.range(0, layout.shape().rank()).mapToObj(layout::stride).toList();
  }

  /** Writes the text of one loop. */
  private static final class Writer {
    private final LoopKernel kernel;
    private final List<Operand> operands;
    private final Nest nest;
    private final int width;
    private final int local;
    private final int inputs;
    private final Signature signature = new Signature();
    private final Places places = new Places(signature);

    Writer(LoopKernel kernel, List<Operand> operands, Nest nest, int width, int local) {
      this.kernel = kernel;
      this.operands = operands;
      this.nest = nest;
      this.width = width;
      this.local = local;
      this.inputs = kernel.inputs().size();
    }

    Source rows(Blocks blocks) {
      StringBuilder text = new StringBuilder();
      StringBuilder pointers = new StringBuilder();
      List<Stream> streams = new ArrayList<>();
      pointers.append(places.decode("a", "row", nest, nest.rank() - 1));
      for (int i = 0; i < operands.size(); i++) {
        pointers.append(pointer(i, "0" + places.offset("a", i, nest, nest.rank() - 1)));
        String stride =
            nest.step(i) == Nest.Step.ANY ? signature.number(nest.stride(i, nest.rank() - 1)) : "";
        streams.add(new Stream(operands.get(i).dtype(), nest.step(i), "p" + i, stride));
      }
      String index = kernel.coordinates().isEmpty() ? "" : "row * inner + c";
      text.append(blocks.open(signature, local, width));
      text.append(blocks.rows(pointers.toString(), "c"));
      body(text, streams, index);
      return signature.function(attributes(local), text.append("}\n}\n").toString());
    }

    private void body(StringBuilder text, List<Stream> streams, String index) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < inputs; i++) {
        text.append(streams.get(i).load("x" + i, "c", width));
        names.add("x" + i);
      }
      results(text, streams, names, index);
    }

    private void results(
        StringBuilder text, List<Stream> streams, List<String> names, String index) {
      for (Coordinate coordinate : kernel.coordinates()) {
        if (coordinate != Coordinate.INDEX) {
          throw new IllegalStateException(kernel.label() + ": a loop has no " + coordinate);
        }
        text.append(
            "const %s index = %s + %s;\n"
                .formatted(C.vector("long", width), C.splat("long", index, width), C.ramp(width)));
        names.add("index");
      }
      BodyCode.Written written = BodyCode.write(kernel.body(), names, width, "r");
      text.append(written.statements());
      for (int i = 0; i < kernel.outputs().size(); i++) {
        String result = written.results().get(i);
        Stream stream = streams.get(inputs + i);
        text.append(stream.store(result, "c", width));
      }
    }

    Source flat(Blocks blocks) {
      StringBuilder text = new StringBuilder();
      StringBuilder pointers = new StringBuilder();
      StringBuilder gather = new StringBuilder();
      StringBuilder load = new StringBuilder();
      for (int i = 0; i < operands.size(); i++) {
        pointers.append(pointer(i, "0"));
      }
      List<String> names = new ArrayList<>();
      for (int i = 0; i < inputs; i++) {
        Operand operand = operands.get(i);
        text.append("%s g%d[%d] = {0};\n".formatted(C.memory(operand.dtype()), i, width));
        gather.append(
            "g%d[l] = p%d[%s];\n".formatted(i, i, "0" + places.offset("a", i, nest, nest.rank())));
        load.append(
            "const %s x%d = %s;\n"
                .formatted(
                    C.register(operand.dtype(), width),
                    i,
                    C.fromMemory(operand.dtype(), C.load("g" + i, width), width)));
        names.add("x" + i);
      }
      text.append(lanes(gather)).append(load);
      StringBuilder scatter = new StringBuilder();
      StringBuilder keep = new StringBuilder();
      BodyCode.Written written = coordinates(text, names);
      for (int i = 0; i < kernel.outputs().size(); i++) {
        Operand operand = kernel.outputs().get(i);
        String value = C.toMemory(operand.dtype(), written.results().get(i), width);
        keep.append("%s h%d[%d];\n".formatted(C.memory(operand.dtype()), i, width));
        keep.append(C.store(value, "h" + i, width)).append('\n');
        scatter.append(
            "p%d[%s] = h%d[l];\n"
                .formatted(inputs + i, "0" + places.offset("a", inputs + i, nest, nest.rank()), i));
      }
      text.append(keep).append(lanes(scatter));
      String loop = blocks.open(signature, local, width) + blocks.rows(pointers.toString(), "c");
      return signature.function(attributes(local), loop + text + "}\n}\n");
    }

    /** Statements for each lane that there is, with the indices of its element. */
    private String lanes(StringBuilder statements) {
      return "for (int l = 0; l < W; l++) if (l < n) {\n"
          + places.decode("a", "c + l", nest, nest.rank())
          + statements
          + "}\n";
    }

    private BodyCode.Written coordinates(StringBuilder text, List<String> names) {
      if (!kernel.coordinates().isEmpty()) {
        text.append(
            "const %s index = %s + %s;\n"
                .formatted(C.vector("long", width), C.splat("long", "c", width), C.ramp(width)));
        names.add("index");
      }
      BodyCode.Written written = BodyCode.write(kernel.body(), names, width, "r");
      text.append(written.statements());
      return written;
    }

    private String pointer(int i, String offset) {
      return "%s%s *p%d = %s + %s;\n"
          .formatted(
              i < inputs ? "__global const " : "__global ",
              C.memory(operands.get(i).dtype()),
              i,
              signature.memory(operands.get(i)),
              offset);
    }
  }

  static String attributes(int local) {
    return "__attribute__((reqd_work_group_size(%d, 1, 1))) ".formatted(local);
  }
}
