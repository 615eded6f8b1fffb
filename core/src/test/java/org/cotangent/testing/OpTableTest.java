package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.graph.Elementwise;
import org.cotangent.op.Sample;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every op of the engine at every sample, on the CPU. */
class OpTableTest {
  private static Device cpu;
  private static Device reference;

  @BeforeAll
  static void open() {
    cpu = Device.cpu();
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    cpu.close();
    reference.close();
  }

  private static Stream<DynamicTest> each(Consumer<Sample> check) {
    Map<String, List<Sample>> all = OpTable.samples();
    return all.entrySet().stream()
        .map(op -> dynamicTest(op.getKey(), () -> op.getValue().forEach(check)));
  }

  @Test
  void everyOpHasSamples() {
    assertTrue(OpTable.samples().size() >= 34, OpTable.samples().keySet().toString());
  }

  @TestFactory
  Stream<DynamicTest> valuesAreTheReferences() {
    return each(sample -> {
      if (sample.inputs().isEmpty()) {
        OpTable.checkGenerated(cpu, reference, sample);
      } else {
        OpTable.checkValues(cpu, reference, sample);
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> viewsGiveTheSameBits() {
    return each(sample -> OpTable.checkViews(cpu, sample));
  }

  /** Checks samples with inputs; a few of each elementwise op, all of which one rule serves. */
  private static Stream<DynamicTest> some(Consumer<Sample> check) {
    return OpTable.samples().entrySet().stream()
        .map(op ->
            dynamicTest(
                op.getKey(),
                () -> {
                  List<Sample> samples = op.getValue();
                  int step = samples.getFirst().op() instanceof Elementwise ? 13 : 1;
                  for (int i = 0; i < samples.size(); i += step) {
                    if (!samples.get(i).inputs().isEmpty()) {
                      check.accept(samples.get(i));
                    }
                  }
                }));
  }

  @TestFactory
  Stream<DynamicTest> manyExamplesHaveTheBitsOfEachAlone() {
    return some(sample -> OpTable.checkExamples(cpu, sample));
  }

  @TestFactory
  Stream<DynamicTest> memoryOfSomebodyElseGivesTheSameBits() {
    return some(sample -> OpTable.checkForeign(cpu, sample));
  }

  @TestFactory
  Stream<DynamicTest> derivativesAgree() {
    return each(sample -> {
      if (OpTable.isDifferentiable(sample)) {
        OpTable.checkDerivatives(cpu, sample);
      }
    });
  }
}
