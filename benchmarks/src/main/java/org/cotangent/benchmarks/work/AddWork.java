package org.cotangent.benchmarks.work;

import org.cotangent.Compiled2;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.peer.ClCopy;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * The sum of two float32 tensors into a third, of 16 Mi elements where it is measured: far beyond
 * any cache, so it is the memory that is timed. Beside it a copy of one of them; they are compared
 * by bytes moved in a second.
 */
public final class AddWork {
  /** Elements of a tensor, where it is measured. */
  public static final int SIZE = 1 << 24;

  /** Of memory for an element of the sum: two tensors are read, one is written. */
  public static final int ADD_BYTES = 3 * Float.BYTES;

  /** Of memory for an element of the copy: one tensor is read, one is written. */
  public static final int COPY_BYTES = 2 * Float.BYTES;

  private AddWork() {}

  /**
   * {@return the sum on a device of Cotangent}
   *
   * @param device its name
   * @param size elements of a tensor
   */
  public static Work cotangent(String device, int size) {
    return OnDevice.open(
        device,
        (opened, scope) -> {
          Tensor a = scope.keep(opened.key(1).uniform(DType.FLOAT32, Shape.of(size)));
          Tensor b = scope.keep(opened.key(2).uniform(DType.FLOAT32, Shape.of(size)));
          Compiled2<Tensor, Tensor, Tensor> sum =
              opened.compiler().name("add").compile((x, y) -> x.add(y), a, b);
          return () -> sum.run(a, b).close();
        });
  }

  /**
   * {@return the copy, by a plain kernel on the first OpenCL device}
   *
   * @param size elements of a tensor, a multiple of 65,536
   */
  public static Work copy(int size) {
    OpenCl cl = new OpenCl();
    ClCopy copy = new ClCopy(cl, Data.uniform(size, 1));
    return Work.of(copy::copy, cl::close);
  }
}
