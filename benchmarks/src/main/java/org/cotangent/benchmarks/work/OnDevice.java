package org.cotangent.benchmarks.work;

import java.util.function.Function;
import org.cotangent.Device;

/** Work for a device of Cotangent, which is opened for it and closed with it. */
final class OnDevice {
  private OnDevice() {}

  /**
   * {@return the work}
   *
   * @param name of the device
   * @param prepare makes tensors and programs on the device, and returns what to run
   * @throws org.cotangent.error.CotangentException if the device cannot be used or cannot do it
   */
  static Work open(String name, Function<Device, Runnable> prepare) {
    Device device = Device.named(name);
    try {
      return Work.of(prepare.apply(device), device::close);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }
}
