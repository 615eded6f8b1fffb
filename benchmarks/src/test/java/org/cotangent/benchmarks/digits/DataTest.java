package org.cotangent.benchmarks.digits;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.cotangent.Device;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;

/** The four files come in whatever their layout. */
class DataTest {
  @Test
  void fourLayoutsBecomeTwoSplits() {
    try (Device device = Device.cpu();
        var _ = device.open()) {
      Data data = Data.load(device);
      assertEquals(new TensorType(DType.FLOAT32, Shape.of(1437, 64)), data.train().x().type());
      assertEquals(new TensorType(DType.INT64, Shape.of(1437)), data.train().y().type());
      assertEquals(new TensorType(DType.FLOAT32, Shape.of(360, 64)), data.test().x().type());
      assertEquals(new TensorType(DType.INT64, Shape.of(360)), data.test().y().type());
      assertEquals(4, data.report().size());
      assertTrue(data.report().get(2).contains(">f8(360, 64) in Fortran order"));
    }
  }

  /** What NumPy prints for the same files. */
  @Test
  void valuesAreNumPys() {
    try (Device device = Device.cpu();
        var _ = device.open()) {
      Data data = Data.load(device);
      Split train = data.train();
      Split test = data.test();
      assertEquals(449120.0 / 16, train.x().cast(DType.FLOAT64).sum().item());
      assertEquals(112598.0 / 16, test.x().cast(DType.FLOAT64).sum().item());
      assertArrayEquals(new float[] {0, 0, 0, 12, 13, 5, 0, 0}, corner(train));
      assertArrayEquals(new float[] {0, 0, 5, 13, 9, 1, 0, 0}, corner(test));
      assertArrayEquals(
          new long[] {1, 2, 3, 4, 6, 7, 8, 9}, train.y().slice(0, 0, 8).toLongArray());
      assertArrayEquals(
          new long[] {42, 28, 26, 48, 38, 39, 30, 26, 36, 47},
          Net.oneHot(test.y(), DType.INT64).sum(0).toLongArray());
    }
  }

  /** The first eight pixels of the first sample, as the files have them. */
  private static float[] corner(Split split) {
    return split.x().slice(0, 0, 1).slice(1, 0, 8).mul(16).toFloatArray();
  }
}
