package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;

import java.util.List;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.op.Add;
import org.cotangent.op.Full;
import org.cotangent.op.Take;
import org.cotangent.testing.FaceErrors.Row;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every way into the engine against what does not fit: class, message and line; nothing leaked. */
class BadInputTest {
  private static final long[] NO_SIZES = null;
  private static final int[] NO_AXES = null;
  private static final Tensor NONE = null;
  private static final DType NO_DTYPE = null;

  private static Device device;
  private static Device other;
  private static Device gone;
  private static Scope scope;
  private static Scope otherScope;

  /** float32 of (2, 3). */
  private static Tensor x;

  private static Tensor doubles;
  private static Tensor ints;
  private static Tensor bools;
  private static Tensor scalar;
  private static Tensor closed;
  private static Tensor foreign;
  private static Tensor orphan;
  private static Tensor escaped;
  private static Key key;
  private static String closedAt;

  @BeforeAll
  static void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    other = Device.with("other", new ReferenceBackend(), DeviceOptions.DEFAULT);
    scope = device.open();
    otherScope = other.open();
    x = device.tensor(new float[6], 2, 3);
    doubles = device.tensor(new double[6], 2, 3);
    ints = device.tensor(new int[6], 2, 3);
    bools = device.tensor(new boolean[6], 2, 3);
    scalar = device.scalar(DType.FLOAT32, 1);
    foreign = other.tensor(new float[6], 2, 3);
    key = device.key(7);
    gone = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    orphan = gone.tensor(new float[6], 2, 3);
    gone.close();
    closed = device.tensor(new float[6], 2, 3);
    closed.close();
    closedAt = FaceErrors.lineBefore();
    Tensor[] out = new Tensor[1];
    Cotangent.grad(
        p -> {
          out[0] = p;
          return p.sum();
        },
        x);
    escaped = out[0];
  }

  @AfterAll
  static void close() {
    otherScope.close();
    scope.close();
    other.close();
    device.close();
  }

  private static Stream<DynamicTest> tests(Row... rows) {
    return FaceErrors.tests(List.of(rows), device, other);
  }

  private static Tensor sumOf(Tensor y) {
    return y.sum();
  }

  @TestFactory
  Stream<DynamicTest> tensorsFromOutside() {
    HostArray wide = HostArray.allocate(new TensorType(DType.INT64, Shape.of(2)));
    wide.set(0, 1L << 40);
    return tests(
        row(ShapeException.class, "", () -> device.tensor(new float[3], 2, 2)),
        row(ShapeException.class, "", () -> device.tensor(new double[3], -1)),
        row(ShapeException.class, "", () -> device.tensor(new int[0], 0, -3)),
        row(ShapeException.class, "", () -> device.tensor(new long[1], 1L << 62, 4)),
        row(ArgumentException.class, "", () -> device.tensor(new boolean[1], NO_SIZES)),
        row(ArgumentException.class, "", () -> device.tensor((float[]) null, 1)),
        row(ArgumentException.class, "", () -> device.tensor((double[]) null, 1)),
        row(ArgumentException.class, "", () -> device.tensor((int[]) null, 1)),
        row(ArgumentException.class, "", () -> device.tensor((long[]) null, 1)),
        row(ArgumentException.class, "", () -> device.tensor((boolean[]) null, 1)),
        row(ArgumentException.class, "", () -> device.tensor((HostArray) null)),
        row(ArgumentException.class, "", () -> device.tensor((ArrayLike) null)),
        row(ArgumentException.class, "", () -> device.tensor(() -> null, DType.INT32)),
        row(DTypeException.class, "", () -> device.scalar(DType.INT32, 0.5)),
        row(DTypeException.class, "", () -> device.scalar(DType.INT64, 0x1p63)),
        row(DTypeException.class, "", () -> device.scalar(DType.BOOL, Double.NaN)),
        row(DTypeException.class, "", () -> device.scalar(DType.FLOAT32, 1e39)),
        row(ArgumentException.class, "", () -> device.scalar(NO_DTYPE, 1)),
        row(ShapeException.class, "", () -> device.zeros(DType.FLOAT32, 2, -1)),
        row(ShapeException.class, "", () -> device.ones(DType.FLOAT32, Long.MAX_VALUE)),
        row(ArgumentException.class, "", () -> device.zeros(NO_DTYPE)),
        row(ArgumentException.class, "", () -> device.full(DType.INT64, 1, NO_SIZES)),
        row(DTypeException.class, "", () -> device.full(DType.INT64, 1.5, 3)),
        row(ShapeException.class, "", () -> device.arange(DType.INT64, -4)),
        row(DTypeException.class, "", () -> device.arange(DType.INT32, 4, 0, 0.5)),
        row(DTypeException.class, "", () -> device.arange(DType.BOOL, 4)),
        row(ArgumentException.class, "", () -> device.arange(NO_DTYPE, 4)));
  }

  @TestFactory
  Stream<DynamicTest> devices() {
    return tests(
        row(DeviceException.class, "", () -> Device.named("abacus")),
        row(ArgumentException.class, "", () -> Device.named(null)),
        row(ArgumentException.class, "", () -> Device.cpu(null)),
        row(ArgumentException.class, "", () -> Device.with("mine", null, DeviceOptions.DEFAULT)),
        row(ArgumentException.class, "", () -> DeviceOptions.DEFAULT.threads(-1)),
        row(ArgumentException.class, "", () -> DeviceOptions.DEFAULT.memoryLimit(-1)),
        row(ClosedException.class, "", () -> gone.open()),
        row(ClosedException.class, "", () -> gone.scalar(1)),
        row(ClosedException.class, "", () -> gone.zeros(DType.INT32, 2)),
        row(ClosedException.class, "", () -> gone.key(1)),
        row(ClosedException.class, "", () -> gone.compiler().compile(BadInputTest::sumOf, x)),
        row(ClosedException.class, "", () -> orphan.add(1)),
        row(ClosedException.class, "", () -> orphan.toHost()),
        row(ClosedException.class, "", () -> x.to(gone)),
        row(ClosedException.class, "", () -> orphan.transpose()));
  }

  @TestFactory
  Stream<DynamicTest> elementwise() {
    return tests(
        row(ShapeException.class, "", () -> x.add(device.zeros(DType.FLOAT32, 2))),
        row(ShapeException.class, "", () -> x.maximum(device.zeros(DType.FLOAT32, 4, 3))),
        row(DTypeException.class, "", () -> x.mul(doubles)),
        row(DTypeException.class, "", () -> x.less(ints)),
        row(DTypeException.class, "", () -> bools.add(bools)),
        row(DTypeException.class, "", () -> bools.neg()),
        row(DTypeException.class, "", () -> ints.div(ints)),
        row(DTypeException.class, "", () -> ints.exp()),
        row(DTypeException.class, "", () -> bools.sqrt()),
        row(DTypeException.class, "", () -> ints.stopGradient()),
        row(DTypeException.class, "", () -> ints.pow(-1)),
        row(DTypeException.class, "", () -> ints.add(0.5)),
        row(DTypeException.class, "", () -> ints.mul(3e9)),
        row(DTypeException.class, "", () -> ints.greaterEqual(Double.NaN)),
        row(DTypeException.class, "", () -> x.sub(1e39)),
        row(DTypeException.class, "", () -> bools.equal(2)),
        row(DTypeException.class, "", () -> x.where(x, x)),
        row(DTypeException.class, "", () -> bools.where(x, doubles)),
        row(ShapeException.class, "", () -> bools.where(x, device.zeros(DType.FLOAT32, 5))),
        row(ArgumentException.class, "", () -> x.add(NONE)),
        row(ArgumentException.class, "", () -> bools.where(NONE, x)),
        row(ArgumentException.class, "", () -> bools.where(x, NONE)),
        row(ArgumentException.class, "", () -> x.cast(null)));
  }

  @TestFactory
  Stream<DynamicTest> axes() {
    return tests(
        row(ShapeException.class, "", () -> x.sum(2)),
        row(ShapeException.class, "", () -> x.sum(-3)),
        row(ShapeException.class, "", () -> x.sum(0, 1, -2)),
        row(ShapeException.class, "", () -> x.mean(0, 0)),
        row(ShapeException.class, "", () -> x.max(Integer.MIN_VALUE)),
        row(ShapeException.class, "", () -> x.argmax(Integer.MAX_VALUE)),
        row(ShapeException.class, "", () -> scalar.cumsum(0)),
        row(ShapeException.class, "", () -> x.softmax(2)),
        row(ShapeException.class, "", () -> scalar.logSoftmax(-1)),
        row(DTypeException.class, "", () -> ints.softmax(0)),
        row(DTypeException.class, "", () -> bools.cumsum(0)),
        row(ShapeException.class, "", () -> device.zeros(DType.FLOAT32, 0, 2).max(0)),
        row(ShapeException.class, "", () -> device.zeros(DType.FLOAT32, 0).argmax()),
        row(ArgumentException.class, "", () -> x.sum(NO_AXES)),
        row(ArgumentException.class, "", () -> x.mean(NO_AXES)),
        row(ArgumentException.class, "", () -> x.max(NO_AXES)),
        row(ArgumentException.class, "", () -> x.argmax(NO_AXES)));
  }

  @TestFactory
  Stream<DynamicTest> shapes() {
    return tests(
        row(ShapeException.class, "", () -> x.reshape(4)),
        row(ShapeException.class, "", () -> x.reshape(-1, -1)),
        row(ShapeException.class, "", () -> x.reshape(-1, 4)),
        row(ShapeException.class, "", () -> x.reshape(-1, 0)),
        row(ShapeException.class, "", () -> x.reshape(-1, -2)),
        row(ShapeException.class, "", () -> x.reshape(1L << 62, 4)),
        row(ArgumentException.class, "", () -> x.reshape(NO_SIZES)),
        row(ShapeException.class, "", () -> x.transpose(0)),
        row(ShapeException.class, "", () -> x.transpose(0, 0)),
        row(ShapeException.class, "", () -> x.transpose(0, 2)),
        row(ArgumentException.class, "", () -> x.transpose(NO_AXES)),
        row(ShapeException.class, "", () -> x.broadcastTo(2, 4)),
        row(ShapeException.class, "", () -> x.broadcastTo(3)),
        row(ShapeException.class, "", () -> x.broadcastTo(-2, 2, 3)),
        row(ShapeException.class, "", () -> x.broadcastTo(1L << 60, 2, 3)),
        row(ArgumentException.class, "", () -> x.broadcastTo(NO_SIZES)),
        row(ShapeException.class, "", () -> x.slice(2, 0, 1)),
        row(ShapeException.class, "", () -> x.slice(0, 0, 1, 0)),
        row(ShapeException.class, "", () -> x.slice(-1, 0, 1, -1)),
        row(ArgumentException.class, "", () -> Tensor.concatenate(0)),
        row(ArgumentException.class, "", () -> Tensor.concatenate(0, (Tensor[]) null)),
        row(ArgumentException.class, "", () -> Tensor.concatenate(0, NONE)),
        row(ArgumentException.class, "", () -> Tensor.concatenate(0, x, NONE)),
        row(ShapeException.class, "", () -> Tensor.concatenate(2, x, x)),
        row(ShapeException.class, "", () -> Tensor.concatenate(0, scalar)),
        row(ShapeException.class, "", () -> Tensor.concatenate(1, x, scalar)),
        row(DTypeException.class, "", () -> Tensor.concatenate(1, x, ints)),
        row(ShapeException.class, "", () -> Tensor.concatenate(1, x, x.transpose())),
        row(ShapeException.class, "", () -> x.matmul(x)),
        row(ShapeException.class, "", () -> x.matmul(scalar)),
        row(DTypeException.class, "", () -> x.matmul(doubles.transpose())),
        row(DTypeException.class, "", () -> bools.matmul(bools.transpose())),
        row(
            ShapeException.class,
            "",
            () -> device.zeros(DType.INT32, 2, 1, 1).matmul(device.zeros(DType.INT32, 3, 1, 1))),
        row(ArgumentException.class, "", () -> x.matmul(null)),
        row(ShapeException.class, "", () -> x.take(ints, 2)),
        row(DTypeException.class, "", () -> x.take(doubles, 0)),
        row(ArgumentException.class, "", () -> x.take(null, 0)),
        row(IndexException.class, "", () -> x.take(device.tensor(new int[] {0, 2}), 0)),
        row(IndexException.class, "", () -> x.take(device.tensor(new long[] {-4}), 1)),
        row(
            ShapeException.class,
            "",
            () -> device.zeros(DType.FLOAT32, 0, 2).take(device.zeros(DType.INT32, 1), 3)));
  }

  @TestFactory
  Stream<DynamicTest> opsOfOnesOwn() {
    return tests(
        row(ArgumentException.class, "", () -> Tensor.apply(null, x)),
        row(ArgumentException.class, "", () -> Tensor.apply(new Add(), (Tensor[]) null)),
        row(ArgumentException.class, "", () -> Tensor.apply(new Add(), x, NONE)),
        row(ShapeException.class, "", () -> Tensor.apply(new Add(), x, scalar)),
        row(ArgumentException.class, "", () -> Tensor.apply(new Add(), x)),
        row(ArgumentException.class, "", () -> Tensor.apply(new Add(), x, x, x)),
        row(ArgumentException.class, "", () -> Tensor.apply(new Take(0), x)),
        row(ArgumentException.class, "", () -> Tensor.apply(new Take(5), x, ints)),
        row(
            ArgumentException.class,
            "",
            () -> Tensor.apply(Full.of(new TensorType(DType.INT32, Shape.SCALAR), 1))));
  }

  @TestFactory
  Stream<DynamicTest> readingOut() {
    return tests(
        row(ShapeException.class, "", () -> x.item()),
        row(ShapeException.class, "", () -> device.zeros(DType.INT32, 0).item()),
        row(DTypeException.class, "", () -> doubles.toFloatArray()),
        row(DTypeException.class, "", () -> x.toDoubleArray()),
        row(DTypeException.class, "", () -> x.toIntArray()),
        row(DTypeException.class, "", () -> ints.toLongArray()),
        row(DTypeException.class, "", () -> ints.toBooleanArray()),
        row(
            ShapeException.class,
            "",
            () -> scalar.broadcastTo(1L << 20, 1L << 20).toFloatArray()),
        row(ArgumentException.class, "", () -> x.to(null)));
  }

  @TestFactory
  Stream<DynamicTest> closedTensors() {
    return tests(
        row(ClosedException.class, "", () -> closed.exp()),
        row(ClosedException.class, "", () -> closed.add(1)),
        row(ClosedException.class, "", () -> x.add(closed)),
        row(ClosedException.class, "", () -> closed.transpose()),
        row(ClosedException.class, "", () -> closed.sum(0)),
        row(ClosedException.class, "", () -> closed.toHost()),
        row(ClosedException.class, "", () -> closed.toFloatArray()),
        row(ClosedException.class, "", () -> closed.frozen()),
        row(ClosedException.class, "", () -> closed.to(other)),
        row(ClosedException.class, "", () -> Cotangent.grad(BadInputTest::sumOf, closed)),
        row(ClosedException.class, "", () -> Cotangent.grad(p -> p.add(closed).sum(), x)),
        row(
            ClosedException.class,
            "",
            () -> device.compiler().compile(BadInputTest::sumOf, closed)),
        row(ClosedException.class, "", () -> new Key(closed).uniform(DType.FLOAT32, Shape.of(2))));
  }

  @TestFactory
  Stream<DynamicTest> tensorsOfAnotherDevice() {
    return tests(
        row(DeviceException.class, "", () -> x.add(foreign)),
        row(DeviceException.class, "", () -> Tensor.concatenate(0, x, foreign)),
        row(DeviceException.class, "", () -> Cotangent.grad(p -> p.mul(foreign).sum(), x)),
        row(DeviceException.class, "", () -> Cotangent.vjp(p -> p, x, foreign)),
        row(
            DeviceException.class,
            "",
            () -> device.compiler().compile(BadInputTest::sumOf, foreign)),
        row(
            DeviceException.class,
            "",
            () -> device.compiler().compile((Tensor p) -> p.add(foreign.frozen()), x)));
  }

  @TestFactory
  Stream<DynamicTest> escapedTensors() {
    return tests(
        row(TraceException.class, "", () -> escaped.exp()),
        row(TraceException.class, "", () -> escaped.add(1)),
        row(TraceException.class, "", () -> x.add(escaped)),
        row(TraceException.class, "", () -> escaped.transpose()),
        row(TraceException.class, "", () -> escaped.toHost()),
        row(TraceException.class, "", () -> escaped.frozen()),
        row(TraceException.class, "", () -> Cotangent.grad(BadInputTest::sumOf, escaped)),
        row(TraceException.class, "", () -> Cotangent.grad(p -> p.add(escaped).sum(), x)),
        row(TraceException.class, "", () -> Cotangent.grad(p -> escaped.sum(), x)),
        row(
            TraceException.class,
            "",
            () -> device.compiler().compile((Tensor p) -> escaped, x)));
  }

  @TestFactory
  Stream<DynamicTest> derivatives() {
    return tests(
        row(ArgumentException.class, "", () -> Cotangent.grad(null, x)),
        row(ArgumentException.class, "", () -> Cotangent.grad(BadInputTest::sumOf, null)),
        row(ArgumentException.class, "", () -> Cotangent.grad(p -> null, x)),
        row(ArgumentException.class, "", () -> Cotangent.grad(p -> x, List.of())),
        row(ShapeException.class, "", () -> Cotangent.grad(p -> p.sum(0), x)),
        row(DTypeException.class, "", () -> Cotangent.grad(BadInputTest::sumOf, ints)),
        row(DTypeException.class, "", () -> Cotangent.grad(p -> p.argmax(), x)),
        row(
            DTypeException.class,
            "",
            () -> Cotangent.grad(p -> p.get(0).sum(), List.of(x, bools))),
        row(ArgumentException.class, "", () -> Cotangent.valueAndGrad(null, x)),
        row(ArgumentException.class, "", () -> Cotangent.valueAndGrad(p -> null, x)),
        row(ArgumentException.class, "", () -> Cotangent.valueAndGradWithAux(null, x)),
        row(ArgumentException.class, "", () -> Cotangent.valueAndGradWithAux(p -> null, x)),
        row(
            ArgumentException.class,
            "",
            () -> Cotangent.valueAndGradWithAux(p -> new Cotangent.WithAux<>(p.sum(), null), x)),
        row(ArgumentException.class, "", () -> Cotangent.vjp(null, x, x)),
        row(ArgumentException.class, "", () -> Cotangent.vjp(p -> p, x, null)),
        row(ArgumentException.class, "", () -> Cotangent.vjp(p -> null, x, x)),
        row(ShapeException.class, "", () -> Cotangent.vjp(p -> p, x, scalar)),
        row(DTypeException.class, "", () -> Cotangent.vjp(p -> p, x, doubles)),
        row(
            ArgumentException.class,
            "",
            () -> Cotangent.vjp(p -> List.of(p, p), x, List.of(x))),
        row(ArgumentException.class, "", () -> Cotangent.jvp(null, x, x)),
        row(ArgumentException.class, "", () -> Cotangent.jvp(Tensor::exp, NONE, x)),
        row(ArgumentException.class, "", () -> Cotangent.jvp(p -> null, x, x)),
        row(ShapeException.class, "", () -> Cotangent.jvp(p -> p, x, x.transpose())),
        row(DTypeException.class, "", () -> Cotangent.jvp(p -> p, ints, ints)),
        row(ArgumentException.class, "", () -> Cotangent.hvp(null, x, x)),
        row(ShapeException.class, "", () -> Cotangent.hvp(BadInputTest::sumOf, x, scalar)),
        row(ArgumentException.class, "", () -> Cotangent.hvp(BadInputTest::sumOf, x, null)),
        row(ArgumentException.class, "", () -> Cotangent.<Tensor, Tensor>withGradient(null, (a, y, c) -> c, x)),
        row(ArgumentException.class, "", () -> Cotangent.<Tensor, Tensor>withGradient(p -> p, null, x)),
        row(
            ArgumentException.class,
            "",
            () -> Cotangent.<Tensor, Tensor>withGradient(p -> p, (a, y, c) -> c, null)));
  }

  @TestFactory
  Stream<DynamicTest> compiledFunctions() {
    var sum = device.compiler().compile(BadInputTest::sumOf, x);
    var shut = device.compiler().name("shut").compile(BadInputTest::sumOf, x);
    shut.close();
    return tests(
        row(ArgumentException.class, "", () -> device.compiler().donate(NO_AXES)),
        row(ArgumentException.class, "", () -> device.compiler().name(null)),
        row(
            ArgumentException.class,
            "",
            () -> device.compiler().donate(1).compile(BadInputTest::sumOf, x)),
        row(
            ArgumentException.class,
            "",
            () -> device.compiler().donate(-1).compile(BadInputTest::sumOf, x)),
        row(ArgumentException.class, "", () -> device.compiler().compile((Tensor p) -> null, x)),
        row(ArgumentException.class, "", () -> device.compiler().compile(Tensor::exp, NONE)),
        row(ArgumentException.class, "", () -> device.compiler().compile((Tensor p) -> this, x)),
        row(ArgumentException.class, "", () -> sum.run(null)),
        row(ClosedException.class, "", () -> sum.run(closed)),
        row(TraceException.class, "", () -> sum.run(escaped)),
        row(DeviceException.class, "", () -> sum.run(foreign)),
        row(ClosedException.class, "", () -> sum.run(orphan)),
        row(ClosedException.class, "", () -> shut.run(x)),
        row(ClosedException.class, "", () -> shut.plan()),
        row(ClosedException.class, "", () -> Cotangent.grad(shut::run, x)));
  }

  @TestFactory
  Stream<DynamicTest> randomKeys() {
    Shape shape = Shape.of(3);
    return tests(
        row(ArgumentException.class, "", () -> new Key(null).uniform(DType.FLOAT32, shape)),
        row(ArgumentException.class, "", () -> new Key(null).fold(1)),
        row(ArgumentException.class, "", () -> new Key(null).split(2)),
        row(ArgumentException.class, "", () -> key.split(-1)),
        row(ArgumentException.class, "", () -> key.uniform(null, shape)),
        row(ArgumentException.class, "", () -> key.normal(DType.FLOAT32, null)),
        row(ArgumentException.class, "", () -> key.bits(null, shape)),
        row(DTypeException.class, "", () -> key.uniform(DType.INT32, shape)),
        row(DTypeException.class, "", () -> key.normal(DType.BOOL, shape)),
        row(DTypeException.class, "", () -> key.bits(DType.FLOAT64, shape)),
        row(DTypeException.class, "", () -> new Key(scalar).bits(DType.INT32, shape)),
        row(DTypeException.class, "", () -> new Key(scalar).fold(1)),
        row(DTypeException.class, "", () -> new Key(device.scalar(DType.INT32, 1)).fold(1)),
        row(
            ShapeException.class,
            "",
            () -> new Key(device.zeros(DType.INT64, 2)).normal(DType.FLOAT32, shape)));
  }

  @TestFactory
  Stream<DynamicTest> treesAndScopes() {
    Scope over = device.open();
    over.close();
    return tests(
        row(ArgumentException.class, "", () -> Trees.leaves(null)),
        row(ArgumentException.class, "", () -> Trees.leaves(new Object())),
        row(ArgumentException.class, "", () -> Trees.map(x, null)),
        row(ArgumentException.class, "", () -> Trees.map(x, x, null)),
        row(ArgumentException.class, "", () -> Trees.map(x, x, x, null)),
        row(ArgumentException.class, "", () -> Trees.map(null, t -> t)),
        row(ArgumentException.class, "", () -> Trees.map(x, null, (a, b) -> a)),
        row(ArgumentException.class, "", () -> Trees.map(List.of(x, x), t -> null)),
        row(ArgumentException.class, "", () -> Trees.register(null, t -> List.of(), p -> "")),
        row(ArgumentException.class, "", () -> Trees.register(Tensor.class, null, p -> x)),
        row(ArgumentException.class, "", () -> Trees.register(Tensor.class, t -> List.of(), null)),
        row(ArgumentException.class, "", () -> scope.keep(null)),
        row(ArgumentException.class, "", () -> scope.keep(List.of(new Object()))),
        row(ClosedException.class, "", () -> over.keep(x)));
  }
}
