package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches that are slices of one tensor find the program of the batch before. */
class SlicedArgumentTest {
  /**
   * Rows of 16 bytes start on a multiple of 8; rows of 12 on one of 4, which is a second layout.
   */
  @ParameterizedTest
  @CsvSource({"4, 1", "3, 2", "1, 2"})
  void aSliceOfRowsIsTracedForItsLayoutNotForItsPlace(long columns, int traces) {
    AtomicInteger traced = new AtomicInteger();
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor data = device.arange(DType.FLOAT32, 30 * columns).reshape(30, columns);
      try (var sum =
          device
              .compiler()
              .compile(
                  (Tensor rows) -> {
                    traced.incrementAndGet();
                    return rows.mul(2).sum(0);
                  },
                  data.slice(0, 0, 3))) {
        for (int batch = 0; batch < 10; batch++) {
          float[] expected = new float[(int) columns];
          for (int row = 3 * batch; row < 3 * batch + 3; row++) {
            for (int column = 0; column < columns; column++) {
              expected[column] += 2 * (row * columns + column);
            }
          }
          Tensor rows = data.slice(0, 3 * batch, 3 * batch + 3);
          assertArrayEquals(expected, sum.run(rows).toFloatArray());
          assertArrayEquals(
              rows.copy().toFloatArray(), rows.toFloatArray(), "a view reads as its copy");
        }
      }
      assertEquals(traces, traced.get());
    }
  }
}
