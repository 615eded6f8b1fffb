package org.cotangent.cuda.machine;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.cotangent.cuda.machine.PtxFunctionCode.Operand;
import org.cotangent.type.DType;

/**
 * Products of small matrices whose elements lie in the registers of a warp: {@code mma.sync} and
 * {@code ldmatrix}.
 *
 * <p>What order the sums of {@code mma.sync} have is not defined. Here products and their sum are
 * float64, where products are exact, and the sum is rounded to float32 once.
 */
final class PtxMatrices {
  private static final int ROWS = 16;
  private static final int COLUMNS = 8;

  /** Lines of a matrix that {@code ldmatrix} loads, each of 16 bytes. */
  private static final int LINES = 8;

  private static final int WORDS = 4;

  /** Bits of a float32 that tf32 has not got. */
  private static final int UNUSED = 0x1fff;

  private PtxMatrices() {}

  /** What elements of the operands are. */
  private enum Kind {
    F16,
    BF16,
    TF32;

    /** Elements in a register of 32 bits. */
    int lanes() {
      return this == TF32 ? 1 : 2;
    }

    double value(int word, int lane) {
      return switch (this) {
        case F16 -> ((Number) DType.FLOAT16.value((short) (word >> (16 * lane)))).doubleValue();
        case BF16 -> ((Number) DType.BFLOAT16.value((short) (word >> (16 * lane)))).doubleValue();
        case TF32 -> tf32(word);
      };
    }
  }

  /** {@return a number that has to be rounded to tf32} */
  static float tf32(int word) {
    if ((word & UNUSED) != 0) {
      throw new PtxFault("a float is multiplied as tf32 that was not rounded to it");
    }
    return Float.intBitsToFloat(word);
  }

  /**
   * {@return what adds the product of two matrices to a third one}
   *
   * @param opcode of the instruction
   * @param results registers of a thread's part of the sum
   * @param left its part of a matrix of 16 rows
   * @param right its part of a matrix of 8 columns
   * @param sums its part of what is added to
   */
  static PtxWarp multiplyAdd(
      String opcode, int[] results, Operand[] left, Operand[] right, Operand[] sums) {
    Kind kind =
        switch (opcode) {
          case "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32" -> Kind.F16;
          case "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" -> Kind.BF16;
          case "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32" -> Kind.TF32;
          default -> throw new PtxFault(opcode + " is not known");
        };
    return warp -> multiplyAdd(kind, warp, results, left, right, sums);
  }

  private static void multiplyAdd(
      Kind kind,
      List<PtxThread> warp,
      int[] results,
      Operand[] left,
      Operand[] right,
      Operand[] sums) {
    int lanes = kind.lanes();
    int depth = 2 * 4 * lanes;
    double[][] a = new double[ROWS][depth];
    double[][] b = new double[depth][COLUMNS];
    for (int t = 0; t < PtxWarp.SIZE; t++) {
      PtxThread thread = warp.get(t);
      int group = t / 4;
      int inGroup = t % 4;
      for (int lane = 0; lane < lanes; lane++) {
        for (int i = 0; i < left.length; i++) {
          int step = (i / 2) * 4 * lanes + inGroup * lanes + lane;
          a[group + i % 2 * 8][step] = kind.value((int) left[i].bits(thread), lane);
        }
        for (int i = 0; i < right.length; i++) {
          int step = i * 4 * lanes + inGroup * lanes + lane;
          b[step][group] = kind.value((int) right[i].bits(thread), lane);
        }
      }
    }
    for (int t = 0; t < PtxWarp.SIZE; t++) {
      PtxThread thread = warp.get(t);
      float[] sum = new float[results.length];
      for (int i = 0; i < results.length; i++) {
        double[] row = a[t / 4 + i / 2 * 8];
        int column = t % 4 * 2 + i % 2;
        float before = Float.intBitsToFloat((int) sums[i].bits(thread));
        sum[i] = (float) sum(before, depth, step -> row[step] * b[step][column]);
      }
      for (int i = 0; i < results.length; i++) {
        thread.set(results[i], Float.floatToRawIntBits(sum[i]));
      }
    }
  }

  private static double sum(double first, int count, IntToDoubleFunction term) {
    double sum = first;
    for (int i = 0; i < count; i++) {
      sum += term.applyAsDouble(i);
    }
    return sum;
  }

  /**
   * {@return what loads matrices of 8 x 8 halves from shared memory}
   *
   * @param transposed whether a thread gets halves of one column, and not of one row
   * @param results a register for each matrix
   * @param address of a line: the threads of each eight have those of one matrix
   */
  static PtxWarp load(boolean transposed, int[] results, Operand address) {
    return warp -> {
      int[][] lines = new int[results.length * LINES][];
      for (int m = 0; m < results.length; m++) {
        requireAllBanks(warp.subList(m * LINES, (m + 1) * LINES), address);
      }
      Arrays.setAll(lines, number -> line(warp.get(number), address));
      for (int t = 0; t < PtxWarp.SIZE; t++) {
        for (int m = 0; m < results.length; m++) {
          int row = t / 4;
          int word = t % 4;
          warp.get(t)
              .set(
                  results[m],
                  transposed
                      ? half(lines[m * LINES + 2 * word], row)
                          | (half(lines[m * LINES + 2 * word + 1], row) << 16)
                      : lines[m * LINES + row][word]);
        }
      }
    };
  }

  /** Lines of a matrix that lie in the same banks are read one after another. */
  private static void requireAllBanks(List<PtxThread> threads, Operand address) {
    int line = WORDS * Integer.BYTES;
    long places =
        threads.stream().map(thread -> address.bits(thread) / line % LINES).distinct().count();
    if (places < LINES) {
      throw new PtxFault(
          "the lines of a matrix have %d of %d places in the banks of shared memory"
              .formatted(places, LINES));
    }
  }

  /** The words of a line, read for the thread that has its address. */
  private static int[] line(PtxThread thread, Operand address) {
    long at = address.bits(thread);
    PtxMemory.requireAligned(at, WORDS * Integer.BYTES);
    int[] words = new int[WORDS];
    Arrays.setAll(
        words,
        word -> (int) thread.shared.read(thread, at + (long) word * Integer.BYTES, Integer.BYTES));
    return words;
  }

  private static int half(int[] line, int number) {
    return (line[number / 2] >> (16 * (number % 2))) & 0xffff;
  }
}
