package org.cotangent.benchmarks.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/** Loops over {@code double[]} as anybody would write them, on one thread. */
public final class PlainJava implements Engine {
  /** Made by the service loader. */
  public PlainJava() {}

  @Override
  public String name() {
    return "java";
  }

  @Override
  public String description(String device) {
    return "loops over double[], 1 thread";
  }

  @Override
  public boolean does(Task task) {
    return task.dtype() == DType.FLOAT64
        && switch (task) {
          case Addition addition -> addition.operands() == Addition.Operands.SAME;
          case Product product ->
              product.batch() == 1 && product.transposed() == Product.Transposed.NONE;
          case Chain _, Perceptron _, Import _ -> false;
        };
  }

  @Override
  public Computation open(String device, Task task) {
    List<double[]> inputs =
        task.inputs().stream()
            .map(array -> array.data().toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED))
            .toList();
    double[] a = inputs.get(0);
    double[] b = inputs.get(1);
    double[] c = new double[(int) task.shape().size()];
    Runnable run =
        task instanceof Product product
            ? () -> multiply(a, b, c, (int) product.m(), (int) product.k(), (int) product.n())
            : () -> add(a, b, c);
    TensorType type = new TensorType(DType.FLOAT64, task.shape());
    return Computation.of(run, () -> new HostArray(type, MemorySegment.ofArray(c)), () -> {});
  }

  private static void add(double[] a, double[] b, double[] c) {
    for (int i = 0; i < c.length; i++) {
      c[i] = a[i] + b[i];
    }
  }

  private static void multiply(double[] a, double[] b, double[] c, int m, int k, int n) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int at = 0; at < k; at++) {
          sum += a[i * k + at] * b[at * n + j];
        }
        c[i * n + j] = sum;
      }
    }
  }
}
