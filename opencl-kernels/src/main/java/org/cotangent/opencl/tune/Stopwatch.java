package org.cotangent.opencl.tune;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.opencl.kernel.Finish;
import org.cotangent.opencl.kernel.Launch;
import org.cotangent.opencl.kernel.Matmul;
import org.cotangent.opencl.kernel.TuningTable;
import org.jocl.cl_mem;

/** Times a product on a device, with its operands there. */
final class Stopwatch implements AutoCloseable {
  /** Operations between two looks at the clock. */
  private static final double BATCH = 2e8;

  private static final int ROUNDS = 9;

  private static final int MOST_RUNS = 200;

  private final ClRunner runner;
  private final Trial trial;
  private final cl_mem[] memories = new cl_mem[4];

  /**
   * Prepares the operands.
   *
   * @param runner the device
   * @param trial to time
   */
  Stopwatch(ClRunner runner, Trial trial) {
    this.runner = runner;
    this.trial = trial;
    memories[0] = memory(trial.rows() * trial.depth());
    memories[1] = memory(trial.depth() * trial.columns());
    memories[2] = memory(trial.rows() * trial.columns());
  }

  /** Memory of small numbers: zeros might be faster than what occurs. */
  private cl_mem memory(long elements) {
    int bytes = trial.dtype().bytes();
    ByteBuffer content = direct(elements * bytes);
    for (int i = 0; i < elements; i++) {
      double value = i % 251 / 251.0;
      if (bytes == Float.BYTES) {
        content.putFloat((float) value);
      } else {
        content.putDouble(value);
      }
    }
    return runner.memory(content.clear());
  }

  private static ByteBuffer direct(long bytes) {
    return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
  }

  /**
   * {@return seconds of one product, the median of several rounds}
   *
   * @param table with its tile
   */
  double seconds(TuningTable table) {
    ContractionKernel kernel = trial.kernel();
    Matmul matmul = new Matmul(runner.traits(), table);
    List<Launch> launches = matmul.launches(kernel, Finish.plain(kernel, matmul.widths(kernel)), 3);
    runner.build(launches.stream().map(Launch::source).toList());
    memories[3] = runner.memory(direct(Math.max(1, matmul.workspace(kernel))));
    try {
      int runs = (int) Math.clamp(BATCH / trial.operations(), 1, MOST_RUNS);
      double[] seconds = new double[ROUNDS];
      run(launches, runs);
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        run(launches, runs);
        seconds[round] = (System.nanoTime() - start) * 1e-9 / runs;
      }
      Arrays.sort(seconds);
      return seconds[ROUNDS / 2];
    } finally {
      runner.release(memories[3]);
    }
  }

  private void run(List<Launch> launches, int runs) {
    for (int run = 0; run < runs; run++) {
      runner.enqueue(launches, memories, new long[memories.length]);
    }
    runner.finish();
  }

  @Override
  public void close() {
    for (int i = 0; i < 3; i++) {
      runner.release(memories[i]);
    }
  }
}
