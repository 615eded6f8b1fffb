package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.IndexException;
import org.cotangent.error.NumericException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Looking at tensors, traces and programs; and the search for the first NaN. */
class FacePrintingTest {
  private Device device;
  private Scope scope;

  @BeforeEach
  void open() {
    device = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    scope = device.open();
  }

  @AfterEach
  void close() {
    scope.close();
    device.close();
  }

  @Test
  void tensorsPrintAsNumPyPrintsThem() {
    Tensor x =
        device.tensor(new float[] {1, 2.5f, -3, Float.NaN, Float.POSITIVE_INFINITY, 0}, 2, 3);
    assertEquals("[[ 1.   2.5 -3. ]\n [ nan  inf  0. ]]", x.toString());
    assertEquals("[[ 1.   nan]\n [ 2.5  inf]\n [-3.   0. ]]", x.transpose().toString());
    assertEquals(
        "[False  True False]", device.tensor(new boolean[] {false, true, false}).toString());
    assertEquals("7", device.scalar(DType.INT64, 7).toString());
    assertEquals("[]", device.zeros(DType.FLOAT32, 0, 3).toString());
    assertEquals(
        "[   0    1    2 ... 1997 1998 1999]", device.arange(DType.INT32, 2000).toString());
  }

  @Test
  void tracedTensorsPrintTheirNode() {
    List<String> texts = new ArrayList<>();
    try (var program =
        device
            .compiler()
            .compile(
                (Tensor p) -> {
                  texts.add(p.toString());
                  texts.add(p.exp().toString());
                  texts.add(p.sum(0).toString());
                  return p;
                },
                device.zeros(DType.FLOAT32, 2, 3))) {
      program.run(device.ones(DType.FLOAT32, 2, 3));
      assertEquals(
          List.of(
              "traced %0: float32(2, 3) = parameter[index=0, type=float32(2, 3)]()",
              "traced %1: float32(2, 3) = exp(%0)", "traced %2: float32(3,) = sum[axes=[0]](%0)"),
          texts);
    }
  }

  @Test
  void aProgramExplainsItself() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 3);
    try (var program =
        device.compiler().name("softplus").compile((Tensor p) -> p.exp().add(1).log(), x)) {
      String line = FaceErrors.lineBefore();
      String text = program.explain();
      assertTrue(text.contains("graph softplus {"), text);
      assertTrue(text.contains("// exp at " + line), text);
      assertTrue(text.contains("// log at " + line), text);
      assertEquals(24, program.plan().results());
    }
  }

  // ---- NaN

  @Test
  void theFirstNaNIsNamedWithTheUsersLine() {
    Tensor x = device.tensor(new double[] {4, 1, 0, -1}, 2, 2);
    Compiling compiling = new Compiling();
    try (var program = device.compiler().checkNaN().compile(compiling::run, x)) {
      String message = message(NumericException.class, () -> program.run(x));
      assertTrue(
          message.startsWith(
              "sqrt at "
                  + compiling.sqrtAt
                  + " made the first NaN: output float64(2, 2), element (1, 1), of kernel"),
          message);
      assertTrue(message.contains(" (at FacePrintingTest.java:"), message);
      assertEquals("1.0", program.run(device.ones(DType.FLOAT64, 2, 2)).toString());
    }
    try (var program = device.compiler().compile(compiling::run, x)) {
      assertEquals("nan", program.run(x).toString());
    }
  }

  private static final class Compiling {
    private String sqrtAt = "";

    Tensor run(Tensor p) {
      Tensor root = p.sqrt();
      sqrtAt = FaceErrors.lineBefore();
      return root.mul(2).sub(1).mean();
    }
  }

  /** The program behind an eager op serves many lines; an error has that of the call. */
  @Test
  void anEagerNaNIsFoundAtItsOwnLine() {
    try (Device checking = Device.cpu(DeviceOptions.DEFAULT.checkNaN(true));
        Scope _ = checking.open()) {
      Tensor good = checking.tensor(new float[] {1, 2, 3});
      Tensor bad = checking.tensor(new float[] {1, -2, 3});
      assertFalse(good.log().toString().contains("nan"));
      String message = message(NumericException.class, () -> bad.log());
      String line = FaceErrors.lineBefore();
      assertEquals(
          "log made the first NaN: output float32(3,), element (1,), of kernel log (at "
              + line
              + ")",
          message);
      String gradient =
          message(NumericException.class, () -> Cotangent.valueAndGrad(p -> p.log().sum(), bad));
      assertTrue(gradient.startsWith("log at FacePrintingTest.java:"), gradient);
      assertTrue(gradient.contains(" made the first NaN: output float32(3,), element (1,)"));
      // A NaN that comes in is nobody's.
      Tensor given = checking.tensor(new float[] {Float.NaN});
      assertTrue(given.toString().contains("nan"));
    }
  }

  @Test
  void theFirstInfinityIsNamedWithTheUsersLine() {
    Tensor x = device.tensor(new double[] {4, 1, 0, 1}, 2, 2);
    try (var program = device.compiler().checkFinite().compile((Tensor p) -> p.log().exp(), x)) {
      String line = FaceErrors.lineBefore();
      String message = message(NumericException.class, () -> program.run(x));
      assertTrue(
          message.startsWith(
              "log at "
                  + line
                  + " made the first NaN or infinity: output float64(2, 2), element (1, 0), of"),
          message);
      assertEquals(1, program.run(device.ones(DType.FLOAT64, 2, 2)).min().item());
    }
    // Who looks for infinities looks for NaN too, whichever was asked for last.
    Tensor bad = device.tensor(new double[] {-1});
    for (var compiler :
        List.of(
            device.compiler().checkNaN().checkFinite(),
            device.compiler().checkFinite().checkNaN())) {
      try (var program = compiler.compile((Tensor p) -> p.sqrt(), bad)) {
        assertTrue(message(NumericException.class, () -> program.run(bad)).startsWith("sqrt"));
        assertTrue(
            message(NumericException.class, () -> program.run(bad.div(-0.0))).startsWith("sqrt"));
      }
    }
  }

  @Test
  void anEagerInfinityIsFoundWhereTheDeviceLooksForThem() {
    try (Device checking = Device.cpu(DeviceOptions.DEFAULT.checkFinite(true));
        Scope _ = checking.open()) {
      Tensor x = checking.tensor(new float[] {1, 100, 3});
      assertEquals(100, x.max().item());
      String message = message(NumericException.class, () -> x.exp());
      String line = FaceErrors.lineBefore();
      assertEquals(
          "exp made the first NaN or infinity: output float32(3,), element (1,), of kernel exp (at "
              + line
              + ")",
          message);
    }
  }

  @Test
  void anIndexOutOfBoundsIsFoundAtItsOwnLine() {
    Tensor x = device.tensor(new float[] {1, 2, 3});
    Tensor good = device.tensor(new int[] {0, -3});
    Tensor bad = device.tensor(new int[] {0, 3});
    assertEquals("[1. 1.]", x.take(good, 0).toString());
    String message = message(IndexException.class, () -> x.take(bad, 0));
    String line = FaceErrors.lineBefore();
    assertEquals(
        "take: index 3 at position (1,) is out of bounds for axis 0 of size 3 (at " + line + ")",
        message);
    try (var program =
        device.compiler().compile((Tensor p, Tensor i) -> p.neg().take(i, 0), x, good)) {
      String takenAt = FaceErrors.lineBefore();
      String compiled = message(IndexException.class, () -> program.run(x, bad));
      String ranAt = FaceErrors.lineBefore();
      assertEquals(
          "take at "
              + takenAt
              + ": index 3 at position (1,) is out of bounds for axis 0 of size 3 (at "
              + ranAt
              + ")",
          compiled);
    }
  }
}
