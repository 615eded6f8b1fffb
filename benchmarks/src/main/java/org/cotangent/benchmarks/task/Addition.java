package org.cotangent.benchmarks.task;

import java.util.List;
import java.util.SequencedMap;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * The sum of a square matrix and something else.
 *
 * @param size elements of the matrix, the square of its rows
 * @param operands what is added to it
 * @param dtype of all
 */
public record Addition(long size, Operands operands, DType dtype) implements Task {
  /** What is added to the matrix. */
  public enum Operands {
    /** A matrix like it. */
    SAME,
    /** A row, to each row. */
    ROW,
    /** A column, to each column. */
    COLUMN,
    /** 2. */
    SCALAR,
    /** A matrix like it, seen transposed. */
    STRIDED
  }

  /** What the scalar is. */
  public static final int SCALAR = 2;

  /** Checks the size. */
  public Addition {
    if (size <= 0 || side(size) * side(size) != size) {
      throw new IllegalArgumentException("Add: size " + size + " is no square; pass one as 1024");
    }
  }

  private static long side(long size) {
    return Math.round(Math.sqrt((double) size));
  }

  /** {@return rows and columns} */
  public long side() {
    return side(size);
  }

  @Override
  public String suite() {
    return "Add";
  }

  @Override
  public SequencedMap<String, String> parameters() {
    return Inputs.map("size", size, "operands", operands, "dtype", dtype.name());
  }

  /** {@return the matrix, and what is added if it is no scalar} */
  @Override
  public List<HostArray> inputs() {
    HostArray matrix = Inputs.uniform(dtype, 1, side(), side());
    return switch (operands) {
      case SAME, STRIDED -> List.of(matrix, Inputs.uniform(dtype, 2, side(), side()));
      case ROW -> List.of(matrix, Inputs.uniform(dtype, 2, 1, side()));
      case COLUMN -> List.of(matrix, Inputs.uniform(dtype, 2, side(), 1));
      case SCALAR -> List.of(matrix);
    };
  }

  @Override
  public Shape shape() {
    return Shape.of(side(), side());
  }

  @Override
  public Reference reference() {
    List<HostArray> in = inputs();
    HostArray a = in.getFirst();
    HostArray b = in.getLast();
    return (_, index) -> {
      long row = index / side();
      long column = index % side();
      return a.getDouble(index)
          + switch (operands) {
            case SAME -> b.getDouble(index);
            case ROW -> b.getDouble(column);
            case COLUMN -> b.getDouble(row);
            case SCALAR -> SCALAR;
            case STRIDED -> b.getDouble(column * side() + row);
          };
    };
  }

  @Override
  public double tolerance() {
    return dtype.isFloating() ? 4 * Inputs.epsilon(dtype) : 0;
  }

  @Override
  public double flop() {
    return 0;
  }
}
