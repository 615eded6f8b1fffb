package org.cotangent.testing;

import static org.cotangent.testing.RandomProgram.requireSame;
import static org.junit.jupiter.api.Assertions.assertAll;

import java.util.List;
import java.util.function.Function;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.HostArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Neither simplification nor fusion nor vectors change a bit of NaN, zeros, infinities, subnormal
 * and huge numbers, except which NaN it is.
 */
class RandomProgramSpecialsTest {
  private Device cpu;
  private Device reference;

  @BeforeEach
  void open() {
    cpu = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    reference = Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    cpu.close();
    reference.close();
  }

  @Test
  void elementwiseProgramsHaveTheReferencesBits() {
    assertAll(
        RandomProgram.each(
            300,
            RandomProgramSpecials::exact,
            program ->
                compare(
                    compiled(reference, program, program::run),
                    compiled(cpu, program, program::run))));
  }

  @Test
  void oneKernelHasTheBitsOfAKernelForEachOp() {
    assertAll(
        RandomProgram.each(
            40,
            RandomProgramSpecials::transcendental,
            program -> compare(stepByStep(program), compiled(cpu, program, program::run))));
  }

  private static void compare(List<HostArray> expected, List<HostArray> actual) {
    for (int i = 0; i < expected.size(); i++) {
      requireSame("result " + i, expected.get(i), actual.get(i));
    }
  }

  private static List<HostArray> compiled(
      Device device, RandomProgram program, Function<List<Tensor>, List<Tensor>> function) {
    try (Scope _ = device.open()) {
      List<Tensor> inputs =
          RandomProgramSpecials.inputs(program).stream().map(device::tensor).toList();
      return run(device, function, inputs).stream().map(Tensor::toHost).toList();
    }
  }

  private List<HostArray> stepByStep(RandomProgram program) {
    try (Scope _ = cpu.open()) {
      List<Tensor> inputs =
          RandomProgramSpecials.inputs(program).stream().map(cpu::tensor).toList();
      RandomProgram.Runner alone =
          (step, values) -> run(cpu, in -> List.of(step.run(in)), values).getFirst();
      return program.run(inputs, alone).stream().map(Tensor::toHost).toList();
    }
  }

  private static List<Tensor> run(
      Device device, Function<List<Tensor>, List<Tensor>> function, List<Tensor> inputs) {
    try (var compiled = device.compiler().compile(function, inputs)) {
      return compiled.run(inputs);
    }
  }
}
