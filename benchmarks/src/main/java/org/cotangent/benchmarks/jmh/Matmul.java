package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.openjdk.jmh.annotations.Param;

/**
 * Products of matrices, see {@link Product}: squares; a layer of a perceptron; tall, wide, with a
 * vector; many small ones.
 */
public class Matmul extends Suite {
  /** Sizes, as in {@code 512}, {@code 128x784x512} for m, k and n, {@code 64*64x64x64} for many. */
  @Param({
    "16",
    "64",
    "256",
    "512",
    "1024",
    "2048",
    "128x784x512",
    "16384x64x64",
    "64x64x16384",
    "2048x2048x1",
    "64*64x64x64"
  })
  public String n = "512";

  /** Which operand lies transposed in memory. */
  @Param public Product.Transposed transposed = Product.Transposed.NONE;

  /** Of the elements. */
  @Param({"FLOAT32", "FLOAT64"})
  public DType dtype = DType.FLOAT32;

  @Override
  Task task() {
    return Product.parse(n, transposed, dtype);
  }
}
