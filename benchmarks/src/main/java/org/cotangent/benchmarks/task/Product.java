package org.cotangent.benchmarks.task;

import java.util.List;
import java.util.SequencedMap;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * Products of matrices, {@code (m, k) x (k, n)}.
 *
 * @param batch how many; for 1 there is no axis for them
 * @param m rows of the left
 * @param k columns of the left
 * @param n columns of the right
 * @param transposed which operands lie transposed in memory, and are read so
 * @param dtype of all
 */
public record Product(long batch, long m, long k, long n, Transposed transposed, DType dtype)
    implements Task {
  /** Which operands lie transposed. */
  public enum Transposed {
    /** None: the left is (m, k), the right (k, n). */
    NONE,
    /** The left is (k, m). */
    LEFT,
    /** The right is (n, k). */
    RIGHT
  }

  /** Checks the sizes. */
  public Product {
    if (batch < 1 || m < 1 || k < 1 || n < 1) {
      throw new IllegalArgumentException(
          "Matmul: sizes " + List.of(batch, m, k, n) + " are not all positive");
    }
  }

  /**
   * {@return a product of float32 or float64 matrices}
   *
   * @param text {@code 512} for squares, {@code 128x784x512} for m, k and n, {@code 64*64x64x64}
   *     for 64 of them
   */
  public static Product parse(String text, Transposed transposed, DType dtype) {
    try {
      int star = text.indexOf('*');
      long batch = star < 0 ? 1 : Long.parseLong(text.substring(0, star));
      String[] sizes = text.substring(star + 1).split("x", -1);
      long first = Long.parseLong(sizes[0]);
      if (sizes.length == 1) {
        return new Product(batch, first, first, first, transposed, dtype);
      }
      if (sizes.length == 3) {
        return new Product(
            batch, first, Long.parseLong(sizes[1]), Long.parseLong(sizes[2]), transposed, dtype);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "Matmul: n is '" + text + "'; pass one as 512, 128x784x512 or 64*64x64x64");
  }

  @Override
  public String suite() {
    return "Matmul";
  }

  @Override
  public SequencedMap<String, String> parameters() {
    String sizes = m == k && k == n ? Long.toString(m) : m + "x" + k + "x" + n;
    String text = batch == 1 ? sizes : batch + "*" + m + "x" + k + "x" + n;
    return Inputs.map("n", text, "transposed", transposed, "dtype", dtype.name());
  }

  /** {@return left and right, as they lie in memory} */
  @Override
  public List<HostArray> inputs() {
    boolean left = transposed == Transposed.LEFT;
    boolean right = transposed == Transposed.RIGHT;
    return List.of(
        matrices(1, left ? k : m, left ? m : k), matrices(2, right ? n : k, right ? k : n));
  }

  private HostArray matrices(long seed, long rows, long columns) {
    return batch == 1
        ? Inputs.uniform(dtype, seed, rows, columns)
        : Inputs.uniform(dtype, seed, batch, rows, columns);
  }

  @Override
  public Shape shape() {
    return batch == 1 ? Shape.of(m, n) : Shape.of(batch, m, n);
  }

  @Override
  public Reference reference() {
    List<HostArray> in = inputs();
    return (_, index) -> element(in.get(0), in.get(1), index);
  }

  private double element(HostArray a, HostArray b, long index) {
    long which = index / (m * n);
    long row = index / n % m;
    long column = index % n;
    double sum = 0;
    for (long i = 0; i < k; i++) {
      long left = transposed == Transposed.LEFT ? i * m + row : row * k + i;
      long right = transposed == Transposed.RIGHT ? column * k + i : i * n + column;
      sum += a.getDouble(which * m * k + left) * b.getDouble(which * k * n + right);
    }
    return sum;
  }

  @Override
  public double tolerance() {
    return 2 * k * Inputs.epsilon(dtype);
  }

  @Override
  public double flop() {
    return 2.0 * batch * m * k * n;
  }
}
