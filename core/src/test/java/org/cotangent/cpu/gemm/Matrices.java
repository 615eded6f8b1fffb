package org.cotangent.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.cotangent.cpu.gemm.GemmProblem.Strides;
import org.cotangent.type.DType;

/**
 * A problem with memory for it and its result by the definition: three loops, and for floats one
 * chain of {@link Math#fma} in ascending order of the depth. Values travel as bits in a long; NaNs
 * are all alike. Around and between C's rows lie sentinels.
 */
final class Matrices {
  private static final long SENTINEL = 0x5A5A_5A5A_5A5A_5A5AL;
  private static final int MARGIN = 70;

  final GemmProblem problem;
  private MemorySegment a;
  private MemorySegment b;
  final MemorySegment c;
  final long aOffset;
  final long bOffset;
  private final long[] expected;

  Matrices(Arena arena, GemmProblem problem, Random random) {
    this(arena, problem, random, List.of());
  }

  /** With some elements of A and B replaced by the given ones. */
  Matrices(Arena arena, GemmProblem problem, Random random, List<Double> specials) {
    this.problem = problem;
    this.aOffset = first(problem.a(), problem.m(), problem.k());
    this.bOffset = first(problem.b(), problem.k(), problem.n());
    this.a = random(arena, aOffset + last(problem.a(), problem.m(), problem.k()), random, specials);
    this.b = random(arena, bOffset + last(problem.b(), problem.k(), problem.n()), random, specials);
    long rows = Math.max(0, problem.batch() - 1) * problem.cBatch() + problem.m() * problem.cRow();
    this.c = allocate(arena, 2 * MARGIN + rows);
    this.expected = new long[Math.toIntExact(2 * MARGIN + rows)];
    define();
  }

  /** C's rows lie apart by a few elements, and so do its matrices. */
  static GemmProblem problem(
      DType dtype, long batch, long m, long n, long k, Strides a, Strides b) {
    return new GemmProblem(dtype, batch, m, n, k, a, b, m * (n + 3) + 5, n + 3);
  }

  static GemmProblem problem(DType dtype, long batch, long m, long n, long k) {
    return problem(dtype, batch, m, n, k, Strides.rowMajor(m, k), Strides.rowMajor(k, n));
  }

  /** Where an operand may lie. */
  static final List<BiFunction<Arena, MemorySegment, MemorySegment>> PLACES =
      List.of(
          (_, plain) -> plain,
          (_, plain) -> MemorySegment.ofArray(plain.toArray(ValueLayout.JAVA_BYTE)),
          (arena, plain) ->
              arena.allocate(plain.byteSize() + 1, 64).asSlice(1).copyFrom(plain).asReadOnly());

  /** Moves the operands elsewhere. */
  void move(
      Arena arena,
      BiFunction<Arena, MemorySegment, MemorySegment> left,
      BiFunction<Arena, MemorySegment, MemorySegment> right) {
    a = left.apply(arena, a);
    b = right.apply(arena, b);
  }

  /** Runs every piece, in this order or shuffled, and compares all of C's memory. */
  void check(Gemm gemm, int threads, Workspace workspace, Random shuffle) {
    GemmPlan plan = gemm.plan(problem, threads);
    reset();
    List<Integer> pieces = new ArrayList<>();
    for (int piece = 0; piece < plan.pieces(); piece++) {
      pieces.add(piece);
    }
    Collections.shuffle(pieces, shuffle);
    for (int piece : pieces) {
      run(plan, piece, workspace);
    }
    compare(gemm.getClass().getSimpleName());
  }

  void run(GemmPlan plan, int piece, Workspace workspace) {
    plan.run(piece, a, aOffset, b, bOffset, c, MARGIN, workspace);
  }

  void reset() {
    for (int i = 0; i < expected.length; i++) {
      set(c, i, SENTINEL);
    }
  }

  void compare(String what) {
    long[] actual = bits(c);
    int at = Arrays.mismatch(expected, actual);
    if (at >= 0) {
      String where = what + ", element " + (at - MARGIN) + " of C: " + problem;
      assertEquals(Long.toHexString(expected[at]), Long.toHexString(actual[at]), where);
    }
  }

  private void define() {
    Arrays.fill(expected, problem.dtype().bytes() == 4 ? (int) SENTINEL : SENTINEL);
    Chain chain = chain();
    for (long i = 0; i < problem.batch(); i++) {
      for (long row = 0; row < problem.m(); row++) {
        for (long column = 0; column < problem.n(); column++) {
          long left = aOffset + i * problem.a().batch() + row * problem.a().row();
          long right = bOffset + i * problem.b().batch() + column * problem.b().column();
          long at = MARGIN + i * problem.cBatch() + row * problem.cRow() + column;
          expected[(int) at] = chain.bits((int) left, (int) right);
        }
      }
    }
  }

  /** The definition of one element, from its row of A and its column of B to its bits. */
  private interface Chain {
    long bits(int left, int right);
  }

  private Chain chain() {
    int depth = (int) problem.k();
    int aStep = (int) problem.a().column();
    int bStep = (int) problem.b().row();
    return switch (problem.dtype()) {
      case FLOAT32 -> {
        float[] x = a.toArray(ValueLayout.JAVA_FLOAT);
        float[] y = b.toArray(ValueLayout.JAVA_FLOAT);
        yield (left, right) -> {
          float sum = 0;
          for (int l = 0; l < depth; l++) {
            sum = Math.fma(x[left + l * aStep], y[right + l * bStep], sum);
          }
          return Float.floatToIntBits(sum);
        };
      }
      case FLOAT64 -> {
        double[] x = a.toArray(ValueLayout.JAVA_DOUBLE);
        double[] y = b.toArray(ValueLayout.JAVA_DOUBLE);
        yield (left, right) -> {
          double sum = 0;
          for (int l = 0; l < depth; l++) {
            sum = Math.fma(x[left + l * aStep], y[right + l * bStep], sum);
          }
          return Double.doubleToLongBits(sum);
        };
      }
      default -> {
        long[] x = bits(a);
        long[] y = bits(b);
        boolean narrow = problem.dtype() == DType.INT32;
        yield (left, right) -> {
          long sum = 0;
          for (int l = 0; l < depth; l++) {
            sum += x[left + l * aStep] * y[right + l * bStep];
          }
          return narrow ? (int) sum : sum;
        };
      }
    };
  }

  private long[] bits(MemorySegment segment) {
    return switch (problem.dtype()) {
      case FLOAT32 -> {
        float[] values = segment.toArray(ValueLayout.JAVA_FLOAT);
        yield LongStream.range(0, values.length)
            .map(i -> Float.floatToIntBits(values[(int) i]))
            .toArray();
      }
      case FLOAT64 ->
          Arrays.stream(segment.toArray(ValueLayout.JAVA_DOUBLE))
              .mapToLong(Double::doubleToLongBits)
              .toArray();
      case INT32 -> Arrays.stream(segment.toArray(ValueLayout.JAVA_INT)).asLongStream().toArray();
      default -> segment.toArray(ValueLayout.JAVA_LONG);
    };
  }

  private void set(MemorySegment segment, long index, long bits) {
    if (problem.dtype().bytes() == 4) {
      segment.setAtIndex(ValueLayout.JAVA_INT, index, (int) bits);
    } else {
      segment.setAtIndex(ValueLayout.JAVA_LONG, index, bits);
    }
  }

  private MemorySegment random(Arena arena, long elements, Random random, List<Double> specials) {
    MemorySegment segment = allocate(arena, elements);
    for (long i = 0; i < elements; i++) {
      boolean special = !specials.isEmpty() && random.nextInt(5) == 0;
      double value =
          special ? specials.get(random.nextInt(specials.size())) : random.nextDouble() * 2 - 1;
      switch (problem.dtype()) {
        case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
        case FLOAT64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
        default -> set(segment, i, random.nextLong());
      }
    }
    return segment;
  }

  /** Aligned to the element, never to a cache line. */
  private MemorySegment allocate(Arena arena, long elements) {
    int bytes = problem.dtype().bytes();
    return arena.allocate((elements + 1) * bytes, 64).asSlice(bytes);
  }

  /** Distance from the lowest element to the first, which negative strides make positive. */
  private long first(Strides s, long rows, long columns) {
    return -(reach(s.batch(), problem.batch(), true)
        + reach(s.row(), rows, true)
        + reach(s.column(), columns, true));
  }

  /** Distance from the first element to one past the highest. */
  private long last(Strides s, long rows, long columns) {
    return 1
        + reach(s.batch(), problem.batch(), false)
        + reach(s.row(), rows, false)
        + reach(s.column(), columns, false);
  }

  private static long reach(long stride, long extent, boolean down) {
    return stride < 0 == down && extent > 0 ? stride * (extent - 1) : 0;
  }
}
