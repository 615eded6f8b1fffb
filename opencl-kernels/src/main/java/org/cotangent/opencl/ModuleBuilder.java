package org.cotangent.opencl;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.cotangent.error.DeviceException;
import org.cotangent.opencl.kernel.Digest;
import org.cotangent.opencl.kernel.Source;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;

/** Makes programs of sources, from a binary on disk if there is one, else by the driver. */
final class ModuleBuilder {
  private static final System.Logger LOGGER =
      System.getLogger(ModuleBuilder.class.getPackageName());

  /** Without it the driver may round float32 quotients and roots as it likes. */
  private static final String ROUNDING = " -cl-fp32-correctly-rounded-divide-sqrt";

  private final ClContext context;
  private final BinaryCache binaries;
  private final String options;
  private final LongAdder builds = new LongAdder();

  ModuleBuilder(ClContext context, BinaryCache binaries) {
    this.context = context;
    this.binaries = binaries;
    this.options = "-cl-std=CL1.2" + (context.device().roundsCorrectly() ? ROUNDING : "");
  }

  /** {@return how many programs were built from source} */
  long builds() {
    return builds.sum();
  }

  /**
   * {@return one program of some sources}
   *
   * @param sources of its functions
   * @throws DeviceException if the driver cannot build it
   */
  ClModule build(List<Source> sources) {
    StringBuilder text = new StringBuilder(Source.PRELUDE);
    sources.forEach(source -> text.append(source.named()));
    return new ClModule(context, program(text.toString()));
  }

  private cl_program program(String text) {
    String key = key(text);
    cl_program kept = fromBinary(key);
    if (kept != null) {
      return kept;
    }
    cl_program program = fromSource(text);
    builds.increment();
    byte[] binary = binary(program);
    if (binary != null) {
      binaries.store(key, binary);
    }
    return program;
  }

  private cl_program fromSource(String text) {
    cl_program program = null;
    try {
      program =
          made(CL.clCreateProgramWithSource(context.handle(), 1, new String[] {text}, null, null));
      build(program);
      return program;
    } catch (CLException e) {
      if (program == null) {
        throw context.failure("build", e);
      }
      String log = log(program);
      release(program);
      throw e.getStatus() == CL.CL_BUILD_PROGRAM_FAILURE
          ? refused(new BuildLog(log, text))
          : context.failure("build", e);
    }
  }

  private @Nullable cl_program fromBinary(String key) {
    byte[] binary = binaries.load(key);
    if (binary == null) {
      return null;
    }
    cl_program program = null;
    try {
      program =
          made(
              CL.clCreateProgramWithBinary(
                  context.handle(),
                  1,
                  new cl_device_id[] {context.device().handle()},
                  new long[] {binary.length},
                  new byte[][] {binary},
                  null,
                  null));
      build(program);
      return program;
    } catch (CLException e) {
      LOGGER.log(Level.DEBUG, "opencl: a kept program is refused and built anew", e);
      if (program != null) {
        release(program);
      }
      return null;
    }
  }

  private void build(cl_program program) {
    SignalHandlers.kept(() -> CL.clBuildProgram(program, 0, null, options, null, null));
  }

  private byte @Nullable [] binary(cl_program program) {
    long[] sizes = new long[1];
    try {
      CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Long.BYTES, Pointer.to(sizes), null);
      byte[] binary = new byte[Math.toIntExact(sizes[0])];
      if (binary.length == 0) {
        return null;
      }
      CL.clGetProgramInfo(
          program, CL.CL_PROGRAM_BINARIES, Long.BYTES, Pointer.to(Pointer.to(binary)), null);
      return binary;
    } catch (CLException e) {
      LOGGER.log(Level.DEBUG, "opencl: the driver gives no binary to keep", e);
      return null;
    }
  }

  private DeviceException refused(BuildLog log) {
    String device = context.device().name();
    LOGGER.log(Level.DEBUG, "{0}: build failed\n{1}", device, log.whole());
    return new DeviceException(
        device
            + ": the driver ("
            + context.device().platformName()
            + ") cannot build a program; update it, or report this text:\n"
            + log.excerpt());
  }

  private String log(cl_program program) {
    cl_device_id device = context.device().handle();
    ClInfo info =
        (property, bytes, target, needed) ->
            CL.clGetProgramBuildInfo(program, device, property, bytes, target, needed);
    try {
      return info.text(CL.CL_PROGRAM_BUILD_LOG);
    } catch (CLException e) {
      return "(the driver gives no log: " + e.getMessage() + ")";
    }
  }

  /** All that a binary depends on. */
  private String key(String text) {
    ClDevice device = context.device();
    return new Digest()
        .add(text)
        .add(options)
        .add(device.platformName())
        .add(device.vendor())
        .add(device.model())
        .add(device.version())
        .add(device.driver())
        .hex();
  }

  private cl_program made(cl_program program) {
    return context.handles().made(Handles.Kind.PROGRAM, program);
  }

  private void release(cl_program program) {
    context.release(Handles.Kind.PROGRAM, () -> CL.clReleaseProgram(program));
  }
}
