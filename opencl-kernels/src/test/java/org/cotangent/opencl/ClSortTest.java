package org.cotangent.opencl;

import static org.cotangent.opencl.ClIndexingTest.assertLikeCpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.TopK;
import org.cotangent.op.Sort;
import org.cotangent.opencl.kernel.Traits;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sorting, whose bits and positions are the CPU's: one block, one merge, and many. */
@NeedsOpenCl
class ClSortTest {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(0),
          Shape.of(1),
          Shape.of(2),
          Shape.of(3, 3),
          Shape.of(17),
          Shape.of(2, 65),
          Shape.of(2, 1000, 3),
          Shape.of(3, 4097));

  /** Few different numbers; of floats some NaN with different bits, infinities, and both zeros. */
  private static HostArray elements(DType dtype, Shape shape) {
    Random random = new Random(shape.size());
    HostArray array = HostArray.allocate(new TensorType(dtype, shape));
    double[] specials = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, Double.NaN};
    for (long i = 0; i < shape.size(); i++) {
      int number = random.nextInt(41) - 20;
      array.set(
          i,
          switch (dtype) {
            case BOOL -> (Object) (number > 0);
            case INT8, INT16, INT32, INT64 ->
                dtype.value(
                    number == 20
                        ? dtype.largestInteger()
                        : number == -20 ? dtype.smallestInteger() : number);
            case UINT8 -> dtype.value(number + 128);
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
                dtype.rounded(
                    number < specials.length && number >= 0 ? specials[number] : number / 3.0);
          });
    }
    if (dtype == DType.FLOAT32 && shape.size() > 9) {
      array.set(5, Float.intBitsToFloat(0xFFC1_2345));
      array.set(9, Float.intBitsToFloat(0x7FE5_4321));
    }
    return array;
  }

  private static List<HostArray> sorted(Device device, DType dtype) {
    List<HostArray> all = new ArrayList<>();
    for (Shape shape : SHAPES) {
      try (Scope _ = device.open()) {
        Tensor x = device.tensor(elements(dtype, shape));
        int axis = shape.rank() < 2 ? 0 : 1;
        // A driver takes long to compile, so each shape is sorted in one direction.
        boolean descending = shape.size() % 2 == 0;
        Tensor.applyAll(new Sort(axis, descending), x).forEach(y -> all.add(y.toHost()));
      }
    }
    return all;
  }

  private static Stream<Traits> traits() {
    return Stream.of(Variants.device().traits(), Devices.gpu(), Devices.tiny());
  }

  @ParameterizedTest
  @MethodSource("traits")
  void sortingHasTheCpusBits(Traits traits) {
    List<DType> dtypes =
        traits.cpu()
            ? List.of(DType.values())
            : List.of(DType.BOOL, DType.INT64, DType.BFLOAT16, DType.FLOAT32);
    try (Device cpu = Device.cpu();
        Device opencl = Devices.guarded(traits)) {
      for (DType dtype : dtypes) {
        assertLikeCpu(sorted(cpu, dtype), sorted(opencl, dtype));
      }
    }
  }

  private static List<HostArray> ranked(Device device) {
    try (Scope _ = device.open()) {
      Tensor x = device.key(5).normal(DType.FLOAT32, Shape.of(7, 301, 3));
      TopK largest = x.topk(5, 1);
      Tensor q = device.tensor(new float[] {0, 0.25f, 0.9f, 1});
      Tensor line = x.reshape(7 * 301 * 3).sort(0);
      return Stream.of(
              largest.values(),
              largest.indices(),
              x.sort(1, true),
              x.argsort(0),
              x.median(1),
              x.cast(DType.INT8).median(0, 2),
              x.quantile(0.3, 1),
              x.quantile(q, 0, 1),
              line.searchSorted(x, true))
          .map(Tensor::toHost)
          .toList();
    }
  }

  @Test
  void whatIsMadeOfItHasTheCpusBits() {
    try (Device cpu = Device.cpu();
        Device opencl = Devices.guarded(Variants.device().traits())) {
      assertLikeCpu(ranked(cpu), ranked(opencl));
    }
  }
}
