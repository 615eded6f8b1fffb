package org.cotangent.opencl;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.cotangent.error.DeviceException;
import org.jocl.CL;
import org.jspecify.annotations.Nullable;

/**
 * Finds OpenCL and loads it.
 *
 * <p>Rules. JOCL unpacks its native part under a fixed name in {@code java.io.tmpdir} and loads
 * whatever it finds there, were it truncated or another user's. So it is first used inside {@link
 * Natives}, which points that property at a fresh folder that only this user can open, and removes
 * the folder once the library is in memory. A JVM tries only once: a class whose start failed stays
 * failed.
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

  private static final String TEMPORARY = "java.io.tmpdir";

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
      failure = Optional.ofNullable(Natives.FAILURE);
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
    static final @Nullable String FAILURE = start();

    private Natives() {}

    private static @Nullable String start() {
      String usual = System.getProperty(TEMPORARY);
      Path folder;
      try {
        folder = Files.createTempDirectory("cotangent-opencl");
      } catch (IOException e) {
        return "cannot unpack JOCL into " + usual + ": " + e + "; " + elsewhere();
      }
      try {
        System.setProperty(TEMPORARY, folder.toString());
        CL.setExceptionsEnabled(true);
        return null;
      } catch (LinkageError e) {
        return "JOCL does not start: " + reason(e) + "; " + elsewhere() + ", and " + ACCESS;
      } finally {
        System.setProperty(TEMPORARY, usual);
        remove(folder.toFile());
      }
    }

    private static String elsewhere() {
      return "point -D" + TEMPORARY + " at a folder that may be written and holds programs";
    }

    /** The first line of the innermost message: JOCL puts whole stack traces into them. */
    private static String reason(Throwable error) {
      Throwable cause = error;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      String message = String.valueOf(cause.getMessage()).strip();
      return message.lines().findFirst().orElse(message);
    }

    /** Windows keeps a file that is loaded: what is left there is a few hundred kilobytes. */
    private static void remove(File folder) {
      File[] files = folder.listFiles();
      if (files != null) {
        for (File file : files) {
          if (!file.delete()) {
            file.deleteOnExit();
          }
        }
      }
      if (!folder.delete()) {
        folder.deleteOnExit();
      }
    }
  }
}
