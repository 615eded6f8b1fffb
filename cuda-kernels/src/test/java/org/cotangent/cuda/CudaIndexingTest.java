package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.CotangentException;
import org.cotangent.error.IndexException;
import org.cotangent.error.NumericException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** So many indices that updates are sorted and searches take several blocks. */
class CudaIndexingTest {
  private static final int MANY = 20_000;

  /** Indices of a table's rows, some of them often. */
  private static Tensor indices(Device device, int count, int rows) {
    long[] indices = new long[count];
    for (int i = 0; i < count; i++) {
      indices[i] = i % 3 == 0 ? i / 1000 : i * 7919L % rows - rows;
    }
    return device.tensor(indices);
  }

  private static byte[] scattered(Device device, boolean adds) {
    int rows = Gpu.REAL ? 50_000 : 600;
    int count = Gpu.REAL ? 4096 : 1500;
    int columns = Gpu.REAL ? 512 : 5;
    try (Scope _ = device.open()) {
      Tensor zeros = device.zeros(DType.FLOAT32, rows, columns).frozen();
      Function<List<Tensor>, Tensor> function =
          in ->
              adds
                  ? zeros.scatterAdd(in.get(0), in.get(1), 0)
                  : zeros.scatterSet(in.get(0), in.get(1), 0);
      List<Tensor> operands =
          List.of(
              indices(device, count, rows),
              device.key(3).normal(DType.FLOAT32, Shape.of(count, columns)));
      try (Compiled1<List<Tensor>, Tensor> compiled =
          device.compiler().compile(function, operands)) {
        compiled.run(operands);
        return compiled.run(operands).toHost().data().toArray(ValueLayout.JAVA_BYTE);
      }
    }
  }

  @Test
  void bitsAreTheCpus() {
    try (Gpu gpu = new Gpu();
        Device cpu = Device.cpu()) {
      for (boolean adds : List.of(false, true)) {
        assertArrayEquals(scattered(cpu, adds), scattered(gpu.device(), adds));
      }
    }
  }

  @Test
  void theFirstWrongIndexIsReportedInEachRun() {
    try (Gpu gpu = new Gpu();
        Scope _ = gpu.device().open()) {
      Tensor table = gpu.device().ones(DType.FLOAT32, 30).frozen();
      Function<Tensor, Tensor> take = indices -> table.take(indices, 0).sum();
      long[] indices = new long[MANY];
      Tensor right = gpu.device().tensor(indices);
      indices[MANY - 1] = 77;
      indices[MANY - 3000] = -31;
      Tensor wrong = gpu.device().tensor(indices);
      try (Compiled1<Tensor, Tensor> compiled = gpu.device().compiler().compile(take, right)) {
        for (int i = 0; i < 3; i++) {
          assertEquals(MANY, compiled.run(right).item());
          CotangentException error = assertThrows(IndexException.class, () -> compiled.run(wrong));
          String expected = "index -31 at position (%d,) is out of bounds".formatted(MANY - 3000);
          assertTrue(String.valueOf(error.getMessage()).contains(expected));
        }
      }
    }
  }

  @Test
  void eachSearchHasItsOwnReport() {
    try (Gpu gpu = new Gpu();
        Scope _ = gpu.device().open()) {
      Device device = gpu.device();
      Tensor few = device.ones(DType.FLOAT32, 30).frozen();
      Tensor many = device.ones(DType.FLOAT32, 40).frozen();
      Function<List<Tensor>, Tensor> function =
          in -> few.take(in.get(0), 0).add(many.take(in.get(1), 0));
      List<Tensor> indices = List.of(device.tensor(new long[] {1}), device.tensor(new long[] {45}));
      try (Compiled1<List<Tensor>, Tensor> compiled =
          device.compiler().compile(function, indices)) {
        assertOutside(40, () -> compiled.run(indices));
        assertOutside(30, () -> compiled.run(List.of(indices.getLast(), indices.getFirst())));
      }
    }
  }

  private static void assertOutside(int size, Executable run) {
    String message = String.valueOf(assertThrows(IndexException.class, run).getMessage());
    assertTrue(message.contains("index 45"), message);
    assertTrue(message.contains("of size " + size), message);
  }

  @Test
  void theFirstNaNIsFound() {
    try (Gpu gpu = new Gpu(DeviceOptions.DEFAULT.checkNaN(true), 1);
        Scope _ = gpu.device().open()) {
      float[] numbers = new float[MANY];
      numbers[MANY - 1] = -1;
      numbers[MANY - 9000] = -1;
      Tensor x = gpu.device().tensor(numbers);
      CotangentException error = assertThrows(NumericException.class, x::sqrt);
      String expected = "element (%d,)".formatted(MANY - 9000);
      assertTrue(String.valueOf(error.getMessage()).contains(expected), error.toString());
    }
  }
}
