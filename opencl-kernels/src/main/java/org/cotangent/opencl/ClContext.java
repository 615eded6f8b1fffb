package org.cotangent.opencl;

import java.lang.System.Logger.Level;
import java.util.List;
import org.cotangent.backend.Modules;
import org.cotangent.error.DeviceException;
import org.cotangent.opencl.kernel.Source;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/**
 * An opened device: its context, the queue that kernels run in, its programs.
 *
 * <p>Rules. Objects are made and released here, so that they are counted and their errors are
 * {@link DeviceException}s; a release never throws, because it is what a lost device is left with.
 * The queue is in order: what was enqueued first has finished, and its writes are seen, before what
 * follows starts. Who made an object releases it before the context is closed.
 */
final class ClContext implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(ClContext.class.getPackageName());

  private final ClDevice device;
  private final boolean profiling;
  private final Handles handles = new Handles();
  private final cl_context handle;
  private final cl_command_queue queue;
  private final ModuleBuilder builder;
  private final Modules<Source, ClModule> modules;
  private volatile boolean lost;

  /**
   * Opens a device.
   *
   * @param device which
   * @param profiling whether the queue keeps the times of its commands
   * @param binaries where built programs are kept between processes
   * @throws DeviceException if it cannot be opened
   */
  ClContext(ClDevice device, boolean profiling, BinaryCache binaries) {
    device.requireUsable();
    this.device = device;
    this.profiling = profiling;
    this.handle = open(device);
    try {
      this.queue = queue(profiling);
    } catch (DeviceException e) {
      release(Handles.Kind.CONTEXT, () -> CL.clReleaseContext(handle));
      throw e;
    }
    this.builder = new ModuleBuilder(this, binaries);
    this.modules = new Modules<>(Modules.IDLE, builder::build, ClModule::release);
  }

  private cl_context open(ClDevice opened) {
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, opened.platform());
    try {
      return handles.made(
          Handles.Kind.CONTEXT,
          SignalHandlers.kept(() ->
              CL.clCreateContext(
                  properties, 1, new cl_device_id[] {opened.handle()}, null, null, null)));
    } catch (CLException e) {
      throw failure("open", e);
    }
  }

  /** {@return the device} */
  ClDevice device() {
    return device;
  }

  /** {@return whether the queue keeps the times of its commands} */
  boolean profiling() {
    return profiling;
  }

  /** {@return the context itself} */
  cl_context handle() {
    return handle;
  }

  /** {@return the in-order queue that kernels run in} */
  cl_command_queue queue() {
    return queue;
  }

  /** {@return the count of objects not yet released} */
  Handles handles() {
    return handles;
  }

  /** {@return how many programs were built from source and not taken from a cache} */
  long builds() {
    return builder.builds();
  }

  /**
   * {@return the functions of some sources; those that the context does not have are built together
   * as one program}
   *
   * @throws DeviceException if the driver cannot build them; has its log and the numbered source
   */
  ClKernels kernels(List<Source> sources) {
    return new ClKernels(this, modules.use(sources));
  }

  /**
   * {@return a buffer, which the caller gives back by {@link #release(cl_mem)}}
   *
   * @param flags as OpenCL has them
   * @throws CLException if the driver refuses
   */
  cl_mem buffer(long flags, long bytes) {
    return handles.made(Handles.Kind.BUFFER, CL.clCreateBuffer(handle, flags, bytes, null, null));
  }

  /** {@return one more in-order queue, which the caller gives back} */
  @SuppressWarnings("deprecation") // the call that every version of OpenCL has
  cl_command_queue queue(boolean profiled) {
    long flags = profiled ? CL.CL_QUEUE_PROFILING_ENABLE : 0;
    try {
      return handles.made(
          Handles.Kind.QUEUE, CL.clCreateCommandQueue(handle, device.handle(), flags, null));
    } catch (CLException e) {
      throw failure("open a queue", e);
    }
  }

  /** {@return an event for an enqueue call to fill, which the caller gives back} */
  cl_event event() {
    return handles.made(Handles.Kind.EVENT, new cl_event());
  }

  /**
   * {@return the nanoseconds that a finished command took by the device's clock}
   *
   * @throws DeviceException if the queue keeps no times
   */
  long nanoseconds(cl_event event) {
    long[] start = new long[1];
    long[] end = new long[1];
    try {
      CL.clGetEventProfilingInfo(
          event, CL.CL_PROFILING_COMMAND_START, Long.BYTES, Pointer.to(start), null);
      CL.clGetEventProfilingInfo(
          event, CL.CL_PROFILING_COMMAND_END, Long.BYTES, Pointer.to(end), null);
    } catch (CLException e) {
      throw failure("time of a kernel", e);
    }
    return end[0] - start[0];
  }

  /** Gives a buffer back. */
  void release(cl_mem buffer) {
    release(Handles.Kind.BUFFER, () -> CL.clReleaseMemObject(buffer));
  }

  /** Gives a queue back. */
  void release(cl_command_queue old) {
    release(Handles.Kind.QUEUE, () -> CL.clReleaseCommandQueue(old));
  }

  /** Gives a kernel back. */
  void release(cl_kernel kernel) {
    release(Handles.Kind.KERNEL, () -> CL.clReleaseKernel(kernel));
  }

  /** Gives an event back, also one that a failed call has not filled. */
  void release(cl_event event) {
    release(
        Handles.Kind.EVENT,
        () -> {
          if (event.getNativePointer() != 0) {
            CL.clReleaseEvent(event);
          }
        });
  }

  /** Waits for what is under way in a queue; a device that no longer answers is only noted. */
  void settle(cl_command_queue busy) {
    try {
      CL.clFinish(busy);
    } catch (CLException e) {
      LOGGER.log(Level.DEBUG, device.name() + ": the device does not answer", e);
      lost = true;
    }
  }

  /** Counts an object as released and releases it; a failure is only logged. */
  void release(Handles.Kind kind, Runnable call) {
    handles.released(kind);
    try {
      call.run();
    } catch (CLException e) {
      Level level = lost ? Level.DEBUG : Level.WARNING;
      LOGGER.log(level, device.name() + ": release of a " + kind + " failed", e);
    }
  }

  /**
   * {@return the exception for a failed call}
   *
   * @param op what was done, as in {@code write}
   * @param error what the call threw
   */
  DeviceException failure(String op, CLException error) {
    lost |= ClErrors.lost(error);
    return ClErrors.of(device.name() + ": " + op, error);
  }

  /**
   * Releases programs, queue and context, whether or not the device still answers. Called once,
   * when nothing runs any more.
   */
  @Override
  public void close() {
    settle(queue);
    modules.close();
    release(queue);
    release(Handles.Kind.CONTEXT, () -> CL.clReleaseContext(handle));
  }
}
