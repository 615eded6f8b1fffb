package org.cotangent.benchmarks.examples;

import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.digits.Data;
import org.cotangent.nn.Convolution;
import org.cotangent.nn.Initializers;
import org.cotangent.nn.Pooling;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** Two layers of convolution on handwritten digits of 8 x 8 pixels, moved by up to one pixel. */
final class ConvNet implements Task<ConvNet.Net, Data> {
  private static final int SIDE = 8;
  private static final int BATCH = 48;
  private static final int FIRST = 16;
  private static final int SECOND = 32;
  private static final int CLASSES = 10;
  private static final Convolution SAME = Convolution.of(2).withPadding(1);
  private static final Pooling HALF = Pooling.of(2, 2);

  /**
   * The model.
   *
   * @param first (16, 1, 3, 3)
   * @param firstBias (16)
   * @param second (32, 16, 3, 3)
   * @param secondBias (32)
   * @param out (512, 10)
   * @param outBias (10)
   */
  record Net(
      Tensor first,
      Tensor firstBias,
      Tensor second,
      Tensor secondBias,
      Tensor out,
      Tensor outBias) {}

  @Override
  public Plan plan() {
    return new Plan("a convolutional net tells handwritten digits apart", 0.985, 500, 3e-3);
  }

  @Override
  public Data data(Device device) {
    return Data.load(device);
  }

  @Override
  public Net init(Key key) {
    Device device = key.data().device();
    long flat = SECOND * (SIDE / 2) * (SIDE / 2);
    return new Net(
        Initializers.heNormal(key.fold(0), DType.FLOAT32, Shape.of(FIRST, 1, 3, 3), 9),
        device.zeros(DType.FLOAT32, FIRST),
        Initializers.heNormal(key.fold(1), DType.FLOAT32, Shape.of(SECOND, FIRST, 3, 3), 9 * FIRST),
        device.zeros(DType.FLOAT32, SECOND),
        Initializers.lecunNormal(key.fold(2), DType.FLOAT32, Shape.of(flat, CLASSES), flat),
        device.zeros(DType.FLOAT32, CLASSES));
  }

  @Override
  public Batch batch(Data data, Key key) {
    long count = data.train().y().size();
    Tensor which = key.fold(0).randint(0, count, DType.INT32, Shape.of(BATCH));
    Tensor x = data.train().x().take(which, 0).reshape(BATCH, SIDE, SIDE);
    // Each sample from one of nine places in a frame of zeros: a window of it, by its number.
    Tensor frame = x.pad(0, new long[] {0, 0, 1, 1, 1, 1});
    Tensor places =
        frame.windows(1, SIDE, 1, 1).windows(2, SIDE, 1, 1).reshape(BATCH, 9, SIDE * SIDE);
    Tensor place = key.fold(1).randint(0, 9, DType.INT32, Shape.of(BATCH, 1, 1));
    Tensor moved = places.takeAlongAxis(place, 1);
    return new Batch(moved.reshape(BATCH, SIDE * SIDE), data.train().y().take(which, 0));
  }

  @Override
  public Batch test(Data data, Key key) {
    return new Batch(data.test().x(), data.test().y());
  }

  @Override
  public Tensor logits(Net net, Tensor x) {
    Tensor image = x.reshape(-1, 1, SIDE, SIDE);
    Tensor first = SAME.apply(image, net.first(), net.firstBias()).relu();
    Tensor second = SAME.apply(first, net.second(), net.secondBias()).relu();
    Tensor features = HALF.max(second);
    return features.reshape(x.shape().dim(0), -1).matmul(net.out()).add(net.outBias());
  }
}
