package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.IndexException;
import org.cotangent.graph.IndexMode;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** Indexing and random draws, whose bits and errors are the CPU's. */
@NeedsOpenCl
class ClIndexingTest {
  static void assertLikeCpu(List<HostArray> expected, List<HostArray> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).type(), actual.get(i).type());
      assertEquals(-1, expected.get(i).data().mismatch(actual.get(i).data()), "number " + i);
    }
  }

  private static List<HostArray> draws(Device device) {
    try (Scope _ = device.open()) {
      Key key = device.key(0x123456789L);
      Tensor a = device.tensor(new float[] {0.2f, 1, 7.5f, 1e5f}).reshape(4, 1).broadcastTo(4, 301);
      List<HostArray> all = new ArrayList<>();
      all.add(key.bernoulli(0.3, Shape.of(1009)).toHost());
      all.add(key.randint(-5, 1L << 40, DType.INT64, Shape.of(1009)).toHost());
      all.add(key.randint(-5, 100, DType.INT8, Shape.of(1009)).toHost());
      all.add(key.categorical(a, 0).toHost());
      all.add(key.gamma(a).toHost());
      all.add(key.gamma(a.cast(DType.FLOAT64)).toHost());
      all.add(key.permutation(1009).toHost());
      all.add(key.truncatedNormal(-1, 3, DType.FLOAT32, Shape.of(1009)).toHost());
      all.add(key.uniform(DType.FLOAT16, Shape.of(1009)).toHost());
      all.add(key.normal(DType.BFLOAT16, Shape.of(1009)).toHost());
      return all;
    }
  }

  private static List<HostArray> indexed(Device device) {
    try (Scope _ = device.open()) {
      Key key = device.key(77);
      Tensor x = key.normal(DType.FLOAT32, Shape.of(7, 19, 33));
      Tensor along = key.randint(-19, 19, DType.INT32, Shape.of(7, 41, 33));
      Tensor points =
          Tensor.stack(
              -1,
              key.randint(-7, 7, DType.INT64, Shape.of(401)),
              key.fold(1).randint(-19, 19, DType.INT64, Shape.of(401)));
      Tensor updates = key.fold(2).normal(DType.FLOAT32, Shape.of(401, 33));
      Tensor lines = key.fold(3).normal(DType.FLOAT32, Shape.of(7, 41, 33));
      List<HostArray> all = new ArrayList<>();
      all.add(x.takeAlongAxis(along, 1).toHost());
      all.add(x.takeAlongAxis(along.mul(3), 1, IndexMode.CLIPPED).toHost());
      all.add(x.gather(points).toHost());
      all.add(x.scatterAdd(points, updates).toHost());
      all.add(x.scatterSet(points, updates).toHost());
      all.add(x.scatterAddAlongAxis(along, lines, 1).toHost());
      all.add(x.scatterSetAlongAxis(along, lines, 1).toHost());
      all.add(along.oneHot(19, DType.BOOL).toHost());
      return all;
    }
  }

  @Test
  void drawsHaveTheCpusBits() {
    try (Device cpu = Device.cpu();
        Device opencl = Devices.guarded(Variants.device().traits())) {
      assertLikeCpu(draws(cpu), draws(opencl));
    }
  }

  @Test
  void indexingHasTheCpusBits() {
    try (Device cpu = Device.cpu();
        Device opencl = Devices.guarded(Variants.device().traits());
        Device gpu = Devices.guarded(Devices.gpu())) {
      List<HostArray> expected = indexed(cpu);
      assertLikeCpu(expected, indexed(opencl));
      assertLikeCpu(expected, indexed(gpu));
    }
  }

  @Test
  void wrongIndicesAreTheCpusErrors() {
    try (Device opencl = Devices.guarded(Variants.device().traits());
        Scope _ = opencl.open()) {
      Tensor x = opencl.zeros(DType.FLOAT32, 2, 5);
      Tensor at = opencl.tensor(new int[] {0, 1, 2, 3, 4, 5}).reshape(2, 3);
      assertError(
          "index 5 at position (1, 2) is out of bounds for axis 1 of size 5",
          () -> x.takeAlongAxis(at, 1).toHost());
      assertError(
          "index 2 at position (1,) is out of bounds for axis 0 of size 2",
          () -> x.gather(at.reshape(3, 2)).toHost());
      assertError(
          "index 5 at position (1, 2) is out of bounds for axis 1 of size 5",
          () -> x.scatterSet(at, opencl.scalar(DType.FLOAT32, 1), 1).toHost());
    }
  }

  private static void assertError(String message, Runnable call) {
    String actual = String.valueOf(assertThrows(IndexException.class, call::run).getMessage());
    assertEquals(message, actual.replaceAll("^\\w+: | \\(at .*", ""));
  }
}
