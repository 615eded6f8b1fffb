package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.FormatException;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.numpy.Order;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors on arrays that stay in their files, also when these become shorter. */
class ViewTest extends OnCpu {
  private static final long ROWS = 1 << 15;
  private static final long COLUMNS = 7;

  /** Every kind of kernel, along memory and across. */
  private static final Map<String, UnaryOperator<Tensor>> OPS = new LinkedHashMap<>();

  static {
    OPS.put("loop", x -> x.mul(2).add(1));
    OPS.put("transposed", x -> x.transpose().add(1));
    OPS.put("columns", x -> x.slice(1, 0, 3, 1).add(1));
    OPS.put("column", x -> x.slice(1, 6, 7, 1).add(1));
    OPS.put("backwards", x -> x.flip(0).add(1));
    OPS.put("rows", x -> x.sum(1));
    OPS.put("sum", Tensor::sum);
    OPS.put("down", x -> x.sum(0));
    OPS.put("left", x -> x.matmul(device.ones(x.dtype(), COLUMNS, 3)));
    OPS.put("right", x -> device.ones(x.dtype(), 3, ROWS).matmul(x));
    OPS.put("both", x -> x.transpose().matmul(x));
    OPS.put("take", x -> x.take(device.arange(DType.INT64, ROWS / 2, 1, 2), 0));
    OPS.put("take columns", x -> x.take(device.tensor(new long[] {6, 0}), 1));
    OPS.put(
        "scattered",
        x -> device.zeros(x.dtype(), 3, COLUMNS).scatterAdd(device.zeros(DType.INT64, ROWS), x, 0));
    OPS.put("sort", x -> x.sort(0));
    OPS.put("running", x -> x.cumsum(1));
    OPS.put("itself", x -> x);
    OPS.put(
        "indices",
        x -> x.dtype() == DType.INT64 ? device.arange(DType.FLOAT32, 2).take(x, 0) : x.neg());
  }

  @TempDir Path folder;

  /** Zeros and ones, so that they may be indices. */
  private NumPyArray mapped(DType dtype, Order order) {
    Path path = folder.resolve("a.npy");
    try (Scope _ = device.open()) {
      Tensor bits = device.key(1).uniform(DType.FLOAT64, Shape.of(ROWS, COLUMNS)).add(0.5).floor();
      NumPy.save(path, bits.cast(dtype).toHost(), order);
    }
    return NumPyArray.map(path);
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.toHost().data().toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void aViewHasTheBitsOfACopy() {
    each((dtype, order) -> {
      NumPyArray array = mapped(dtype, order);
      long before = device.memory().liveBytes();
      Tensor view = device.view(array);
      assertEquals(before, device.memory().liveBytes());
      Tensor copy = device.tensor(array);
      assertEquals(copy.toString(), view.toString());
      OPS.forEach(
          (name, op) -> assertArrayEquals(bytes(op.apply(copy)), bytes(op.apply(view)), name));
      if (dtype.isFloating()) {
        Tensor slope = Cotangent.grad(x -> x.square().sum(), view);
        assertArrayEquals(bytes(copy.mul(2)), bytes(slope));
      }
    });
  }

  private static void each(BiConsumer<DType, Order> test) {
    for (DType dtype : new DType[] {DType.FLOAT64, DType.INT64}) {
      for (Order order : Order.values()) {
        test.accept(dtype, order);
      }
    }
  }

  @Test
  void whatIsWrittenThereIsSeen() {
    double[] numbers = {1, 2, 3};
    NumPyArray array =
        new NumPyArray(
            NumPyDType.of(DType.FLOAT64), Shape.of(3), Order.C, MemorySegment.ofArray(numbers));
    Tensor view = device.view(array);
    numbers[1] = 7;
    assertEquals("[1. 7. 3.]", view.toString());
    assertEquals(11, view.sum().item());
  }

  @Test
  void emptyAndScalarArrays() {
    for (Shape shape : new Shape[] {Shape.of(0, 3), Shape.SCALAR}) {
      HostArray zeros = HostArray.allocate(new TensorType(DType.FLOAT32, shape));
      Path path = folder.resolve("a.npy");
      NumPy.save(path, zeros);
      assertEquals(0, device.view(NumPyArray.map(path)).sum().item());
    }
  }

  @Test
  void whatMustBeConverted() {
    assertRefused("view: uint16(2,)", NumPyDType.parse("<u2"));
    assertRefused("view: bool(2,)", NumPyDType.parse("|b1"));
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            ? ByteOrder.BIG_ENDIAN
            : ByteOrder.LITTLE_ENDIAN;
    assertRefused("(2,)", new NumPyDType(NumPyDType.Element.FLOAT64, other));
  }

  private static void assertRefused(String what, NumPyDType dtype) {
    byte[] data = new byte[2 * dtype.bytes()];
    NumPyArray array = new NumPyArray(dtype, Shape.of(2), Order.C, MemorySegment.ofArray(data));
    String message = message(DTypeException.class, () -> device.view(array));
    assertTrue(message.contains(what) && message.contains("use tensor(array)"), message);
  }

  private static String message(Class<? extends CotangentException> type, Runnable action) {
    return String.valueOf(assertThrows(type, action::run).getMessage());
  }

  @Test
  void memoryOfTheHostIsNoPlaceForResults() {
    Tensor view = device.view(mapped(DType.FLOAT64, Order.C));
    var program = device.compiler().donate(0).compile((Tensor x) -> x.add(1), view);
    String message = message(DeviceException.class, () -> program.run(view));
    assertTrue(message.contains("is a view of memory of the host; donate a copy"), message);
    assertEquals(bytes(view.add(1)).length, bytes(program.run(view.copy())).length);
  }

  @Test
  void memoryThatIsClosed() {
    NumPyDType dtype = NumPyDType.of(DType.FLOAT64);
    Shape shape = Shape.of(3);
    try (Arena alone = Arena.ofConfined()) {
      NumPyArray array = new NumPyArray(dtype, shape, Order.C, alone.allocate(24));
      String message = message(ArgumentException.class, () -> device.view(array));
      assertTrue(message.contains("take it from Arena.ofShared()"), message);
      assertEquals("[0. 0. 0.]", device.tensor(array).toString());
    }
    NumPyArray array;
    Tensor view;
    try (Arena shared = Arena.ofShared()) {
      array = new NumPyArray(dtype, shape, Order.C, shared.allocate(24));
      view = device.view(array);
    }
    NumPyArray closed = array;
    assertThrows(ClosedException.class, () -> view.add(1));
    assertThrows(ClosedException.class, view::toHost);
    assertThrows(ArgumentException.class, () -> device.view(closed));
    assertThrows(ClosedException.class, () -> device.tensor(closed));
    assertThrows(ClosedException.class, () -> closed.cast(DType.INT32));
    assertThrows(ClosedException.class, () -> closed.take(1));
  }

  @Test
  void otherDevicesSayThatTheyCannot() {
    try (Device reference =
        Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT)) {
      String message =
          message(DeviceException.class, () -> reference.view(NumPyArray.of(new float[2], 2)));
      assertTrue(
          message.contains("device reference cannot compute on memory of the host"), message);
    }
  }

  @Test
  void aFileThatIsShortenedUnderneathIsAnError() {
    each((dtype, order) -> {
      Tensor view = device.view(mapped(dtype, order));
      OPS.forEach((name, op) -> {
        // Until the loops are compiled: they are what would end the process.
        for (int round = 0; round < 30; round++) {
          try (Scope _ = device.open()) {
            op.apply(view).toHost();
          }
        }
      });
      long live = device.memory().liveBytes();
      shorten();
      OPS.forEach((name, op) -> {
        for (int round = 0; round < 3; round++) {
          try (Scope _ = device.open()) {
            String message = message(FormatException.class, () -> op.apply(view).toHost());
            assertTrue(message.contains("its file was shortened"), name + ": " + message);
          }
        }
      });
      assertEquals(live, device.memory().liveBytes());
      assertEquals(6, device.tensor(new float[] {1, 2, 3}).sum().item());
    });
  }

  private void shorten() {
    Path path = folder.resolve("a.npy");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(Files.size(path) / 3);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
