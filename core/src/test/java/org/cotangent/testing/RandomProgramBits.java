package org.cotangent.testing;

import static org.cotangent.testing.RandomProgram.requireSame;
import static org.junit.jupiter.api.Assertions.assertAll;

import java.util.List;
import java.util.function.Function;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.HostArray;

/**
 * On any device, neither simplification nor fusion nor vectors change a bit of NaN, zeros,
 * infinities, subnormal and huge numbers, except which NaN it is.
 */
public final class RandomProgramBits {
  private RandomProgramBits() {}

  /**
   * Checks exact elementwise programs against the reference; reports all that fail.
   *
   * @param device under test
   * @param reference a device on a {@link ReferenceBackend}
   * @param seeds how many programs
   */
  public static void checkExact(Device device, Device reference, int seeds) {
    assertAll(
        RandomProgram.each(
            seeds,
            RandomProgramSpecials::exact,
            program ->
                compare(
                    compiled(reference, program, program::run),
                    compiled(device, program, program::run))));
  }

  /**
   * Checks programs with transcendental functions: the bits of a kernel for each op are those of
   * another device's fewest kernels. With the same device twice it is fusion that is checked.
   *
   * @param device that runs each op alone
   * @param other that fuses
   * @param seeds how many programs
   */
  public static void checkFused(Device device, Device other, int seeds) {
    assertAll(
        RandomProgram.each(
            seeds,
            RandomProgramSpecials::transcendental,
            program ->
                compare(stepByStep(device, program), compiled(other, program, program::run))));
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

  private static List<HostArray> stepByStep(Device device, RandomProgram program) {
    try (Scope _ = device.open()) {
      List<Tensor> inputs =
          RandomProgramSpecials.inputs(program).stream().map(device::tensor).toList();
      RandomProgram.Runner alone =
          (step, values) -> run(device, in -> List.of(step.run(in)), values).getFirst();
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
