package org.cotangent.opencl.kernel;

import java.util.List;
import org.cotangent.backend.Check;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;

/**
 * The first element of an operand, in row-major order, that the caller must hear of: one group
 * looks at all of them. Its status words are written in every run.
 */
final class Search {
  private static final String FIRST_OF_GROUP =
      """
      firsts[item] = first_found;
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = 0; i < get_local_size(0); i++) first_found = min(first_found, firsts[i]);
      """;

  private final Traits traits;

  Search(Traits traits) {
    this.traits = traits;
  }

  /** {@return what looks for an index outside its axis} */
  Launch wrongIndex(IndexKernel kernel) {
    Signature signature = new Signature();
    String bound = signature.number(kernel.size());
    String wrong = "v < -%s || v >= %s".formatted(bound, bound);
    return launch(kernel.distinct(), wrong, signature, kernel::outside);
  }

  /** {@return what looks for NaN, or for infinities too, in a float output} */
  Launch found(Check check, Kernel kernel, Operand output) {
    Report report = (position, value) -> kernel.made(check, output, position);
    boolean isNaN = check == Check.NAN;
    // Of narrow floats there are the bits: a NaN's magnitude is above infinity's.
    String wrong =
        switch (output.dtype()) {
          case FLOAT16 -> "(v & 0x7fff) %s 0x7c00".formatted(isNaN ? ">" : ">=");
          case BFLOAT16 -> "(v & 0x7fff) %s 0x7f80".formatted(isNaN ? ">" : ">=");
          default -> isNaN ? "v != v" : "!isfinite(v)";
        };
    return launch(output, wrong, new Signature(), report);
  }

  private Launch launch(Operand operand, String condition, Signature signature, Report report) {
    int local = traits.local();
    Nest nest = Nest.of(operand.layout().shape(), List.of(operand.layout()));
    Places places = new Places(signature);
    String type = C.memory(operand.dtype());
    String none = "0x7fffffffffffffffL";
    String value = operand.dtype().isFloating() ? "0" : "p[found_offset]";
    String text =
        """
        const int item = get_local_id(0);
        __global const %s *p = %s;
        long first_found = %s;
        for (long e = item; e < %s; e += %d) {
        %sconst %s v = p[0%s];
        if (%s) {
        first_found = e;
        break;
        }
        }
        %sif (item == 0) {
        __global long *words = %s;
        words[0] = -1;
        if (first_found != %s) {
        const long e = first_found;
        %sconst long found_offset = 0%s;
        words[0] = e;
        words[1] = %s;
        }
        }
        """
            .formatted(
                type,
                signature.memory(operand),
                none,
                signature.number(nest.size()),
                local,
                places.decode("a", "e", nest, nest.rank()),
                type,
                places.offset("a", 0, nest, nest.rank()),
                condition,
                local == 1 ? "" : FIRST_OF_GROUP,
                signature.status(report),
                none,
                places.decode("a", "e", nest, nest.rank()),
                places.offset("a", 0, nest, nest.rank()),
                value);
    String firsts = local == 1 ? "" : "__local long firsts[%d];\n".formatted(local);
    return signature.launch(firsts + text, 1, local);
  }
}
