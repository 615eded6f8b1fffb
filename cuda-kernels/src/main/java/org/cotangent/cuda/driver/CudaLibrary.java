package org.cotangent.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jcuda.driver.JCudaDriver;
import org.cotangent.backend.NativeStart;
import org.cotangent.error.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * Finds NVIDIA's driver and starts it.
 *
 * <p>Rules. A driver that lacks a call which JCuda is bound to would end the process when it is
 * called. So the version is asked by a foreign call before JCuda loads; no driver older than JCuda
 * is started.
 */
public final class CudaLibrary {
  /** The oldest driver that has all that JCuda 12.6.0 is bound to: 12.0. */
  private static final int OLDEST = 12_000;

  /** What to do where there is no driver. */
  private static final String INSTALL =
      "install NVIDIA's driver for this machine's GPU, or use device cpu";

  private static final String ACCESS =
      "start the JVM with --enable-native-access=org.cotangent.cuda,jcuda"
          + " (on the class path: ALL-UNNAMED)";

  private CudaLibrary() {}

  /** {@return why there is no CUDA here and what to do, or empty if there is} Starts nothing. */
  public static Optional<String> missing() {
    return missing(names(System.getProperty("os.name", "")));
  }

  /** {@return the same for a driver of one of some names} Nothing stays loaded. */
  static Optional<String> missing(List<String> names) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup library = library(names, arena);
      if (library == null) {
        return Optional.of("no NVIDIA driver (" + names.getFirst() + ") here; " + INSTALL);
      }
      return tooOld(version(library, arena));
    } catch (IllegalCallerException e) {
      return Optional.of("the JVM forbids native code; " + ACCESS);
    }
  }

  /** {@return why a driver of a version cannot be used, or empty if it can} */
  static Optional<String> tooOld(int version) {
    if (version == 0) {
      return Optional.of(
          "NVIDIA's driver does not say its version; look at what nvidia-smi says, or use device"
              + " cpu");
    }
    return version >= OLDEST
        ? Optional.empty()
        : Optional.of(
            "NVIDIA's driver is for CUDA %d.%d, and 12.0 is needed; update the driver, or use device cpu"
                .formatted(version / 1000, version % 1000 / 10));
  }

  /**
   * {@return the driver, started}
   *
   * @throws DeviceException if there is none or it does not start
   */
  public static Driver load() {
    Optional<String> failure = missing();
    if (failure.isEmpty()) {
      failure = Natives.FAILURE;
    }
    if (failure.isPresent()) {
      throw new DeviceException("cuda: " + failure.get());
    }
    // JCuda keeps it loaded as well.
    SymbolLookup library = library(names(System.getProperty("os.name", "")), Arena.global());
    if (library == null) {
      throw new DeviceException("cuda: NVIDIA's driver is gone; " + INSTALL);
    }
    try (Arena arena = Arena.ofConfined()) {
      return new JCuda(version(library, arena), new TensorMaps(library));
    } catch (DriverException e) {
      throw new DeviceException("cuda: " + e.getMessage() + "; " + e.advice(), e);
    }
  }

  @SuppressWarnings("restricted") // the class comment of BackendProvider allows no other probe
  private static @Nullable SymbolLookup library(List<String> names, Arena arena) {
    for (String name : names) {
      try {
        SymbolLookup library = SymbolLookup.libraryLookup(name, arena);
        if (library.find("cuDriverGetVersion").isPresent()) {
          return library;
        }
      } catch (IllegalArgumentException e) {
        // Not here; perhaps under the next name.
      }
    }
    return null;
  }

  /** The version of a driver, as in 12040; 0 if it does not say. */
  @SuppressWarnings("restricted") // see the class comment
  private static int version(SymbolLookup library, Arena arena) {
    FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    MemorySegment version = arena.allocate(ValueLayout.JAVA_INT);
    try {
      int result =
          (int)
              Linker.nativeLinker()
                  .downcallHandle(library.findOrThrow("cuDriverGetVersion"), type)
                  .invokeExact(version);
      return result == 0 ? version.get(ValueLayout.JAVA_INT, 0) : 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a foreign call throws nothing", e);
    }
  }

  private static List<String> names(String system) {
    return system.toLowerCase(Locale.ROOT).contains("windows")
        ? List.of("nvcuda.dll")
        : List.of("libcuda.so.1", "libcuda.so");
  }

  /** Loaded when first asked, once a JVM. */
  private static final class Natives {
    static final Optional<String> FAILURE =
        NativeStart.of("JCuda", () -> JCudaDriver.setExceptionsEnabled(false), ACCESS);

    private Natives() {}
  }
}
