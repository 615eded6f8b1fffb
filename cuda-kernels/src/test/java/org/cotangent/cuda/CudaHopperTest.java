package org.cotangent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.machine.SimulatedDriver;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Products on Hopper's tensor cores, from the user's function to the GPU's memory: of small
 * integers, so that all sums are exact, and products of other chips have the same bits.
 */
class CudaHopperTest {
  private static Gpu gpu(int major, long seed) {
    return new Gpu(
        DeviceOptions.DEFAULT, new SimulatedDriver(seed, SimulatedDriver.chip(0, major)));
  }

  /** Numbers from -3 to 3. */
  private static Tensor small(Device device, int key, DType dtype, Shape shape) {
    return device
        .key(key)
        .normal(DType.FLOAT32, shape)
        .mul(2)
        .floor()
        .maximum(-3)
        .minimum(3)
        .cast(dtype);
  }

  /** A product of operands that lie along the depth, and one of which one does not. */
  private static float[] floats(Gpu gpu) {
    try (Scope _ = gpu.device().open()) {
      Tensor a = small(gpu.device(), 1, DType.FLOAT32, Shape.of(2, 248, 64));
      Tensor b = small(gpu.device(), 2, DType.FLOAT32, Shape.of(2, 184, 64));
      try (Compiled1<List<Tensor>, Tensor> compiled =
          gpu.device()
              .compiler()
              .compile(
                  in ->
                      in.getFirst()
                          .matmul(in.getLast().transpose(0, 2, 1))
                          .mul(0.5)
                          .matmul(in.getLast()),
                  List.of(a, b))) {
        return compiled.run(List.of(a, b)).toFloatArray();
      }
    }
  }

  @Test
  void floatsGoThereWhereTf32IsAllowed() {
    DeviceOptions tf32 = DeviceOptions.DEFAULT.tf32(true);
    try (Gpu rounded = new Gpu(tf32, new SimulatedDriver(1, SimulatedDriver.chip(0, 9)));
        Gpu exact = gpu(9, 1)) {
      assertArrayEquals(floats(exact), floats(rounded));
      rounded.simulated().ifPresent(driver -> assertEquals(4, driver.maps()));
      exact.simulated().ifPresent(driver -> assertEquals(0, driver.maps()));
    }
  }

  /** A product, then one with an epilogue of operands that lie otherwise. */
  private static Tensor products(Tensor a, Tensor b) {
    Tensor product = a.matmul(b);
    return b.transpose(0, 2, 1).matmul(a.transpose(0, 2, 1)).mul(0.5).add(product.max());
  }

  private static float[] products(Gpu gpu, DType dtype) {
    try (Scope _ = gpu.device().open()) {
      Tensor a = small(gpu.device(), 1, dtype, Shape.of(2, 248, 64));
      Tensor b = small(gpu.device(), 2, dtype, Shape.of(2, 64, 184));
      try (Compiled1<List<Tensor>, Tensor> compiled =
          gpu.device()
              .compiler()
              .compile(in -> products(in.getFirst(), in.getLast()), List.of(a, b))) {
        compiled.run(List.of(a, b));
        return compiled.run(List.of(a, b)).cast(DType.FLOAT32).toFloatArray();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void bitsAreThoseOfOtherChips(DType dtype) {
    try (Gpu hopper = gpu(9, 1);
        Gpu ampere = gpu(8, 1)) {
      assertArrayEquals(products(ampere, dtype), products(hopper, dtype));
      hopper.simulated().ifPresent(driver -> assertTrue(driver.maps() >= 4));
      ampere.simulated().ifPresent(driver -> assertEquals(0, driver.maps()));
    }
  }

  /** So large that Hopper's kernels are the fastest on a chip of few units. */
  private static final long[] SHAPE = {248, 64};

  private static final long SIZE = 248 * 64;

  /** The sums of a product of ones with a number, which the product's elements all are. */
  private static double sum(double number) {
    return number * 64 * 248 * 248;
  }

  private static Compiled1<List<Tensor>, Tensor> sums(Device device) {
    List<Tensor> example =
        List.of(device.ones(DType.FLOAT16, SHAPE), device.ones(DType.FLOAT16, SHAPE));
    return device
        .compiler()
        .compile(
            in -> in.getFirst().matmul(in.getLast().transpose()).cast(DType.FLOAT32).sum(),
            example);
  }

  /** Graphs have the maps of where buffers lie now, also after runs that failed. */
  @Test
  void mapsFollowTheirBuffers() {
    try (Gpu gpu = gpu(9, 3);
        Scope _ = gpu.device().open()) {
      Device device = gpu.device();
      try (Compiled1<List<Tensor>, Tensor> function = sums(device)) {
        Tensor ones = device.ones(DType.FLOAT16, SHAPE);
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          results.add(function.run(List.of(device.full(DType.FLOAT16, i, SHAPE), ones)));
        }
        for (int i = 0; i < 3; i++) {
          assertEquals(sum(i), results.get(i).item());
        }
        Tensor twos = device.full(DType.FLOAT16, 2, SHAPE);
        if (gpu.simulated().isPresent()) {
          failEach(gpu.simulated().get(), () -> function.run(List.of(ones, twos)));
        }
        assertEquals(sum(4), function.run(List.of(twos, twos)).item());
        // Nothing but what a map is of moves from here on.
        for (int i = 0; i < 2; i++) {
          for (double number : List.of(2.0, 1.0)) {
            try (Tensor result = function.run(List.of(number == 2 ? twos : ones, ones))) {
              assertEquals(sum(number), result.item());
            }
          }
        }
      }
    }
  }

  /** Has one call after the other of a run fail. */
  private static void failEach(SimulatedDriver driver, Runnable run) {
    boolean failed = true;
    for (int call = 0; failed; call++) {
      driver.fail(call, DriverException.OUT_OF_MEMORY);
      try {
        run.run();
        failed = false;
      } catch (DeviceException e) {
        assertTrue(e.toString().contains("CODE_2"), e.toString());
      }
      driver.recover();
    }
  }

  /** Views begin at any multiple of 8 bytes, and maps at multiples of 16; graphs have maps. */
  @Test
  void viewsWhereNoMapCanBe() {
    try (Gpu gpu = gpu(9, 4);
        Scope _ = gpu.device().open()) {
      Device device = gpu.device();
      try (Compiled1<List<Tensor>, Tensor> function = sums(device)) {
        Tensor ones = device.ones(DType.FLOAT16, SHAPE);
        Tensor more = device.full(DType.FLOAT16, 2, SIZE + 8);
        for (long start : List.of(0L, 4L, 8L, 4L, 0L)) {
          int graphs = graphs(gpu);
          Tensor view = more.slice(0, start, start + SIZE).reshape(SHAPE);
          assertEquals(sum(2), function.run(List.of(ones, view)).item());
          assertEquals(sum(2), function.run(List.of(view, ones)).item());
          if (gpu.simulated().isPresent()) {
            assertEquals(start % 8 == 0, graphs(gpu) > graphs, "view at " + start);
          }
        }
      }
    }
  }

  private static int graphs(Gpu gpu) {
    return gpu.simulated().map(SimulatedDriver::graphLaunches).orElse(0);
  }
}
