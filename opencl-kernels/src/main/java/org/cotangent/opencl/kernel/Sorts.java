package org.cotangent.opencl.kernel;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.SortRuns;
import org.cotangent.op.Sort;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Rows in order: blocks by insertion, then runs merged in pairs, in each launch twice as long ones.
 * An item writes one block of a merged run; how many of its elements come from either run it finds
 * by halving (Odeh et al., Merge Path, 2012). So all items of all rows work at once, however few
 * and long the rows. Keys compare as integers; they and the positions go to and fro between two
 * halves of the workspace, and the last launch writes the results. Of equal keys the left one comes
 * first throughout, so the order is the one stable order, which is the CPU's.
 */
final class Sorts {
  private final Traits traits;

  Sorts(Traits traits) {
    this.traits = traits;
  }

  /** Elements of a block: on GPUs few, so that many items have one. */
  private int block() {
    return traits.cpu() ? 32 : 8;
  }

  /** {@return the bytes of keys and positions between launches} */
  long workspace(OpKernel kernel, Sort op) {
    return kernel.inputs().getFirst().layout().shape().size() == 0
        ? 0
        : sorting(kernel, op).workspace(0);
  }

  private SortRuns sorting(OpKernel kernel, Sort op) {
    Operand input = kernel.inputs().getFirst();
    Shape shape = input.layout().shape();
    long length = shape.dim(op.axis());
    return new SortRuns(shape.size() / length, length, SortRuns.key(input.dtype()), block());
  }

  /**
   * {@return what sorts}
   *
   * @param kernel whose input is not empty
   * @param op its op
   * @param workspace buffer of {@link #workspace} bytes
   */
  List<Launch> launches(OpKernel kernel, Sort op, int workspace) {
    int merges = sorting(kernel, op).merges();
    return IntStream.rangeClosed(0, merges)
        .mapToObj(pass -> new Pass(kernel, op, workspace).launch(pass, pass == merges))
        .toList();
  }

  /** One launch. */
  private final class Pass {
    private final OpKernel kernel;
    private final Sort op;
    private final int workspace;
    private final Operand input;
    private final SortRuns sorting;
    private final DType key;
    private final Signature signature = new Signature();

    Pass(OpKernel kernel, Sort op, int workspace) {
      this.kernel = kernel;
      this.op = op;
      this.workspace = workspace;
      input = kernel.inputs().getFirst();
      sorting = sorting(kernel, op);
      key = sorting.key();
    }

    Launch launch(int pass, boolean last) {
      Shape shape = input.layout().shape();
      long units = sorting.lines() * sorting.blocks();
      String opening =
          """
          enum { B = %d };
          const long inner = %s, length = %s, blocks = %s, units = %s;
          for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
          const long row = unit / blocks, start = unit %% blocks * B;
          const int n = (int)min((long)B, length - start);
          const long first = row / inner * length * inner + row %% inner;
          """
              .formatted(
                  block(),
                  signature.number(Layout.contiguous(shape).stride(op.axis())),
                  signature.number(sorting.length()),
                  signature.number(sorting.blocks()),
                  signature.number(units));
      String from = pass == 0 || last ? elements("x", input, true) : "";
      String body = pass == 0 ? insertion(last) : merge(pass, last);
      double work = (double) shape.size() * 2 * block();
      return signature.launch(
          opening + from + body + "}\n", traits.groups(units, work), traits.local());
    }

    /** A pointer to the row's elements, as integers: what a NaN carries stays. */
    private String elements(String name, Operand operand, boolean read) {
      DType bits = operand.dtype() == DType.BOOL ? DType.BOOL : SortRuns.key(operand.dtype());
      String place =
          signature.memory(
              operand.buffer(), operand.layout().offset() * operand.dtype().bytes(), bits);
      return "__global %s%s *%s = %s + first;\n"
          .formatted(read ? "const " : "", C.memory(bits), name, place);
    }

    private String insertion(boolean last) {
      return """
      %1$s keys[B];
      int positions[B];
      for (int i = 0; i < n; i++) {
      const %1$s bits = x[(start + i) * inner];
      const %1$s key = %2$s(%3$s);
      int to = i;
      for (; to > 0 && keys[to - 1] > key; to--) {
      keys[to] = keys[to - 1];
      positions[to] = positions[to - 1];
      }
      keys[to] = key;
      positions[to] = (int)(start + i);
      }
      %4$sfor (int i = 0; i < n; i++) {
      const %1$s key = keys[i];
      const int position = positions[i];
      %5$s}
      """
          .formatted(
              C.memory(key),
              op.descending() ? "~" : "",
              order(),
              last ? results() : run("to", 0),
              last ? result() : "toKeys[start + i] = key;\ntoPositions[start + i] = position;\n");
    }

    /** Compares as the element does whose bits it is made of: -0 as +0, NaN as the largest. */
    private String order() {
      if (!input.dtype().isFloating()) {
        return "bits";
      }
      boolean wide = key == DType.INT64;
      String most = wide ? "0x7fffffffffffffffL" : "0x7fffffff";
      String infinity = wide ? "0x7ff0000000000000L" : "0x7f800000";
      return "(bits & %1$s) > %2$s ? %1$s : bits < 0 ? -(bits & %1$s) : bits"
          .formatted(most, infinity);
    }

    private String merge(int pass, boolean last) {
      return run("from", pass - 1)
          + (last ? results() : run("to", pass))
          + """
          const long run = %s, pair = start / (2 * run) * (2 * run), before = start - pair;
          const long left = min(run, length - pair);
          const long right = min(run, length - pair - left);
          __global const %s *a = fromKeys + pair, *b = a + left;
          long low = max(0L, before - right), high = min(before, left);
          while (low < high) {
          const long middle = (low + high) / 2;
          if (a[middle] <= b[before - 1 - middle]) low = middle + 1;
          else high = middle;
          }
          long j = before - low;
          for (int i = 0; i < n; i++) {
          const bool isLeft = j == right || (low < left && a[low] <= b[j]);
          const long at = isLeft ? low++ : left + j++;
          const int position = fromPositions[pair + at];
          %s}
          """
              .formatted(
                  signature.number(sorting.run(pass)),
                  C.memory(key),
                  last
                      ? result()
                      : "toKeys[start + i] = a[at];\ntoPositions[start + i] = position;\n");
    }

    /** Pointers to the row's keys and positions as a pass writes them. */
    private String run(String name, int pass) {
      return """
      __global %s *%sKeys = %s + row * length;
      __global int *%sPositions = %s + row * length;
      """
          .formatted(
              C.memory(key),
              name,
              signature.memory(sorting.keys(pass, workspace)),
              name,
              signature.memory(sorting.positions(pass, workspace)));
    }

    private String results() {
      StringBuilder text = new StringBuilder();
      for (int r = 0; r < op.results().size(); r++) {
        text.append(elements("y" + r, kernel.outputs().get(r), false));
      }
      return text.toString();
    }

    /** Statements that write one place of the results. */
    private String result() {
      StringBuilder text = new StringBuilder();
      for (int r = 0; r < op.results().size(); r++) {
        String value =
            switch (op.results().get(r)) {
              case VALUES -> "x[position * inner]";
              case POSITIONS -> "position";
            };
        text.append("y%d[(start + i) * inner] = %s;\n".formatted(r, value));
      }
      return text.toString();
    }
  }
}
