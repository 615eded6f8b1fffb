package org.cotangent.benchmarks.peer;

import java.util.Comparator;
import java.util.List;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_program;

/**
 * A plain copy of floats in {@code float16} vectors: what an OpenCL kernel can get of the memory's
 * bandwidth. One vector a work-item suits GPUs, a chunk of neighbouring ones CPUs; the fastest of
 * some shapes of the launch is chosen when it is made.
 */
public final class ClCopy {
  private static final String SOURCE =
      """
      __kernel void vectors(__global const float *x, __global float *y) {
        size_t i = get_global_id(0);
        vstore16(vload16(i, x), i, y);
      }

      __kernel void chunks(__global const float *x, __global float *y, uint size) {
        size_t start = get_global_id(0) * size;
        for (size_t i = start; i < start + size; i++) {
          vstore16(vload16(i, x), i, y);
        }
      }
      """;

  /** Floats in a vector. */
  private static final int WIDTH = 16;

  /** The count of elements must be a multiple of this. */
  private static final int LARGEST_CHUNK = 4096 * WIDTH;

  private static final int TRIALS = 5;

  private record Variant(String name, cl_kernel kernel, long global, long local) {}

  private final OpenCl cl;
  private final cl_mem to;
  private final Variant best;

  /**
   * Builds and chooses.
   *
   * @param cl where it copies
   * @param data to copy, a multiple of 65,536 floats
   */
  public ClCopy(OpenCl cl, float[] data) {
    if (data.length == 0 || data.length % LARGEST_CHUNK != 0) {
      throw new IllegalArgumentException(
          "copy: " + data.length + " floats are no multiple of " + LARGEST_CHUNK);
    }
    this.cl = cl;
    cl_mem from = cl.buffer(data);
    to = cl.buffer(new float[data.length]);
    cl_program program = cl.program(SOURCE);
    long vectors = data.length / WIDTH;
    cl_kernel each = cl.kernel(program, "vectors", from, to);
    best =
        List.of(
                new Variant("a vector an item, groups of 64", each, vectors, 64),
                new Variant("a vector an item, groups of 256", each, vectors, 256),
                chunks(program, from, vectors, 256),
                chunks(program, from, vectors, 4096))
            .stream()
            .min(Comparator.comparingLong(this::nanos))
            .orElseThrow();
  }

  private Variant chunks(cl_program program, cl_mem from, long vectors, int size) {
    cl_kernel kernel = cl.kernel(program, "chunks", from, to);
    OpenCl.argument(kernel, 2, size);
    return new Variant(size + " vectors an item", kernel, vectors / size, 1);
  }

  /** {@return the shortest of a few runs; the first, which builds for the size, is not counted} */
  private long nanos(Variant variant) {
    run(variant);
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < TRIALS; i++) {
      long start = System.nanoTime();
      run(variant);
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest;
  }

  private void run(Variant variant) {
    cl.launch(variant.kernel(), variant.global(), variant.local());
    cl.finish();
  }

  /** Copies; returns when it is done. */
  public void copy() {
    run(best);
  }

  /** {@return the shape of the launch that was chosen} */
  public String description() {
    return best.name();
  }

  void read(float[] data) {
    cl.read(to, data);
  }
}
