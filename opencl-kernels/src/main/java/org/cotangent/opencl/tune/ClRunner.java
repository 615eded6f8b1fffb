package org.cotangent.opencl.tune;

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
import static org.jocl.CL.clGetDeviceInfo;
import static org.jocl.CL.clGetPlatformIDs;
import static org.jocl.CL.clGetProgramBuildInfo;
import static org.jocl.CL.clReleaseCommandQueue;
import static org.jocl.CL.clReleaseContext;
import static org.jocl.CL.clReleaseMemObject;
import static org.jocl.CL.clSetKernelArg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.cotangent.opencl.kernel.Argument;
import org.cotangent.opencl.kernel.Launch;
import org.cotangent.opencl.kernel.Source;
import org.cotangent.opencl.kernel.Traits;
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

/** Runs launches on a device of OpenCL, as simply as it goes: for measurements and tests. */
public final class ClRunner implements AutoCloseable {
  /** What to do where there is no OpenCL. */
  public static final String INSTALL = "no OpenCL here: install pocl-opencl-icd ocl-icd-libopencl1";

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

  /** {@return the devices of all platforms, opened; none where there is no OpenCL} */
  public static List<ClRunner> devices() {
    List<ClRunner> found = new ArrayList<>();
    try {
      CL.setExceptionsEnabled(true);
      int[] count = new int[1];
      clGetPlatformIDs(0, null, count);
      cl_platform_id[] platforms = new cl_platform_id[count[0]];
      clGetPlatformIDs(platforms.length, platforms, null);
      for (cl_platform_id platform : platforms) {
        clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, null, count);
        cl_device_id[] devices = new cl_device_id[count[0]];
        clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices.length, devices, null);
        for (cl_device_id device : devices) {
          found.add(new ClRunner(platform, device));
        }
      }
    } catch (CLException | LinkageError absent) {
      return List.copyOf(found);
    }
    return List.copyOf(found);
  }

  /** {@return the device's name} */
  public String name() {
    byte[] bytes = new byte[1024];
    long[] size = new long[1];
    clGetDeviceInfo(device, CL.CL_DEVICE_NAME, bytes.length, Pointer.to(bytes), size);
    return new String(bytes, 0, (int) size[0], StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** {@return what kernels depend on of the device} */
  public Traits traits() {
    return new Traits(
        (info(CL.CL_DEVICE_TYPE) & CL.CL_DEVICE_TYPE_CPU) != 0,
        Math.clamp(info(CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT) * Float.BYTES, 16, 64),
        info(CL.CL_DEVICE_DOUBLE_FP_CONFIG) != 0,
        info(CL.CL_DEVICE_LOCAL_MEM_SIZE),
        (int) info(CL.CL_DEVICE_MAX_WORK_GROUP_SIZE),
        info(CL.CL_DEVICE_MAX_PARAMETER_SIZE),
        (int) info(CL.CL_DEVICE_MAX_COMPUTE_UNITS));
  }

  private long info(int name) {
    long[] value = new long[1];
    clGetDeviceInfo(device, name, Sizeof.cl_long, Pointer.to(value), null);
    return value[0];
  }

  /**
   * Makes one program of the texts that are new.
   *
   * @param sources texts
   */
  public void build(List<Source> sources) {
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
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * {@return memory with these bytes in it}
   *
   * @param content a direct buffer
   */
  public cl_mem memory(ByteBuffer content) {
    cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, content.capacity(), null, null);
    memories.add(memory);
    clEnqueueWriteBuffer(
        queue, memory, CL_TRUE, 0, content.capacity(), Pointer.to(content), 0, null, null);
    return memory;
  }

  /**
   * {@return the bytes of a memory}
   *
   * @param memory to read
   * @param bytes how many
   */
  public ByteBuffer read(cl_mem memory, int bytes) {
    ByteBuffer content = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    clEnqueueReadBuffer(queue, memory, CL_TRUE, 0, bytes, Pointer.to(content), 0, null, null);
    return content;
  }

  /**
   * Gives a memory back.
   *
   * @param memory of this device
   */
  public void release(cl_mem memory) {
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
  public void enqueue(List<Launch> launches, cl_mem[] buffers, long[] starts) {
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
  public void finish() {
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
