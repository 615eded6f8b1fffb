package org.cotangent.benchmarks.peer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.cotangent.Device;
import org.cotangent.DeviceListing;
import org.jocl.CL;
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

/**
 * The first device of the first OpenCL platform, an in-order queue on it, and what a peer made
 * there, which is released with it.
 */
public final class OpenCl implements AutoCloseable {
  /**
   * The driver is started by Cotangent, which keeps the JVM's signal handlers from it: a process
   * whose handlers PoCL has replaced can end without a word.
   */
  private static final DeviceListing LISTING =
      Device.available().stream()
          .filter(listing -> listing.name().equals("opencl"))
          .findFirst()
          .orElseThrow();

  private final cl_device_id device;
  private final cl_context context;
  private final cl_command_queue queue;

  /** What to release, the latest first. */
  private final Deque<Runnable> made = new ArrayDeque<>();

  /** Opens the device. */
  public OpenCl() {
    cl_platform_id[] platforms = new cl_platform_id[1];
    check("clGetPlatformIDs", CL.clGetPlatformIDs(1, platforms, null));
    cl_device_id[] devices = new cl_device_id[1];
    check(
        "clGetDeviceIDs", CL.clGetDeviceIDs(platforms[0], CL.CL_DEVICE_TYPE_ALL, 1, devices, null));
    device = devices[0];
    int[] code = new int[1];
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, platforms[0]);
    context = CL.clCreateContext(properties, 1, devices, null, null, code);
    check("clCreateContext", code[0]);
    made.push(() -> CL.clReleaseContext(context));
    queue = newQueue(code);
    check("clCreateCommandQueue", code[0]);
    made.push(() -> CL.clReleaseCommandQueue(queue));
  }

  /** The call of OpenCL 1.2; its successor is missing on devices of that version. */
  @SuppressWarnings("deprecation")
  private cl_command_queue newQueue(int[] code) {
    return CL.clCreateCommandQueue(context, device, 0, code);
  }

  /** {@return why there is no device and what to do, or empty if there is one} */
  public static Optional<String> unavailable() {
    return LISTING.unavailable();
  }

  /** {@return platform, device and driver in one line} */
  public String description() {
    cl_platform_id[] platform = new cl_platform_id[1];
    check(
        "clGetDeviceInfo",
        CL.clGetDeviceInfo(
            device, CL.CL_DEVICE_PLATFORM, Sizeof.cl_platform_id, Pointer.to(platform), null));
    byte[] version = new byte[1024];
    check(
        "clGetPlatformInfo",
        CL.clGetPlatformInfo(
            platform[0], CL.CL_PLATFORM_VERSION, version.length, Pointer.to(version), null));
    return text(version)
        + ", "
        + text(info(CL.CL_DEVICE_NAME))
        + ", driver "
        + text(info(CL.CL_DRIVER_VERSION));
  }

  private byte[] info(int name) {
    byte[] bytes = new byte[1024];
    check(
        "clGetDeviceInfo", CL.clGetDeviceInfo(device, name, bytes.length, Pointer.to(bytes), null));
    return bytes;
  }

  private static String text(byte[] terminated) {
    String all = new String(terminated, StandardCharsets.UTF_8);
    return all.substring(0, all.indexOf('\0')).strip();
  }

  cl_command_queue queue() {
    return queue;
  }

  /**
   * {@return a buffer with a copy of the data}
   *
   * @param data to copy
   */
  public cl_mem buffer(float[] data) {
    int[] code = new int[1];
    long bytes = (long) data.length * Float.BYTES;
    cl_mem buffer = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, code);
    check("clCreateBuffer", code[0]);
    made.push(() -> CL.clReleaseMemObject(buffer));
    check(
        "clEnqueueWriteBuffer",
        CL.clEnqueueWriteBuffer(queue, buffer, true, 0, bytes, Pointer.to(data), 0, null, null));
    return buffer;
  }

  /** Copies the start of a buffer. */
  public void read(cl_mem buffer, float[] data) {
    check(
        "clEnqueueReadBuffer",
        CL.clEnqueueReadBuffer(
            queue,
            buffer,
            true,
            0,
            (long) data.length * Float.BYTES,
            Pointer.to(data),
            0,
            null,
            null));
  }

  /** {@return a program, built} */
  cl_program program(String source) {
    int[] code = new int[1];
    cl_program program =
        CL.clCreateProgramWithSource(context, 1, new String[] {source}, null, code);
    check("clCreateProgramWithSource", code[0]);
    made.push(() -> CL.clReleaseProgram(program));
    check("clBuildProgram", CL.clBuildProgram(program, 0, null, null, null, null));
    return program;
  }

  /** {@return a kernel whose first arguments are set to buffers} */
  cl_kernel kernel(cl_program program, String name, cl_mem... buffers) {
    int[] code = new int[1];
    cl_kernel kernel = CL.clCreateKernel(program, name, code);
    check("clCreateKernel", code[0]);
    made.push(() -> CL.clReleaseKernel(kernel));
    for (int i = 0; i < buffers.length; i++) {
      check("clSetKernelArg", CL.clSetKernelArg(kernel, i, Sizeof.cl_mem, Pointer.to(buffers[i])));
    }
    return kernel;
  }

  /** Sets an argument of type uint. */
  static void argument(cl_kernel kernel, int index, int value) {
    check(
        "clSetKernelArg",
        CL.clSetKernelArg(kernel, index, Sizeof.cl_uint, Pointer.to(new int[] {value})));
  }

  /** Starts a kernel on one axis. */
  void launch(cl_kernel kernel, long global, long local) {
    check(
        "clEnqueueNDRangeKernel",
        CL.clEnqueueNDRangeKernel(
            queue, kernel, 1, null, new long[] {global}, new long[] {local}, 0, null, null));
  }

  /** Waits for all that was started. */
  void finish() {
    check("clFinish", CL.clFinish(queue));
  }

  /** Whether JOCL throws by itself is a setting of the whole process that is left alone here. */
  private static void check(String function, int code) {
    if (code != CL.CL_SUCCESS) {
      throw new IllegalStateException(function + ": " + CL.stringFor_errorCode(code));
    }
  }

  @Override
  public void close() {
    while (!made.isEmpty()) {
      made.pop().run();
    }
  }
}
