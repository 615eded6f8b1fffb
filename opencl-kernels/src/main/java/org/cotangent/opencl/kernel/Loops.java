package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.type.DType;

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
    Nest nest = Nest.of(kernel.domain(), operands.stream().map(Operand::layout).toList());
    int width = Widths.of(traits, List.of(kernel.body()), operands);
    int local = traits.local();
    long share = traits.cpu() ? width / 2 : (long) local * width / 4;
    boolean flat = nest.rank() > 1 && nest.inner() < share;
    long rows = flat ? 1 : nest.size() / nest.inner();
    long inner = flat ? nest.size() : nest.inner();
    double work = (double) nest.size() * (operands.size() + kernel.body().instructions().size());
    Blocks blocks = Blocks.of(traits, rows, inner, work, local * width);
    long bytes =
        kernel.outputs().stream()
            .mapToLong(output -> output.layout().shape().size() * output.dtype().bytes())
            .sum();
    boolean pass = traits.passesCaches(bytes);
    if (!flat && kernel.isSum()) {
      return add.launch(kernel, nest, blocks, width, local, pass);
    }
    Writer writer = new Writer(kernel, operands, nest, width, local, pass);
    return flat ? writer.flat(blocks) : writer.rows(blocks);
  }

  /** Writes the text of one loop. */
  private static final class Writer {
    private final LoopKernel kernel;
    private final List<Operand> operands;
    private final Nest nest;
    private final int width;
    private final int local;
    private final boolean pass;
    private final int inputs;
    private final Signature signature = new Signature();
    private final Places places = new Places(signature);

    Writer(
        LoopKernel kernel, List<Operand> operands, Nest nest, int width, int local, boolean pass) {
      this.kernel = kernel;
      this.operands = operands;
      this.nest = nest;
      this.width = width;
      this.local = local;
      this.pass = pass;
      this.inputs = kernel.inputs().size();
    }

    Launch rows(Blocks blocks) {
      int outer = nest.rank() - 1;
      StringBuilder pointers = new StringBuilder(places.decode("a", "row", nest, outer));
      List<Stream> streams = new ArrayList<>();
      for (int i = 0; i < operands.size(); i++) {
        pointers.append(pointer(i, places.offset("a", i, nest, outer)));
        DType dtype = operands.get(i).dtype();
        streams.add(Stream.of(dtype, nest.stride(i, outer), "p" + i, signature));
      }
      StringBuilder text = new StringBuilder(blocks.open(signature, local, width));
      text.append(blocks.rows(pointers.toString(), "c"));
      for (int i = 0; i < inputs; i++) {
        text.append(streams.get(i).load("x" + i, "c", width));
      }
      List<String> results = results(text, "row * inner + c");
      for (int o = 0; o < results.size(); o++) {
        text.append(streams.get(inputs + o).store(results.get(o), "c", width, pass));
      }
      return signature.launch(text.append("}\n}\n").toString(), blocks.groups(), local);
    }

    Launch flat(Blocks blocks) {
      StringBuilder pointers = new StringBuilder();
      for (int i = 0; i < operands.size(); i++) {
        pointers.append(pointer(i, ""));
      }
      StringBuilder text = new StringBuilder(blocks.open(signature, local, width));
      text.append(blocks.rows(pointers.toString(), "c"));
      StringBuilder gather = new StringBuilder();
      StringBuilder load = new StringBuilder();
      for (int i = 0; i < inputs; i++) {
        DType dtype = operands.get(i).dtype();
        text.append("%s g%d[%d] = {0};\n".formatted(C.memory(dtype), i, width));
        gather.append("g%d[l] = %s;\n".formatted(i, element(i)));
        String loaded = C.fromMemory(dtype, C.load("g" + i, width), width);
        load.append("const %s x%d = %s;\n".formatted(C.register(dtype, width), i, loaded));
      }
      text.append(lanes(gather)).append(load);
      List<String> results = results(text, "c");
      StringBuilder scatter = new StringBuilder();
      for (int o = 0; o < results.size(); o++) {
        DType dtype = kernel.outputs().get(o).dtype();
        String value = C.toMemory(dtype, results.get(o), width);
        text.append("%s h%d[%d];\n".formatted(C.memory(dtype), o, width));
        text.append(C.store(value, "h" + o, width)).append('\n');
        scatter.append("%s = h%d[l];\n".formatted(element(inputs + o), o));
      }
      text.append(lanes(scatter)).append("}\n}\n");
      return signature.launch(text.toString(), blocks.groups(), local);
    }

    /** Writes the body, whose inputs are x0, x1 and so on, and perhaps an index. */
    private List<String> results(StringBuilder text, String index) {
      List<String> names =
          new ArrayList<>(IntStream.range(0, inputs).mapToObj(i -> "x" + i).toList());
      for (Coordinate coordinate : kernel.coordinates()) {
        if (coordinate != Coordinate.INDEX) {
          throw new IllegalStateException(kernel.label() + ": a loop has no " + coordinate);
        }
        text.append(C.numbers("index", index, "1L", width));
        names.add("index");
      }
      BodyCode.Written written = BodyCode.write(kernel.body(), names, width, "r");
      text.append(written.statements());
      return written.results();
    }

    /** An operand's element at the indices of a lane. */
    private String element(int operand) {
      return "p%d[0%s]".formatted(operand, places.offset("a", operand, nest, nest.rank()));
    }

    /** Statements for each lane that there is, with the indices of its element. */
    private String lanes(StringBuilder statements) {
      return "for (int l = 0; l < W; l++) if (l < n) {\n"
          + places.decode("a", "c + l", nest, nest.rank())
          + statements
          + "}\n";
    }

    private String pointer(int i, String offset) {
      return "%s%s *p%d = %s%s;\n"
          .formatted(
              i < inputs ? "__global const " : "__global ",
              C.memory(operands.get(i).dtype()),
              i,
              signature.memory(operands.get(i)),
              offset);
    }
  }
}
