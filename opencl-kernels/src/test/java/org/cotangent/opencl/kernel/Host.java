package org.cotangent.opencl.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/** Buffers on the host, and what a product should be. */
final class Host {
  private Host() {}

  /** Numbers with many bits, exact zeros of both signs and integers that overflow among them. */
  static ByteBuffer random(DType dtype, long elements, SplittableRandom random) {
    ByteBuffer buffer = allocate(elements * dtype.bytes());
    for (int i = 0; i < elements; i++) {
      double value = random.nextInt(16) == 0 ? -0.0 : random.nextDouble(-2, 2);
      switch (dtype) {
        case FLOAT32 -> buffer.putFloat(i * 4, (float) value);
        case FLOAT64 -> buffer.putDouble(i * 8, value);
        case INT32 -> buffer.putInt(i * 4, random.nextInt());
        case INT64 -> buffer.putLong(i * 8, random.nextLong());
        case BOOL -> throw new IllegalArgumentException("there is no product of bool");
      }
    }
    return buffer;
  }

  static ByteBuffer allocate(long bytes) {
    return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
  }

  /** The product, one chain of fused multiply-adds in ascending depth for each element. */
  static ByteBuffer product(ContractionKernel kernel, ByteBuffer left, ByteBuffer right) {
    DType dtype = kernel.left().dtype();
    Shape shape = kernel.outputs().getFirst().layout().shape();
    ByteBuffer result = allocate(shape.size() * dtype.bytes());
    int at = 0;
    for (long b = 0; b < shape.dim(0); b++) {
      for (long row = 0; row < shape.dim(1); row++) {
        for (long column = 0; column < shape.dim(2); column++) {
          element(kernel, left, right, b, row, column, result, at);
          at += dtype.bytes();
        }
      }
    }
    return result;
  }

  private static void element(
      ContractionKernel kernel,
      ByteBuffer left,
      ByteBuffer right,
      long batch,
      long row,
      long column,
      ByteBuffer result,
      int at) {
    long depth = kernel.left().layout().shape().dim(2);
    DType dtype = kernel.left().dtype();
    float single = 0;
    double twice = 0;
    long whole = 0;
    for (long step = 0; step < depth; step++) {
      int a = position(kernel.left(), batch, row, step);
      int b = position(kernel.right(), batch, step, column);
      switch (dtype) {
        case FLOAT32 -> single = Math.fma(left.getFloat(a), right.getFloat(b), single);
        case FLOAT64 -> twice = Math.fma(left.getDouble(a), right.getDouble(b), twice);
        case INT32 -> whole += (long) left.getInt(a) * right.getInt(b);
        case INT64 -> whole += left.getLong(a) * right.getLong(b);
        case BOOL -> throw new IllegalArgumentException("there is no product of bool");
      }
    }
    switch (dtype) {
      case FLOAT32 -> result.putFloat(at, single);
      case FLOAT64 -> result.putDouble(at, twice);
      case INT32 -> result.putInt(at, (int) whole);
      case INT64 -> result.putLong(at, whole);
      case BOOL -> throw new IllegalArgumentException("there is no product of bool");
    }
  }

  private static int position(Operand operand, long first, long second, long third) {
    Layout layout = operand.layout();
    return Math.toIntExact(
        (layout.offset()
                + first * layout.stride(0)
                + second * layout.stride(1)
                + third * layout.stride(2))
            * operand.dtype().bytes());
  }
}
