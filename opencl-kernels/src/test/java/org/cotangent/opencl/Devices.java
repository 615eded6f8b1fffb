package org.cotangent.opencl;

import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.opencl.kernel.Kernels;
import org.cotangent.opencl.kernel.Traits;

/** The first OpenCL device, as it is and as others would be. */
final class Devices {
  private Devices() {}

  /** {@return it, with sentinels around all that kernels write} */
  static Device guarded(Traits traits) {
    return Device.with("guarded", guarded(new Kernels(traits)), DeviceOptions.DEFAULT);
  }

  /** {@return its backend with other kernels, and sentinels likewise} */
  static Guarded guarded(Kernels kernels) {
    return new Guarded(new ClBackend(Variants.device(), kernels, false, BinaryCache.configured()));
  }

  /** {@return what a GPU says of itself: its kernels run here too, slower} */
  static Traits gpu() {
    return new Traits(false, 16, true, 32 << 10, 256, 1024, 4, 0);
  }

  /** {@return a small GPU: short groups, hardly any local memory} */
  static Traits tiny() {
    return new Traits(false, 8, true, 1 << 10, 64, 1024, 2, 0);
  }
}
