package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.graph.Elementwise;
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

  private static final boolean WHOLE = Boolean.getBoolean("cotangent.opencl.table.whole");

  /**
   * How many samples of an op a test takes, where not the whole table is wanted. Elementwise ops
   * share their loops, so there fewer will do.
   *
   * @param elementwise of such an op
   * @param other of any other
   */
  private record Some(int elementwise, int other) {
    List<Sample> of(List<Sample> samples) {
      int count = samples.size();
      int wanted =
          samples.isEmpty() || samples.getFirst().op() instanceof Elementwise ? elementwise : other;
      return WHOLE || count <= wanted
          ? samples
          : IntStream.range(0, wanted)
              .mapToObj(i -> samples.get((i * count / wanted + 5 * i) % count))
              .toList();
    }
  }

  private static Stream<DynamicTest> each(
      Set<String> names, Some some, Predicate<Sample> isMeant, Consumer<Sample> check) {
    Map<String, List<Sample>> all = OpTable.samples();
    return all.entrySet().stream()
        .filter(op -> names.isEmpty() || names.contains(op.getKey()))
        .map(op -> {
          List<Sample> samples = op.getValue().stream().filter(isMeant).toList();
          return dynamicTest(op.getKey(), () -> some.of(samples).forEach(check));
        });
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
    return each(Set.of(), new Some(2, 4), _ -> true, sample -> values(opencl, sample));
  }

  @TestFactory
  Stream<DynamicTest> viewsGiveTheSameBits() {
    return each(Set.of(), new Some(1, 2), _ -> true, sample -> OpTable.checkViews(opencl, sample));
  }

  @TestFactory
  Stream<DynamicTest> derivativesAgree() {
    return each(
        Set.of(),
        new Some(1, 1),
        OpTable::isDifferentiable,
        sample -> OpTable.checkDerivatives(opencl, sample));
  }

  @TestFactory
  Stream<DynamicTest> valuesOfGpuKernelsAreTheReferences() {
    return each(OTHERS_ON_GPUS, new Some(4, 4), _ -> true, sample -> values(gpu, sample));
  }

  @TestFactory
  Stream<DynamicTest> valuesOfSmallGpuKernelsAreTheReferences() {
    return each(OTHERS_ON_GPUS, new Some(2, 2), _ -> true, sample -> values(tiny, sample));
  }
}
