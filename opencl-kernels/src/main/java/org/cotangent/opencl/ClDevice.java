package org.cotangent.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.backend.DeviceFacts;
import org.cotangent.error.DeviceException;
import org.cotangent.opencl.kernel.Traits;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * A device that a platform offers, with what it says of itself.
 *
 * @param index among all devices of all platforms
 * @param platform the driver's handle
 * @param handle of the device
 * @param platformName name and version of the driver
 * @param vendor of the device
 * @param model as the vendor names it
 * @param driver version of the driver
 * @param version of OpenCL, as in {@code OpenCL 1.2 CUDA}
 * @param cpu whether it is a CPU
 * @param usable whether it is free and has a compiler
 * @param memoryBytes of its memory
 * @param largestBytes that one buffer may have
 * @param localBytes of local memory a work-group may use
 * @param groupSize work-items a group may have
 * @param parameterBytes that the arguments of one kernel may have
 * @param cacheBytes of the last cache before memory; 0 where there is none or it is not told
 * @param units compute units
 * @param vectorWidth float32 numbers in a vector of its own
 * @param doubles whether there is float64
 * @param float32 bits of CL_DEVICE_SINGLE_FP_CONFIG
 * @param alignmentBytes of every buffer
 * @param unified whether it shares the host's memory
 * @param wide whether it has 64-bit integers, which only the embedded profile may lack
 */
record ClDevice(
    int index,
    cl_platform_id platform,
    cl_device_id handle,
    String platformName,
    String vendor,
    String model,
    String driver,
    String version,
    boolean cpu,
    boolean usable,
    long memoryBytes,
    long largestBytes,
    long localBytes,
    long groupSize,
    long parameterBytes,
    long cacheBytes,
    int units,
    int vectorWidth,
    boolean doubles,
    long float32,
    long alignmentBytes,
    boolean unified,
    boolean wide) {
  /** Local memory below which kernels that share it are slow or do not fit: OpenCL's minimum. */
  private static final long SMALL_LOCAL = 32 << 10;

  private static final Pattern VERSION = Pattern.compile("OpenCL (\\d+)\\.(\\d+).*");

  /** Asks a device. */
  @SuppressWarnings("deprecation") // OpenCL 1.2 has no newer word for memory shared with the host
  static ClDevice of(int index, cl_platform_id platform, cl_device_id handle) {
    ClInfo driver = ClInfo.of(platform);
    ClInfo device = ClInfo.of(handle);
    String extensions = device.text(CL.CL_DEVICE_EXTENSIONS);
    long vectors =
        Math.max(
            device.number(CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
            device.number(CL.CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT));
    return new ClDevice(
        index,
        platform,
        handle,
        driver.text(CL.CL_PLATFORM_NAME) + ", " + driver.text(CL.CL_PLATFORM_VERSION),
        device.text(CL.CL_DEVICE_VENDOR),
        device.text(CL.CL_DEVICE_NAME),
        device.text(CL.CL_DRIVER_VERSION),
        device.text(CL.CL_DEVICE_VERSION),
        (device.number(CL.CL_DEVICE_TYPE) & CL.CL_DEVICE_TYPE_CPU) != 0,
        device.flag(CL.CL_DEVICE_AVAILABLE) && device.flag(CL.CL_DEVICE_COMPILER_AVAILABLE),
        device.number(CL.CL_DEVICE_GLOBAL_MEM_SIZE),
        device.number(CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        device.number(CL.CL_DEVICE_LOCAL_MEM_SIZE),
        device.number(CL.CL_DEVICE_MAX_WORK_GROUP_SIZE),
        device.number(CL.CL_DEVICE_MAX_PARAMETER_SIZE),
        device.number(CL.CL_DEVICE_GLOBAL_MEM_CACHE_SIZE),
        Math.toIntExact(device.number(CL.CL_DEVICE_MAX_COMPUTE_UNITS)),
        Math.toIntExact(vectors),
        extensions.contains("cl_khr_fp64"),
        device.number(CL.CL_DEVICE_SINGLE_FP_CONFIG),
        device.number(CL.CL_DEVICE_MEM_BASE_ADDR_ALIGN) / Byte.SIZE,
        device.flag(CL.CL_DEVICE_HOST_UNIFIED_MEMORY),
        device.text(CL.CL_DEVICE_PROFILE).equals("FULL_PROFILE")
            || extensions.contains("cles_khr_int64"));
  }

  /** {@return what selects it, as in {@code opencl:1}} */
  String name() {
    return "opencl:" + index;
  }

  /** {@return the device as others stand beside it in a list} */
  String line() {
    return name() + " " + model + " (" + platformName + ")";
  }

  /** {@return whether {@code a / b} and roots of float32 have the CPU's bits} */
  boolean roundsCorrectly() {
    return (float32 & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  }

  /** {@return whether float32 has numbers below the smallest normal one} */
  boolean subnormals() {
    return (float32 & CL.CL_FP_DENORM) != 0;
  }

  /** {@return what kernels depend on} */
  Traits traits() {
    return new Traits(
        cpu,
        vectorWidth * Float.BYTES,
        doubles,
        localBytes,
        Math.toIntExact(Math.min(groupSize, Integer.MAX_VALUE)),
        parameterBytes,
        units,
        cacheBytes);
  }

  /** {@return what a user is told of it} */
  DeviceFacts facts() {
    return new DeviceFacts(name(), model, vendor, memoryBytes, largestBytes, units, notes());
  }

  /**
   * Makes sure that the device runs what this backend writes.
   *
   * @throws DeviceException if not; says what it lacks
   */
  void requireUsable() {
    if (!usable) {
      throw new DeviceException(
          line() + " is not available or has no compiler; choose another device");
    }
    if (!atLeast12()) {
      throw new DeviceException(
          line() + " has " + version + ", and kernels need 1.2; update the driver " + driver);
    }
    if (!wide) {
      throw new DeviceException(line() + " has no 64-bit integers; choose another device");
    }
  }

  private boolean atLeast12() {
    Matcher numbers = VERSION.matcher(version);
    if (!numbers.matches()) {
      return false;
    }
    int major = Integer.parseInt(numbers.group(1));
    return major > 1 || (major == 1 && Integer.parseInt(numbers.group(2)) >= 2);
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(version + ", driver " + driver);
    if (!usable) {
      notes.add("It is not available or has no compiler, so it cannot be opened.");
    }
    if (!atLeast12()) {
      notes.add("It is older than OpenCL 1.2, so it cannot be opened.");
    }
    if (!wide) {
      notes.add("It has no 64-bit integers, so it cannot be opened.");
    }
    if (!doubles) {
      notes.add("It has no float64: programs with float64 are refused.");
    }
    if (!roundsCorrectly()) {
      notes.add(
          "Quotients and roots of float32 are not correctly rounded: their last bits may differ"
              + " from the CPU's.");
    }
    if (!subnormals()) {
      notes.add("Subnormal numbers of float32 become zero.");
    }
    if (localBytes < SMALL_LOCAL) {
      notes.add(
          String.format(
              Locale.ROOT,
              "It has only %d bytes of local memory: kernels that share it are slow.",
              localBytes));
    }
    return notes;
  }
}
