package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.op.Sample;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What fusion, lowering and the plan make of programs has the reference's values under every limit,
 * with epilogues and workspaces: things that the CPU never asks for.
 */
class InterpreterTest {
  private final AtomicInteger epilogues = new AtomicInteger();
  private final AtomicInteger narrow = new AtomicInteger();
  private Device reference;

  static List<FusionLimits> limits() {
    return List.of(
        new FusionLimits(128, Integer.MAX_VALUE, false),
        new FusionLimits(128, Integer.MAX_VALUE, true),
        new FusionLimits(128, 6, true),
        new FusionLimits(4, 4, true));
  }

  @BeforeEach
  void open() {
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    reference.close();
  }

  private Device interpreter(FusionLimits limits) {
    return interpreter(limits, Set.of());
  }

  private Device interpreter(FusionLimits limits, Set<DType> multiplied) {
    return Device.with(
        "interpreter",
        new InterpreterBackend(limits, this::workspace, multiplied),
        DeviceOptions.DEFAULT);
  }

  /** Of several sizes, and of none for most kernels. */
  private long workspace(Kernel kernel) {
    if (kernel instanceof ContractionKernel contraction && !contraction.isPlain()) {
      epilogues.incrementAndGet();
      if (contraction.left().dtype().isNarrow()) {
        narrow.incrementAndGet();
      }
    }
    return kernel.label().length() % 3 == 0 ? 40 * kernel.label().length() : 0;
  }

  @ParameterizedTest
  @MethodSource("limits")
  void randomProgramsHaveTheReferencesValues(FusionLimits limits) {
    try (Device device = interpreter(limits)) {
      new RandomProgramValues(device, reference).check(600);
      assertEquals(0, device.memory().liveBytes());
    }
    assertTrue(limits.epilogues() ? epilogues.get() > 60 : epilogues.get() == 0, epilogues + "");
  }

  @ParameterizedTest
  @MethodSource("limits")
  void specialValuesHaveTheReferencesBits(FusionLimits limits) {
    try (Device device = interpreter(limits)) {
      RandomProgramBits.checkExact(device, reference, 60);
      RandomProgramBits.checkFused(device, device, 10);
    }
  }

  @ParameterizedTest
  @MethodSource("limits")
  void derivativesOfRandomProgramsAgree(FusionLimits limits) {
    try (Device device = interpreter(limits)) {
      new RandomProgramDerivatives(device).check(15);
    }
  }

  @TestFactory
  Stream<DynamicTest> everyOpHasTheReferencesValues() {
    return OpTable.samples().entrySet().stream()
        .map(op -> dynamicTest(op.getKey(), () -> checkValues(op.getValue())));
  }

  private void checkValues(List<Sample> samples) {
    try (Device device = interpreter(limits().getLast())) {
      for (Sample sample : samples) {
        if (sample.inputs().isEmpty()) {
          OpTable.checkGenerated(device, reference, sample);
        } else {
          OpTable.checkValues(device, reference, sample);
        }
      }
    }
  }

  /** Narrow dtypes of products. */
  private static final Set<DType> NARROW = Set.of(DType.FLOAT16, DType.BFLOAT16, DType.INT8);

  @Test
  void opsOnNarrowProductsHaveTheReferencesValues() {
    try (Device device = interpreter(limits().get(1), NARROW)) {
      OpTable.samples()
          .getOrDefault("DotGeneral", List.of())
          .forEach(sample -> OpTable.checkValues(device, reference, sample));
    }
    assertTrue(narrow.get() > 0);
  }

  /** A product of narrow operands, one with an epilogue, and one that no epilogue can finish. */
  private static List<Tensor> products(Tensor a, Tensor b, Tensor c) {
    Tensor product = a.matmul(b);
    // Rows of two axes, along which what is added steps unevenly.
    Tensor rows = a.reshape(4, 3, 5).dot(b);
    return List.of(
        product,
        a.matmul(b).mul(3).add(c).maximum(0),
        rows.add(c.reshape(4, 3, 12).max(1).reshape(4, 1, 12)),
        a.sum(1).matmul(b.sum(1).reshape(1, 5).broadcastTo(12, 5)));
  }

  private static List<String> products(Device device, DType dtype) {
    try (Scope _ = device.open()) {
      List<Tensor> inputs =
          Stream.of(Shape.of(12, 5), Shape.of(5, 12), Shape.of(12, 12))
              .map(shape -> device.key(shape.size()).normal(DType.FLOAT32, shape).mul(9))
              .map(tensor -> tensor.cast(dtype))
              .toList();
      return device
          .compiler()
          .compile(all -> products(all.get(0), all.get(1), all.get(2)), inputs)
          .run(inputs)
          .stream()
          .map(tensor -> Arrays.toString(tensor.toHost().data().toArray(ValueLayout.JAVA_BYTE)))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("limits")
  void narrowProductsHaveTheBitsOfWidenedOnes(FusionLimits limits) {
    for (DType dtype : NARROW) {
      narrow.set(0);
      try (Device wide = interpreter(limits);
          Device device = interpreter(limits, NARROW)) {
        List<String> expected = products(wide, dtype);
        assertEquals(0, narrow.get());
        assertEquals(expected, products(device, dtype), dtype.toString());
        assertTrue(narrow.get() > 0, dtype.toString());
      }
    }
  }
}
