package org.cotangent.opencl;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** Reductions and scans that are made of other ops, whose bits are the CPU's. */
@NeedsOpenCl
class ClReductionsTest {
  private static List<HostArray> results(Device device) {
    try (Scope _ = device.open()) {
      Key key = device.key(2026);
      Tensor whole = key.randint(-6, 7, DType.INT64, Shape.of(5, 37, 3));
      List<Tensor> all = new ArrayList<>();
      // One dtype of each kind: each result is a kernel or more, and each kernel takes 0.2 s to
      // build.
      for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.INT32, DType.BOOL)) {
        Tensor x = whole.cast(dtype);
        for (int[] axes :
            dtype == DType.FLOAT32 ? new int[][] {{}, {1}, {0, 2}} : new int[][] {{1}}) {
          all.addAll(
              List.of(
                  x.prod(axes),
                  x.min(axes),
                  x.argmin(axes),
                  x.any(axes),
                  x.all(axes),
                  x.countNonzero(axes),
                  x.variance(axes),
                  x.sampleStd(axes),
                  x.logSumExp(axes),
                  x.norm(axes),
                  x.norm(3.0, axes),
                  x.keepDims(Tensor::min, axes)));
        }
        for (int axis = dtype == DType.FLOAT32 ? 0 : 2; axis < 3; axis++) {
          all.add(x.cumprod(axis));
          if (dtype != DType.BOOL) {
            all.addAll(List.of(x.cummax(axis), x.cummin(axis)));
          }
        }
      }
      Tensor x = key.normal(DType.FLOAT32, Shape.of(5, 37, 3));
      all.add(Cotangent.grad(p -> p.prod(1).sum(), x));
      all.add(Cotangent.grad(p -> p.cumprod(1).sum(), x));
      all.add(Cotangent.grad(p -> p.cummax(1).sum(), x));
      all.add(Cotangent.grad(p -> p.min(0, 2).sum(), x));
      all.add(Cotangent.grad(p -> p.logSumExp(1).sum(), x));
      all.add(Cotangent.grad(p -> p.norm(3.0, 1).sum(), x));
      return all.stream().map(Tensor::toHost).toList();
    }
  }

  @Test
  void theyHaveTheCpusBits() {
    try (Device cpu = Device.cpu();
        Device opencl = Devices.guarded(Variants.device().traits());
        Device gpu = Devices.guarded(Devices.gpu())) {
      List<HostArray> expected = results(cpu);
      ClIndexingTest.assertLikeCpu(expected, results(opencl));
      ClIndexingTest.assertLikeCpu(expected, results(gpu));
    }
  }
}
