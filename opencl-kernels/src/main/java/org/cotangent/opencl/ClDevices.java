package org.cotangent.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.cotangent.error.DeviceException;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** The devices there are: in the order of the platforms, as the loader lists them, and in each. */
final class ClDevices {
  private static final String LIST = "opencl: list devices";

  private final List<ClDevice> devices;

  /** A list of devices, as {@link #find} makes it. */
  ClDevices(List<ClDevice> devices) {
    this.devices = List.copyOf(devices);
  }

  /**
   * {@return all devices}
   *
   * @throws DeviceException if OpenCL cannot be loaded or there is no device
   */
  static ClDevices find() {
    ClLibrary.load();
    List<ClDevice> devices;
    try {
      devices = SignalHandlers.kept(ClDevices::listed);
    } catch (CLException e) {
      throw ClErrors.of(LIST, e);
    }
    if (devices.isEmpty()) {
      throw new DeviceException(
          LIST
              + ": there is a driver but it finds no device; look at what clinfo says of it (PoCL"
              + " needs a cache folder that can be written: set POCL_CACHE_DIR), or use device"
              + " cpu");
    }
    return new ClDevices(devices);
  }

  /** {@return them in order} */
  List<ClDevice> all() {
    return devices;
  }

  /**
   * {@return one device}
   *
   * @param selector its number, or a part of its model's or platform's name in any case; empty for
   *     the first
   * @throws DeviceException if there is no such device; lists those there are
   */
  ClDevice select(String selector) {
    String wanted = selector.strip().toLowerCase(Locale.ROOT);
    for (ClDevice device : devices) {
      if (wanted.isEmpty() || matches(device, wanted)) {
        return device;
      }
    }
    throw new DeviceException(
        "opencl:"
            + selector
            + ": there is no such device; there "
            + (devices.size() == 1 ? "is " : "are ")
            + devices.stream().map(ClDevice::line).collect(Collectors.joining(", ")));
  }

  private static boolean matches(ClDevice device, String wanted) {
    if (wanted.chars().allMatch(Character::isDigit)) {
      return wanted.equals(Integer.toString(device.index()));
    }
    return device.model().toLowerCase(Locale.ROOT).contains(wanted)
        || device.platformName().toLowerCase(Locale.ROOT).contains(wanted);
  }

  private static List<ClDevice> listed() {
    List<ClDevice> devices = new ArrayList<>();
    for (cl_platform_id platform : platforms()) {
      for (cl_device_id device : devices(platform)) {
        devices.add(ClDevice.of(devices.size(), platform, device));
      }
    }
    return devices;
  }

  private static cl_platform_id[] platforms() {
    int[] count = new int[1];
    CL.clGetPlatformIDs(0, null, count);
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    CL.clGetPlatformIDs(platforms.length, platforms, null);
    return platforms;
  }

  private static cl_device_id[] devices(cl_platform_id platform) {
    try {
      int[] count = new int[1];
      CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
      cl_device_id[] devices = new cl_device_id[count[0]];
      CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, devices.length, devices, null);
      return devices;
    } catch (CLException e) {
      if (e.getStatus() == CL.CL_DEVICE_NOT_FOUND) {
        return new cl_device_id[0];
      }
      throw e;
    }
  }
}
