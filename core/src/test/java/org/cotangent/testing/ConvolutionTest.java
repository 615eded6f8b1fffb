package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.nn.Convolution;
import org.cotangent.nn.Pooling;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolution and pooling against their definition in loops, and as adjoints of each other. */
class ConvolutionTest extends OnCpu {
  record Case(Convolution convolution, Shape input, Shape weight) {}

  static Stream<Case> cases() {
    Convolution one = Convolution.of(1);
    Convolution two = Convolution.of(2);
    Convolution three = Convolution.of(3);
    return Stream.of(
        new Case(one, Shape.of(2, 3, 7), Shape.of(4, 3, 3)),
        new Case(one.withStride(3).withPadding(2), Shape.of(1, 2, 10), Shape.of(1, 2, 4)),
        new Case(one.withDilation(3).withGroups(2), Shape.of(2, 4, 11), Shape.of(6, 2, 3)),
        new Case(one, Shape.of(0, 3, 7), Shape.of(4, 3, 3)),
        new Case(two, Shape.of(2, 3, 5, 7), Shape.of(4, 3, 3, 2)),
        new Case(two, Shape.of(1, 1, 4, 4), Shape.of(1, 1, 4, 4)),
        new Case(two, Shape.of(3, 5, 4, 6), Shape.of(7, 5, 1, 1)),
        new Case(
            two.withStride(2, 1).withPadding(0, 2).withDilation(1, 2),
            Shape.of(2, 2, 9, 6),
            Shape.of(3, 2, 3, 4)),
        new Case(two.withGroups(4).withPadding(1), Shape.of(2, 4, 5, 5), Shape.of(8, 1, 3, 3)),
        new Case(two.withStride(3), Shape.of(1, 2, 8, 8), Shape.of(2, 2, 2, 2)),
        new Case(
            three.withStride(1, 2, 1).withPadding(1, 0, 1),
            Shape.of(1, 2, 3, 5, 4),
            Shape.of(3, 2, 2, 3, 3)));
  }

  private static HostArray random(Shape shape, int seed) {
    Random random = new Random(seed);
    HostArray array = HostArray.allocate(new TensorType(DType.FLOAT64, shape));
    for (long i = 0; i < shape.size(); i++) {
      // Small whole numbers: sums are exact in any order.
      array.set(i, (double) (random.nextInt(19) - 9));
    }
    return array;
  }

  private static double at(HostArray array, List<Long> index) {
    long linear = 0;
    Shape shape = array.type().shape();
    for (int axis = 0; axis < shape.rank(); axis++) {
      linear = linear * shape.dim(axis) + index.get(axis);
    }
    return (double) array.get(linear);
  }

  private static List<Long> index(Shape shape, long linear) {
    return Arrays.stream(shape.index(linear)).boxed().toList();
  }

  /** The definition, channels first. */
  private static double[] defined(Convolution c, HostArray x, HostArray w) {
    Shape in = x.type().shape();
    Shape weight = w.type().shape();
    long[] dims = new long[c.axes() + 2];
    dims[0] = in.dim(0);
    dims[1] = weight.dim(0);
    for (int i = 0; i < c.axes(); i++) {
      long span = c.dilation().get(i) * (weight.dim(i + 2) - 1) + 1;
      dims[i + 2] = (in.dim(i + 2) + 2 * c.padding().get(i) - span) / c.stride().get(i) + 1;
    }
    Shape out = Shape.of(dims);
    double[] y = new double[(int) out.size()];
    for (int k = 0; k < y.length; k++) {
      List<Long> place = index(out, k);
      long group = place.get(1) / (weight.dim(0) / c.groups());
      for (long j = 0; j < weight.size() / weight.dim(0); j++) {
        List<Long> tap = index(weight.with(0, 1), j);
        List<Long> source = new ArrayList<>();
        source.add(place.get(0));
        source.add(group * weight.dim(1) + tap.get(1));
        boolean inside = true;
        for (int i = 0; i < c.axes(); i++) {
          long p =
              place.get(i + 2) * c.stride().get(i)
                  + tap.get(i + 2) * c.dilation().get(i)
                  - c.padding().get(i);
          inside &= p >= 0 && p < in.dim(i + 2);
          source.add(p);
        }
        if (inside) {
          List<Long> of = new ArrayList<>(tap);
          of.set(0, place.get(1));
          y[k] += at(x, source) * at(w, of);
        }
      }
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isItsDefinition(Case c) {
    HostArray x = random(c.input(), 1);
    HostArray w = random(c.weight(), 2);
    double[] expected = defined(c.convolution(), x, w);
    Tensor input = device.tensor(x);
    Tensor weight = device.tensor(w);
    Tensor y = c.convolution().apply(input, weight);
    assertArrayEquals(expected, y.reshape(-1).toDoubleArray());
    Tensor last =
        c.convolution().withChannelsLast().apply(input.moveAxis(1, -1), weight).moveAxis(-1, 1);
    assertEquals(y.shape(), last.shape());
    assertArrayEquals(expected, last.reshape(-1).toDoubleArray());
    Tensor bias = device.arange(DType.FLOAT64, c.weight().dim(0));
    double[] shifted = c.convolution().apply(input, weight, bias).reshape(-1).toDoubleArray();
    for (int i = 0; i < shifted.length; i++) {
      long channel = index(y.shape(), i).get(1);
      assertEquals(expected[i] + channel, shifted[i]);
    }
    for (DType dtype : List.of(DType.FLOAT32, DType.INT32, DType.INT64)) {
      Tensor other = c.convolution().apply(input.cast(dtype), weight.cast(dtype));
      assertEquals(dtype, other.dtype());
      assertArrayEquals(expected, other.cast(DType.FLOAT64).reshape(-1).toDoubleArray());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasDerivatives(Case c) {
    List<Tensor> at =
        List.of(device.tensor(random(c.input(), 3)), device.tensor(random(c.weight(), 4)));
    // Smaller numbers, so that differences of a bilinear function are exact enough.
    List<Tensor> small = at.stream().map(x -> x.mul(0.125)).toList();
    Derivatives.check(device, in -> c.convolution().apply(in.get(0), in.get(1)), small);
  }

  /** The adjoint: equal products with any pair. */
  @ParameterizedTest
  @MethodSource("cases")
  void theTransposedOneIsTheAdjoint(Case c) {
    if (c.input().size() == 0) {
      return;
    }
    Tensor x = device.tensor(random(c.input(), 5));
    Tensor w = device.tensor(random(c.weight(), 6));
    Tensor y = c.convolution().apply(x, w);
    Tensor u = device.tensor(random(y.shape(), 7));
    long[] added = new long[c.convolution().axes()];
    for (int i = 0; i < added.length; i++) {
      long length = c.input().dim(i + 2) + 2 * c.convolution().padding().get(i);
      long span = c.convolution().dilation().get(i) * (c.weight().dim(i + 2) - 1) + 1;
      added[i] = (length - span) % c.convolution().stride().get(i);
    }
    Tensor back = c.convolution().transposed(u, w, added);
    assertEquals(x.shape(), back.shape());
    assertEquals(y.mul(u).sum().item(), back.mul(x).sum().item());
    Tensor last =
        c.convolution().withChannelsLast().transposed(u.moveAxis(1, -1), w, added).moveAxis(-1, 1);
    assertArrayEquals(back.reshape(-1).toDoubleArray(), last.reshape(-1).toDoubleArray());
    // And so it is the cotangent of the input.
    Tensor pulled =
        Cotangent.<Tensor, Tensor>vjp(p -> c.convolution().apply(p, w), x, u).cotangent();
    assertArrayEquals(back.reshape(-1).toDoubleArray(), pulled.reshape(-1).toDoubleArray());
  }

  @Test
  void pooling() {
    Tensor x = device.tensor(random(Shape.of(2, 3, 5, 6), 8));
    for (Pooling pooling :
        List.of(
            Pooling.of(2, 3),
            Pooling.of(3, 3).withStride(2).withPadding(1),
            Pooling.of(2, 2).withDilation(2, 3).withStride(1))) {
      Tensor largest = pooling.max(x);
      Tensor mean = pooling.average(x);
      Shape out = largest.shape();
      HostArray source = x.toHost();
      double[] maxima = largest.reshape(-1).toDoubleArray();
      double[] means = mean.reshape(-1).toDoubleArray();
      for (int k = 0; k < maxima.length; k++) {
        List<Long> place = index(out, k);
        double most = Double.NEGATIVE_INFINITY;
        double sum = 0;
        for (long i = 0; i < pooling.size().get(0); i++) {
          for (long j = 0; j < pooling.size().get(1); j++) {
            long row =
                place.get(2) * pooling.stride().get(0)
                    + i * pooling.dilation().get(0)
                    - pooling.padding().get(0);
            long column =
                place.get(3) * pooling.stride().get(1)
                    + j * pooling.dilation().get(1)
                    - pooling.padding().get(1);
            if (row >= 0 && row < 5 && column >= 0 && column < 6) {
              double value = at(source, List.of(place.get(0), place.get(1), row, column));
              most = Math.max(most, value);
              sum += value;
            }
          }
        }
        assertEquals(most, maxima[k]);
        assertEquals(sum / (pooling.size().get(0) * pooling.size().get(1)), means[k], 1e-13);
      }
      Tensor last = pooling.withChannelsLast().max(x.moveAxis(1, -1)).moveAxis(-1, 1);
      assertArrayEquals(maxima, last.reshape(-1).toDoubleArray());
      Tensor smooth = x.add(device.arange(DType.FLOAT64, 180).mul(1e-2).reshape(2, 3, 5, 6));
      Derivatives.check(device, in -> pooling.average(in.getFirst()), List.of(smooth));
      Derivatives.check(device, in -> pooling.max(in.getFirst()), List.of(smooth));
    }
    assertEquals(
        Shape.of(2, 3, 2), Pooling.of(2).max(device.zeros(DType.FLOAT16, 2, 3, 4)).shape());
    assertEquals(
        Shape.of(1, 1, 1, 1, 2),
        Pooling.of(2, 2, 2).average(device.zeros(DType.FLOAT32, 1, 1, 2, 3, 4)).shape());
  }

  @Test
  void windowsAreViews() {
    Tensor x = device.arange(DType.INT32, 6);
    assertArrayEquals(
        new int[] {0, 2, 1, 3, 2, 4, 3, 5}, x.windows(0, 2, 1, 2).reshape(-1).toIntArray());
    long live = device.memory().liveBytes();
    x.windows(-1, 3, 1, 1);
    assertEquals(live, device.memory().liveBytes());
  }

  @Test
  void badInput() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 4, 5, 5);
    Tensor w = device.zeros(DType.FLOAT32, 6, 4, 3, 3);
    Convolution two = Convolution.of(2);
    assertBad(ArgumentException.class, "1 to 3", () -> Convolution.of(4));
    assertBad(ArgumentException.class, "at least 1", () -> two.withStride(0));
    assertBad(ArgumentException.class, "at least 0", () -> two.withPadding(-1));
    assertBad(ArgumentException.class, "3 numbers", () -> two.withDilation(1, 1, 1));
    assertBad(ArgumentException.class, "0 groups", () -> two.withGroups(0));
    assertBad(ShapeException.class, "needs 3 axes", () -> Convolution.conv1d(x, w));
    assertBad(
        ShapeException.class, "3 groups do not divide the 4", () -> two.withGroups(3).apply(x, w));
    assertBad(ShapeException.class, "4 channels, the input", () -> two.withGroups(2).apply(x, w));
    assertBad(ShapeException.class, "does not fit", () -> two.withDilation(3).apply(x, w));
    assertBad(DTypeException.class, "float64", () -> two.apply(x, w.cast(DType.FLOAT64)));
    assertBad(ShapeException.class, "(6,)", () -> two.apply(x, w, device.zeros(DType.FLOAT32, 4)));
    assertBad(ShapeException.class, "(4, C / groups", () -> two.transposed(x, w));
    assertBad(
        ShapeException.class,
        "below the stride",
        () -> two.transposed(x.slice(1, 0, 1), w.slice(0, 0, 1), 1));
    assertBad(DTypeException.class, "int32", () -> Pooling.of(2, 2).max(x.cast(DType.INT32)));
    assertBad(ArgumentException.class, "half", () -> Pooling.of(3).withPadding(2));
    assertBad(ShapeException.class, "does not fit", () -> Pooling.of(6, 6).max(x));
    assertBad(ShapeException.class, "do not fit", () -> x.windows(3, 6, 1, 1));
    assertBad(ShapeException.class, "at least 1", () -> x.windows(3, 2, 0, 1));
  }

  private static void assertBad(
      Class<? extends CotangentException> kind, String part, Runnable call) {
    String message = String.valueOf(assertThrows(kind, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
