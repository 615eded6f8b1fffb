package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A row of C as a sum of rows of B, in heap arrays: the loops that HotSpot vectorises by itself.
 * Four rows of B at a time, so that the row of C is loaded and stored once for four products; the
 * chain of each element stays in order.
 *
 * @param <T> array of the element type
 */
interface PlainRows<T> {
  /** Of float32. */
  PlainRows<float[]> FLOAT32 = new Floats();

  /** Of float64. */
  PlainRows<double[]> FLOAT64 = new Doubles();

  /** Of int32, which wraps. */
  PlainRows<int[]> INT32 = new Ints();

  /** Of int64, which wraps. */
  PlainRows<long[]> INT64 = new Longs();

  ValueLayout layout();

  T array(int length);

  void zero(T array, int length);

  T[] arrays(int count, int length);

  /** Loads elements that lie {@code stride} bytes apart. */
  void gather(MemorySegment from, long offset, long stride, T to, int count);

  /** Adds to the row the product of {@code a} and the rows of {@code b}. */
  void accumulate(T row, int columns, T a, int depth, T[] b);

  /** The loops on float. */
  final class Floats implements PlainRows<float[]> {
    @Override
    public ValueLayout layout() {
      return ValueLayout.JAVA_FLOAT;
    }

    @Override
    public float[] array(int length) {
      return new float[length];
    }

    @Override
    public float[][] arrays(int count, int length) {
      return new float[count][length];
    }

    @Override
    public void zero(float[] array, int length) {
      Arrays.fill(array, 0, length, 0);
    }

    @Override
    public void gather(MemorySegment from, long offset, long stride, float[] to, int count) {
      from = OffHeap.known(from);
      for (int i = 0; i < count; i++) {
        to[i] = from.get(ValueLayout.JAVA_FLOAT, offset + i * stride);
      }
    }

    @Override
    public void accumulate(float[] row, int columns, float[] a, int depth, float[][] b) {
      int k = 0;
      for (; k + 4 <= depth; k += 4) {
        four(row, columns, a[k], a[k + 1], a[k + 2], a[k + 3], b[k], b[k + 1], b[k + 2], b[k + 3]);
      }
      for (; k < depth; k++) {
        one(row, columns, a[k], b[k]);
      }
    }

    private static void four(
        float[] row,
        int n,
        float a0,
        float a1,
        float a2,
        float a3,
        float[] b0,
        float[] b1,
        float[] b2,
        float[] b3) {
      for (int j = 0; j < n; j++) {
        float sum = Math.fma(a1, b1[j], Math.fma(a0, b0[j], row[j]));
        row[j] = Math.fma(a3, b3[j], Math.fma(a2, b2[j], sum));
      }
    }

    private static void one(float[] row, int n, float a, float[] b) {
      for (int j = 0; j < n; j++) {
        row[j] = Math.fma(a, b[j], row[j]);
      }
    }
  }

  /** The loops on double. */
  final class Doubles implements PlainRows<double[]> {
    @Override
    public ValueLayout layout() {
      return ValueLayout.JAVA_DOUBLE;
    }

    @Override
    public double[] array(int length) {
      return new double[length];
    }

    @Override
    public double[][] arrays(int count, int length) {
      return new double[count][length];
    }

    @Override
    public void zero(double[] array, int length) {
      Arrays.fill(array, 0, length, 0);
    }

    @Override
    public void gather(MemorySegment from, long offset, long stride, double[] to, int count) {
      from = OffHeap.known(from);
      for (int i = 0; i < count; i++) {
        to[i] = from.get(ValueLayout.JAVA_DOUBLE, offset + i * stride);
      }
    }

    @Override
    public void accumulate(double[] row, int columns, double[] a, int depth, double[][] b) {
      int k = 0;
      for (; k + 4 <= depth; k += 4) {
        four(row, columns, a[k], a[k + 1], a[k + 2], a[k + 3], b[k], b[k + 1], b[k + 2], b[k + 3]);
      }
      for (; k < depth; k++) {
        one(row, columns, a[k], b[k]);
      }
    }

    private static void four(
        double[] row,
        int n,
        double a0,
        double a1,
        double a2,
        double a3,
        double[] b0,
        double[] b1,
        double[] b2,
        double[] b3) {
      for (int j = 0; j < n; j++) {
        double sum = Math.fma(a1, b1[j], Math.fma(a0, b0[j], row[j]));
        row[j] = Math.fma(a3, b3[j], Math.fma(a2, b2[j], sum));
      }
    }

    private static void one(double[] row, int n, double a, double[] b) {
      for (int j = 0; j < n; j++) {
        row[j] = Math.fma(a, b[j], row[j]);
      }
    }
  }

  /** The loops on int. */
  final class Ints implements PlainRows<int[]> {
    @Override
    public ValueLayout layout() {
      return ValueLayout.JAVA_INT;
    }

    @Override
    public int[] array(int length) {
      return new int[length];
    }

    @Override
    public int[][] arrays(int count, int length) {
      return new int[count][length];
    }

    @Override
    public void zero(int[] array, int length) {
      Arrays.fill(array, 0, length, 0);
    }

    @Override
    public void gather(MemorySegment from, long offset, long stride, int[] to, int count) {
      from = OffHeap.known(from);
      for (int i = 0; i < count; i++) {
        to[i] = from.get(ValueLayout.JAVA_INT, offset + i * stride);
      }
    }

    @Override
    public void accumulate(int[] row, int columns, int[] a, int depth, int[][] b) {
      int k = 0;
      for (; k + 4 <= depth; k += 4) {
        four(row, columns, a[k], a[k + 1], a[k + 2], a[k + 3], b[k], b[k + 1], b[k + 2], b[k + 3]);
      }
      for (; k < depth; k++) {
        one(row, columns, a[k], b[k]);
      }
    }

    private static void four(
        int[] row, int n, int a0, int a1, int a2, int a3, int[] b0, int[] b1, int[] b2, int[] b3) {
      for (int j = 0; j < n; j++) {
        row[j] += a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
      }
    }

    private static void one(int[] row, int n, int a, int[] b) {
      for (int j = 0; j < n; j++) {
        row[j] += a * b[j];
      }
    }
  }

  /** The loops on long. */
  final class Longs implements PlainRows<long[]> {
    @Override
    public ValueLayout layout() {
      return ValueLayout.JAVA_LONG;
    }

    @Override
    public long[] array(int length) {
      return new long[length];
    }

    @Override
    public long[][] arrays(int count, int length) {
      return new long[count][length];
    }

    @Override
    public void zero(long[] array, int length) {
      Arrays.fill(array, 0, length, 0);
    }

    @Override
    public void gather(MemorySegment from, long offset, long stride, long[] to, int count) {
      from = OffHeap.known(from);
      for (int i = 0; i < count; i++) {
        to[i] = from.get(ValueLayout.JAVA_LONG, offset + i * stride);
      }
    }

    @Override
    public void accumulate(long[] row, int columns, long[] a, int depth, long[][] b) {
      int k = 0;
      for (; k + 4 <= depth; k += 4) {
        four(row, columns, a[k], a[k + 1], a[k + 2], a[k + 3], b[k], b[k + 1], b[k + 2], b[k + 3]);
      }
      for (; k < depth; k++) {
        one(row, columns, a[k], b[k]);
      }
    }

    private static void four(
        long[] row,
        int n,
        long a0,
        long a1,
        long a2,
        long a3,
        long[] b0,
        long[] b1,
        long[] b2,
        long[] b3) {
      for (int j = 0; j < n; j++) {
        row[j] += a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
      }
    }

    private static void one(long[] row, int n, long a, long[] b) {
      for (int j = 0; j < n; j++) {
        row[j] += a * b[j];
      }
    }
  }
}
