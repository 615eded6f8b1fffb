package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
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
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.NumPyArray;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Every way into the engine against what does not fit: class, message and line; nothing leaked. */
class BadInputTest {
  private static final long[] NO_SIZES = null;
  private static final int[] NO_AXES = null;
  private static final Tensor NONE = null;
  private static final DType NO_DTYPE = null;

  /** Breaks the promise of the array protocol. */
  private static final class Nothing implements ArrayLike {
    @Override
    public NumPyArray toNumPyArray() {
      return null;
    }
  }

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

  private static HostArray closedMemory() {
    try (Arena arena = Arena.ofConfined()) {
      TensorType type = new TensorType(DType.INT64, Shape.of(2));
      return new HostArray(type, arena.allocate(type.bytes(), 8));
    }
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
        row(
            ShapeException.class,
            "tensor: 3 values do not fill shape (2, 2) of 4",
            () -> device.tensor(new float[3], 2, 2)),
        row(
            ShapeException.class,
            "tensor: negative size -1 in (-1,)",
            () -> device.tensor(new double[3], -1)),
        row(
            ShapeException.class,
            "tensor: negative size -3 in (0, -3)",
            () -> device.tensor(new int[0], 0, -3)),
        row(
            ShapeException.class,
            "tensor: too many elements in (4611686018427387904, 4)",
            () -> device.tensor(new long[1], 1L << 62, 4)),
        row(
            ArgumentException.class,
            "tensor: the sizes are null; pass an array, empty for a scalar",
            () -> device.tensor(new boolean[1], NO_SIZES)),
        row(
            ArgumentException.class,
            "tensor: the data is null",
            () -> device.tensor((float[]) null, 1)),
        row(
            ArgumentException.class,
            "tensor: the data is null",
            () -> device.tensor((double[]) null, 1)),
        row(
            ArgumentException.class,
            "tensor: the data is null",
            () -> device.tensor((int[]) null, 1)),
        row(
            ArgumentException.class,
            "tensor: the data is null",
            () -> device.tensor((long[]) null, 1)),
        row(
            ArgumentException.class,
            "tensor: the data is null",
            () -> device.tensor((boolean[]) null, 1)),
        row(
            ArgumentException.class,
            "tensor: the data is null",
            () -> device.tensor((HostArray) null)),
        row(
            ClosedException.class,
            "tensor: the memory of int64(2,) is closed; keep its arena open while it is in use",
            () -> device.tensor(closedMemory())),
        row(
            ArgumentException.class,
            "tensor: the array is null",
            () -> device.tensor((ArrayLike) null)),
        row(
            ArgumentException.class,
            "tensor: toNumPyArray of org.cotangent.testing.BadInputTest$Nothing returned null;"
                + " return an array",
            () -> device.tensor(new Nothing())),
        row(
            DTypeException.class,
            "scalar: 0.5 is no int32: not exact; cast the tensor to a float dtype",
            () -> device.scalar(DType.INT32, 0.5)),
        row(
            DTypeException.class,
            "scalar: 9.223372036854776E18 is no int64: not exact; cast the tensor to a float dtype",
            () -> device.scalar(DType.INT64, 0x1p63)),
        row(
            DTypeException.class,
            "scalar: NaN is no bool: only 0 and 1 are; cast the tensor first",
            () -> device.scalar(DType.BOOL, Double.NaN)),
        row(
            DTypeException.class,
            "scalar: 1.0E39 is no float32: it overflows; cast the tensor to float64",
            () -> device.scalar(DType.FLOAT32, 1e39)),
        row(ArgumentException.class, "scalar: the dtype is null", () -> device.scalar(NO_DTYPE, 1)),
        row(
            ShapeException.class,
            "zeros: negative size -1 in (2, -1)",
            () -> device.zeros(DType.FLOAT32, 2, -1)),
        row(
            ShapeException.class,
            "ones: too many elements in (9223372036854775807,)",
            () -> device.ones(DType.FLOAT32, Long.MAX_VALUE)),
        row(ArgumentException.class, "zeros: the dtype is null", () -> device.zeros(NO_DTYPE)),
        row(
            ArgumentException.class,
            "full: the sizes are null; pass an array, empty for a scalar",
            () -> device.full(DType.INT64, 1, NO_SIZES)),
        row(
            DTypeException.class,
            "full: 1.5 is no int64: not exact; cast the tensor to a float dtype",
            () -> device.full(DType.INT64, 1.5, 3)),
        row(
            ShapeException.class,
            "arange: negative size -4 in (-4,)",
            () -> device.arange(DType.INT64, -4)),
        row(
            DTypeException.class,
            "arange: 0.5 is no int32: not exact; cast the tensor to a float dtype",
            () -> device.arange(DType.INT32, 4, 0, 0.5)),
        row(
            DTypeException.class,
            "arange: bool(4,) is not a number; cast it to a number dtype first",
            () -> device.arange(DType.BOOL, 4)),
        row(
            ArgumentException.class,
            "arange: the dtype is null",
            () -> device.arange(NO_DTYPE, 4)));
  }

  @TestFactory
  Stream<DynamicTest> devices() {
    return tests(
        row(
            DeviceException.class,
            "device abacus is unknown: there are [cpu]; put the jar of its backend on the class"
                + " path or module path",
            () -> Device.named("abacus")),
        row(
            DeviceException.class,
            "device abacus:1 is unknown: there are [cpu]; put the jar of its backend on the class"
                + " path or module path",
            () -> Device.named("abacus:1")),
        row(
            DeviceException.class,
            "device cpu:1 is unknown: there is one CPU; name it cpu or cpu:0",
            () -> Device.named("cpu:1")),
        row(
            DeviceException.class,
            "device cpu:x86: is unknown: there is one CPU; name it cpu or cpu:0",
            () -> Device.named("cpu:x86:", DeviceOptions.DEFAULT.threads(1))),
        row(ArgumentException.class, "device: the name is null", () -> Device.named(null)),
        row(ArgumentException.class, "device: the set of options is null", () -> Device.cpu(null)),
        row(
            ArgumentException.class,
            "device: the backend is null",
            () -> Device.with("mine", null, DeviceOptions.DEFAULT)),
        row(
            ArgumentException.class,
            "threads: -1 is not in 0 to 1024",
            () -> DeviceOptions.DEFAULT.threads(-1)),
        row(
            ArgumentException.class,
            "memoryLimit: -1 bytes is negative",
            () -> DeviceOptions.DEFAULT.memoryLimit(-1)),
        row(
            ArgumentException.class,
            "preallocate: -1 bytes is not in 0 to the limit of 9223372036854775807",
            () -> DeviceOptions.DEFAULT.preallocate(-1)),
        row(
            ArgumentException.class,
            "preallocate: 65 bytes is not in 0 to the limit of 64",
            () -> DeviceOptions.DEFAULT.memoryLimit(64).preallocate(65)),
        row(
            ArgumentException.class,
            "preallocate: 65 bytes is not in 0 to the limit of 64",
            () -> DeviceOptions.DEFAULT.preallocate(65).memoryLimit(64)),
        row(ClosedException.class, "open: device cpu is closed; open another", () -> gone.open()),
        row(
            ClosedException.class,
            "scalar: device cpu is closed; open another",
            () -> gone.scalar(1)),
        row(
            ClosedException.class,
            "zeros: device cpu is closed; open another",
            () -> gone.zeros(DType.INT32, 2)),
        row(ClosedException.class, "key: device cpu is closed; open another", () -> gone.key(1)),
        row(
            ClosedException.class,
            "compile: device cpu is closed; open another",
            () -> gone.compiler().compile(BadInputTest::sumOf, x)),
        row(ClosedException.class, "add: device cpu is closed; open another", () -> orphan.add(1)),
        row(
            ClosedException.class,
            "toHost: device cpu is closed; open another",
            () -> orphan.toHost()),
        row(ClosedException.class, "tensor: device cpu is closed; open another", () -> x.to(gone)),
        row(
            ClosedException.class,
            "transpose: device cpu is closed; open another",
            () -> orphan.transpose()));
  }

  @TestFactory
  Stream<DynamicTest> elementwise() {
    return tests(
        row(
            ShapeException.class,
            "add: shapes (2, 3) and (2,) do not broadcast: 3 != 2 at axis -1; reshape one, or"
                + " insert an axis of size 1",
            () -> x.add(device.zeros(DType.FLOAT32, 2))),
        row(
            ShapeException.class,
            "maximum: shapes (2, 3) and (4, 3) do not broadcast: 2 != 4 at axis -2; reshape one, or"
                + " insert an axis of size 1",
            () -> x.maximum(device.zeros(DType.FLOAT32, 4, 3))),
        row(
            DTypeException.class,
            "mul: dtypes differ: float32(2, 3) and float64(2, 3); cast one of them",
            () -> x.mul(doubles)),
        row(
            DTypeException.class,
            "less: dtypes differ: float32(2, 3) and int32(2, 3); cast one of them",
            () -> x.less(ints)),
        row(
            DTypeException.class,
            "add: bool(2, 3) is not a number; cast it to a number dtype first",
            () -> bools.add(bools)),
        row(
            DTypeException.class,
            "neg: bool(2, 3) is not a number; cast it to a number dtype first",
            () -> bools.neg()),
        row(
            DTypeException.class,
            "div: int32(2, 3) is not a float tensor; cast it to float32 or float64 first",
            () -> ints.div(ints)),
        row(
            DTypeException.class,
            "exp: int32(2, 3) is not a float tensor; cast it to float32 or float64 first",
            () -> ints.exp()),
        row(
            DTypeException.class,
            "sqrt: bool(2, 3) is not a float tensor; cast it to float32 or float64 first",
            () -> bools.sqrt()),
        row(
            DTypeException.class,
            "stopGradient: int32(2, 3) is not a float tensor; cast it to float32 or float64 first",
            () -> ints.stopGradient()),
        row(
            DTypeException.class,
            "pow: int32(2, 3) to the power -1 is no integer; cast to a float dtype",
            () -> ints.pow(-1)),
        row(
            DTypeException.class,
            "add: 0.5 is no int32: not exact; cast the tensor to a float dtype",
            () -> ints.add(0.5)),
        row(
            DTypeException.class,
            "mul: 3.0E9 is no int32: not exact; cast the tensor to a float dtype",
            () -> ints.mul(3e9)),
        row(
            DTypeException.class,
            "greaterEqual: NaN is no int32: not exact; cast the tensor to a float dtype",
            () -> ints.greaterEqual(Double.NaN)),
        row(
            DTypeException.class,
            "sub: 1.0E39 is no float32: it overflows; cast the tensor to float64",
            () -> x.sub(1e39)),
        row(
            DTypeException.class,
            "equal: 2.0 is no bool: only 0 and 1 are; cast the tensor first",
            () -> bools.equal(2)),
        row(
            DTypeException.class,
            "where: the condition is float32(2, 3), not bool; compare it with something first",
            () -> x.where(x, x)),
        row(
            DTypeException.class,
            "where: dtypes differ: float32(2, 3) and float64(2, 3); cast one of them",
            () -> bools.where(x, doubles)),
        row(
            ShapeException.class,
            "where: shapes (2, 3) and (5,) do not broadcast: 3 != 5 at axis -1; reshape one, or"
                + " insert an axis of size 1",
            () -> bools.where(x, device.zeros(DType.FLOAT32, 5))),
        row(
            ArgumentException.class,
            "add: a tensor is null; import the data first",
            () -> x.add(NONE)),
        row(
            ArgumentException.class,
            "where: a tensor is null; import the data first",
            () -> bools.where(NONE, x)),
        row(
            ArgumentException.class,
            "where: a tensor is null; import the data first",
            () -> bools.where(x, NONE)),
        row(ArgumentException.class, "cast: the dtype is null", () -> x.cast(null)));
  }

  @TestFactory
  Stream<DynamicTest> axes() {
    return tests(
        row(
            ShapeException.class,
            "sum: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> x.sum(2)),
        row(
            ShapeException.class,
            "sum: axis -3 is out of range for shape (2, 3) of rank 2",
            () -> x.sum(-3)),
        row(ShapeException.class, "sum: axis 0 is repeated in [0, 1, -2]", () -> x.sum(0, 1, -2)),
        row(ShapeException.class, "mean: axis 0 is repeated in [0, 0]", () -> x.mean(0, 0)),
        row(
            ShapeException.class,
            "max: axis -2147483648 is out of range for shape (2, 3) of rank 2",
            () -> x.max(Integer.MIN_VALUE)),
        row(
            ShapeException.class,
            "argmax: axis 2147483647 is out of range for shape (2, 3) of rank 2",
            () -> x.argmax(Integer.MAX_VALUE)),
        row(
            ShapeException.class,
            "cumsum: axis 0 is out of range for shape () of rank 0",
            () -> scalar.cumsum(0)),
        row(
            ShapeException.class,
            "softmax: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> x.softmax(2)),
        row(
            ShapeException.class,
            "logSoftmax: axis -1 is out of range for shape () of rank 0",
            () -> scalar.logSoftmax(-1)),
        row(
            DTypeException.class,
            "softmax: int32(2, 3) is not a float tensor; cast it to float32 or float64 first",
            () -> ints.softmax(0)),
        row(
            DTypeException.class,
            "cumsum: bool(2, 3) is not a number; cast it to a number dtype first",
            () -> bools.cumsum(0)),
        row(
            ShapeException.class,
            "max: axis 0 of (0, 2) has no elements to choose from",
            () -> device.zeros(DType.FLOAT32, 0, 2).max(0)),
        row(
            ShapeException.class,
            "argmax: axis 0 of (0,) has no elements to choose from",
            () -> device.zeros(DType.FLOAT32, 0).argmax()),
        row(
            ArgumentException.class,
            "sum: the axes are null; pass none for all axes",
            () -> x.sum(NO_AXES)),
        row(
            ArgumentException.class,
            "mean: the axes are null; pass none for all axes",
            () -> x.mean(NO_AXES)),
        row(
            ArgumentException.class,
            "max: the axes are null; pass none for all axes",
            () -> x.max(NO_AXES)),
        row(
            ArgumentException.class,
            "argmax: the axes are null; pass none for all axes",
            () -> x.argmax(NO_AXES)));
  }

  @TestFactory
  Stream<DynamicTest> shapes() {
    return tests(
        row(
            ShapeException.class,
            "reshape: (2, 3) has 6 elements and (4,) has 4; ask for as many, or for -1",
            () -> x.reshape(4)),
        row(
            ShapeException.class,
            "reshape: more than one -1 in [-1, -1]; give the other sizes",
            () -> x.reshape(-1, -1)),
        row(
            ShapeException.class,
            "reshape: (2, 3) does not divide into [-1, 4]",
            () -> x.reshape(-1, 4)),
        row(
            ShapeException.class,
            "reshape: (2, 3) does not divide into [-1, 0]",
            () -> x.reshape(-1, 0)),
        row(
            ShapeException.class,
            "reshape: size -2 in [-1, -2] is negative; only one -1 is worked out",
            () -> x.reshape(-1, -2)),
        row(
            ShapeException.class,
            "reshape: too many elements in (4611686018427387904, 4)",
            () -> x.reshape(1L << 62, 4)),
        row(
            ArgumentException.class,
            "reshape: the sizes are null; pass an array, empty for a scalar",
            () -> x.reshape(NO_SIZES)),
        row(
            ShapeException.class,
            "transpose: axes [0] are no permutation of the 2 axes of (2, 3)",
            () -> x.transpose(0)),
        row(
            ShapeException.class,
            "transpose: axes [0, 0] are no permutation of the 2 axes of (2, 3)",
            () -> x.transpose(0, 0)),
        row(
            ShapeException.class,
            "transpose: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> x.transpose(0, 2)),
        row(
            ArgumentException.class,
            "transpose: the permutation is null",
            () -> x.transpose(NO_AXES)),
        row(
            ShapeException.class,
            "broadcastTo: shapes (2, 3) and (2, 4) do not broadcast: 3 != 4 at axis -1; reshape"
                + " one, or insert an axis of size 1",
            () -> x.broadcastTo(2, 4)),
        row(
            ShapeException.class,
            "broadcastTo: (2, 3) does not broadcast to (3,)",
            () -> x.broadcastTo(3)),
        row(
            ShapeException.class,
            "broadcastTo: negative size -2 in (-2, 2, 3)",
            () -> x.broadcastTo(-2, 2, 3)),
        row(
            ShapeException.class,
            "broadcastTo: too many elements in (1152921504606846976, 2, 3)",
            () -> x.broadcastTo(1L << 60, 2, 3)),
        row(
            ArgumentException.class,
            "broadcastTo: the sizes are null; pass an array, empty for a scalar",
            () -> x.broadcastTo(NO_SIZES)),
        row(
            ShapeException.class,
            "slice: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> x.slice(2, 0, 1)),
        row(
            ShapeException.class,
            "slice: the step along axis 1 is 0; pass 1 for every element",
            () -> x.slice(-1, 0, 1, 0)),
        row(
            ArgumentException.class,
            "concatenate: pass at least one tensor",
            () -> Tensor.concatenate(0)),
        row(
            ArgumentException.class,
            "concatenate: the array of tensors is null",
            () -> Tensor.concatenate(0, (Tensor[]) null)),
        row(
            ArgumentException.class,
            "concatenate: the first tensor is null",
            () -> Tensor.concatenate(0, NONE)),
        row(
            ArgumentException.class,
            "concatenate: a tensor is null; import the data first",
            () -> Tensor.concatenate(0, x, NONE)),
        row(
            ShapeException.class,
            "concatenate: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> Tensor.concatenate(2, x, x)),
        row(
            ShapeException.class,
            "concatenate: axis 0 is out of range for shape () of rank 0",
            () -> Tensor.concatenate(0, scalar)),
        row(
            ShapeException.class,
            "concatenate: shapes differ outside axis 1: (2, 3) and ()",
            () -> Tensor.concatenate(1, x, scalar)),
        row(
            DTypeException.class,
            "concatenate: dtypes differ: float32(2, 3) and int32(2, 3); cast one of them",
            () -> Tensor.concatenate(1, x, ints)),
        row(
            ShapeException.class,
            "concatenate: shapes differ outside axis 1: (2, 3) and (3, 2)",
            () -> Tensor.concatenate(1, x, x.transpose())),
        row(
            ShapeException.class,
            "concatenate: too many elements: sizes overflow 64 bits with ["
                + "float32(1152921504606846975,), ".repeat(8)
                + "float32(1152921504606846975,)]; take fewer",
            () -> {
              Tensor wide = scalar.broadcastTo((1L << 60) - 1);
              Tensor.concatenate(0, wide, wide, wide, wide, wide, wide, wide, wide, wide);
            }),
        row(
            ShapeException.class,
            "matmul: inner dimensions differ: (2, 3) x (2, 3): 3 != 2",
            () -> x.matmul(x)),
        row(
            ShapeException.class,
            "matmul: (2, 3) x (): a scalar has no matrix product; use mul",
            () -> x.matmul(scalar)),
        row(
            DTypeException.class,
            "matmul: dtypes differ: float32(2, 3) and float64(3, 2); cast one of them",
            () -> x.matmul(doubles.transpose())),
        row(
            DTypeException.class,
            "matmul: bool(2, 3) is not a number; cast it to a number dtype first",
            () -> bools.matmul(bools.transpose())),
        row(
            ShapeException.class,
            "matmul: shapes (2,) and (3,) do not broadcast: 2 != 3 at axis -1; reshape one, or"
                + " insert an axis of size 1",
            () -> device.zeros(DType.INT32, 2, 1, 1).matmul(device.zeros(DType.INT32, 3, 1, 1))),
        row(
            ArgumentException.class,
            "matmul: a tensor is null; import the data first",
            () -> x.matmul(null)),
        row(
            ShapeException.class,
            "take: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> x.take(ints, 2)),
        row(
            DTypeException.class,
            "take: float64(2, 3) is not an integer tensor; cast it to int32 or int64 first",
            () -> x.take(doubles, 0)),
        row(
            ArgumentException.class,
            "take: a tensor is null; import the data first",
            () -> x.take(null, 0)),
        row(
            IndexException.class,
            "take: index 2 at position (1,) is out of bounds for axis 0 of size 2",
            () -> x.take(device.tensor(new int[] {0, 2}), 0)),
        row(
            IndexException.class,
            "take: index -4 at position (0,) is out of bounds for axis 1 of size 3",
            () -> x.take(device.tensor(new long[] {-4}), 1)),
        row(
            ShapeException.class,
            "take: axis 3 is out of range for shape (0, 2) of rank 2",
            () -> device.zeros(DType.FLOAT32, 0, 2).take(device.zeros(DType.INT32, 1), 3)));
  }

  @TestFactory
  Stream<DynamicTest> opsOfOnesOwn() {
    return tests(
        row(ArgumentException.class, "apply: the op is null", () -> Tensor.apply(null, x)),
        row(
            ArgumentException.class,
            "mine: a tensor is null; import the data first",
            () -> Tensor.composed("mine", "", in -> in.getFirst().neg(), x, NONE)),
        row(
            ArgumentException.class,
            "full: full[type=float32(2,), value=1.0] does not take the inputs [float32(2, 3)]",
            () -> Tensor.apply(Full.of(new TensorType(DType.FLOAT32, Shape.of(2)), 1), x)),
        row(
            ArgumentException.class,
            "add: the array of inputs is null",
            () -> Tensor.apply(new Add(), (Tensor[]) null)),
        row(
            ArgumentException.class,
            "add: a tensor is null; import the data first",
            () -> Tensor.apply(new Add(), x, NONE)),
        row(
            ShapeException.class,
            "add: shapes differ: (2, 3) and (); broadcast one of them",
            () -> Tensor.apply(new Add(), x, scalar)),
        row(
            ArgumentException.class,
            "add: add does not take the inputs [float32(2, 3)]",
            () -> Tensor.apply(new Add(), x)),
        row(
            ArgumentException.class,
            "add: add does not take the inputs [float32(2, 3), float32(2, 3), float32(2, 3)]",
            () -> Tensor.apply(new Add(), x, x, x)),
        row(
            ArgumentException.class,
            "take: take[axis=0, along=false, bounds=CHECKED] does not take the inputs [float32(2,"
                + " 3)]",
            () -> Tensor.apply(new Take(0), x)),
        row(
            ShapeException.class,
            "take: axes [5] are not ascending axes of (2, 3)",
            () -> Tensor.apply(new Take(5), x, ints)),
        row(
            ArgumentException.class,
            "full: an op without inputs has no device; use it in a compiled function",
            () -> Tensor.apply(Full.of(new TensorType(DType.INT32, Shape.SCALAR), 1))));
  }

  @TestFactory
  Stream<DynamicTest> readingOut() {
    return tests(
        row(
            ShapeException.class,
            "item: float32(2, 3) has 6 elements; slice one out",
            () -> x.item()),
        row(
            ShapeException.class,
            "item: int32(0,) has 0 elements; slice one out",
            () -> device.zeros(DType.INT32, 0).item()),
        row(
            DTypeException.class,
            "toFloatArray: float64(2, 3) is not float32; cast it first",
            () -> doubles.toFloatArray()),
        row(
            DTypeException.class,
            "toDoubleArray: float32(2, 3) is not float64; cast it first",
            () -> x.toDoubleArray()),
        row(
            DTypeException.class,
            "toIntArray: float32(2, 3) is not int32; cast it first",
            () -> x.toIntArray()),
        row(
            DTypeException.class,
            "toLongArray: int32(2, 3) is not int64; cast it first",
            () -> ints.toLongArray()),
        row(
            DTypeException.class,
            "toBooleanArray: int32(2, 3) is not bool; cast it first",
            () -> ints.toBooleanArray()),
        row(
            ShapeException.class,
            "toFloatArray: float32(1048576, 1048576) has too many elements for a Java array; slice"
                + " it first",
            () -> scalar.broadcastTo(1L << 20, 1L << 20).toFloatArray()),
        row(ArgumentException.class, "to: the device is null", () -> x.to(null)));
  }

  @TestFactory
  Stream<DynamicTest> closedTensors() {
    return tests(
        row(
            ClosedException.class,
            "exp: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.exp()),
        row(
            ClosedException.class,
            "add: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.add(1)),
        row(
            ClosedException.class,
            "add: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> x.add(closed)),
        row(
            ClosedException.class,
            "transpose: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.transpose()),
        row(
            ClosedException.class,
            "sum: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.sum(0)),
        row(
            ClosedException.class,
            "toHost: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.toHost()),
        row(
            ClosedException.class,
            "toFloatArray: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.toFloatArray()),
        row(
            ClosedException.class,
            "frozen: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.frozen()),
        row(
            ClosedException.class,
            "to: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> closed.to(other)),
        row(
            ClosedException.class,
            "grad: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> Cotangent.grad(BadInputTest::sumOf, closed)),
        row(
            ClosedException.class,
            "add: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> Cotangent.grad(p -> p.add(closed).sum(), x)),
        row(
            ClosedException.class,
            "compile: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> device.compiler().compile(BadInputTest::sumOf, closed)),
        row(
            ClosedException.class,
            "uniform: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> new Key(closed).uniform(DType.FLOAT32, Shape.of(2))));
  }

  @TestFactory
  Stream<DynamicTest> tensorsOfAnotherDevice() {
    return tests(
        row(
            DeviceException.class,
            "add: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> x.add(foreign)),
        row(
            DeviceException.class,
            "concatenate: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> Tensor.concatenate(0, x, foreign)),
        row(
            DeviceException.class,
            "mul: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> Cotangent.grad(p -> p.mul(foreign).sum(), x)),
        row(
            DeviceException.class,
            "vjp: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> Cotangent.vjp(p -> p, x, foreign)),
        row(
            DeviceException.class,
            "compile: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> device.compiler().compile(BadInputTest::sumOf, foreign)),
        row(
            DeviceException.class,
            "add: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> device.compiler().compile((Tensor p) -> p.add(foreign.frozen()), x)));
  }

  @TestFactory
  Stream<DynamicTest> escapedTensors() {
    return tests(
        row(
            TraceException.class,
            "exp: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> escaped.exp()),
        row(
            TraceException.class,
            "add: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> escaped.add(1)),
        row(
            TraceException.class,
            "add: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> x.add(escaped)),
        row(
            TraceException.class,
            "transpose: float32(2, 3) escaped from a traced function that is over; return it from"
                + " the function instead",
            () -> escaped.transpose()),
        row(
            TraceException.class,
            "toHost: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> escaped.toHost()),
        row(
            TraceException.class,
            "frozen: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> escaped.frozen()),
        row(
            TraceException.class,
            "grad: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> Cotangent.grad(BadInputTest::sumOf, escaped)),
        row(
            TraceException.class,
            "add: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> Cotangent.grad(p -> p.add(escaped).sum(), x)),
        row(
            TraceException.class,
            "sum: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> Cotangent.grad(p -> escaped.sum(), x)),
        row(
            TraceException.class,
            "program: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> device.compiler().compile((Tensor p) -> escaped, x)));
  }

  @TestFactory
  Stream<DynamicTest> derivatives() {
    return tests(
        row(ArgumentException.class, "grad: the function is null", () -> Cotangent.grad(null, x)),
        row(
            ArgumentException.class,
            "grad: the tree is null; use Optional for what may be absent",
            () -> Cotangent.grad(BadInputTest::sumOf, null)),
        row(
            ArgumentException.class,
            "grad: the function returned null; return a tree of tensors",
            () -> Cotangent.grad(p -> null, x)),
        row(
            ArgumentException.class,
            "grad: the argument has no tensors; pass a tree of some",
            () -> Cotangent.grad(p -> x, List.of())),
        row(
            ShapeException.class,
            "grad: the function returned float32(3,), not a scalar; sum it, or use vjp",
            () -> Cotangent.grad(p -> p.sum(0), x)),
        row(
            DTypeException.class,
            "grad: leaf 0 of the argument is int32(2, 3), which has no derivative; cast it, or"
                + " leave it out of the argument",
            () -> Cotangent.grad(BadInputTest::sumOf, ints)),
        row(
            DTypeException.class,
            "grad: the function returned int64(), not a float; cast it",
            () -> Cotangent.grad(p -> p.argmax(), x)),
        row(
            DTypeException.class,
            "grad: leaf 1[1] of the argument is bool(2, 3), which has no derivative; cast it, or"
                + " leave it out of the argument",
            () -> Cotangent.grad(p -> p.get(0).sum(), List.of(x, bools))),
        row(
            ArgumentException.class,
            "valueAndGrad: the function is null",
            () -> Cotangent.valueAndGrad(null, x)),
        row(
            ArgumentException.class,
            "valueAndGrad: the function returned null; return a tree of tensors",
            () -> Cotangent.valueAndGrad(p -> null, x)),
        row(
            ArgumentException.class,
            "valueAndGradWithAux: the function is null",
            () -> Cotangent.valueAndGradWithAux(null, x)),
        row(
            ArgumentException.class,
            "valueAndGradWithAux: the function returned null; return a tree of tensors",
            () -> Cotangent.valueAndGradWithAux(p -> null, x)),
        row(
            ArgumentException.class,
            "valueAndGradWithAux: .aux is null; use Optional for what may be absent",
            () -> Cotangent.valueAndGradWithAux(p -> new Cotangent.WithAux<>(p.sum(), null), x)),
        row(ArgumentException.class, "vjp: the function is null", () -> Cotangent.vjp(null, x, x)),
        row(
            ArgumentException.class,
            "vjp: the tree is null; use Optional for what may be absent",
            () -> Cotangent.vjp(p -> p, x, null)),
        row(
            ArgumentException.class,
            "vjp: the function returned null; return a tree of tensors",
            () -> Cotangent.vjp(p -> null, x, x)),
        row(
            ShapeException.class,
            "vjp: the seed is float32() at leaf 0, not float32(2, 3)",
            () -> Cotangent.vjp(p -> p, x, scalar)),
        row(
            DTypeException.class,
            "vjp: the seed is float64(2, 3) at leaf 0, not float32(2, 3); cast it",
            () -> Cotangent.vjp(p -> p, x, doubles)),
        row(
            ArgumentException.class,
            "vjp: the seed has another structure: it is a list of 1, not a list of 2",
            () -> Cotangent.vjp(p -> List.of(p, p), x, List.of(x))),
        row(ArgumentException.class, "jvp: the function is null", () -> Cotangent.jvp(null, x, x)),
        row(
            ArgumentException.class,
            "jvp: the tree is null; use Optional for what may be absent",
            () -> Cotangent.jvp(Tensor::exp, NONE, x)),
        row(
            ArgumentException.class,
            "jvp: the function returned null; return a tree of tensors",
            () -> Cotangent.jvp(p -> null, x, x)),
        row(
            ShapeException.class,
            "jvp: the direction is float32(3, 2) at leaf 0, not float32(2, 3)",
            () -> Cotangent.jvp(p -> p, x, x.transpose())),
        row(
            DTypeException.class,
            "jvp: leaf 0 of the argument is int32(2, 3), which has no derivative; cast it, or leave"
                + " it out of the argument",
            () -> Cotangent.jvp(p -> p, ints, ints)),
        row(ArgumentException.class, "hvp: the function is null", () -> Cotangent.hvp(null, x, x)),
        row(
            ShapeException.class,
            "hvp: the direction is float32() at leaf 0, not float32(2, 3)",
            () -> Cotangent.hvp(BadInputTest::sumOf, x, scalar)),
        row(
            ArgumentException.class,
            "hvp: the tree is null; use Optional for what may be absent",
            () -> Cotangent.hvp(BadInputTest::sumOf, x, null)),
        row(
            ArgumentException.class,
            "withGradient: the function is null",
            () -> Cotangent.<Tensor, Tensor>withGradient(null, (a, y, c) -> c, x)),
        row(
            ArgumentException.class,
            "withGradient: the rule is null",
            () -> Cotangent.<Tensor, Tensor>withGradient(p -> p, null, x)),
        row(
            ArgumentException.class,
            "withGradient: the tree is null; use Optional for what may be absent",
            () -> Cotangent.<Tensor, Tensor>withGradient(p -> p, (a, y, c) -> c, null)));
  }

  @TestFactory
  Stream<DynamicTest> compiledFunctions() {
    var sum = device.compiler().compile(BadInputTest::sumOf, x);
    var shut = device.compiler().name("shut").compile(BadInputTest::sumOf, x);
    shut.close();
    return tests(
        row(
            ArgumentException.class,
            "donate: the array of arguments is null",
            () -> device.compiler().donate(NO_AXES)),
        row(ArgumentException.class, "name: the name is null", () -> device.compiler().name(null)),
        row(
            ArgumentException.class,
            "donate: argument 1 of a function of 1 arguments; they count from 0",
            () -> device.compiler().donate(1).compile(BadInputTest::sumOf, x)),
        row(
            ArgumentException.class,
            "donate: argument -1 of a function of 1 arguments; they count from 0",
            () -> device.compiler().donate(-1).compile(BadInputTest::sumOf, x)),
        row(
            ArgumentException.class,
            "program: the function returned null; return a tree",
            () -> device.compiler().compile((Tensor p) -> null, x)),
        row(
            ArgumentException.class,
            "compile: argument 0: the tree is null; use Optional for what may be absent",
            () -> device.compiler().compile(Tensor::exp, NONE)),
        row(
            ArgumentException.class,
            "program: result: the tree is a org.cotangent.testing.BadInputTest, which is no tree;"
                + " make it a record, or Trees.register it",
            () -> device.compiler().compile((Tensor p) -> this, x)),
        row(
            ArgumentException.class,
            "run: argument 0: the tree is null; use Optional for what may be absent",
            () -> sum.run(null)),
        row(
            ClosedException.class,
            "run: float32(2, 3) was closed by close at "
                + closedAt
                + "; close it later, or keep it in an outer scope",
            () -> sum.run(closed)),
        row(
            TraceException.class,
            "run: float32(2, 3) escaped from a traced function that is over; return it from the"
                + " function instead",
            () -> sum.run(escaped)),
        row(
            DeviceException.class,
            "run: float32(2, 3) is on other, not on cpu; copy it by to(...)",
            () -> sum.run(foreign)),
        row(
            ClosedException.class,
            "run: device cpu is closed; open another",
            () -> sum.run(orphan)),
        row(ClosedException.class, "run: shut was closed; compile it again", () -> shut.run(x)),
        row(ClosedException.class, "plan: shut was closed; compile it again", () -> shut.plan()),
        row(
            ClosedException.class,
            "run: shut was closed; compile it again",
            () -> Cotangent.grad(shut::run, x)));
  }

  @TestFactory
  Stream<DynamicTest> randomKeys() {
    Shape shape = Shape.of(3);
    return tests(
        row(
            ArgumentException.class,
            "uniform: a tensor is null; import the data first",
            () -> new Key(null).uniform(DType.FLOAT32, shape)),
        row(
            ArgumentException.class,
            "fold: a tensor is null; import the data first",
            () -> new Key(null).fold(1)),
        row(
            ArgumentException.class,
            "fold: a tensor is null; import the data first",
            () -> new Key(null).split(2)),
        row(ArgumentException.class, "split: -1 keys is negative", () -> key.split(-1)),
        row(
            ArgumentException.class,
            "split: 2147483647 keys, at most 1048576 are made; fold numbers in",
            () -> key.split(Integer.MAX_VALUE)),
        row(ArgumentException.class, "uniform: the dtype is null", () -> key.uniform(null, shape)),
        row(
            ArgumentException.class,
            "normal: the shape is null",
            () -> key.normal(DType.FLOAT32, null)),
        row(ArgumentException.class, "bits: the dtype is null", () -> key.bits(null, shape)),
        row(
            DTypeException.class,
            "uniform: int32 is no float dtype; draw float32 or float64 and cast",
            () -> key.uniform(DType.INT32, shape)),
        row(
            DTypeException.class,
            "normal: bool is no float dtype; draw float32 or float64 and cast",
            () -> key.normal(DType.BOOL, shape)),
        row(
            DTypeException.class,
            "bits: float64(3,) is not an integer tensor; cast it to int32 or int64 first",
            () -> key.bits(DType.FLOAT64, shape)),
        row(
            DTypeException.class,
            "bits: int8(3,) is too narrow; draw int32 or int64 and cast",
            () -> key.bits(DType.INT8, shape)),
        row(
            DTypeException.class,
            "bits: a key is int64(), not float32(); cast the seed",
            () -> new Key(scalar).bits(DType.INT32, shape)),
        row(
            DTypeException.class,
            "fold: a key is int64(), not float32(); make one by Device.key",
            () -> new Key(scalar).fold(1)),
        row(
            DTypeException.class,
            "fold: a key is int64(), not int32(); make one by Device.key",
            () -> new Key(device.scalar(DType.INT32, 1)).fold(1)),
        row(
            ShapeException.class,
            "normal: a key is int64(), not int64(2,); slice one out",
            () -> new Key(device.zeros(DType.INT64, 2)).normal(DType.FLOAT32, shape)));
  }

  @TestFactory
  Stream<DynamicTest> treesAndScopes() {
    Scope over = device.open();
    over.close();
    return tests(
        row(
            ArgumentException.class,
            "leaves: the tree is null; use Optional for what may be absent",
            () -> Trees.leaves(null)),
        row(
            ArgumentException.class,
            "leaves: the tree is a java.lang.Object, which is no tree; make it a record, or"
                + " Trees.register it",
            () -> Trees.leaves(new Object())),
        row(ArgumentException.class, "map: the function is null", () -> Trees.map(x, null)),
        row(ArgumentException.class, "map: the function is null", () -> Trees.map(x, x, null)),
        row(ArgumentException.class, "map: the function is null", () -> Trees.map(x, x, x, null)),
        row(
            ArgumentException.class,
            "map: the tree is null; use Optional for what may be absent",
            () -> Trees.map(null, t -> t)),
        row(
            ArgumentException.class,
            "map: the tree is null; use Optional for what may be absent",
            () -> Trees.map(x, null, (a, b) -> a)),
        row(
            ArgumentException.class,
            "map: the function returned null for leaf 0[0]; return a tensor",
            () -> Trees.map(List.of(x, x), t -> null)),
        row(
            ArgumentException.class,
            "register: the class is null",
            () -> Trees.register(null, t -> List.of(), p -> "")),
        row(
            ArgumentException.class,
            "register: the function to the components is null",
            () -> Trees.register(Tensor.class, null, p -> x)),
        row(
            ArgumentException.class,
            "register: the function from the components is null",
            () -> Trees.register(Tensor.class, t -> List.of(), null)),
        row(
            ArgumentException.class,
            "keep: the tree is null; use Optional for what may be absent",
            () -> scope.keep(null)),
        row(
            ArgumentException.class,
            "keep: [0] is a java.lang.Object, which is no tree; make it a record, or Trees.register"
                + " it",
            () -> scope.keep(List.of(new Object()))),
        row(
            ClosedException.class,
            "keep: the scope is closed; keep before it closes",
            () -> over.keep(x)));
  }

  /** Nothing is asked of the operating system that it would only pretend to have. */
  @Test
  void sizesThatNoMemoryHolds() {
    List<Long> before = FaceErrors.held(device);
    try (Scope _ = device.open()) {
      Tensor wide = scalar.broadcastTo(1L << 50);
      for (Executable call :
          List.<Executable>of(
              () -> wide.exp(),
              () -> wide.cumsum(0),
              () -> wide.copy(),
              () -> device.zeros(DType.INT64, 1L << 50),
              () -> device.key(1).uniform(DType.FLOAT32, Shape.of(1L << 50)),
              () -> Cotangent.grad(p -> p.broadcastTo(1L << 50).exp().max(), scalar))) {
        String message = FaceErrors.message(DeviceMemoryException.class, call);
        assertTrue(message.startsWith("out of device memory: "), message);
        assertTrue(message.contains("(at BadInputTest.java:"), message);
      }
    }
    assertEquals(before, FaceErrors.held(device));
  }

  /** The same while a function is traced: the line is that of the op in the function. */
  @TestFactory
  Stream<DynamicTest> inATracedFunction() {
    return tests(
        row(
            ShapeException.class,
            "sum: axis 2 is out of range for shape (2, 3) of rank 2",
            () -> Cotangent.grad(p -> p.sum(2), x)),
        row(
            ShapeException.class,
            "reshape: (2, 3) has 6 elements and (4,) has 4; ask for as many, or for -1",
            () -> device.compiler().compile((Tensor p) -> p.reshape(4), x)),
        row(
            DTypeException.class,
            "neg: bool(2, 3) is not a number; cast it to a number dtype first",
            () -> device.compiler().compile(Tensor::neg, bools)),
        row(
            DTypeException.class,
            "add: 0.5 is no int32: not exact; cast the tensor to a float dtype",
            () -> device.compiler().compile((Tensor p) -> p.add(0.5), ints)),
        row(
            ArgumentException.class,
            "mul: a tensor is null; import the data first",
            () -> device.compiler().compile((Tensor p) -> p.mul(NONE), x)),
        row(
            ArgumentException.class,
            "add: add does not take the inputs [float32(2, 3)]",
            () -> device.compiler().compile((Tensor p) -> Tensor.apply(new Add(), p), x)),
        row(
            ShapeException.class,
            "zeros: negative size -2 in (-2,)",
            () -> device.compiler().compile((Tensor p) -> device.zeros(DType.INT32, -2), x)));
  }
}
