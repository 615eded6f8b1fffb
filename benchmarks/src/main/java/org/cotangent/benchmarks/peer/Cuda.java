package org.cotangent.benchmarks.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The primary context of the first GPU, which libraries of CUDA use by themselves, and memory in
 * it, which is freed with it. Through the driver's own interface, which needs no toolkit.
 */
public final class Cuda implements AutoCloseable {
  static final Library DRIVER = new Library("libcuda.so.1", "install NVIDIA's driver");

  private static final int NAME_BYTES = 256;

  private final Functions driver;
  private final int device;
  private final MemorySegment context;
  private final MethodHandle use;
  private final MethodHandle finish;

  /** What to free, the latest first. */
  private final Deque<Runnable> made = new ArrayDeque<>();

  /** Opens the GPU. */
  public Cuda() {
    this(DRIVER);
  }

  Cuda(Functions driver) {
    this.driver = driver;
    use = driver.function("cuCtxSetCurrent", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    finish = driver.function("cuCtxSynchronize", FunctionDescriptor.of(JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      check("cuInit", call("cuInit", ints(), 0));
      MemorySegment number = arena.allocate(JAVA_INT);
      check("cuDeviceGet", call("cuDeviceGet", pointerAnd(JAVA_INT), number, 0));
      device = number.get(JAVA_INT, 0);
      MemorySegment pointer = arena.allocate(ADDRESS);
      check(
          "cuDevicePrimaryCtxRetain",
          call("cuDevicePrimaryCtxRetain", pointerAnd(JAVA_INT), pointer, device));
      context = pointer.get(ADDRESS, 0);
    }
    made.push(() ->
        check(
            "cuDevicePrimaryCtxRelease_v2", call("cuDevicePrimaryCtxRelease_v2", ints(), device)));
    try {
      use();
    } catch (RuntimeException e) {
      made.pop().run();
      throw e;
    }
  }

  /** {@return why there is no GPU and what to do, or empty if there is one} */
  public static Optional<String> unavailable() {
    Optional<String> missing = DRIVER.unavailable();
    if (missing.isPresent()) {
      return missing;
    }
    try (Cuda _ = new Cuda()) {
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of("the driver is here, but there is no GPU to be had: " + e.getMessage());
    }
  }

  /** {@return name of the GPU and version of CUDA that the driver knows, in one line} */
  public String description() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(NAME_BYTES);
      check(
          "cuDeviceGetName",
          call(
              "cuDeviceGetName",
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
              name,
              NAME_BYTES,
              device));
      MemorySegment version = arena.allocate(JAVA_INT);
      check(
          "cuDriverGetVersion",
          call("cuDriverGetVersion", FunctionDescriptor.of(JAVA_INT, ADDRESS), version));
      int number = version.get(JAVA_INT, 0);
      // 1000 major + 10 minor.
      return name.getString(0) + ", driver for CUDA " + number / 1000 + "." + number % 1000 / 10;
    }
  }

  /** Makes the context that of the calling thread. */
  public void use() {
    try {
      check("cuCtxSetCurrent", (int) use.invokeExact(context));
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw Library.broken("cuCtxSetCurrent", e);
    }
  }

  /** Waits for all that was started. */
  public void finish() {
    try {
      check("cuCtxSynchronize", (int) finish.invokeExact());
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw Library.broken("cuCtxSynchronize", e);
    }
  }

  /**
   * {@return the address of new memory of the GPU}
   *
   * @param bytes of it, more than none
   */
  public long allocate(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = arena.allocate(JAVA_LONG);
      check(
          "cuMemAlloc_v2 of " + bytes + " bytes",
          call("cuMemAlloc_v2", pointerAnd(JAVA_LONG), pointer, bytes));
      long address = pointer.get(JAVA_LONG, 0);
      made.push(() ->
          check(
              "cuMemFree_v2",
              call("cuMemFree_v2", FunctionDescriptor.of(JAVA_INT, JAVA_LONG), address)));
      return address;
    }
  }

  /**
   * {@return the address of new memory of the GPU with a copy of the data}
   *
   * @param data to copy, outside the heap
   */
  public long copied(MemorySegment data) {
    long address = allocate(data.byteSize());
    check(
        "cuMemcpyHtoD_v2",
        call(
            "cuMemcpyHtoD_v2",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG),
            address,
            data,
            data.byteSize()));
    return address;
  }

  /**
   * Copies memory of the GPU.
   *
   * @param address where it begins
   * @param data filled, outside the heap
   */
  public void read(long address, MemorySegment data) {
    use();
    check(
        "cuMemcpyDtoH_v2",
        call(
            "cuMemcpyDtoH_v2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG),
            data,
            address,
            data.byteSize()));
  }

  private static FunctionDescriptor ints() {
    return FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  }

  private static FunctionDescriptor pointerAnd(MemoryLayout second) {
    return FunctionDescriptor.of(JAVA_INT, ADDRESS, second);
  }

  /** Calls what is not called often. */
  private int call(String name, FunctionDescriptor signature, Object... arguments) {
    return call(driver, name, signature, arguments);
  }

  static int call(
      Functions functions, String name, FunctionDescriptor signature, Object... arguments) {
    try {
      return (int) functions.function(name, signature).invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw Library.broken(name, e);
    }
  }

  private void check(String what, int status) {
    if (status != 0) {
      throw new IllegalStateException(what + ": " + name(status));
    }
  }

  private String name(int status) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = arena.allocate(ADDRESS);
      FunctionDescriptor signature = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS);
      return call("cuGetErrorName", signature, status, pointer) == 0
          ? text(pointer.get(ADDRESS, 0))
          : "status " + status;
    }
  }

  @SuppressWarnings("restricted")
  private static String text(MemorySegment characters) {
    return characters.reinterpret(NAME_BYTES).getString(0);
  }

  @Override
  public void close() {
    use();
    while (!made.isEmpty()) {
      made.pop().run();
    }
  }
}
