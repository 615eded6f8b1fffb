package org.cotangent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cotangent.backend.DeviceMemory;
import org.cotangent.backend.DeviceRegion;
import org.cotangent.backend.Modules;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.opencl.kernel.Source;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs: built together, shared, kept on disk, and told of when they cannot be built. */
@NeedsOpenCl
class ClKernelsTest {
  @TempDir Path folder;

  private final ClDevice device = Variants.device();

  private static Source adding(int number) {
    return new Source(
        """
        #define STEP %d
        static float KERNEL_next(float x) { return x + STEP; }
        __kernel void KERNEL(__global uchar *memory, ulong offset, long value) {
          __global float *x = AT(float, memory, offset);
          x[get_group_id(0)] = KERNEL_next(value);
        }
        """
            .formatted(number));
  }

  @Test
  void manyFunctionsAreOneProgramAndSharedByTheNext() {
    ClContext context = new ClContext(device, true, BinaryCache.off());
    ClKernels first = context.kernels(List.of(adding(1), adding(2), adding(1)));
    assertEquals(1, context.builds());
    ClKernels second = context.kernels(List.of(adding(2)));
    assertEquals(1, context.builds());
    assertEquals(List.of(7f, 8f), List.of(run(context, first, 1), run(context, second, 2)));
    first.close();
    first.close();
    assertEquals(8f, run(context, second, 2));
    second.close();
    assertEquals(8f, run(context, context.kernels(List.of(adding(2))), 2), "unused but kept");
    assertEquals(1, context.builds());
    ClosedException closed = assertThrows(ClosedException.class, () -> first.create(adding(1)));
    assertTrue(Messages.of(closed).contains("load it again"), Messages.of(closed));
    assertThrows(ArgumentException.class, () -> context.kernels(List.of()).create(adding(1)));
    assertTrue(context.handles().live().containsKey(Handles.Kind.KERNEL), "one left open");
    context.close();
    assertEquals(Map.of(Handles.Kind.KERNEL, 1L), context.handles().live());
  }

  @Test
  void kernelsMayBeClosedAfterTheirContext() {
    ClContext context = new ClContext(device, false, BinaryCache.off());
    ClKernels kernels = context.kernels(List.of(adding(1)));
    kernels.create(adding(1));
    context.close();
    assertEquals(Map.of(Handles.Kind.KERNEL, 1L), context.handles().live());
    kernels.close();
    assertEquals(Map.of(), context.handles().live());
    assertThrows(ClosedException.class, () -> context.kernels(List.of(adding(1))));
  }

  @Test
  void programsThatNobodyUsesGoAtSomeTime() {
    ClContext context = new ClContext(device, false, BinaryCache.off());
    ModuleBuilder builder = new ModuleBuilder(context, BinaryCache.off());
    Modules<Source, ClModule> modules = new Modules<>(2, builder::build, ClModule::release);
    ClKernels used = new ClKernels(context, modules.use(List.of(adding(0))));
    for (int i : new int[] {1, 2, 3, 2, 1}) {
      modules.use(List.of(adding(i))).close();
    }
    assertEquals(5, builder.builds(), "1 was gone, 2 was not");
    assertEquals(3, context.handles().live().get(Handles.Kind.PROGRAM));
    assertEquals(6f, run(context, used, 0));
    used.close();
    assertEquals(2, context.handles().live().get(Handles.Kind.PROGRAM));
    modules.close();
    context.close();
    assertEquals(Map.of(), context.handles().live());
  }

  @Test
  void theNextProcessNeedNotBuild() throws IOException {
    assertEquals(List.of(1L, 7f), builtAndRun());
    assertEquals(List.of(0L, 7f), builtAndRun());
    try (Stream<Path> files = Files.list(folder)) {
      Path file = files.findFirst().orElseThrow();
      Files.write(file, new byte[100]);
    }
    assertEquals(List.of(1L, 7f), builtAndRun());
    assertEquals(List.of(0L, 7f), builtAndRun());
  }

  @Test
  void aBinaryThatTheDriverRefusesIsBuiltAnew() throws IOException {
    assertEquals(List.of(1L, 7f), builtAndRun());
    String key;
    try (Stream<Path> files = Files.list(folder)) {
      key = files.findFirst().orElseThrow().getFileName().toString().replace(".clbin", "");
    }
    BinaryCache.in(folder).store(key, new byte[] {1, 2, 3});
    assertEquals(List.of(1L, 7f), builtAndRun());
  }

  private List<Object> builtAndRun() {
    ClContext context = new ClContext(device, true, BinaryCache.in(folder));
    ClKernels kernels = context.kernels(List.of(adding(1)));
    float result = run(context, kernels, 1);
    kernels.close();
    context.close();
    assertEquals(Map.of(), context.handles().live());
    return List.of(context.builds(), result);
  }

  @Test
  void aProgramThatCannotBeBuiltIsShown() {
    ClContext context = new ClContext(device, false, BinaryCache.off());
    Source bad = new Source("__kernel void KERNEL(__global int *x) {\n  x[0] = undeclared;\n}\n");
    DeviceException error =
        assertThrows(DeviceException.class, () -> context.kernels(List.of(adding(1), bad)));
    String message = Messages.of(error);
    assertTrue(message.startsWith("opencl:0: the driver ("), message);
    assertTrue(message.contains("use of undeclared identifier 'undeclared'"), message);
    assertTrue(message.matches("(?s).*\\n *\\d+ \\|   x\\[0] = undeclared;\\n.*"), message);
    assertTrue(message.lines().count() < 60, message);
    ClKernels kernels = context.kernels(List.of(adding(1)));
    assertEquals(1, context.builds(), "what failed is not kept");
    kernels.close();
    context.close();
    assertEquals(Map.of(), context.handles().live());
  }

  /** Sets the argument 6 and gives what the kernel wrote. */
  private static float run(ClContext context, ClKernels kernels, int number) {
    float[] result = new float[1];
    try (DeviceMemory<cl_mem> memory = ClMemory.of(context)) {
      DeviceRegion<cl_mem> region = memory.reserve(128, "the test");
      cl_kernel kernel = kernels.create(adding(number));
      CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(region.handle()));
      CL.clSetKernelArg(kernel, 1, Long.BYTES, Pointer.to(new long[] {64}));
      CL.clSetKernelArg(kernel, 2, Long.BYTES, Pointer.to(new long[] {6}));
      cl_event event = context.event();
      CL.clEnqueueNDRangeKernel(
          context.queue(), kernel, 1, null, new long[] {1}, new long[] {1}, 0, null, event);
      CL.clFinish(context.queue());
      if (context.profiling()) {
        assertTrue(context.nanoseconds(event) > 0);
      }
      context.release(event);
      memory.read(region, 64, MemorySegment.ofArray(result));
    }
    return result[0];
  }
}
