package org.cotangent.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.cotangent.cuda.CudaProvider;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What reaches the driver through JCuda. Each test compiles a driver from {@code libcuda.c}, whose
 * GPU is the host, and starts a process that finds it.
 */
class JCudaTest {
  @TempDir Path folder;

  /** Uses everything that a driver has, and prints what comes of it. */
  public static final class Uses {
    private Uses() {}

    /** Runs in a process of its own. */
    public static void main(String[] arguments) {
      Driver driver = CudaLibrary.load();
      List<Chip> chips = driver.chips();
      System.out.println("chips: " + chips);
      Driver.Context context = driver.open(chips.get(1));
      driver.enter(context);
      long address = driver.allocate(64);
      MemorySegment pinned = driver.pin(64);
      pinned.set(ValueLayout.JAVA_LONG, 0, 7);
      Driver.Stream stream = driver.stream();
      Driver.Stream second = driver.stream();
      Driver.Event start = driver.event(true);
      Driver.Event end = driver.event(true);
      driver.upload(address, pinned.asSlice(0, 8), stream);
      driver.record(start, stream);
      driver.order(start, second);
      Driver.Module module = driver.module("kernel3 other2");
      Driver.Function three = driver.function(module, "kernel3", 0);
      Driver.Function two = driver.function(module, "other2", 100_000);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment first = parameters(arena, address, 20, 3);
        driver.launch(new Driver.Call(three, 5, 64, first), stream);
        System.out.println("launched: " + read(driver, address, pinned, stream));
        List<Driver.Call> calls =
            List.of(
                new Driver.Call(three, 1, 1, first),
                new Driver.Call(two, 2, 1, parameters(arena, address, 1L << 40)));
        Driver.Graph graph = driver.graph(calls);
        driver.launch(graph, stream);
        System.out.println("graph: " + read(driver, address, pinned, stream));
        driver.update(graph, 1, new Driver.Call(two, 2, 1, parameters(arena, address, 5)));
        driver.launch(graph, stream);
        System.out.println("updated: " + read(driver, address, pinned, stream));
        driver.destroy(graph);
      }
      map(driver);
      driver.record(end, stream);
      driver.await(end);
      System.out.println("milliseconds: " + driver.milliseconds(start, end));
      fails("module", () -> driver.module("wrong"));
      fails("function", () -> driver.function(module, "absent1", 0));
      fails("memory", () -> driver.allocate(1L << 41));
      Driver.Event untimed = driver.event(false);
      fails("time", () -> driver.milliseconds(untimed, end));
      List.of(start, end, untimed).forEach(driver::destroy);
      List.of(stream, second).forEach(driver::destroy);
      driver.unload(module);
      driver.unpin(pinned);
      driver.free(address);
      driver.close(context);
    }

    private static void map(Driver driver) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bits = arena.allocate(TensorMap.BYTES, TensorMap.ALIGNMENT);
        for (DType dtype : List.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32)) {
          TensorMap map =
              new TensorMap(
                  dtype, List.of(7L, 5L, 3L), List.of(16L, 1L << 39), List.of(64, 128, 1));
          driver.encode(map, 1L << 45, bits);
          System.out.println(
              "map: "
                  + bits.get(ValueLayout.JAVA_LONG, 0)
                  + " at "
                  + bits.getAtIndex(ValueLayout.JAVA_LONG, 15));
        }
        fails(
            "map",
            () -> driver.encode(MAP, 16, arena.allocate(TensorMap.BYTES + 8, 64).asSlice(8)));
      }
    }

    private static final TensorMap MAP =
        new TensorMap(DType.FLOAT16, List.of(1L), List.of(), List.of(64));

    private static MemorySegment parameters(Arena arena, long... values) {
      MemorySegment block = arena.allocate(ValueLayout.JAVA_LONG, 2L * values.length);
      for (int i = 0; i < values.length; i++) {
        long at = (long) (values.length + i) * Long.BYTES;
        block.set(ValueLayout.JAVA_LONG, at, values[i]);
        block.setAtIndex(ValueLayout.JAVA_LONG, i, block.address() + at);
      }
      return block;
    }

    private static long read(
        Driver driver, long address, MemorySegment pinned, Driver.Stream stream) {
      driver.download(pinned.asSlice(8, 8), address, stream);
      driver.await(stream);
      return pinned.get(ValueLayout.JAVA_LONG, 8);
    }

    private static void fails(String what, Runnable call) {
      try {
        call.run();
        System.out.println(what + ": nothing");
      } catch (DriverException e) {
        System.out.println(what + ": " + e.getMessage());
      }
    }
  }

  /** Prints what a user is told. */
  public static final class Told {
    private Told() {}

    /** Runs in a process of its own. */
    public static void main(String[] arguments) {
      CudaProvider provider = new CudaProvider();
      System.out.println("unavailable: " + provider.unavailable().orElse("no"));
      try {
        provider.devices().forEach(System.out::println);
      } catch (DeviceException e) {
        System.out.println("error: " + e.getMessage());
      }
    }
  }

  @BeforeEach
  void compile() throws Exception {
    Path source = folder.resolve("libcuda.c");
    try (InputStream text = JCudaTest.class.getResourceAsStream("libcuda.c")) {
      Files.copy(Objects.requireNonNull(text), source);
    }
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "there is no C compiler");
    Process compiler =
        new ProcessBuilder("cc", "-shared", "-fPIC", "-O1", "-o", "libcuda.so.1", source.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, compiler.waitFor(), said);
  }

  @Test
  void everythingArrivesAsItWasMeant() {
    List<String> lines = run(Uses.class, Map.of());
    assertEquals(
        List.of(
            "chips: [Chip[index=0, model=Stub 0, major=9, minor=0, memoryBytes=85899345920,"
                + " units=16, clockKilohertz=13, driver=12040], Chip[index=1, model=Stub 1,"
                + " major=9, minor=0, memoryBytes=85899345920, units=16, clockKilohertz=13,"
                + " driver=12040]]",
            "launched: 5094",
            "graph: " + (5094 + 1024 + (1L << 40) + 102_001),
            "updated: " + (5094 + 1024 + (1L << 40) + 102_001 + 1024 + 5 + 102_001),
            "map: 7696904420850 at 35184372088832",
            "map: 7696904420853 at 35184372088832",
            "map: 7696904420855 at 35184372088832",
            "map: cuTensorMapEncodeTiled: CUDA_ERROR_INVALID_VALUE",
            "milliseconds: 1.5",
            "module: cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX: line 1: this is wrong (16383"
                + " bytes)",
            "function: cuModuleGetFunction: CUDA_ERROR_NOT_FOUND",
            "memory: cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY",
            "time: cuEventElapsedTime: CUDA_ERROR_INVALID_HANDLE",
            "live: 0"),
        lines);
  }

  @Test
  void usersSeeTheDevices() {
    List<String> lines = run(Told.class, Map.of());
    assertEquals("unavailable: no", lines.getFirst());
    assertTrue(lines.get(1).startsWith("DeviceFacts[name=cuda:0, model=Stub 0"), lines.toString());
    assertTrue(lines.get(2).contains("driver for CUDA 12.4"), lines.toString());
  }

  @Test
  void aDriverTooOldIsNamed() {
    List<String> lines = run(Told.class, Map.of("STUB_VERSION", "11080"));
    assertTrue(lines.getFirst().contains("for CUDA 11.8, and 12.0 is needed"), lines.toString());
    assertTrue(lines.get(1).startsWith("error: cuda: NVIDIA's driver"), lines.toString());
  }

  @Test
  void aDriverThatIsNotThereIsNamed() {
    String reason = CudaLibrary.missing(List.of("libNoSuchCuda.so.1")).orElseThrow();
    assertTrue(reason.startsWith("no NVIDIA driver (libNoSuchCuda.so.1) here"), reason);
    assertTrue(reason.contains("device cpu"), reason);
  }

  private List<String> run(Class<?> main, Map<String, String> environment) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      List<String> lines = process.inputReader().lines().toList();
      assertEquals(0, process.waitFor(), lines.toString());
      return lines;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
