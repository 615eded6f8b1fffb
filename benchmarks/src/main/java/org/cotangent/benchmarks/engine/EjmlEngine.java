package org.cotangent.benchmarks.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.ejml.EjmlVersion;
import org.ejml.data.DMatrixRMaj;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_MT_DDRM;
import org.ejml.dense.row.CommonOps_MT_FDRM;

/** EJML, a library of matrices in pure Java, with its products for several threads. */
public final class EjmlEngine implements Engine {
  /** Made by the service loader. */
  public EjmlEngine() {}

  @Override
  public String name() {
    return "ejml";
  }

  @Override
  public String description(String device) {
    int threads = Runtime.getRuntime().availableProcessors();
    return "EJML " + EjmlVersion.VERSION + ", " + threads + " threads";
  }

  @Override
  public boolean does(Task task) {
    return task instanceof Product product && product.batch() == 1;
  }

  @Override
  public Computation open(String device, Task task) {
    if (!(task instanceof Product product)) {
      throw new IllegalArgumentException("ejml does not do " + task.title());
    }
    HostArray left = task.inputs().get(0);
    HostArray right = task.inputs().get(1);
    TensorType type = new TensorType(task.dtype(), task.shape());
    if (task.dtype() == DType.FLOAT64) {
      DMatrixRMaj a = doubles(left);
      DMatrixRMaj b = doubles(right);
      DMatrixRMaj c = new DMatrixRMaj((int) product.m(), (int) product.n());
      return Computation.of(
          () -> {
            switch (product.transposed()) {
              case NONE -> CommonOps_MT_DDRM.mult(a, b, c);
              case LEFT -> CommonOps_MT_DDRM.multTransA(a, b, c);
              case RIGHT -> CommonOps_MT_DDRM.multTransB(a, b, c);
            }
          },
          () -> new HostArray(type, MemorySegment.ofArray(c.data)),
          () -> {});
    }
    FMatrixRMaj a = floats(left);
    FMatrixRMaj b = floats(right);
    FMatrixRMaj c = new FMatrixRMaj((int) product.m(), (int) product.n());
    return Computation.of(
        () -> {
          switch (product.transposed()) {
            case NONE -> CommonOps_MT_FDRM.mult(a, b, c);
            case LEFT -> CommonOps_MT_FDRM.multTransA(a, b, c);
            case RIGHT -> CommonOps_MT_FDRM.multTransB(a, b, c);
          }
        },
        () -> new HostArray(type, MemorySegment.ofArray(c.data)),
        () -> {});
  }

  private static DMatrixRMaj doubles(HostArray array) {
    long[] dims = array.type().shape().dims();
    double[] data = array.data().toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
    return DMatrixRMaj.wrap((int) dims[0], (int) dims[1], data);
  }

  private static FMatrixRMaj floats(HostArray array) {
    long[] dims = array.type().shape().dims();
    float[] data = array.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    return FMatrixRMaj.wrap((int) dims[0], (int) dims[1], data);
  }
}
