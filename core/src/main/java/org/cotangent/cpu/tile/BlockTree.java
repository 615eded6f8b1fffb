package org.cotangent.cpu.tile;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;

/**
 * Some elements of a reduction that become one, as a body.
 *
 * @param body has for each input of the lift one for each element, or one in all if it is shared
 * @param operands of each input of the body the lift's input
 * @param elements of each input of the body which element it is; 0 if it is shared
 * @param shared inputs of the lift that have one value for all elements
 * @param count of elements, a power of two
 */
record BlockTree(
    Body body, List<Integer> operands, List<Integer> elements, List<Boolean> shared, int count) {
  /**
   * {@return a tree}
   *
   * @param lift the accumulators of one element
   * @param combine makes one set of accumulators of two
   * @param shared inputs of the lift that have one value for all elements
   * @param count of elements, a power of two
   */
  static BlockTree of(Body lift, Body combine, List<Boolean> shared, int count) {
    return new Writer(lift, combine, shared, count).write();
  }

  /**
   * {@return a tree of accumulators}
   *
   * @param combine makes one set of them of two
   * @param count of elements, a power of two
   */
  static BlockTree of(Body combine, int count) {
    BodyBuilder builder = new BodyBuilder();
    Body same = builder.build(combine.resultTypes().stream().map(builder::input).toList());
    return of(same, combine, TileCode.unshared(same), count);
  }

  /** {@return inputs and instructions together} */
  int size() {
    return body.inputs().size() + body.instructions().size();
  }

  private static final class Writer {
    private final BodyBuilder builder = new BodyBuilder();
    private final Body lift;
    private final Body combine;
    private final List<Boolean> shared;
    private final int count;
    private final List<Integer> operands = new ArrayList<>();
    private final List<Integer> elements = new ArrayList<>();

    /** For each input of the lift a term for each element. */
    private final List<List<Term>> inputs = new ArrayList<>();

    Writer(Body lift, Body combine, List<Boolean> shared, int count) {
      this.lift = lift;
      this.combine = combine;
      this.shared = List.copyOf(shared);
      this.count = count;
    }

    BlockTree write() {
      for (int operand = 0; operand < shared.size(); operand++) {
        List<Term> terms = new ArrayList<>();
        for (int element = 0; element < count; element++) {
          if (shared.get(operand) && element > 0) {
            terms.add(terms.getFirst());
          } else {
            terms.add(builder.input(lift.inputs().get(operand)));
            operands.add(operand);
            elements.add(element);
          }
        }
        inputs.add(terms);
      }
      Body body = builder.build(combined(0, 1));
      return new BlockTree(body, operands, elements, shared, count);
    }

    /**
     * The accumulators of the elements {@code first, first + step, ...}. A subtree is written after
     * the other, so that few values are there at a time.
     */
    private List<Term> combined(int first, int step) {
      if (step == count) {
        return builder.inline(lift, inputs.stream().map(terms -> terms.get(first)).toList());
      }
      // The last level combines neighbours, the first one what lies half of all apart.
      List<Term> sets = new ArrayList<>(combined(first, 2 * step));
      sets.addAll(combined(first + step, 2 * step));
      return builder.inline(combine, sets);
    }
  }
}
