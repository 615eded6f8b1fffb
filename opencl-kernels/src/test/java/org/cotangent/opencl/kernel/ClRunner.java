package org.cotangent.opencl.kernel;

import static org.jocl.CL.CL_DEVICE_TYPE_ALL;
import static org.jocl.CL.CL_MEM_READ_WRITE;
import static org.jocl.CL.CL_PROGRAM_BUILD_LOG;
import static org.jocl.CL.CL_TRUE;
import static org.jocl.CL.clBuildProgram;
import static org.jocl.CL.clCreateBuffer;
import static org.jocl.CL.clCreateCommandQueueWithProperties;
import static org.jocl.CL.clCreateContext;
import static org.jocl.CL.clCreateKernel;
import static org.jocl.CL.clCreateProgramWithSource;
import static org.jocl.CL.clEnqueueNDRangeKernel;
import static org.jocl.CL.clEnqueueReadBuffer;
import static org.jocl.CL.clEnqueueWriteBuffer;
import static org.jocl.CL.clFinish;
import static org.jocl.CL.clGetDeviceIDs;
import static org.jocl.CL.clGetPlatformIDs;
import static org.jocl.CL.clGetProgramBuildInfo;
import static org.jocl.CL.clReleaseCommandQueue;
import static org.jocl.CL.clReleaseContext;
import static org.jocl.CL.clReleaseMemObject;
import static org.jocl.CL.clSetKernelArg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;
import org.jocl.cl_queue_properties;

/** Runs launches on the first device of OpenCL, as simply as it goes. */
final class ClRunner implements AutoCloseable {
  /** What a test says that finds no OpenCL. */
  static final String INSTALL = "no OpenCL here: install pocl-opencl-icd ocl-icd-libopencl1";

  private static final String OPTIONS = "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt";

  private final cl_context context;
  private final cl_command_queue queue;
  private final cl_device_id device;
  private final Map<Source, cl_kernel> kernels = new HashMap<>();
  private final List<cl_program> programs = new ArrayList<>();
  private final List<cl_mem> memories = new ArrayList<>();

  private ClRunner(cl_platform_id platform, cl_device_id device) {
    this.device = device;
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform);
    context = clCreateContext(properties, 1, new cl_device_id[] {device}, null, null, null);
    queue = clCreateCommandQueueWithProperties(context, device, new cl_queue_properties(), null);
  }

  /** Whether there is a device. */
  static boolean available() {
    try {
      open().close();
      return true;
    } catch (CLException | LinkageError absent) {
      return false;
    }
  }

  /** Opens the first device. */
  static ClRunner open() {
    CL.setExceptionsEnabled(true);
    cl_platform_id[] platforms = new cl_platform_id[1];
    clGetPlatformIDs(1, platforms, null);
    cl_device_id[] devices = new cl_device_id[1];
    clGetDeviceIDs(platforms[0], CL_DEVICE_TYPE_ALL, 1, devices, null);
    return new ClRunner(platforms[0], devices[0]);
  }

  /** Makes one program of the texts that are new. */
  void build(List<Source> sources) {
    List<Source> fresh =
        sources.stream().distinct().filter(source -> !kernels.containsKey(source)).toList();
    if (fresh.isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder(Source.PRELUDE);
    fresh.forEach(source -> text.append(source.named()));
    cl_program program =
        clCreateProgramWithSource(context, 1, new String[] {text.toString()}, null, null);
    programs.add(program);
    try {
      clBuildProgram(program, 0, null, OPTIONS, null, null);
    } catch (CLException failure) {
      throw new IllegalStateException(log(program) + "\n" + text, failure);
    }
    fresh.forEach(source -> kernels.put(source, clCreateKernel(program, source.function(), null)));
  }

  private String log(cl_program program) {
    long[] size = new long[1];
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, null, size);
    byte[] bytes = new byte[(int) size[0]];
    clGetProgramBuildInfo(
        program, device, CL_PROGRAM_BUILD_LOG, bytes.length, Pointer.to(bytes), null);
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Memory with these bytes in it. */
  cl_mem memory(ByteBuffer content) {
    cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, content.capacity(), null, null);
    memories.add(memory);
    clEnqueueWriteBuffer(
        queue, memory, CL_TRUE, 0, content.capacity(), Pointer.to(content), 0, null, null);
    return memory;
  }

  /** The bytes of a memory. */
  ByteBuffer read(cl_mem memory, int bytes) {
    ByteBuffer content = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    clEnqueueReadBuffer(queue, memory, CL_TRUE, 0, bytes, Pointer.to(content), 0, null, null);
    return content;
  }

  /** Gives a memory back. */
  void release(cl_mem memory) {
    clReleaseMemObject(memory);
    memories.remove(memory);
  }

  /**
   * Enqueues launches.
   *
   * @param launches to run in order
   * @param buffers memory of each buffer
   * @param starts where each buffer starts in its memory, in bytes
   */
  void enqueue(List<Launch> launches, cl_mem[] buffers, long[] starts) {
    for (Launch launch : launches) {
      cl_kernel kernel = Objects.requireNonNull(kernels.get(launch.source()), launch.label());
      int index = 0;
      for (Argument argument : launch.arguments()) {
        switch (argument) {
          case Argument.Memory memory -> {
            clSetKernelArg(kernel, index++, Sizeof.cl_mem, Pointer.to(buffers[memory.buffer()]));
            setLong(kernel, index++, starts[memory.buffer()] + memory.offset());
          }
          case Argument.Int64 number -> setLong(kernel, index++, number.value());
          case Argument.Table _, Argument.Status _ ->
              throw new IllegalArgumentException("no product has " + argument);
        }
      }
      clEnqueueNDRangeKernel(
          queue,
          kernel,
          1,
          null,
          new long[] {launch.groups() * launch.local()},
          new long[] {launch.local()},
          0,
          null,
          null);
    }
  }

  private static void setLong(cl_kernel kernel, int index, long value) {
    clSetKernelArg(kernel, index, Sizeof.cl_long, Pointer.to(new long[] {value}));
  }

  /** Waits for everything. */
  void finish() {
    clFinish(queue);
  }

  @Override
  public void close() {
    kernels.values().forEach(CL::clReleaseKernel);
    programs.forEach(CL::clReleaseProgram);
    memories.forEach(CL::clReleaseMemObject);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
  }
}
