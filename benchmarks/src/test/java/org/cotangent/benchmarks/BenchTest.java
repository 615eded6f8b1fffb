package org.cotangent.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.cotangent.benchmarks.engine.Engines;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/** What JMH is asked, and what it is not asked. */
class BenchTest {
  private static List<String> arguments(String line) throws CommandLineOptionException {
    return List.of(Bench.arguments(line.split(" ")));
  }

  private static void assertRefused(String message, String line) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> arguments(line), line);
    String actual = String.valueOf(e.getMessage());
    assertTrue(actual.startsWith(message), actual);
  }

  @Test
  void whatJmhKnowsIsPassedOn() throws CommandLineOptionException {
    List<String> arguments = arguments("Matmul -p n=512,3x4x5 -p engine=java -f 1");
    assertEquals(List.of("Matmul", "-f", "1"), arguments.subList(0, 3));
    assertTrue(
        arguments.containsAll(List.of("n=512,3x4x5", "engine=java", "device=cpu")),
        arguments::toString);
  }

  /** A device that cannot be used is no mistake of who asks for it. */
  @Test
  void aDeviceThatCannotBeUsedIsLeftOut() throws CommandLineOptionException {
    assumeTrue(
        Engines.unavailable(Engines.named("cotangent"), "cuda").isPresent(),
        "skipped: CUDA is here");
    assertEquals(List.of(), arguments("Add -p device=cuda"));
    assertTrue(arguments("Add -p device=cuda,cpu").contains("device=cpu"));
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertRefused("no suite matches [Matmull]: there are [Add, ", "Matmull");
    assertRefused("parameter m is unknown: there are [device, dtype, engine, n, ", "Matmul -p m=3");
    assertRefused("parameter dtype is INT3: there are [FLOAT32, ", "Add -p dtype=INT3");
    assertRefused("parameter size is 'x', no number", "Add -p size=x");
    assertRefused("device tpu is unknown: there are [cpu, opencl, cuda]", "Add -p device=tpu");
    assertRefused("engine jax is unknown: there are [", "Add -p engine=jax");
    assertRefused(
        "device opencl is unknown: there are [cpu]", "Add -p engine=java -p device=opencl");
    assertThrows(CommandLineOptionException.class, () -> arguments("Add --foo"));
  }
}
