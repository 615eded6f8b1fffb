package org.cotangent.benchmarks.task;

import java.util.List;
import java.util.SequencedMap;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * Elementwise ops one after the other, some with sums over rows, of a float32 matrix. Engines that
 * compile may do them in one pass.
 *
 * @param kind what
 * @param size elements of the matrix: 1 Ki, of 8 rows, or more, of rows of 1 Ki
 */
public record Chain(Kind kind, long size) implements Task {
  private static final long COLUMNS = 1024;
  private static final long SMALL_COLUMNS = 128;

  /** What is computed. */
  public enum Kind {
    /** The tanh form: {@code x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    GELU,
    /** Of each row, less its maximum. */
    SOFTMAX,
    /** Of each row: {@code (x - mean) / sqrt(var + 1e-5) * gain + bias}. */
    LAYER_NORM
  }

  /** Added to a variance. */
  public static final double EPSILON = 1e-5;

  /** Of GELU's tanh form, as it is published. */
  public static final double CUBIC = 0.044715;

  /** {@code sqrt(2 / pi)}. */
  public static final double SCALE = Math.sqrt(2 / Math.PI);

  /** Checks the size. */
  public Chain {
    if (size < COLUMNS || size % COLUMNS != 0) {
      throw new IllegalArgumentException("Chain: size " + size + " is no multiple of 1024");
    }
  }

  /** {@return the number of rows} */
  public long rows() {
    return size / columns();
  }

  /** {@return the number of columns} */
  public long columns() {
    return size == COLUMNS ? SMALL_COLUMNS : COLUMNS;
  }

  @Override
  public String suite() {
    return "Chain";
  }

  @Override
  public SequencedMap<String, String> parameters() {
    return Inputs.map("kind", kind, "size", size);
  }

  @Override
  public DType dtype() {
    return DType.FLOAT32;
  }

  /** {@return the matrix; for layer norm also gain and bias, each of one row} */
  @Override
  public List<HostArray> inputs() {
    HostArray x = Inputs.uniform(DType.FLOAT32, 1, rows(), columns());
    return kind == Kind.LAYER_NORM
        ? List.of(
            x,
            Inputs.uniform(DType.FLOAT32, 2, columns()),
            Inputs.uniform(DType.FLOAT32, 3, columns()))
        : List.of(x);
  }

  @Override
  public Shape shape() {
    return Shape.of(rows(), columns());
  }

  @Override
  public Reference reference() {
    List<HostArray> in = inputs();
    return (_, index) -> element(in, index);
  }

  private double element(List<HostArray> in, long index) {
    double x = in.getFirst().getDouble(index);
    long start = index / columns() * columns();
    return switch (kind) {
      case GELU -> 0.5 * x * (1 + Math.tanh(SCALE * (x + CUBIC * x * x * x)));
      case SOFTMAX -> {
        double sum = 0;
        for (long i = start; i < start + columns(); i++) {
          sum += Math.exp(in.getFirst().getDouble(i));
        }
        yield Math.exp(x) / sum;
      }
      case LAYER_NORM -> {
        double sum = 0;
        double squares = 0;
        for (long i = start; i < start + columns(); i++) {
          double value = in.getFirst().getDouble(i);
          sum += value;
          squares += value * value;
        }
        double mean = sum / columns();
        double deviation = Math.sqrt(squares / columns() - mean * mean + EPSILON);
        yield (x - mean) / deviation * in.get(1).getDouble(index - start)
            + in.get(2).getDouble(index - start);
      }
    };
  }

  @Override
  public double tolerance() {
    return kind == Kind.SOFTMAX ? 1e-6 : 1e-5;
  }

  @Override
  public double flop() {
    return 0;
  }
}
