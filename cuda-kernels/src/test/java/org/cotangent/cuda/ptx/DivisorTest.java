package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.cotangent.backend.Elements;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.op.Max;
import org.cotangent.testing.HandmadeKernels;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

class DivisorTest {
  private static final long SMALL = Integer.MAX_VALUE;
  private static final long LARGE = 1L << 45;

  /** Around powers of two and their thirds, fifths and sevenths, and some between. */
  private static Set<Long> edges(long least, long most) {
    TreeSet<Long> edges = new TreeSet<>(List.of(least, most));
    for (long power = 1; power <= most; power *= 2) {
      for (long part : new long[] {1, 3, 5, 7}) {
        for (long near = -1; near <= 1; near++) {
          edges.add(power / part + near);
        }
      }
    }
    new Random(1).longs(100, least, most).forEach(edges::add);
    return new TreeSet<>(edges.subSet(least, true, most, true));
  }

  private static void check(long count, long size) {
    Set<Long> numbers = edges(0, count - 1);
    // Where quotients change.
    LongStream.of(1, 2, 3, (count - 1) / size)
        .forEach(k -> {
          numbers.add(Math.clamp(k * size - 1, 0, count - 1));
          numbers.add(Math.min(k * size, count - 1));
        });
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(numbers.size());
    Operand from = rig.operand(DType.INT64, shape);
    Operand quotients = rig.operand(DType.INT64, shape);
    Operand remainders = rig.operand(DType.INT64, shape);
    List<Long> all = List.copyOf(numbers);
    for (int i = 0; i < all.size(); i++) {
      rig.set(from, i, all.get(i));
    }
    rig.run(division(from, quotients, remainders, size, count), 1);
    for (int i = 0; i < all.size(); i++) {
      String what = all.get(i) + " / " + size;
      assertEquals(all.get(i) / size, rig.get(quotients, i), what);
      assertEquals(all.get(i) % size, rig.get(remainders, i), what);
    }
  }

  private static Launch division(
      Operand from, Operand quotients, Operand remainders, long size, long count) {
    PtxFunction code = new PtxFunction();
    OperandPtx numbers = OperandPtx.of(code, from);
    OperandPtx first = OperandPtx.of(code, quotients);
    OperandPtx last = OperandPtx.of(code, remainders);
    Divisor divisor = Divisor.of(code, size, count);
    return code.forEach(
        from.layout().shape().size(),
        i -> {
          Divisor.Division division = divisor.divide(code, numbers.load(i));
          first.store(division.quotient(), i);
          last.store(division.remainder(), i);
        });
  }

  @Test
  void smallNumbersAreMultiplied() {
    edges(1, SMALL).forEach(size -> check(SMALL, size));
  }

  @Test
  void largeNumbersAreDivided() {
    edges(1, LARGE).forEach(size -> check(LARGE, size));
    check(SMALL + 1, SMALL + 1);
  }

  private static boolean divides(Source source) {
    return source.text().contains("div.u64");
  }

  @Test
  void theSizeOfAKernelChooses() {
    assertFalse(divides(loop(46341, 46340)));
    assertTrue(divides(loop(46341, 46341)));
    assertFalse(divides(reduction(5000, 5000)));
    assertTrue(divides(reduction(5000, 500_000)));
  }

  /** {@return texts that divide numbers of 64 bits} */
  static List<Source> divisions() {
    return List.of(loop(46341, 46341), reduction(5000, 500_000));
  }

  /** To a place for each element, so that rows and columns do not merge. */
  private static Source loop(long rows, long columns) {
    Shape shape = Shape.of(rows, columns);
    Operand from = new Operand(0, DType.FLOAT32, Layout.contiguous(shape));
    Layout apart = Layout.of(shape, new long[] {2 * columns + 1, 2}, 0);
    Operand to = new Operand(1, DType.FLOAT32, apart);
    return LoopPtx.launch(
            new LoopKernel(
                "test",
                PtxRig.ORIGIN,
                shape,
                List.of(from),
                List.of(),
                Elements.identity(List.of(from)),
                List.of(to)))
        .source();
  }

  /** Across memory, over two axes that do not merge: its first phase. */
  private static Source reduction(long rows, long columns) {
    Layout layout = Layout.of(Shape.of(rows, 40, columns), new long[] {80, 1, 50}, 0);
    Operand x = new Operand(0, DType.BOOL, layout);
    Operand y = new Operand(1, DType.BOOL, Layout.contiguous(Shape.of(40)));
    ReduceKernel kernel = HandmadeKernels.reduction(new Max(List.of(0, 2)), x, List.of(y));
    return ReducePtx.launches(kernel, 2).getFirst().source();
  }
}
