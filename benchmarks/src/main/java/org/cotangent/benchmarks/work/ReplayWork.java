package org.cotangent.benchmarks.work;

import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.peer.ClLaunches;
import org.cotangent.benchmarks.peer.OpenCl;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/**
 * A program of ten kernels on a tensor so small that nearly all of its time is the overhead of a
 * replay.
 */
public final class ReplayWork {
  /** Kernels in the program. */
  public static final int KERNELS = 10;

  private static final long SIZE = 16;

  private ReplayWork() {}

  /**
   * {@return it on a device of Cotangent}
   *
   * @param device its name
   */
  public static Work cotangent(String device) {
    return OnDevice.open(
        device,
        (opened, scope) -> {
          Tensor x = scope.keep(opened.key(1).uniform(DType.FLOAT32, Shape.of(SIZE, SIZE)));
          Compiled1<Tensor, Tensor> chain = compile(opened, x);
          return () -> chain.run(x).close();
        });
  }

  /**
   * {@return as many kernels that do nothing, started one by one on the first OpenCL device, and a
   * wait for the last: what the driver takes of the time, where each is launched}
   */
  public static Work launches() {
    OpenCl cl = new OpenCl();
    ClLaunches launches = new ClLaunches(cl, KERNELS);
    return Work.of(launches::run, cl::close);
  }

  static Compiled1<Tensor, Tensor> compile(Device device, Tensor x) {
    return device.compiler().name("replay").compile(ReplayWork::chain, x);
  }

  /** A reduction takes in what comes before it but no other reduction: each is a kernel. */
  private static Tensor chain(Tensor x) {
    Tensor y = x.max(0);
    for (int i = 1; i < KERNELS; i++) {
      y = x.sub(y).max(0);
    }
    return y;
  }
}
