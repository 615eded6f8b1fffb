package org.cotangent.opencl.kernel;

import java.util.List;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Operand;
import org.cotangent.error.DeviceException;
import org.cotangent.graph.Indexing;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * Slices gathered and scattered. A search for wrong indices goes before; the kernels themselves
 * pass over these, so that none reads or writes beyond its memory.
 */
final class Indexes {
  private final Traits traits;
  private final Search search;

  Indexes(Traits traits) {
    this.traits = traits;
    this.search = new Search(traits);
  }

  /** {@return what gathers or scatters; the result is not empty} */
  List<Launch> launches(IndexKernel kernel) {
    Launch work = kernel.gathers() ? gather(kernel) : scatter(kernel);
    return kernel.clips() || kernel.indices().layout().shape().size() == 0
        ? List.of(work)
        : List.of(search.wrongIndex(kernel), work);
  }

  /** The variable k: the index for an element of what is gathered or scattered. */
  private static String index(Signature signature, IndexKernel kernel, String inner) {
    Layout layout = kernel.indices().layout();
    String line =
        kernel.op().along()
            ? " + i * %s + (%s) * %s"
                .formatted(
                    signature.number(layout.stride(0)), inner, signature.number(layout.stride(2)))
            : "";
    return """
    long k = %s[j * %s%s];
    k += k < 0 ? size : 0;
    %s
    """
        .formatted(
            signature.memory(kernel.indices()),
            signature.number(layout.stride(1)),
            line,
            kernel.clips() ? "k = clamp(k, 0L, size - 1);" : "");
  }

  private Launch gather(IndexKernel kernel) {
    Operand data = kernel.data();
    Operand output = kernel.output();
    Layout from = data.layout();
    long inner = from.shape().dim(2);
    long rows = from.shape().dim(0) * output.layout().shape().dim(1);
    int vector = Widths.of(traits, List.of(), List.of(data));
    int local = traits.local();
    // Slices shorter than what a group takes at once: each element finds its slice.
    boolean flat = kernel.op().along() || inner < (long) vector * local;
    int width = flat ? 1 : vector;
    Signature signature = new Signature();
    Blocks blocks =
        flat
            ? Blocks.of(traits, 1, rows * inner, 4.0 * rows * inner, local)
            : Blocks.of(traits, rows, inner, 2.0 * rows * inner, (long) local * width);
    String type = C.memory(data.dtype());
    String number = signature.number(inner);
    String at = flat ? "c - slice * " + number : "c";
    String place =
        """
        const long slice = %s;
        const long size = %s, count = %s;
        const long j = slice %% count, i = slice / count;
        %sif (k < 0 || k >= size) continue;
        __global const %s *p = %s + i * %s + k * %s;
        __global %s *y = %s + slice * %s;
        """
            .formatted(
                flat ? "c / " + number : "row",
                signature.number(from.shape().dim(1)),
                signature.number(output.layout().shape().dim(1)),
                index(signature, kernel, at),
                type,
                signature.memory(data),
                signature.number(from.stride(0)),
                signature.number(from.stride(1)),
                type,
                signature.memory(output),
                number);
    Stream in = Stream.of(data.dtype(), from.stride(2), "p", signature);
    Stream out = Stream.of(data.dtype(), 1, "y", signature);
    String text =
        blocks.open(signature, local, width)
            + blocks.rows(flat ? "" : place, "c")
            + (flat ? place : "")
            + in.load("x", at, width)
            + out.store("x", at, width)
            + "}\n}\n";
    return signature.launch(text, blocks.groups(), local);
  }

  /**
   * Each item owns a part of the result: it clears it, and adds or puts what belongs there, in
   * order.
   */
  private Launch scatter(IndexKernel kernel) {
    Operand data = kernel.data();
    DType dtype = data.dtype();
    boolean adds = kernel.op().mode() == Indexing.Mode.SCATTER_ADD;
    if (adds && dtype == DType.BOOL) {
      throw new DeviceException(
          kernel.origin() + ": OpenCL adds no bool updates; cast them to int32 first");
    }
    Layout target = kernel.output().layout();
    Layout from = data.layout();
    long outer = target.shape().dim(0);
    long size = target.shape().dim(1);
    long inner = target.shape().dim(2);
    int width = kernel.op().along() ? 1 : Widths.across(traits, data, inner);
    long chunks = Math.ceilDiv(inner, width);
    long wanted = traits.cpu() ? 4L * traits.units() : 256L * traits.units();
    long ranges = Math.clamp(Math.ceilDiv(wanted, outer * chunks), 1, size);
    long units = outer * ranges * chunks;
    Signature signature = new Signature();
    Stream in = Stream.of(dtype, from.stride(2), "p", signature);
    Stream out = Stream.of(dtype, 1, "y", signature);
    String type = C.memory(dtype);
    String text =
        """
        enum { W = %d };
        const long inner = %s, chunks = %s, ranges = %s, units = %s, size = %s, count = %s;
        for (long unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        const long c = unit %% chunks * W, rest = unit / chunks;
        const long range = rest %% ranges, i = rest / ranges;
        const int n = (int)min((long)W, inner - c);
        const long each = size / ranges, more = size %% ranges;
        const long low = range * each + min(range, more);
        const long high = low + each + (range < more);
        __global %s *base = %s + i * size * inner;
        for (long k = low; k < high; k++) {
        __global %s *y = base + k * inner;
        const %s zero = 0;
        %s}
        for (long j = 0; j < count; j++) {
        %sif (k < low || k >= high) continue;
        __global const %s *p = %s + i * %s + j * %s;
        __global %s *y = base + k * inner;
        %s%s}
        }
        """
            .formatted(
                width,
                signature.number(inner),
                signature.number(chunks),
                signature.number(ranges),
                signature.number(units),
                signature.number(size),
                signature.number(kernel.indices().layout().shape().dim(1)),
                type,
                signature.memory(kernel.output()),
                type,
                C.register(dtype, width),
                out.store("zero", "c", width),
                index(signature, kernel, "c"),
                type,
                signature.memory(data),
                signature.number(from.stride(0)),
                signature.number(from.stride(1)),
                type,
                in.load("x", "c", width),
                adds
                    ? "%sconst %s sum = %s;\n%s"
                        .formatted(
                            out.load("old", "c", width),
                            C.register(dtype, width),
                            C.sum(dtype, "old", "x", width),
                            out.store("sum", "c", width))
                    : out.store("x", "c", width));
    // Each range looks at all indices.
    double work =
        3.0 * from.shape().size() + (double) units * kernel.indices().layout().shape().dim(1);
    return signature.launch(text, traits.groups(units, work), traits.local());
  }
}
