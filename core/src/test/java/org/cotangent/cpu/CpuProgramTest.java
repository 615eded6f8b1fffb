package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.cpu.CpuMemory.HostRegion;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.NumericException;
import org.cotangent.graph.Call;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Origin;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Softmax;
import org.cotangent.op.Sum;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several kernels, the kernels of ops, the search for NaN, and what may not be run. */
class CpuProgramTest {
  private static LoopKernel sqrt(Operand x, Operand y) {
    BodyBuilder builder = new BodyBuilder();
    return new LoopKernel(
        "neg+sqrt",
        new Origin("sqrt", "Foo.java:12"),
        x.layout().shape(),
        List.of(x),
        List.of(),
        builder.build(builder.input(x.dtype()).sqrt()),
        List.of(y));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void kernelsRunInOrderAndManyThreadsAtOnce(int threads) throws InterruptedException {
    try (CpuRig rig = new CpuRig(threads, Loops.TIERED, ReduceStep.Order.ANY)) {
      Random random = new Random(1);
      Operand a = rig.random(random, DType.FLOAT32, 1, 20, 100);
      Operand b = rig.random(random, DType.FLOAT32, 1, 100, 300);
      Operand product = rig.operand(DType.FLOAT32, 1, 20, 300);
      Operand sums = rig.operand(DType.FLOAT32, 1, 300);
      BodyBuilder builder = new BodyBuilder();
      Term x = builder.input(DType.FLOAT32);
      Body square = builder.build(x.times(x));
      Sum sum = new Sum(List.of(1));
      LoadedProgram program =
          rig.load(
              Check.NOTHING,
              new ContractionKernel("matmul", CpuRig.ORIGIN, a.dtype(), a, b, product),
              new LoopKernel(
                  "square",
                  CpuRig.ORIGIN,
                  product.layout().shape(),
                  List.of(product),
                  List.of(),
                  square,
                  List.of(product)),
              new ReduceKernel(
                  "sum",
                  CpuRig.ORIGIN,
                  product.layout().shape(),
                  sum.axes(),
                  List.of(product),
                  List.of(Coordinate.POSITION),
                  sum.lift(DType.FLOAT32),
                  sum.combine(DType.FLOAT32),
                  sum.finish(DType.FLOAT32),
                  List.of(sums)));
      program.run(rig.slices());
      MemorySegment expected = rig.snapshot(sums);

      List<Thread> callers = new ArrayList<>();
      List<Throwable> failures = new ArrayList<>();
      for (int caller = 0; caller < 4; caller++) {
        List<Slice> own = new ArrayList<>(rig.slices());
        own.set(product.buffer(), new Slice(rig.allocate(24_000), 0));
        HostRegion result = rig.allocate(1216);
        own.set(sums.buffer(), new Slice(result, 8));
        callers.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((thread, e) -> {
                  synchronized (failures) {
                    failures.add(e);
                  }
                })
                .start(() -> {
                  for (int i = 0; i < 10; i++) {
                    result.segment().fill((byte) 0);
                    program.run(own);
                    assertEquals(-1, expected.mismatch(result.segment().asSlice(8, 1200)));
                  }
                }));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  @Test
  void callsRunOverHostArrays() {
    try (CpuRig rig = CpuRig.plain()) {
      Layout layout = Layout.contiguous(Shape.of(2, 3));
      Operand x = rig.random(new Random(1), DType.INT64, layout);
      Operand y = rig.operand(DType.INT64, Layout.of(layout.shape(), layout.strides(), 3));
      rig.run(new OpKernel(CpuRig.ORIGIN, new CumulativeSum(1, false), List.of(x), List.of(y)));
      for (int row = 0; row < 2; row++) {
        long sum = 0;
        for (int column = 0; column < 3; column++) {
          sum += (long) rig.get(x, row * 3L + column);
          assertEquals(sum, rig.get(y, row * 3L + column));
        }
      }
    }
  }

  /** Fails once. */
  private static final class Failing implements Call {
    private int failures = 1;

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public void evaluate(List<HostArray> inputs, List<HostArray> results) {
      if (failures-- > 0) {
        throw new IllegalStateException("once");
      }
      assertThrows(
          ArgumentException.class, () -> inputs.getFirst().set(0, 1f), "inputs are read-only");
      results.getFirst().data().copyFrom(inputs.getFirst().data());
    }

    @Override
    public Derivative derivative() {
      return new Derivative.None();
    }
  }

  @Test
  void aFailureLeavesTheProgramUsable() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.random(new Random(1), DType.FLOAT32, 5);
      Operand y = rig.operand(DType.FLOAT32, 5);
      LoadedProgram program =
          rig.load(
              Check.NOTHING, new OpKernel(CpuRig.ORIGIN, new Failing(), List.of(x), List.of(y)));
      assertThrows(IllegalStateException.class, () -> program.run(rig.slices()));
      program.run(rig.slices());
      assertEquals(-1, rig.memory(x).mismatch(rig.memory(y)));
      rig.checkSentinels();
    }
  }

  @Test
  void compositesAreNotClaimed() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 2, 3);
      Softmax softmax = new Softmax(1);
      assertEquals(false, rig.backend().claims(softmax, List.of()));
      DeviceException e =
          assertThrows(
              DeviceException.class,
              () ->
                  rig.load(
                      Check.NOTHING, new OpKernel(CpuRig.ORIGIN, softmax, List.of(x), List.of(x))));
      assertEquals(
          "test at Foo.java:12: the CPU has no kernel for softmax; expand it first",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theFirstNaNIsNamed(boolean strided) {
    try (CpuRig rig = CpuRig.plain()) {
      Shape shape = Shape.of(3, 4);
      long[] strides = strided ? new long[] {2, -7} : shape.strides();
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
        Operand x = rig.operand(dtype, shape.dims());
        Operand y = rig.operand(dtype, Layout.of(shape, strides, 0));
        Operand z = rig.operand(dtype, shape.dims());
        for (int i = 0; i < 12; i++) {
          rig.set(x, i, dtype.scalar("x", i == 6 || i == 11 ? -1L : i));
        }
        Kernel[] kernels = {sqrt(x, y), sqrt(y, z)};
        rig.run(kernels);
        NumericException e =
            assertThrows(
                NumericException.class, () -> rig.load(Check.NAN, kernels).run(rig.slices()));
        assertEquals(
            "sqrt at Foo.java:12 made the first NaN: output "
                + dtype
                + "(3, 4), element (1, 2), of kernel neg+sqrt",
            e.getMessage());
        rig.set(x, 6, dtype.scalar("x", 1L));
        rig.set(x, 11, dtype.scalar("x", 1L));
        rig.load(Check.NAN, kernels).run(rig.slices());
      }
    }
  }

  @Test
  void aNaNFarAwayIsFound() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 5000);
      rig.memory(x).fill((byte) 0);
      rig.set(x, 4999, -1f);
      NumericException e =
          assertThrows(
              NumericException.class, () -> rig.load(Check.NAN, sqrt(x, x)).run(rig.slices()));
      assertEquals(
          "sqrt at Foo.java:12 made the first NaN: output float32(5000,), element (4999,), "
              + "of kernel neg+sqrt",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16"})
  void infinitiesAreFoundOnRequest(DType dtype) {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(dtype, 7);
      Operand y = rig.operand(dtype, 7);
      BodyBuilder builder = new BodyBuilder();
      Kernel copy =
          new LoopKernel(
              "copy",
              CpuRig.ORIGIN,
              Shape.of(7),
              List.of(x),
              List.of(),
              builder.build(builder.input(dtype)),
              List.of(y));
      for (double value : new double[] {1, 1e4, -0.0}) {
        rig.memory(x).fill((byte) 0);
        rig.set(x, 5, dtype.rounded(value));
        rig.load(Check.NOT_FINITE, copy).run(rig.slices());
      }
      for (double value : new double[] {1 / 0.0, -1 / 0.0, Double.NaN}) {
        rig.memory(x).fill((byte) 0);
        rig.set(x, 5, dtype.rounded(value));
        var looking = rig.load(Check.NOT_FINITE, copy);
        assertEquals(
            copy.made(Check.NOT_FINITE, y, 5).getMessage(),
            assertThrows(NumericException.class, () -> looking.run(rig.slices())).getMessage());
      }
      rig.set(x, 5, dtype.rounded(1 / 0.0));
      rig.load(Check.NAN, copy).run(rig.slices());
    }
  }

  private static void refused(
      Class<? extends CotangentException> type, String message, Runnable action) {
    assertEquals(message, assertThrows(type, action::run).getMessage());
  }

  @Test
  void slicesAreChecked() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 5);
      LoadedProgram program = rig.load(Check.NOTHING, sqrt(x, x));
      HostRegion region = rig.allocate(64);
      refused(
          ArgumentException.class,
          "run: 0 slices for the 1 buffers of the program",
          () -> program.run(List.of()));
      for (long offset : new long[] {-8, 4, 48, 1L << 40}) {
        refused(
            ArgumentException.class,
            "run: buffer 0 of 20 bytes at offset "
                + offset
                + " of a region of 64 bytes; offsets are multiples of 8",
            () -> program.run(List.of(new Slice(region, offset))));
      }
      refused(
          DeviceException.class,
          "run: buffer 0 lies in another device's memory; copy it through the host",
          () -> program.run(List.of(new Slice(() -> 64, 0))));
      program.run(List.of(new Slice(region, 40)));
      rig.backend().memory().free(region);
      refused(
          ClosedException.class,
          "run: the memory of buffer 0 was freed",
          () -> program.run(List.of(new Slice(region, 0))));
    }
  }

  @Test
  void operandsMustLieInTheirBuffers() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 5);
      for (Layout layout :
          List.of(
              Layout.of(Shape.of(5), new long[] {1}, 1),
              Layout.of(Shape.of(5), new long[] {-1}, 3),
              Layout.of(Shape.of(6), new long[] {1}, 0))) {
        Operand y = new Operand(x.buffer(), x.dtype(), layout);
        assertThrows(IllegalArgumentException.class, () -> rig.load(Check.NOTHING, sqrt(y, y)));
      }
    }
  }

  @Test
  void emptyBuffersLieInTheEmptyRegion() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 0, 3);
      LoadedProgram program = rig.load(Check.NAN, sqrt(x, x));
      program.run(List.of(new Slice(rig.backend().memory().empty(), 0)));
    }
  }

  @Test
  void aClosedProgramSaysSo() {
    try (CpuRig rig = CpuRig.plain()) {
      Operand x = rig.operand(DType.FLOAT32, 5);
      LoadedProgram program = rig.load(Check.NOTHING, sqrt(x, x));
      program.close();
      program.close();
      refused(
          ClosedException.class,
          "run: program test was closed; load it again",
          () -> program.run(rig.slices()));
    }
  }
}
