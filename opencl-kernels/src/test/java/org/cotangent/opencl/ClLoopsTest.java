package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.opencl.kernel.Kernels;
import org.cotangent.type.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Results that are large beside the caches are stored past them, whatever their alignment. */
@NeedsOpenCl
class ClLoopsTest {
  /** The first device with a cache of one byte. */
  private static ClBackend hardlyAnyCache() {
    ClDevice device = Variants.with(Variants.device(), "cacheBytes", 1L);
    return new ClBackend(device, new Kernels(device.traits()), false, BinaryCache.configured());
  }

  private static List<double[]> loops(Device opened, DType dtype, int rows, int columns) {
    try (Device device = opened;
        Scope _ = device.open()) {
      Tensor x = device.arange(dtype, (long) rows * columns).reshape(rows, columns);
      Tensor row = device.arange(dtype, columns);
      Tensor column = device.arange(dtype, rows).reshape(rows, 1);
      return List.of(
              x.add(x),
              x.add(row),
              x.add(column),
              x.transpose().add(row.reshape(columns, 1)),
              x.mul(x).sub(row),
              x.mul(column),
              x.greater(row))
          .stream()
          .map(result -> result.cast(DType.FLOAT64).toDoubleArray())
          .toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 1, 5",
    "FLOAT32, 1, 1000",
    "FLOAT32, 7, 131",
    "FLOAT32, 33, 64",
    "FLOAT64, 7, 131",
    "INT32, 5, 96",
    "INT64, 3, 67"
  })
  void resultsLargerThanTheCache(DType dtype, int rows, int columns) {
    List<double[]> expected = loops(Device.cpu(), dtype, rows, columns);
    for (var backend : List.of(hardlyAnyCache(), new Guarded(hardlyAnyCache()))) {
      Device device = Device.with("opencl", backend, DeviceOptions.DEFAULT);
      List<double[]> found = loops(device, dtype, rows, columns);
      assertEquals(expected.size(), found.size());
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), found.get(i));
      }
    }
  }
}
