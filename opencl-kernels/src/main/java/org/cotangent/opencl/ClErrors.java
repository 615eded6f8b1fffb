package org.cotangent.opencl;

import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.jocl.CL;
import org.jocl.CLException;

/** Turns the errors of OpenCL into exceptions that say what to do. */
final class ClErrors {
  private ClErrors() {}

  /**
   * {@return the exception for a failed call}
   *
   * @param op device and call, as in {@code opencl:0: run}
   * @param error what the call threw
   */
  static DeviceException of(String op, CLException error) {
    int status = error.getStatus();
    String message = op + ": " + CL.stringFor_errorCode(status) + ": " + meaning(status);
    if (outOfMemory(status)) {
      DeviceMemoryException exception = new DeviceMemoryException(message);
      exception.initCause(error);
      return exception;
    }
    return new DeviceException(message, error);
  }

  /** {@return whether the device may be lost: nothing that follows can be relied on} */
  static boolean lost(CLException error) {
    return switch (error.getStatus()) {
      case CL.CL_DEVICE_NOT_AVAILABLE, CL.CL_INVALID_CONTEXT, CL.CL_INVALID_COMMAND_QUEUE -> true;
      default -> false;
    };
  }

  /** {@return whether memory is what lacks, so that an allocation is refused and not failed} */
  static boolean refused(CLException error) {
    int status = error.getStatus();
    return outOfMemory(status)
        || status == CL.CL_INVALID_BUFFER_SIZE
        || status == CL.CL_OUT_OF_RESOURCES;
  }

  private static boolean outOfMemory(int status) {
    return status == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE || status == CL.CL_OUT_OF_HOST_MEMORY;
  }

  private static String meaning(int status) {
    return switch (status) {
      case CL.CL_DEVICE_NOT_AVAILABLE, CL.CL_INVALID_CONTEXT, CL.CL_INVALID_COMMAND_QUEUE ->
          "the device is lost; close it and open it again";
      case CL.CL_OUT_OF_RESOURCES ->
          "the device has run out of registers, local memory or time for a kernel, or a kernel has"
              + " crashed; close the device, open it again and use smaller batches";
      case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE ->
          "the device has no memory for a buffer it promised; close tensors, use smaller batches,"
              + " or open the device with a memory limit";
      case CL.CL_OUT_OF_HOST_MEMORY ->
          "the driver has no host memory left; give the JVM a smaller heap (-Xmx) or the machine"
              + " less to do";
      case CL.CL_PLATFORM_NOT_FOUND_KHR ->
          "there is a loader but no driver behind it; " + ClLibrary.INSTALL;
      default -> "the driver refuses the call; clinfo shows whether the device works at all";
    };
  }
}
