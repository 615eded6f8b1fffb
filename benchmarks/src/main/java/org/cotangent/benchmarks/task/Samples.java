package org.cotangent.benchmarks.task;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.type.DType;

/** Small tasks of all kinds, of odd sizes, that tests have engines do. */
public final class Samples {
  private Samples() {}

  /** {@return the tasks} */
  public static List<Task> tasks() {
    List<Task> tasks = new ArrayList<>();
    for (Addition.Operands operands : Addition.Operands.values()) {
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32)) {
        tasks.add(new Addition(49, operands, dtype));
      }
    }
    for (Product.Transposed transposed : Product.Transposed.values()) {
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
        for (String n : List.of("17", "3x5x7", "33x40x1", "1x40x33", "3*5x6x7")) {
          tasks.add(Product.parse(n, transposed, dtype));
        }
      }
    }
    for (Chain.Kind kind : Chain.Kind.values()) {
      tasks.add(new Chain(kind, 1024));
      tasks.add(new Chain(kind, 3072));
      tasks.add(new Chain(kind, 1 << 18));
    }
    for (Perceptron.Net net : Perceptron.Net.values()) {
      tasks.add(new Perceptron(net));
    }
    tasks.add(new Import(1));
    return tasks;
  }
}
