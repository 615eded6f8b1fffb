package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Check;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.cpu.CpuMemory.HostRegion;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Origin;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * A backend with buffers for programs written by hand. Each buffer lies between sentinels, and
 * {@link #run} checks that they are still there.
 */
final class CpuRig implements AutoCloseable {
  static final Origin ORIGIN = new Origin("test", "Foo.java:12");
  private static final int GUARD = 64;
  private static final byte SENTINEL = 0x5A;

  private final CpuBackend backend;
  private final List<Buffer> buffers = new ArrayList<>();
  private final List<Slice> slices = new ArrayList<>();

  CpuRig(int threads, Loops loops, ReduceStep.Order order) {
    this(
        new CpuBackend(
            new BackendOptions(threads),
            loops,
            order,
            Joining.USUAL,
            () -> System.getLogger("org.cotangent.cpu")));
  }

  CpuRig(CpuBackend backend) {
    this.backend = backend;
  }

  static CpuRig plain() {
    return new CpuRig(1, Loops.PLAIN, ReduceStep.Order.ANY);
  }

  CpuBackend backend() {
    return backend;
  }

  HostRegion allocate(long bytes) {
    return Objects.requireNonNull(backend.memory().allocate(bytes));
  }

  /** A buffer just large enough for the layout, which is moved so that it starts inside. */
  Operand operand(DType dtype, Layout layout) {
    long first = 0;
    long last = 0;
    Shape shape = layout.shape();
    for (int axis = 0; axis < shape.rank(); axis++) {
      long reach = Math.max(0, shape.dim(axis) - 1) * layout.stride(axis);
      first += Math.min(0, reach);
      last += Math.max(0, reach);
    }
    long elements = shape.size() == 0 ? 0 : last - first + 1 + layout.offset();
    long bytes = elements * dtype.bytes();
    HostRegion region = allocate(Math.ceilDiv(bytes + 2 * GUARD, 64L) * 64);
    region.segment().fill(SENTINEL);
    buffers.add(new Buffer(bytes, new Storage.Input(buffers.size())));
    slices.add(new Slice(region, GUARD));
    return new Operand(
        buffers.size() - 1, dtype, Layout.of(shape, layout.strides(), layout.offset() - first));
  }

  Operand operand(DType dtype, long... dims) {
    return operand(dtype, Layout.contiguous(Shape.of(dims)));
  }

  /** A buffer of random values. */
  Operand random(Random random, DType dtype, Layout layout) {
    Operand operand = operand(dtype, layout);
    MemorySegment memory = memory(operand);
    for (long i = 0; i < memory.byteSize() / dtype.bytes(); i++) {
      switch (dtype) {
        case FLOAT32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) number(random));
        case FLOAT64 -> memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, number(random));
        case INT32 -> memory.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(-50, 50));
        case INT64 -> memory.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextInt(-50, 50));
        case BOOL -> memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(2));
        case FLOAT16, BFLOAT16 -> put(memory, dtype, i, dtype.rounded(number(random)));
        case INT8, INT16, UINT8 -> put(memory, dtype, i, dtype.value(random.nextInt()));
      }
    }
    return operand;
  }

  /** Of either sign and many magnitudes, now and then -0. */
  private static double number(Random random) {
    double number = random.nextDouble() - 0.5;
    return Math.abs(number) < 0.01 ? -0d : 1 / number;
  }

  Operand random(Random random, DType dtype, long... dims) {
    return random(random, dtype, Layout.contiguous(Shape.of(dims)));
  }

  /** The buffer of an operand. */
  MemorySegment memory(Operand operand) {
    Slice slice = slices.get(operand.buffer());
    return ((HostRegion) slice.region())
        .segment()
        .asSlice(slice.offset(), buffers.get(operand.buffer()).bytes());
  }

  Object get(Operand operand, long linear) {
    return get(memory(operand), operand, linear);
  }

  static Object get(MemorySegment memory, Operand operand, long linear) {
    long position = operand.layout().position(linear);
    DType dtype = operand.dtype();
    return dtype.value(
        switch (dtype.bytes()) {
          case 1 -> memory.get(ValueLayout.JAVA_BYTE, position);
          case 2 -> memory.getAtIndex(ValueLayout.JAVA_SHORT, position);
          case 4 -> memory.getAtIndex(ValueLayout.JAVA_INT, position);
          default -> memory.getAtIndex(ValueLayout.JAVA_LONG, position);
        });
  }

  void set(Operand operand, long linear, Object value) {
    put(memory(operand), operand.dtype(), operand.layout().position(linear), value);
  }

  static void put(MemorySegment memory, DType dtype, long position, Object value) {
    long bits = dtype.bits(value);
    switch (dtype.bytes()) {
      case 1 -> memory.set(ValueLayout.JAVA_BYTE, position, (byte) bits);
      case 2 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, position, (short) bits);
      case 4 -> memory.setAtIndex(ValueLayout.JAVA_INT, position, (int) bits);
      default -> memory.setAtIndex(ValueLayout.JAVA_LONG, position, bits);
    }
  }

  /** What a buffer holds now. */
  MemorySegment snapshot(Operand operand) {
    MemorySegment memory = memory(operand);
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(memory.byteSize(), 8L))])
        .asSlice(0, memory.byteSize())
        .copyFrom(memory);
  }

  LoadedProgram load(Check check, Kernel... kernels) {
    return backend.load(
        new Program(
            new GraphBuilder().build("test", List.of()),
            List.of(),
            List.copyOf(buffers),
            List.of(kernels),
            Collections.nCopies(kernels.length, -1),
            new MemoryPlan(0, 0, 0, 0, List.of()),
            check));
  }

  List<Slice> slices() {
    return List.copyOf(slices);
  }

  void run(Kernel... kernels) {
    try (LoadedProgram program = load(Check.NOTHING, kernels)) {
      program.run(slices());
    }
    checkSentinels();
  }

  void checkSentinels() {
    for (int i = 0; i < buffers.size(); i++) {
      MemorySegment all = ((HostRegion) slices.get(i).region()).segment();
      long end = GUARD + buffers.get(i).bytes();
      for (long at = 0; at < all.byteSize(); at = at + 1 == GUARD ? end : at + 1) {
        assertEquals(SENTINEL, all.get(ValueLayout.JAVA_BYTE, at), "sentinel at " + at);
      }
    }
  }

  /** That elements have the same bits; one NaN is as good as another. */
  static void assertSame(Object expected, Object actual, String where) {
    // Boxed floats are equal if they have the same bits or are NaN both.
    assertEquals(expected, actual, where);
  }

  @Override
  public void close() {
    backend.close();
  }
}
