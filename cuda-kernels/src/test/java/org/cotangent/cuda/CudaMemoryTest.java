package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.Region;
import org.cotangent.cuda.machine.SimulatedDriver;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.testing.RandomAllocations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Allocations and transfers, on a simulated driver that does everything as late as it may. */
class CudaMemoryTest {
  private static CudaBackend backend(SimulatedDriver driver) {
    return new CudaBackend(driver, SimulatedDriver.chip(), BackendOptions.DEFAULT);
  }

  @Test
  void randomAllocationsKeepContents() {
    SimulatedDriver driver = new SimulatedDriver(3);
    CudaBackend backend = backend(driver);
    new RandomAllocations(24L << 20, 128L << 20, 1L << 20, 20_000, true, 7).check(backend.memory());
    backend.close();
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void copiesOfTensorsComeBack() {
    try (Gpu gpu = new Gpu();
        Scope _ = gpu.device().open()) {
      int count = Gpu.REAL ? 30_000_001 : 3_000_001;
      float[] sent = new float[count];
      for (int i = 0; i < count; i++) {
        sent[i] = i % 1000;
      }
      Tensor tensor = gpu.device().tensor(sent);
      assertArrayEquals(sent, tensor.toFloatArray());
      assertArrayEquals(sent, tensor.add(0.5f).sub(0.5f).toFloatArray());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 255, Transfers.PIECE, Transfers.PIECE + 1, 5 * Transfers.PIECE - 3})
  void bytesOfAnySizeComeBack(long bytes) {
    for (int seed = 0; seed < 5; seed++) {
      SimulatedDriver driver = new SimulatedDriver(seed);
      try (CudaBackend backend = backend(driver)) {
        DeviceMemory<Long> memory = backend.memory();
        Region region =
            Objects.requireNonNull(memory.allocate(Math.ceilDiv(bytes + 8, 256L) * 256));
        byte[] sent = new byte[(int) bytes];
        new Random(seed).nextBytes(sent);
        memory.write(region, 8, MemorySegment.ofArray(sent));
        byte[] back = new byte[(int) bytes];
        memory.read(region, 8, MemorySegment.ofArray(back));
        assertArrayEquals(sent, back);
      }
      assertEquals(Map.of(), driver.live());
    }
  }

  @Test
  void copiesOfSeveralThreadsDoNotMix() throws Exception {
    SimulatedDriver driver = new SimulatedDriver(5);
    CudaBackend backend = backend(driver);
    DeviceMemory<Long> memory = backend.memory();
    int bytes = (int) (2 * Transfers.PIECE + 77);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<byte[]>> results =
          IntStream.range(0, 4)
              .mapToObj(i ->
                  threads.submit(() -> {
                    Region region =
                        Objects.requireNonNull(memory.allocate(Math.ceilDiv(bytes, 256) * 256L));
                    byte[] sent = new byte[bytes];
                    Arrays.fill(sent, (byte) i);
                    byte[] back = new byte[bytes];
                    for (int round = 0; round < 3; round++) {
                      memory.write(region, 0, MemorySegment.ofArray(sent));
                      memory.read(region, 0, MemorySegment.ofArray(back));
                    }
                    memory.free(region);
                    return back;
                  }))
              .toList();
      for (int i = 0; i < 4; i++) {
        byte[] expected = new byte[bytes];
        Arrays.fill(expected, (byte) i);
        assertArrayEquals(expected, results.get(i).get());
      }
    }
    backend.close();
    assertEquals(Map.of(), driver.live());
  }

  @Test
  void wrongCallsAreRefused() {
    SimulatedDriver driver = new SimulatedDriver(1);
    CudaBackend backend = backend(driver);
    DeviceMemory<Long> memory = backend.memory();
    assertThrows(ArgumentException.class, () -> memory.allocate(100));
    assertThrows(ArgumentException.class, () -> memory.allocate(0));
    Region region = Objects.requireNonNull(memory.allocate(512));
    MemorySegment bytes = MemorySegment.ofArray(new byte[500]);
    assertThrows(ArgumentException.class, () -> memory.write(region, 13, bytes));
    assertThrows(ArgumentException.class, () -> memory.read(region, -1, bytes));
    assertNull(memory.allocate(1L << 40));
    try (CudaBackend other = backend(new SimulatedDriver(2))) {
      assertThrows(DeviceException.class, () -> other.memory().free(region));
    }
    memory.free(region);
    assertThrows(ClosedException.class, () -> memory.write(region, 0, bytes));
    assertThrows(DeviceException.class, () -> memory.free(region));
    backend.close();
    backend.close();
    assertThrows(ClosedException.class, () -> memory.allocate(256));
    assertEquals(Map.of(), driver.live());
  }
}
