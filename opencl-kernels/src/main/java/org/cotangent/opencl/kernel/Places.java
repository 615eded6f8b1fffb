package org.cotangent.opencl.kernel;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cotangent.backend.Nest;

/**
 * Code that finds elements: from a row-major number to indices, from indices to offsets.
 *
 * @param signature whose numbers are the sizes and strides
 */
record Places(Signature signature) {
  /**
   * {@return declarations of the indices on the first axes of a nest, as {@code long}s}
   *
   * @param prefix of their names, before the number of the axis
   * @param number an expression: the row-major number of the indices
   * @param nest the axes
   * @param axes how many of them
   */
  String decode(String prefix, String number, Nest nest, int axes) {
    StringBuilder text = new StringBuilder();
    String rest = number;
    for (int axis = axes - 1; axis > 0; axis--) {
      String dim = signature.number(nest.dim(axis));
      text.append("const long %srest%d = %s;\n".formatted(prefix, axis, rest));
      text.append("const long %s%d = %srest%d %% %s;\n".formatted(prefix, axis, prefix, axis, dim));
      rest = "%srest%d / %s".formatted(prefix, axis, dim);
    }
    if (axes > 0) {
      text.append("const long %s0 = %s;\n".formatted(prefix, rest));
    }
    return text.toString();
  }

  /**
   * {@return the offset of an operand's element, each term after a plus}
   *
   * @param prefix of the indices' names
   * @param operand its number in the nest
   * @param nest the axes
   * @param axes how many of them
   */
  String offset(String prefix, int operand, Nest nest, int axes) {
    return IntStream.range(0, axes)
        .mapToObj(axis ->
            " + %s%d * %s".formatted(prefix, axis, signature.number(nest.stride(operand, axis))))
        .collect(Collectors.joining());
  }
}
