package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.DeviceRegion;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.opencl.kernel.Source;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Opening and closing devices, many of them and at once; what errors become. */
@NeedsOpenCl
class ClContextTest {
  private static final Source SOURCE =
      new Source("__kernel void KERNEL(__global int *x) { x[0] = 1; }");

  private final ClDevice device = Variants.device();

  @Test
  void aThousandContextsLeaveNothing() throws IOException {
    Path cache = Files.createTempDirectory("cotangent-test");
    BinaryCache binaries = BinaryCache.in(cache);
    open(200, binaries);
    long before = residentKiB();
    long threads = threads();
    open(1000, binaries);
    long grown = residentKiB() - before;
    assertTrue(grown < 50 << 10, "grown by " + grown + " KiB");
    assertTrue(threads() <= threads + 2, threads() + " threads after " + threads);
    try (Stream<Path> files = Files.list(cache)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(cache);
  }

  private void open(int times, BinaryCache binaries) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[100_000]);
    for (int i = 0; i < times; i++) {
      ClBackend backend = new ClBackend(device, i % 2 == 0, binaries);
      DeviceRegion<cl_mem> region = backend.memory().reserve(1 << 20, "the test");
      backend.memory().write(region, 5, bytes);
      if (i % 50 == 0) {
        ClKernels kernels = backend.context().kernels(List.of(SOURCE));
        kernels.create(SOURCE);
        kernels.close();
      }
      backend.close();
      assertEquals(Map.of(), backend.context().handles().live());
    }
  }

  private static long residentKiB() throws IOException {
    return status("VmRSS:");
  }

  private static long threads() throws IOException {
    return status("Threads:");
  }

  private static long status(String name) throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(Files.exists(status), "only Linux tells");
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void twoDevicesWorkAtOnce() {
    List<ClDevice> all = ClDevices.find().all();
    List<ClBackend> backends =
        IntStream.range(0, 4)
            .mapToObj(i -> new ClBackend(all.get(i % all.size()), false, BinaryCache.off()))
            .toList();
    IntStream.range(0, 16)
        .parallel()
        .forEach(i -> {
          DeviceMemory<cl_mem> memory = backends.get(i % 4).memory();
          byte[] bytes = new byte[1 << 18];
          MemorySegment segment = MemorySegment.ofArray(bytes).fill((byte) i);
          DeviceRegion<cl_mem> region = memory.reserve(bytes.length, "the test");
          memory.write(region, 0, segment);
          segment.fill((byte) 0);
          memory.read(region, 0, segment);
          memory.free(region);
          for (byte one : bytes) {
            assertEquals((byte) i, one);
          }
        });
    DeviceException error =
        assertThrows(
            DeviceException.class,
            () -> backends.get(0).memory().free(backends.get(1).memory().reserve(1, "the test")));
    assertTrue(Messages.of(error).contains("another device"), Messages.of(error));
    for (ClBackend backend : backends) {
      backend.close();
      assertEquals(Map.of(), backend.context().handles().live());
    }
  }

  @Test
  void closedIsClosed() {
    ClBackend backend =
        assertInstanceOf(ClBackend.class, new OpenClProvider().open(BackendOptions.DEFAULT));
    backend.gate().enter();
    DeviceException inside = assertThrows(DeviceException.class, backend::close);
    assertTrue(Messages.of(inside).contains("after the run"), Messages.of(inside));
    backend.gate().leave();
    backend.close();
    backend.close();
    assertTrue(backend.gate().isClosed());
    ClosedException error = assertThrows(ClosedException.class, backend.gate()::enter);
    assertEquals("opencl:0: the device was closed; open it again", Messages.of(error));
  }

  @ParameterizedTest
  @CsvSource({
    CL.CL_DEVICE_NOT_AVAILABLE + ", CL_DEVICE_NOT_AVAILABLE, open it again",
    CL.CL_OUT_OF_RESOURCES + ", CL_OUT_OF_RESOURCES, smaller batches",
    CL.CL_MEM_OBJECT_ALLOCATION_FAILURE + ", CL_MEM_OBJECT_ALLOCATION_FAILURE, close tensors",
    CL.CL_OUT_OF_HOST_MEMORY + ", CL_OUT_OF_HOST_MEMORY, -Xmx",
    CL.CL_INVALID_VALUE + ", CL_INVALID_VALUE, clinfo"
  })
  void errorsSayWhatToDo(int status, String name, String next) {
    ClContext context = new ClContext(device, false, BinaryCache.off());
    DeviceException error = context.failure("run", new CLException("no", status));
    assertTrue(Messages.of(error).startsWith("opencl:0: run: " + name + ": "), Messages.of(error));
    assertTrue(Messages.of(error).contains(next), Messages.of(error));
    assertInstanceOf(CLException.class, error.getCause());
    assertEquals(name.contains("MEM"), error instanceof DeviceMemoryException);
    context.close();
    assertEquals(Map.of(), context.handles().live());
  }

  @Test
  void objectsThatCannotBeReleasedDoNotStopAClose() {
    ClContext context = new ClContext(device, false, BinaryCache.off());
    context.failure("run", new CLException("lost", CL.CL_DEVICE_NOT_AVAILABLE));
    context.handles().made(Handles.Kind.EVENT, "an event");
    context.release(
        Handles.Kind.EVENT,
        () -> {
          throw new CLException("lost", CL.CL_INVALID_EVENT);
        });
    context.close();
    assertEquals(Map.of(), context.handles().live());
  }
}
