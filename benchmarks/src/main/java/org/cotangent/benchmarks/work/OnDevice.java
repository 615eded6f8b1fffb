package org.cotangent.benchmarks.work;

import java.util.function.BiFunction;
import org.cotangent.Device;
import org.cotangent.Scope;

/** Work for a device of Cotangent, which is opened for it and closed with it. */
final class OnDevice {
  private OnDevice() {}

  /**
   * {@return the work}
   *
   * @param name of the device
   * @param prepare makes tensors and programs on the device, keeps those that are needed from the
   *     scope, and returns what to run
   * @throws org.cotangent.error.CotangentException if the device cannot be used or cannot do it
   */
  static Work open(String name, BiFunction<Device, Scope, Runnable> prepare) {
    Device device = Device.named(name);
    try (Scope scope = device.open()) {
      return Work.of(prepare.apply(device, scope), device::close);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }
}
