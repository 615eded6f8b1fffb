package org.cotangent.opencl.kernel;

/**
 * Rows cut into blocks, and blocks shared by groups.
 *
 * @param rows number of rows
 * @param inner elements of a row
 * @param block elements of a block, all but a row's last
 * @param groups that share them
 */
record Blocks(long rows, long inner, long block, long groups) {
  /**
   * {@return blocks for a device}
   *
   * @param traits of the device
   * @param rows number of rows
   * @param inner elements of a row
   * @param work instructions and accesses of all elements
   * @param step elements that the items of a group take at once
   */
  static Blocks of(Traits traits, long rows, long inner, double work, long step) {
    long wanted =
        traits.cpu()
            ? traits.cpuGroups(work)
            : (long) Math.clamp((double) rows * inner / step, 1, 32.0 * traits.units());
    long pieces = Math.ceilDiv(wanted, rows);
    long block = Math.ceilDiv(Math.ceilDiv(inner, pieces), step) * step;
    long blocks = Math.ceilDiv(inner, block);
    return new Blocks(rows, inner, block, Math.min(wanted, rows * blocks));
  }

  /** {@return the start of a text: the numbers, under the names that {@link #rows} reads} */
  String open(Signature signature, int local, int width) {
    return """
    const long inner = %s, block = %s, blocks = %s, units = %s;
    const long groups = get_num_groups(0), group = get_group_id(0);
    const long each = units / groups, more = units %% groups;
    const long from = group * each + min(group, more);
    const long to = from + each + (group < more);
    const long item = %s, stride = %d;
    """
            .formatted(
                signature.number(inner),
                signature.number(block),
                signature.number(Math.ceilDiv(inner, block)),
                signature.number(rows * Math.ceilDiv(inner, block)),
                local == 1 ? "0" : "(long)get_local_id(0) * " + width,
                (long) local * width)
        + "enum { W = %d };\n".formatted(width);
  }

  /**
   * {@return the opening of two loops: over a group's blocks, and over the vectors of an item in a
   * block; the variable {@code n} is the number of lanes}
   *
   * @param pointers declarations inside the outer loop, from the variable {@code row}
   * @param at name of the inner loop's variable, an element of the row
   */
  String rows(String pointers, String at) {
    return """
    for (long unit = from; unit < to; unit++) {
    const long row = unit / blocks;
    const long begin = (unit %% blocks) * block;
    const long end = min(begin + block, inner);
    %sfor (long %s = begin + item; %s < end; %s += stride) {
    const int n = (int)min((long)W, end - %s);
    """
        .formatted(pointers, at, at, at, at);
  }
}
