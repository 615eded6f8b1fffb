package org.cotangent.opencl.kernel;

import java.util.Set;

/** How the text of a kernel calls the functions of a {@link Finish}. */
final class Finishing {
  private Finishing() {}

  /**
   * {@return numbers of columns that a kernel hands over at once}
   *
   * @param swapped whether rows and columns have changed roles
   * @param width of the vectors that the kernel computes
   */
  static Set<Integer> widths(boolean swapped, int width) {
    return swapped || width == 1 ? Set.of(1) : Set.of(1, width);
  }

  /**
   * {@return macros {@code FINISH_PARAMETERS, FINISH_ELEMENT} and, for columns that stay columns,
   * {@code FINISH_VECTOR}}
   *
   * @param finish whose functions are called
   * @param swapped whether rows and columns have changed roles
   * @param width of the vectors that the kernel hands over
   */
  static String macros(Finish finish, boolean swapped, int width) {
    String element =
        """
        #define FINISH_PARAMETERS %s
        #define FINISH_ELEMENT(batch, row, column, value) KERNEL_finish1(batch, %s, value%s)
        """
            .formatted(
                finish.parameters(), swapped ? "column, row" : "row, column", finish.names());
    return swapped || width == 1
        ? element
        : element
            + "#define FINISH_VECTOR(batch, row, column, value) KERNEL_finish%d(batch, row, column, value%s)\n"
                .formatted(width, finish.names());
  }
}
