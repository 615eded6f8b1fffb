package org.cotangent.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.cotangent.benchmarks.peer.OpenBlas;
import org.cotangent.benchmarks.work.MatmulWork;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Products of square float32 matrices, and the same by OpenBLAS and CLBlast. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Matmul {
  /** How large. */
  @State(Scope.Benchmark)
  public static class Size {
    /** Rows and columns. */
    @Param({"256", "512", "1024", "2048"})
    public int n = 256;
  }

  /** A device of Cotangent. */
  @State(Scope.Benchmark)
  public static class Cotangent {
    /** Which device. */
    @Param({"cpu", "opencl"})
    public String device = "cpu";

    private Work work = Work.NOTHING;

    /**
     * Makes data and program.
     *
     * @param size of the matrices
     */
    @Setup
    public void open(Size size) {
      work = MatmulWork.cotangent(device, size.n);
    }

    /** Closes the device. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /** OpenBLAS with one thread a core. */
  @State(Scope.Benchmark)
  public static class OnOpenBlas {
    private Work work = Work.NOTHING;

    /**
     * Makes data and says which processor's kernels are used.
     *
     * @param size of the matrices
     */
    @Setup
    public void open(Size size) {
      work = MatmulWork.openBlas(size.n);
      System.out.println("OpenBLAS core " + OpenBlas.core() + ", " + OpenBlas.config());
    }

    /** Frees the data. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /** CLBlast on the first OpenCL device. */
  @State(Scope.Benchmark)
  public static class OnClBlast {
    private Work work = Work.NOTHING;

    /**
     * Makes data.
     *
     * @param size of the matrices
     */
    @Setup
    public void open(Size size) {
      work = MatmulWork.clBlast(size.n);
    }

    /** Closes the device. */
    @TearDown
    public void close() {
      work.close();
    }
  }

  /**
   * Cotangent's product.
   *
   * @param state where
   */
  @Benchmark
  public void cotangent(Cotangent state) {
    state.work.run();
  }

  /**
   * OpenBLAS's product.
   *
   * @param state where
   */
  @Benchmark
  public void openBlas(OnOpenBlas state) {
    state.work.run();
  }

  /**
   * CLBlast's product.
   *
   * @param state where
   */
  @Benchmark
  public void clBlast(OnClBlast state) {
    state.work.run();
  }
}
