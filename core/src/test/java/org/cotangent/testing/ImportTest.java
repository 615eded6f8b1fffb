package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Tensor;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.Order;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrays become tensors where the host writes to the device's memory, and where it does not. */
class ImportTest {
  private final List<Device> devices =
      List.of(
          Device.cpu(), Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT));

  @TempDir private Path folder;

  @AfterEach
  void close() {
    devices.forEach(Device::close);
  }

  /** Two orders, of more elements than a block or a tile has. */
  private List<NumPyArray> files() {
    HostArray data = HostArray.allocate(new TensorType(DType.FLOAT64, Shape.of(70, 200)));
    for (int i = 0; i < 70 * 200; i++) {
      data.set(i, i * 0.25);
    }
    Path c = folder.resolve("c.npy");
    Path fortran = folder.resolve("f.npy");
    NumPy.save(c, data);
    NumPy.save(fortran, data, Order.FORTRAN);
    return List.of(
        NumPyArray.load(c), NumPyArray.map(c), NumPyArray.load(fortran), NumPyArray.map(fortran));
  }

  @Test
  void theValuesArriveInTheTensorsMemory() {
    double[] expected = new double[70 * 200];
    Arrays.setAll(expected, i -> i * 0.25);
    for (Device device : devices) {
      for (NumPyArray array : files()) {
        try (Tensor own = device.tensor(array);
            Tensor rounded = device.tensor(array, DType.FLOAT32)) {
          assertEquals(array.shape(), own.shape());
          assertArrayEquals(expected, own.reshape(-1).toDoubleArray());
          HostArray host = rounded.toHost();
          for (int i = 0; i < expected.length; i++) {
            assertEquals((float) expected[i], host.get(i));
          }
        }
      }
      for (String name : new String[] {"c.npy", "f.npy"}) {
        Path path = folder.resolve(name);
        try (Tensor own = device.load(path);
            Tensor rounded = device.load(path, DType.FLOAT32);
            Tensor same = device.tensor(NumPyArray.map(path), DType.FLOAT32)) {
          assertEquals(Shape.of(70, 200), own.shape());
          assertArrayEquals(expected, own.reshape(-1).toDoubleArray());
          assertEquals(-1, same.toHost().data().mismatch(rounded.toHost().data()));
        }
      }
      try (Tensor none = device.tensor(NumPyArray.of(new float[0], 0, 3), DType.FLOAT64)) {
        assertEquals(Shape.of(0, 3), none.shape());
      }
    }
  }

  @Test
  void bfloat16IsImportedByName() {
    HostArray data = HostArray.allocate(new TensorType(DType.BFLOAT16, Shape.of(3)));
    for (int i = 0; i < 3; i++) {
      data.data().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (0x3f80 + i));
    }
    Path path = folder.resolve("b.npy");
    NumPy.save(path, data);
    for (Device device : devices) {
      NumPyArray array = NumPyArray.map(path);
      assertThrows(DTypeException.class, () -> device.tensor(array));
      try (Tensor tensor = device.tensor(array, DType.BFLOAT16)) {
        assertEquals(-1, data.data().mismatch(tensor.toHost().data()));
      }
    }
  }

  @Test
  void aFailureLeavesNothingBehind() throws IOException {
    long[] far = new long[5000];
    far[4321] = 1L << 40;
    NumPyArray array = NumPyArray.of(far, 5000);
    Path unsigned = folder.resolve("unsigned.npy");
    Files.writeString(
        unsigned,
        "\u0093NUMPY\1\0\70\0{'descr': '<u2', 'fortran_order': False, 'shape': (1,)} ..",
        StandardCharsets.ISO_8859_1);
    Path large = folder.resolve("large.npy");
    NumPy.save(large, array.toHost());
    Path path = folder.resolve("short.npy");
    NumPy.save(path, HostArray.allocate(new TensorType(DType.FLOAT64, Shape.of(1 << 16))));
    NumPyArray shortened = NumPyArray.map(path);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1 << 12);
    }
    for (Device device : devices) {
      MemoryStatistics before = device.memory();
      DTypeException e =
          assertThrows(DTypeException.class, () -> device.tensor(array, DType.INT32));
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains("element (4321,) = 1099511627776"), message);
      assertTrue(message.contains("ImportTest.java"), message);
      assertThrows(FormatException.class, () -> device.tensor(shortened));
      assertThrows(FormatException.class, () -> device.tensor(shortened, DType.FLOAT32));
      e = assertThrows(DTypeException.class, () -> device.load(large, DType.INT32));
      message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("load: int64 to int32: element (4321,) = "), message);
      assertTrue(message.contains("ImportTest.java"), message);
      e = assertThrows(DTypeException.class, () -> device.load(unsigned));
      message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("load: the engine has no uint16; pass the dtype "), message);
      FormatException cut = assertThrows(FormatException.class, () -> device.load(path));
      message = String.valueOf(cut.getMessage());
      assertTrue(message.startsWith("load: " + path + ": truncated: "), message);
      assertEquals(before.liveBytes(), device.memory().liveBytes());
      assertEquals(before.liveBlocks(), device.memory().liveBlocks());
      assertTrue(device.memory().peakLiveBytes() > 0);
    }
  }
}
