package org.cotangent.cuda;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
 * Every op of the engine on the CUDA backend: values, views of memory, derivatives of order 1 and
 * 2. Without a GPU the driver is simulated, and the PTX is not. A build then takes some samples of
 * each op, spread over its dtypes and shapes; with {@code -Dcotangent.cuda.table.whole=true} it
 * takes all.
 */
class CudaOpTableTest {
  private static final boolean WHOLE = Gpu.REAL || Boolean.getBoolean("cotangent.cuda.table.whole");

  private static Gpu cuda;
  private static Device reference;

  @BeforeAll
  static void open() {
    cuda = new Gpu();
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    cuda.close();
    reference.close();
  }

  private static Stream<DynamicTest> each(
      int wanted, Predicate<Sample> isMeant, Consumer<Sample> check) {
    Map<String, List<Sample>> all = OpTable.samples();
    return all.entrySet().stream()
        .map(op -> {
          List<Sample> samples = op.getValue().stream().filter(isMeant).toList();
          return dynamicTest(op.getKey(), () -> some(samples, wanted).forEach(check));
        });
  }

  private static List<Sample> some(List<Sample> samples, int wanted) {
    int count = samples.size();
    return WHOLE || count <= wanted
        ? samples
        : IntStream.range(0, wanted)
            .mapToObj(i -> samples.get((i * count / wanted + 5 * i) % count))
            .toList();
  }

  @TestFactory
  Stream<DynamicTest> valuesAreTheReferences() {
    return each(
        8,
        _ -> true,
        sample -> {
          if (sample.inputs().isEmpty()) {
            OpTable.checkGenerated(cuda.device(), reference, sample);
          } else {
            OpTable.checkValues(cuda.device(), reference, sample);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> viewsGiveTheSameBits() {
    return each(3, _ -> true, sample -> OpTable.checkViews(cuda.device(), sample));
  }

  @TestFactory
  Stream<DynamicTest> derivativesAgree() {
    return each(
        1, OpTable::isDifferentiable, sample -> OpTable.checkDerivatives(cuda.device(), sample));
  }
}
