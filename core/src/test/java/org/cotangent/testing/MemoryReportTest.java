package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.MemoryReport;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** Who holds a device's memory, to the byte and to the line. */
class MemoryReportTest {
  private static final long MIB = 1 << 20;

  @Test
  void everyNumberAndLine() {
    try (Device device = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(64 * MIB));
        Scope _ = device.open()) {
      Tensor large = device.zeros(DType.FLOAT32, 1024, 1024);
      String line = FaceErrors.lineBefore();
      Tensor view = large.transpose();
      device.tensor(new float[500]);
      MemoryReport report = device.memoryReport(2);
      assertEquals(
          List.of(
              new MemoryReport.Use(4 * MIB, "float32(1024, 1024) made by zeros", line, 2),
              new MemoryReport.Use(2000, "float32(500,) made by tensor", "", 1)),
          report.largest());
      assertEquals(device.memory(), report.statistics());
      // A small region of 2 MiB and one of 20, of which 4 MiB and 2,048 bytes are lent.
      assertEquals(22 * MIB - 4 * MIB - 2048, report.cachedBytes());
      assertEquals(1, report.programs());
      assertEquals(
          """
          memory: live 4196352 bytes (4.0 MiB) in 2 blocks, reserved 23068672 bytes (22.0 MiB), \
          largest free piece 16777216 bytes (16.0 MiB), limit 67108864 bytes (64.0 MiB)
          peak: live 4196352 bytes, reserved 23068672
          cached: 18872320 bytes in 2 pieces; programs of ops: 1
            4194304 bytes: float32(1024, 1024) made by zeros at %s, 2 tensors
            2000 bytes: float32(500,) made by tensor\
          """
              .formatted(line),
          report.toString());
      assertEquals(1, device.memoryReport(1).largest().size());

      // What is left of it is the view, which keeps all of the memory.
      large.close();
      MemoryReport.Use left = device.memoryReport(1).largest().getFirst();
      assertEquals(1, left.tensors());
      assertEquals(4 * MIB, left.bytes());
      view.close();
      assertEquals(2000, device.memoryReport(1).largest().getFirst().bytes());
      assertEquals(22 * MIB - 2048, device.memoryReport(0).cachedBytes());
      assertEquals(List.of(), device.memoryReport(0).largest());
    }
  }

  /** A result belongs to the program that made it. */
  @Test
  void resultsOfPrograms() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor captured = device.ones(DType.FLOAT64, 3);
      Tensor x = device.ones(DType.FLOAT64, 3);
      try (var f = device.compiler().name("f").compile((Tensor t) -> t.add(2.5), x)) {
        f.run(captured);
      }
      List<MemoryReport.Use> uses = device.memoryReport(10).largest();
      assertEquals(3, uses.size());
      assertEquals(3, uses.stream().mapToInt(MemoryReport.Use::tensors).sum());
      assertEquals("float64(3,) made by f", uses.getLast().what());
    }
  }

  @Test
  void badInput() {
    Device device = Device.cpu();
    try (device) {
      ArgumentException e = assertThrows(ArgumentException.class, () -> device.memoryReport(-1));
      assertEquals(
          "memoryReport: -1 tensors is negative (at " + FaceErrors.line(e) + ")", e.getMessage());
    }
    assertEquals(List.of(), device.memoryReport(3).largest());
    assertThrows(ClosedException.class, device::open);
  }
}
