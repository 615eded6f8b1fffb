package org.cotangent.benchmarks.work;

import org.cotangent.Compiled2;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.peer.ClCopy;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * The sum of two float32 tensors of 16 Mi elements, into a third: far beyond any cache, so it is
 * the memory that is timed. Beside it a copy of one of them; they are compared by bytes moved in a
 * second.
 */
public final class AddWork {
  /** Elements of a tensor. */
  public static final int SIZE = 1 << 24;

  /** Two tensors read, one written. */
  public static final long ADD_BYTES = 3L * Float.BYTES * SIZE;

  /** One tensor read, one written. */
  public static final long COPY_BYTES = 2L * Float.BYTES * SIZE;

  private AddWork() {}

  /**
   * {@return the sum on a device of Cotangent}
   *
   * @param device its name
   */
  public static Work cotangent(String device) {
    return OnDevice.open(
        device,
        opened -> {
          Tensor a = opened.key(1).uniform(DType.FLOAT32, Shape.of(SIZE));
          Tensor b = opened.key(2).uniform(DType.FLOAT32, Shape.of(SIZE));
          Compiled2<Tensor, Tensor, Tensor> sum =
              opened.compiler().name("add").compile((x, y) -> x.add(y), a, b);
          return () -> sum.run(a, b).close();
        });
  }

  /** {@return the copy, by a plain kernel on the first OpenCL device} */
  public static Work copy() {
    OpenCl cl = new OpenCl();
    ClCopy copy = new ClCopy(cl, Data.uniform(SIZE, 1));
    return Work.of(copy::copy, cl::close);
  }
}
