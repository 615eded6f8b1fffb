package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.op.Sample;
import org.cotangent.testing.OpTable;
import org.cotangent.testing.ReferenceBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every op of the engine at every sample, on OpenCL: values, views of memory, derivatives of order
 * 1 and 2. The kernels that GPUs would get compute the ops whose kernels are others there.
 *
 * <p>Each kernel takes a driver some 0.2 s to compile, the whole table much longer than the rest of
 * a build. So a build takes some samples of each op, spread over its dtypes and shapes; with {@code
 * -Dcotangent.opencl.table.whole=true} it takes all.
 */
@NeedsOpenCl
class ClOpTableTest {
  private static final Set<String> OTHERS_ON_GPUS =
      Set.of(
          "Add",
          "ArgMax",
          "CumulativeSum",
          "DotGeneral",
          "Max",
          "ScatterAdd",
          "ScatterSet",
          "Softmax",
          "Sort",
          "Sum",
          "Take");

  private static Device opencl;
  private static Device gpu;
  private static Device tiny;
  private static Device reference;

  @BeforeAll
  static void open() {
    opencl = Devices.guarded(Variants.device().traits());
    gpu = Devices.guarded(Devices.gpu());
    tiny = Devices.guarded(Devices.tiny());
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    for (Device device : List.of(opencl, gpu, tiny, reference)) {
      assertEquals(0, device.memory().liveBytes());
      device.close();
    }
  }

  /** Samples of an op in one test, where not the whole table is wanted. */
  private static final int SOME = 6;

  private static final boolean WHOLE = Boolean.getBoolean("cotangent.opencl.table.whole");

  private static Stream<DynamicTest> each(Set<String> names, Consumer<Sample> check) {
    Map<String, List<Sample>> all = OpTable.samples();
    return all.entrySet().stream()
        .filter(op -> names.isEmpty() || names.contains(op.getKey()))
        .map(op -> dynamicTest(op.getKey(), () -> some(op.getValue()).forEach(check)));
  }

  private static List<Sample> some(List<Sample> samples) {
    int count = samples.size();
    return WHOLE || count <= SOME
        ? samples
        : IntStream.range(0, SOME)
            .mapToObj(i -> samples.get((i * count / SOME + 5 * i) % count))
            .toList();
  }

  private static void values(Device device, Sample sample) {
    if (sample.inputs().isEmpty()) {
      OpTable.checkGenerated(device, reference, sample);
    } else {
      OpTable.checkValues(device, reference, sample);
    }
  }

  @TestFactory
  Stream<DynamicTest> valuesAreTheReferences() {
    return each(Set.of(), sample -> values(opencl, sample));
  }

  @TestFactory
  Stream<DynamicTest> viewsGiveTheSameBits() {
    return each(Set.of(), sample -> OpTable.checkViews(opencl, sample));
  }

  @TestFactory
  Stream<DynamicTest> derivativesAgree() {
    return each(
        Set.of(),
        sample -> {
          if (OpTable.isDifferentiable(sample)) {
            OpTable.checkDerivatives(opencl, sample);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> valuesOfGpuKernelsAreTheReferences() {
    return each(OTHERS_ON_GPUS, sample -> values(gpu, sample));
  }

  @TestFactory
  Stream<DynamicTest> valuesOfSmallGpuKernelsAreTheReferences() {
    return each(OTHERS_ON_GPUS, sample -> values(tiny, sample));
  }
}
