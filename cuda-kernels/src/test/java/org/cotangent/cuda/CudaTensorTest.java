package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.Compiled1;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.cuda.machine.SimulatedDriver;
import org.cotangent.op.Sample;
import org.cotangent.testing.OpTable;
import org.cotangent.testing.ReferenceBackend;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products on tensor cores, from the user's function to the GPU's memory: halves on chips of
 * compute capability 8.0, float32 where tf32 is allowed. Older chips have the CPU's bits, and so
 * has float32 where it is not.
 */
class CudaTensorTest {
  /** A GPU, simulated of a compute capability if there is none. */
  private static Gpu gpu(int major, boolean tf32) {
    return new Gpu(
        DeviceOptions.DEFAULT.tf32(tf32), new SimulatedDriver(1, SimulatedDriver.chip(0, major)));
  }

  private static final List<Shape> PAIR = List.of(Shape.of(3, 37, 70), Shape.of(3, 70, 29));

  /** A product, one with an epilogue, one of transposed operands, and one with a vector. */
  private static List<Tensor> products(List<Tensor> in) {
    Tensor a = in.get(0);
    Tensor b = in.get(1);
    Tensor row = a.sum(1).reshape(3, 1, 70);
    return List.of(
        a.matmul(b),
        a.matmul(b).mul(0.5).add(b.max(1).reshape(3, 1, 29)).maximum(0),
        b.transpose(0, 2, 1).matmul(a.transpose(0, 2, 1)),
        row.matmul(b),
        a.matmul(row.transpose(0, 2, 1)));
  }

  private static List<HostArray> products(Device device, DType dtype) {
    return results(device, dtype, PAIR, CudaTensorTest::products);
  }

  private static List<HostArray> results(
      Device device,
      DType dtype,
      List<Shape> shapes,
      Function<List<Tensor>, List<Tensor>> function) {
    try (Scope _ = device.open()) {
      List<Tensor> inputs =
          shapes.stream()
              .map(shape -> device.key(shape.size()).normal(DType.FLOAT32, shape).cast(dtype))
              .toList();
      try (Compiled1<List<Tensor>, List<Tensor>> compiled =
          device.compiler().compile(function, inputs)) {
        return compiled.run(inputs).stream().map(Tensor::toHost).toList();
      }
    }
  }

  private static double[] doubles(HostArray array) {
    return IntStream.range(0, (int) array.type().shape().size())
        .mapToDouble(i -> ((Number) array.get(i)).doubleValue())
        .toArray();
  }

  private static void assertSameBits(List<HostArray> expected, List<HostArray> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(
          expected.get(i).data().toArray(ValueLayout.JAVA_BYTE),
          actual.get(i).data().toArray(ValueLayout.JAVA_BYTE),
          "result " + i);
    }
  }

  /** A bound relative to the largest element: the terms of all sums are about as large. */
  private static void assertNear(List<HostArray> expected, List<HostArray> actual, double bound) {
    for (int i = 0; i < expected.size(); i++) {
      double[] wanted = doubles(expected.get(i));
      double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
      assertArrayEquals(wanted, doubles(actual.get(i)), largest * bound, "result " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void productsOfHalvesAreNearTheCpus(DType dtype) {
    // Two places: sums in another order may be rounded to another neighbour, and so may what
    // follows.
    double places = dtype == DType.FLOAT16 ? 0x1p-9 : 0x1p-6;
    try (Gpu gpu = gpu(8, false);
        Device cpu = Device.cpu()) {
      assertNear(products(cpu, dtype), products(gpu.device(), dtype), places);
    }
  }

  /** Narrow operands are read as they are where tensor cores take them, else cast before. */
  @ParameterizedTest
  @ValueSource(ints = {7, 8})
  void halvesAreCastOnlyForOlderChips(int major) {
    try (Gpu gpu = gpu(major, false);
        Scope _ = gpu.device().open()) {
      Device device = gpu.device();
      Tensor x = device.key(1).normal(DType.BFLOAT16, Shape.of(20, 20));
      try (Compiled1<Tensor, Tensor> square =
          device.compiler().compile((Tensor a) -> a.matmul(a).exp(), x)) {
        square.run(x);
        assertEquals(!gpu.hasTensorCores(), square.explain().contains("Loop "), square.explain());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32"})
  void olderChipsHaveTheCpusBits(DType dtype) {
    try (Gpu gpu = gpu(7, true);
        Device cpu = Device.cpu()) {
      assumeFalse(gpu.hasTensorCores(), "a GPU is as new as it is");
      assertSameBits(products(cpu, dtype), products(gpu.device(), dtype));
    }
  }

  @Test
  void floatsAreRoundedOnlyWhereTf32IsAllowed() {
    try (Gpu exact = gpu(8, false);
        Gpu rounded = gpu(8, true);
        Device cpu = Device.cpu()) {
      assumeTrue(rounded.hasTensorCores(), "a GPU is as old as it is");
      List<HostArray> expected = products(cpu, DType.FLOAT32);
      assertSameBits(expected, products(exact.device(), DType.FLOAT32));
      List<HostArray> actual = products(rounded.device(), DType.FLOAT32);
      assertNear(expected, actual, 2e-3);
      assertFalse(Arrays.equals(doubles(expected.getFirst()), doubles(actual.getFirst())));
      assertSameBits(products(cpu, DType.FLOAT64), products(rounded.device(), DType.FLOAT64));
    }
  }

  /**
   * Gradients of a perceptron of two layers by its parameters, from the cross-entropy of guesses.
   */
  private static List<Tensor> gradients(List<Tensor> in) {
    Tensor x = in.getFirst();
    Tensor classes = in.get(1).maximum(0);
    return Cotangent.grad(
        p -> {
          Tensor hidden = x.matmul(p.get(0)).add(p.get(1)).tanh();
          Tensor logits = hidden.matmul(p.get(2));
          return logits.logSoftmax(-1).mul(classes).sum().div(-50);
        },
        in.subList(2, 5));
  }

  private static final List<Shape> PERCEPTRON =
      List.of(Shape.of(50, 64), Shape.of(50, 10), Shape.of(64, 33), Shape.of(33), Shape.of(33, 10));

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void gradientsOfHalvesAreNearTheCpus(DType dtype) {
    try (Gpu gpu = gpu(8, false);
        Device cpu = Device.cpu()) {
      assertNear(
          results(cpu, dtype, PERCEPTRON, CudaTensorTest::gradients),
          results(gpu.device(), dtype, PERCEPTRON, CudaTensorTest::gradients),
          dtype == DType.FLOAT16 ? 0.01 : 0.05);
    }
  }

  /** Every sample of the table: its values, views of memory, derivatives. */
  @ParameterizedTest
  @ValueSource(ints = {7, 8})
  void everySampleOfHalvesHasTheReferencesValues(int major) {
    List<Sample> samples =
        OpTable.samples().getOrDefault("DotGeneral", List.of()).stream()
            .filter(sample -> sample.inputs().getFirst().type().dtype().isNarrow())
            .toList();
    assertTrue(
        samples.stream().anyMatch(s -> s.inputs().getFirst().type().dtype() == DType.FLOAT16));
    try (Gpu gpu = gpu(major, false);
        Device reference =
            Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT)) {
      for (Sample sample : samples) {
        OpTable.checkValues(gpu.device(), reference, sample);
        OpTable.checkViews(gpu.device(), sample);
        if (OpTable.isDifferentiable(sample)) {
          OpTable.checkDerivatives(gpu.device(), sample);
        }
      }
      assertEquals(0, gpu.device().memory().liveBytes());
    }
  }
}
