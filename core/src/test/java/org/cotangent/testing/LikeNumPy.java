package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.numpy.RealNumPy;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Calls side by side with the lines of Python that they stand for, on equal arrays of small whole
 * numbers, so that every order of summation gives the same bits.
 */
final class LikeNumPy {
  /** Makes the same array as {@link #numbers}. */
  private static final String NUMBERS =
      """
      import numpy as np
      def of(*dims):
        size = int(np.prod(dims))
        return ((np.arange(size) * 7919 + 5) % 23 - 11).astype(np.float64).reshape(dims)
      def show(result):
        for x in result if isinstance(result, (list, tuple)) else [result]:
          x = np.asarray(x)
          print(x.shape, *x.astype(np.int64).ravel().tolist())
        print('-')
      """;

  /**
   * A call.
   *
   * @param python an expression over a, b, c and np
   * @param shapes of a, b, c
   * @param call the same
   */
  record Row(String python, List<Shape> shapes, Function<List<Tensor>, List<Tensor>> call) {
    @Override
    public String toString() {
      return python + " " + shapes;
    }
  }

  private LikeNumPy() {}

  static Row row(String python, Shape shape, Function<Tensor, Tensor> call) {
    return new Row(python, List.of(shape), in -> List.of(call.apply(in.getFirst())));
  }

  static Row row(String python, Function<List<Tensor>, Tensor> call, Shape... shapes) {
    return new Row(python, List.of(shapes), in -> List.of(call.apply(in)));
  }

  static Row rows(String python, Shape shape, Function<Tensor, List<Tensor>> call) {
    return new Row(python, List.of(shape), in -> call.apply(in.getFirst()));
  }

  /** Small whole numbers without order, as float64. */
  static Tensor numbers(Device device, Shape shape) {
    HostArray array = HostArray.allocate(new TensorType(DType.FLOAT64, shape));
    for (long i = 0; i < shape.size(); i++) {
      array.set(i, (double) ((i * 7919 + 5) % 23 - 11));
    }
    return device.tensor(array);
  }

  /** Runs each call as it is and compiled, and all of Python in one process. */
  static void check(Device device, List<Row> rows) throws Exception {
    List<String> mine = new ArrayList<>();
    for (Row row : rows) {
      try (Scope _ = device.open()) {
        List<Tensor> in = row.shapes().stream().map(shape -> numbers(device, shape)).toList();
        List<String> eager = row.call().apply(in).stream().map(LikeNumPy::line).toList();
        try (var program = device.compiler().compile(row.call(), in)) {
          assertEquals(
              eager, program.run(in).stream().map(LikeNumPy::line).toList(), row.toString());
        }
        eager.forEach(line -> mine.add(row + ": " + line));
      }
    }
    List<String> script = new ArrayList<>(List.of(NUMBERS));
    for (Row row : rows) {
      for (int i = 0; i < row.shapes().size(); i++) {
        script.add("%c = of%s".formatted('a' + i, row.shapes().get(i)));
      }
      script.add("show(" + row.python() + ")");
    }
    List<String> theirs = new ArrayList<>();
    int next = 0;
    for (String line : RealNumPy.run(String.join("\n", script) + "\n")) {
      if (line.equals("-")) {
        next++;
      } else {
        theirs.add(rows.get(next) + ": " + line);
      }
    }
    for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
      assertEquals(theirs.get(i), mine.get(i));
    }
    assertEquals(theirs.size(), mine.size());
  }

  /** As Python's script prints it: shape and elements. */
  private static String line(Tensor tensor) {
    double[] values = tensor.cast(DType.FLOAT64).toDoubleArray();
    return tensor.shape()
        + Arrays.stream(values).mapToObj(value -> " " + (long) value).collect(Collectors.joining());
  }
}
