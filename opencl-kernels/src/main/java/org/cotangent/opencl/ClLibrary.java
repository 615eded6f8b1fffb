package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.cotangent.backend.NativeStart;
import org.cotangent.error.DeviceException;
import org.jocl.CL;

/**
 * Finds OpenCL and loads it.
 *
 * <p>Rules. JOCL unpacks its native part, so it is first used inside {@link NativeStart}. A JVM
 * tries only once.
 */
final class ClLibrary {
  /** What to do where there is no OpenCL. */
  static final String INSTALL =
      "install an OpenCL loader and a driver (on Debian and Ubuntu: apt-get install"
          + " ocl-icd-libopencl1 pocl-opencl-icd, or the driver of the GPU's vendor), or use"
          + " device cpu";

  private static final String ACCESS =
      "start the JVM with --enable-native-access=org.cotangent.opencl,jocl"
          + " (on the class path: ALL-UNNAMED)";

  private ClLibrary() {}

  /** {@return why OpenCL cannot be loaded here and what to do, or empty if it can} */
  static Optional<String> missing() {
    return missing(candidates(System.getProperty("os.name", "")));
  }

  /** {@return the same for a loader of one of some names} Nothing stays loaded. */
  static Optional<String> missing(List<String> names) {
    try (Arena arena = Arena.ofConfined()) {
      for (String name : names) {
        if (loads(name, arena)) {
          return Optional.empty();
        }
      }
      return Optional.of("no OpenCL loader (" + names.getFirst() + ") here; " + INSTALL);
    } catch (IllegalCallerException e) {
      return Optional.of("the JVM forbids native code; " + ACCESS);
    }
  }

  /**
   * Loads OpenCL, if it is not loaded.
   *
   * @throws DeviceException if there is none
   */
  static void load() {
    Optional<String> failure = missing();
    if (failure.isEmpty()) {
      failure = Natives.FAILURE;
    }
    if (failure.isPresent()) {
      throw new DeviceException("opencl: " + failure.get());
    }
  }

  @SuppressWarnings("restricted") // the class comment of BackendProvider allows no other probe
  private static boolean loads(String name, Arena arena) {
    try {
      SymbolLookup library =
          name.contains("/")
              ? SymbolLookup.libraryLookup(Path.of(name), arena)
              : SymbolLookup.libraryLookup(name, arena);
      return library.find("clGetPlatformIDs").isPresent();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The names that JOCL tries. */
  private static List<String> candidates(String system) {
    String name = system.toLowerCase(Locale.ROOT);
    if (name.contains("mac")) {
      return List.of("/System/Library/Frameworks/OpenCL.framework/Versions/Current/OpenCL");
    }
    return name.contains("windows")
        ? List.of("OpenCL.dll")
        : List.of("libOpenCL.so.1", "libOpenCL.so");
  }

  /** Loaded when first asked, once a JVM. */
  private static final class Natives {
    static final Optional<String> FAILURE =
        NativeStart.of("JOCL", () -> CL.setExceptionsEnabled(true), ACCESS);

    private Natives() {}
  }
}
