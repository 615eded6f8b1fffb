package org.cotangent.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CoresTest {
  @Test
  void ticksAreReadAsTheSystemWritesThem() {
    List<String> before =
        List.of(
            "cpu  300 0 30 1000 20 0 0 0 0 0",
            "cpu0 100 0 10 500 10 0 0 0 0 0",
            "cpu1 200 0 20 500 10 0 0 0 0 0",
            "intr 1 2 3");
    List<String> after =
        List.of(
            "cpu  395 0 35 1095 25 0 0 0 0 0",
            "cpu0 195 0 15 500 10 0 0 0 0 0",
            "cpu1 200 0 20 595 15 0 0 0 0 0",
            "intr 4 5 6");
    Cores cores = Cores.between(before, after);
    assertEquals(Map.of(0, 1.0, 1, 0.0), cores.busy());
    assertEquals(List.of(1), cores.quiet());
    assertEquals("[1] of 2; others keep 1.00 busy", cores.toString());
  }

  @Test
  void aMachineAtRestIsLeftWhole() {
    assertEquals(List.of(), new Cores(Map.of(0, 0.2, 1, 0.1)).quiet());
    assertEquals(List.of(), new Cores(Map.of(0, 1.0)).quiet());
    assertEquals(List.of(), new Cores(Map.of()).quiet());
  }

  @Test
  void asManyAreLeftAsOthersKeepBusy() {
    assertEquals(List.of(1, 2), new Cores(Map.of(0, 0.9, 1, 0.3, 2, 0.1, 3, 0.7)).quiet());
    // At least one, though nothing is free.
    assertEquals(List.of(1), new Cores(Map.of(0, 1.0, 1, 0.99)).quiet());
  }

  @Test
  void aProcessKeepsToTheQuietOnes() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "no taskset");
    List<String> command = new ArrayList<>(new Cores(Map.of(0, 0.0, 1, 1.0)).prefix());
    command.add("nproc");
    Process process = new ProcessBuilder(command).start();
    assertEquals(
        "1", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    assertEquals(0, process.waitFor());
  }
}
