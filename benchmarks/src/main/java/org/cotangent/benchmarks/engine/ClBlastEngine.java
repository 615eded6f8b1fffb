package org.cotangent.benchmarks.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.cotangent.benchmarks.peer.ClBlast;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.jocl.cl_mem;

/** CLBlast of the system, on the first OpenCL device. */
public final class ClBlastEngine implements Engine {
  /** Made by the service loader. */
  public ClBlastEngine() {}

  @Override
  public String name() {
    return "clblast";
  }

  @Override
  public List<String> devices() {
    return List.of("opencl");
  }

  @Override
  public Optional<String> unavailable(String device) {
    return ClBlast.unavailable();
  }

  @Override
  public String description(String device) {
    try (OpenCl cl = new OpenCl()) {
      return "CLBlast on " + cl.description();
    }
  }

  @Override
  public boolean does(Task task) {
    return task instanceof Product product
        && product.dtype() == DType.FLOAT32
        && product.batch() == 1
        && product.transposed() == Product.Transposed.NONE;
  }

  @Override
  public Computation open(String device, Task task) {
    if (!(task instanceof Product product)) {
      throw new IllegalArgumentException("clblast does not do " + task.title());
    }
    OpenCl cl = new OpenCl();
    ClBlast blast = new ClBlast(cl);
    List<float[]> inputs =
        task.inputs().stream()
            .map(array -> array.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
            .toList();
    cl_mem a = cl.buffer(inputs.get(0));
    cl_mem b = cl.buffer(inputs.get(1));
    float[] result = new float[(int) task.shape().size()];
    cl_mem c = cl.buffer(result);
    TensorType type = new TensorType(DType.FLOAT32, task.shape());
    return Computation.of(
        () -> blast.sgemm(product.m(), product.n(), product.k(), a, b, c),
        () -> {
          cl.read(c, result);
          return new HostArray(type, MemorySegment.ofArray(result));
        },
        () -> {
          blast.close();
          cl.close();
        });
  }
}
