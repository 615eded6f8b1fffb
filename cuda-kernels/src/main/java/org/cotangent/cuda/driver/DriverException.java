package org.cotangent.cuda.driver;

/** A call of the driver that failed, or an earlier one whose failure it tells. */
public final class DriverException extends RuntimeException {
  /** There is no memory of the kind that was asked for. */
  public static final int OUT_OF_MEMORY = 2;

  private static final long serialVersionUID = 1L;

  // Codes of cuda.h, 12.0.
  private static final int NO_DEVICE = 100;
  private static final int DEVICE_UNAVAILABLE = 46;
  private static final int INVALID_PTX = 218;
  private static final int NO_ASSEMBLER = 221;
  private static final int UNSUPPORTED_PTX = 222;

  private final int code;

  /**
   * A failure.
   *
   * @param call of the driver, as in {@code cuMemAlloc}
   * @param code what it returned
   * @param name of the code, and what else the driver said
   */
  public DriverException(String call, int code, String name) {
    super(call + ": " + name);
    this.code = code;
  }

  /** {@return what the call returned} */
  public int code() {
    return code;
  }

  /** {@return whether memory is what lacks} */
  public boolean isOutOfMemory() {
    return code == OUT_OF_MEMORY;
  }

  /** {@return whether the context is lost: every further call in it fails} */
  public boolean isLost() {
    return switch (code) {
      // A memory error, illegal address, timeout, destroyed context, assertion; then of hardware.
      case 214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719 -> true;
      default -> false;
    };
  }

  /** {@return what to do} */
  public String advice() {
    return switch (code) {
      case OUT_OF_MEMORY ->
          "there is no memory left, of the GPU or, for copies, of the host; close tensors, use"
              + " smaller batches, or open the device with a memory limit";
      case NO_DEVICE, DEVICE_UNAVAILABLE ->
          "there is no GPU that can be used; look at what nvidia-smi says, or use device cpu";
      case UNSUPPORTED_PTX -> "the driver is too old for the kernels; update it";
      case INVALID_PTX -> "the driver does not take the kernel: please report what it says";
      case NO_ASSEMBLER ->
          "the driver's library that translates PTX is not there; in a container, allow the"
              + " capability compute";
      default ->
          isLost()
              ? "the GPU's context is lost, by this or an earlier run; close all devices on this"
                  + " GPU and open them again, and if that fails start the JVM again"
              : "the driver refuses the call; nvidia-smi shows whether the GPU works at all";
    };
  }
}
