package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Elements;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.backend.Targets;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;

/**
 * Writes the text of one phase of a reduction. In it {@code start} is the number of a block's first
 * element among the reduced ones, {@code m} the block's size, {@code h} the largest power of two
 * below.
 */
final class Phase {
  private static final int BLOCK = ReduceKernel.BLOCK;

  private final Traits traits;
  private final ReduceKernel kernel;
  private final Elements elements;
  private final Family family;
  private final Targets targets;
  private final Signature signature = new Signature();
  private final Places places = new Places(signature);
  private final List<DType> accumulators;
  private final Nest kept;
  private final Nest reduced;
  private final int inputs;
  private final int width;
  private final int local;

  Phase(Traits traits, ReduceKernel kernel, Elements elements, Family family, Targets targets) {
    this.traits = traits;
    this.kernel = kernel;
    this.elements = elements;
    this.family = family;
    this.targets = targets;
    this.accumulators = kernel.combine().resultTypes();
    this.inputs = elements.inputs().size();
    List<List<Long>> strides = elements.strides(elements.kept());
    strides.addAll(targets.kept());
    this.kept = Nest.of(elements.dims(elements.kept()), strides);
    this.reduced = Nest.of(elements.dims(elements.reduced()), elements.strides(elements.reduced()));
    List<Operand> operands = new ArrayList<>(elements.inputs());
    operands.addAll(targets.outputs());
    List<Body> bodies = List.of(elements.lift(), kernel.combine(), targets.finish());
    boolean vectors = traits.cpu();
    this.width = vectors ? Widths.of(traits, bodies, operands) : 1;
    this.local = traits.local();
  }

  Launch launch() {
    long parts = Math.ceilDiv(reduced.size(), BLOCK);
    long units =
        switch (family) {
          case ROWS, GROUP -> kept.size() * parts;
          case COLUMNS -> kept.size() / kept.inner() * Math.ceilDiv(kept.inner(), width) * parts;
        };
    String text =
        switch (family) {
          case ROWS -> rows(units, parts);
          case GROUP -> group(units, parts);
          case COLUMNS -> columns(units);
        };
    return signature.launch(text, groups(units), local);
  }

  private long groups(long units) {
    double work =
        (double) kept.size()
            * reduced.size()
            * (2 + inputs + elements.lift().instructions().size());
    if (traits.cpu()) {
      return Math.min(units, traits.cpuGroups(work));
    }
    long groups = family == Family.COLUMNS ? Math.ceilDiv(units, local) : units;
    return Math.min(groups, 32L * traits.units());
  }

  // ---- the families

  private String rows(long units, long parts) {
    StringBuilder text = new StringBuilder(opened(units, parts));
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("%s a%d[%d];\n".formatted(C.register(accumulators.get(a), 1), a, BLOCK + width));
    }
    text.append("for (int i = 0; i < m;) {\nconst long e = start + i;\n");
    text.append(places.decode("r", "e", reduced, reduced.rank()));
    int last = reduced.rank() - 1;
    text.append(
        "const int run = (int)min((long)(m - i), %s - r%d);\n"
            .formatted(signature.number(reduced.inner()), last));
    for (int i = 0; i < inputs; i++) {
      text.append(pointer("q" + i, i, "p" + i + places.offset("r", i, reduced, last)));
    }
    if (elements.coordinates().contains(Coordinate.INDEX)) {
      text.append("const long b = base" + places.offset("r", inputs, reduced, last) + ";\n");
    }
    text.append("for (int j = 0; j < run; j += W) {\n");
    text.append("const long c = r%d + j;\nconst int n = min(W, run - j);\n".formatted(last));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      text.append(stream(i, "q" + i, reduced).load("x" + i, "c", width));
      names.add("x" + i);
    }
    String step = signature.number(reduced.stride(inputs, last));
    coordinates(text, names, "b + c * " + step, step, "start + i + j", "1L");
    BodyCode.Written lifted = BodyCode.write(elements.lift(), names, width, "l");
    text.append(lifted.statements());
    for (int a = 0; a < accumulators.size(); a++) {
      text.append(C.store(lifted.results().get(a), "a%d + i + j".formatted(a), width));
    }
    text.append("}\ni += run;\n}\n");
    text.append("for (int left = m; left > 1; left = h, h /= 2) {\nint i = 0;\n");
    if (width > 1) {
      text.append("for (; i + W <= left - h; i += W) {\n");
      text.append(combined("i", "h + i", width)).append("}\n");
    }
    text.append("for (; i < left - h; i++) {\n").append(combined("i", "h + i", 1)).append("}\n}\n");
    text.append(finishedOne());
    return text.toString();
  }

  private String group(long units, long parts) {
    StringBuilder text = new StringBuilder();
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("__local %s a%d[%d];\n".formatted(C.register(accumulators.get(a), 1), a, BLOCK));
    }
    text.append("const int item = get_local_id(0);\n").append(opened(units, parts));
    text.append(
        "for (int i = item; i < m; i += %d) {\nconst long e = start + i;\n".formatted(local));
    text.append(places.decode("r", "e", reduced, reduced.rank()));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      String place = "p" + i + places.offset("r", i, reduced, reduced.rank());
      DType dtype = elements.inputs().get(i).dtype();
      text.append(
          "const %s x%d = %s;\n"
              .formatted(C.register(dtype, 1), i, C.fromMemory(dtype, "*(" + place + ")", 1)));
      names.add("x" + i);
    }
    String index = "base" + places.offset("r", inputs, reduced, reduced.rank());
    coordinates(text, names, index, "0L", "e", "0L");
    BodyCode.Written lifted = BodyCode.write(elements.lift(), names, 1, "l");
    text.append(lifted.statements());
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("a%d[i] = %s;\n".formatted(a, lifted.results().get(a)));
    }
    text.append("}\nbarrier(CLK_LOCAL_MEM_FENCE);\n");
    text.append("for (int left = m; left > 1; left = h, h /= 2) {\n");
    text.append("for (int i = item; i < left - h; i += %d) {\n".formatted(local));
    text.append(combined("i", "h + i", 1));
    text.append("}\nbarrier(CLK_LOCAL_MEM_FENCE);\n}\n");
    text.append("if (item == 0) {\n").append(finishedOne());
    // The next block's elements must not come before the last was read.
    text.append("barrier(CLK_LOCAL_MEM_FENCE);\n}\n");
    return text.toString();
  }

  private String columns(long units) {
    StringBuilder text = new StringBuilder();
    int last = kept.rank() - 1;
    text.append("enum { W = %d };\n".formatted(width));
    text.append(
        """
        const long inner = %s, chunks = %s, rows = %s, units = %s, total = %s;
        for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const long chunk = unit %% chunks, across = unit / chunks;
        const long row = across %% rows, part = across / rows;
        const long c = chunk * W;
        const int n = (int)min((long)W, inner - c);
        %s\
        """
            .formatted(
                signature.number(kept.inner()),
                signature.number(Math.ceilDiv(kept.inner(), width)),
                signature.number(kept.size() / kept.inner()),
                signature.number(units),
                signature.number(reduced.size()),
                block()));
    text.append(places.decode("k", "row", kept, last)).append(pointers(last));
    for (int a = 0; a < accumulators.size(); a++) {
      String type = C.register(accumulators.get(a), width);
      text.append("%s a%d, s%d[11];\n".formatted(type, a, a));
    }
    text.append(
        """
        int r = 0;
        for (int j = 0; j < h; j++) {
        for (int side = 0; side < 2; side++) {
        const long e = start + r + side * h;
        if (e >= start + m) break;
        """);
    text.append(places.decode("r", "e", reduced, reduced.rank()));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      String place = "p" + i + places.offset("r", i, reduced, reduced.rank());
      text.append(pointer("q" + i, i, place));
      text.append(stream(i, "q" + i, kept).load("x" + i, "c", width));
      names.add("x" + i);
    }
    String step = signature.number(kept.stride(inputs, last));
    String index =
        "base%s + c * %s".formatted(places.offset("r", inputs, reduced, reduced.rank()), step);
    coordinates(text, names, index, step, "e", "0L");
    BodyCode.Written lifted = BodyCode.write(elements.lift(), names, width, "l");
    text.append(lifted.statements()).append("if (side == 0) {\n");
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("a%d = %s;\n".formatted(a, lifted.results().get(a)));
    }
    text.append("} else {\n");
    text.append(joined(accumulators("a", ""), lifted.results(), width));
    text.append("}\n}\nint level = 0;\nfor (; (j >> level) & 1; level++) {\n");
    text.append(joined(accumulators("s", "[level]"), accumulators("a", ""), width));
    text.append("}\n");
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("s%d[level] = a%d;\n".formatted(a, a));
    }
    // The next number with its bits in reverse: leaves in the order in which the tree joins them.
    text.append("int bit = h >> 1;\nwhile (r & bit) {\nr ^= bit;\nbit >>= 1;\n}\nr |= bit;\n}\n");
    BodyCode.Written finished = BodyCode.write(targets.finish(), accumulators("a", ""), width, "f");
    text.append(finished.statements());
    for (int o = 0; o < targets.outputs().size(); o++) {
      int operand = inputs + 1 + o;
      text.append(target(o, places.offset("k", operand, kept, last)));
      DType dtype = targets.outputs().get(o).dtype();
      Stream stream = Stream.of(dtype, kept.stride(operand, last), "y" + o, signature);
      text.append(stream.store(finished.results().get(o), "c", width));
    }
    return text.append("}\n").toString();
  }

  // ---- their parts

  /** A loop over units, each a kept index and a block. */
  private String opened(long units, long parts) {
    return """
    enum { W = %d };
    const long units = %s, parts = %s, total = %s;
    const long groups = get_num_groups(0), group = get_group_id(0);
    const long each = units / groups, more = units %% groups;
    const long from = group * each + min(group, more);
    const long to = from + each + (group < more);
    for (long unit = from; unit < to; unit++) {
    const long row = unit / parts, part = unit %% parts;
    """
            .formatted(
                width,
                signature.number(units),
                signature.number(parts),
                signature.number(reduced.size()))
        + block()
        + places.decode("k", "row", kept, kept.rank())
        + pointers(kept.rank());
  }

  private static String block() {
    return """
    const long start = part * %d;
    const int m = (int)min(%dL, total - start);
    int h = 1;
    while (2 * h < m) h *= 2;
    """
        .formatted(BLOCK, BLOCK);
  }

  private String pointers(int axes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < inputs; i++) {
      String place = signature.memory(elements.inputs().get(i)) + places.offset("k", i, kept, axes);
      text.append(pointer("p" + i, i, place));
    }
    text.append("const long base = 0%s;\n".formatted(places.offset("k", inputs, kept, axes)));
    return text.toString();
  }

  private String pointer(String name, int input, String place) {
    return "__global const %s *%s = %s;\n"
        .formatted(C.memory(elements.inputs().get(input).dtype()), name, place);
  }

  private String target(int output, String offset) {
    Operand operand = targets.outputs().get(output);
    return "__global %s *y%d = %s%s + part * %s;\n"
        .formatted(
            C.memory(operand.dtype()),
            output,
            signature.memory(operand),
            offset,
            signature.number(targets.blocks().get(output)));
  }

  /** Results of a block whose accumulators are the first of the arrays. */
  private String finishedOne() {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>();
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("const %s z%d = a%d[0];\n".formatted(C.register(accumulators.get(a), 1), a, a));
      names.add("z" + a);
    }
    BodyCode.Written finished = BodyCode.write(targets.finish(), names, 1, "f");
    text.append(finished.statements());
    for (int o = 0; o < targets.outputs().size(); o++) {
      DType dtype = targets.outputs().get(o).dtype();
      text.append(target(o, places.offset("k", inputs + 1 + o, kept, kept.rank())));
      text.append("*y%d = %s;\n".formatted(o, C.toMemory(dtype, finished.results().get(o), 1)));
    }
    return text.append("}\n").toString();
  }

  /** Two places of the arrays combined into the first. */
  private String combined(String first, String second, int lanes) {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>();
    for (String place : List.of(first, second)) {
      for (int a = 0; a < accumulators.size(); a++) {
        String name = (names.size() < accumulators.size() ? "u" : "v") + a;
        String type = C.register(accumulators.get(a), lanes);
        text.append(
            "const %s %s = %s;\n"
                .formatted(type, name, C.load("a%d + %s".formatted(a, place), lanes)));
        names.add(name);
      }
    }
    BodyCode.Written joined = BodyCode.write(kernel.combine(), names, lanes, "j");
    text.append(joined.statements());
    for (int a = 0; a < accumulators.size(); a++) {
      text.append(C.store(joined.results().get(a), "a%d + %s".formatted(a, first), lanes));
      text.append('\n');
    }
    return text.toString();
  }

  /** Two sets of accumulators combined into a0, a1 and so on. */
  private String joined(List<String> first, List<String> second, int lanes) {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 2 * accumulators.size(); i++) {
      int a = i % accumulators.size();
      String name = (i == a ? "u" : "v") + a;
      String value = (i == a ? first : second).get(a);
      text.append(
          "const %s %s = %s;\n".formatted(C.register(accumulators.get(a), lanes), name, value));
      names.add(name);
    }
    BodyCode.Written joined = BodyCode.write(kernel.combine(), names, lanes, "j");
    text.append(joined.statements());
    for (int a = 0; a < accumulators.size(); a++) {
      text.append("a%d = %s;\n".formatted(a, joined.results().get(a)));
    }
    return text.toString();
  }

  private List<String> accumulators(String prefix, String suffix) {
    return IntStream.range(0, accumulators.size()).mapToObj(a -> prefix + a + suffix).toList();
  }

  private void coordinates(
      StringBuilder text,
      List<String> names,
      String index,
      String indexStep,
      String position,
      String positionStep) {
    for (Coordinate coordinate : elements.coordinates()) {
      String name = coordinate == Coordinate.INDEX ? "index" : "position";
      String value = coordinate == Coordinate.INDEX ? index : position;
      String step = coordinate == Coordinate.INDEX ? indexStep : positionStep;
      text.append(C.numbers(name, value, step, width));
      names.add(name);
    }
  }

  /** An input along the innermost axis of a nest. */
  private Stream stream(int input, String pointer, Nest nest) {
    DType dtype = elements.inputs().get(input).dtype();
    return Stream.of(dtype, nest.stride(input, nest.rank() - 1), pointer, signature);
  }
}
