package org.cotangent;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.Block;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.Check;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.compile.CompileOptions;
import org.cotangent.compile.Executable;
import org.cotangent.compile.Pipeline;
import org.cotangent.compile.Replay;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.ShapeException;
import org.cotangent.event.Span;
import org.cotangent.event.Spans;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Origin;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.NpyFile;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.Order;
import org.cotangent.op.Arange;
import org.cotangent.op.Full;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.SharedMemory;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * Where tensors live and programs run. A device owns its memory, its threads and what it compiled;
 * closing it frees them. Used by many threads at once.
 *
 * {@snippet :
 * try (Device device = Device.cpu(); Scope scope = device.open()) {
 *   Tensor x = device.tensor(new float[] {1, 2, 3});
 *   System.out.println(x.add(2.0)); // [3. 4. 5.]
 * }
 * }
 */
public final class Device implements AutoCloseable {
  /** What is done before a run that takes no memory over. */
  static final Runnable NOTHING = () -> {};

  /** From so many bytes on, a report of memory says which line made a tensor. */
  private static final long LARGE = 1 << 20;

  private final String name;
  private final Backend backend;
  private final CachingAllocator allocator;
  private final Forgotten forgotten = new Forgotten();
  private final Lines lines = new Lines();
  private final Scope.Stack scopes = new Scope.Stack();
  private final Calls calls = new Calls(this);
  private final Pipeline pipeline;
  private final Check check;

  /** Held for reading by whoever touches the device's memory, for writing by close. */
  private final ReentrantReadWriteLock uses = new ReentrantReadWriteLock();

  /** Written with {@link #uses} held for writing. */
  private volatile boolean closed;

  private Device(String name, Backend backend, DeviceOptions options) {
    this.name = name;
    this.backend = backend;
    this.allocator =
        new CachingAllocator(backend.memory(), options.memoryLimit(), forgotten::collect);
    this.pipeline = new Pipeline(backend);
    Check numbers = options.checkNaN() ? Check.NAN : Check.NOTHING;
    this.check = options.checkFinite() ? Check.NOT_FINITE : numbers;
  }

  /** {@return the CPU, with one thread a core} */
  public static Device cpu() {
    return named("cpu");
  }

  /**
   * {@return the CPU}
   *
   * @param options how to open it
   */
  public static Device cpu(DeviceOptions options) {
    return named("cpu", options);
  }

  /**
   * {@return a device by name}
   *
   * @param name a backend's, as in {@code cpu}, {@code opencl}, {@code cuda}, whose jar must be
   *     there; then, where it has several devices, a colon and the number of one, from 0 on, or a
   *     part of its model's name, as in {@code opencl:1} or {@code opencl:radeon}
   * @throws DeviceException if there is no such device or it cannot be used; says why
   */
  public static Device named(String name) {
    return named(name, DeviceOptions.DEFAULT);
  }

  /**
   * {@return a device by name}
   *
   * @param name as in {@link #named(String)}
   * @param options how to open it
   * @throws DeviceException if there is no such device or it cannot be used; says why
   */
  public static Device named(String name, DeviceOptions options) {
    requireNonNull("device", "name", name);
    requireNonNull("device", "set of options", options);
    int colon = name.indexOf(':');
    String wanted = colon < 0 ? name : name.substring(0, colon);
    String selector = colon < 0 ? "" : name.substring(colon + 1);
    List<String> known = new ArrayList<>();
    for (BackendProvider provider :
        ServiceLoader.load(BackendProvider.class, BackendProvider.class.getClassLoader())) {
      known.add(provider.name());
      if (provider.name().equals(wanted)) {
        Optional<String> reason = provider.unavailable();
        if (reason.isPresent()) {
          throw Located.at(
              Origin.here("device"),
              new DeviceException("device " + name + " cannot be used: " + reason.get()));
        }
        BackendOptions chosen =
            new BackendOptions(selector, options.threads(), options.profiling(), options.tf32());
        return with(name, Located.in("device", () -> provider.open(chosen)), options);
      }
    }
    throw Located.at(
        Origin.here("device"),
        new DeviceException(
            "device "
                + name
                + " is unknown: there are "
                + known
                + "; put the jar of its backend on the class path or module path"));
  }

  /**
   * {@return what each backend has to offer on this machine} A backend that cannot be asked is
   * listed with the reason. Native code of backends may be loaded.
   */
  public static List<DeviceListing> available() {
    List<DeviceListing> listings = new ArrayList<>();
    Iterator<BackendProvider> providers =
        ServiceLoader.load(BackendProvider.class, BackendProvider.class.getClassLoader())
            .iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          return List.copyOf(listings);
        }
        listings.add(DeviceListing.of(providers.next()));
      } catch (ServiceConfigurationError failure) {
        // A provider that cannot be made has no name; the iterator goes on with the next one.
        String reason = DeviceListing.reason(failure);
        listings.add(new DeviceListing("unknown", Optional.of(reason), List.of()));
      }
    }
  }

  /**
   * {@return a device on a backend of the caller's} For backends under test; others are found by
   * name.
   *
   * @param name what to call it
   * @param backend its backend, which it closes
   * @param options how to open it
   */
  public static Device with(String name, Backend backend, DeviceOptions options) {
    requireNonNull("device", "name", name);
    requireNonNull("device", "backend", backend);
    requireNonNull("device", "set of options", options);
    Device device = new Device(name, backend, options);
    try {
      device.allocator.reserve(options.preallocated());
      return device;
    } catch (CotangentException full) {
      device.close();
      throw Located.at(Origin.here("device"), full);
    } catch (RuntimeException | Error failure) {
      device.close();
      throw failure;
    }
  }

  /** {@return name and facts in one line} */
  public String description() {
    return backend.description();
  }

  /** {@return what of the device's memory is in use, in bytes} */
  public MemoryStatistics memory() {
    forgotten.drain();
    return allocator.statistics();
  }

  /**
   * {@return what the device's memory is used for: the figures of {@link #memory}, the largest live
   * tensors and the lines that made them, and what caches hold}
   *
   * @param count how many tensors at the most
   * @throws ArgumentException if that is negative
   */
  public MemoryReport memoryReport(int count) {
    return Located.in(
        "memoryReport",
        () -> {
          if (count < 0) {
            throw new ArgumentException("memoryReport: " + count + " tensors is negative");
          }
          forgotten.drain();
          List<MemoryReport.Use> largest =
              allocator.largestLive(count).stream().map(forgotten::use).toList();
          return new MemoryReport(allocator.statistics(), largest, calls.programs());
        });
  }

  /** {@return how many tensors were reclaimed because nobody closed them} */
  public long reclaimed() {
    forgotten.drain();
    return forgotten.reclaimed();
  }

  /** {@return a scope in this thread: it closes the tensors made in it} */
  public Scope open() {
    return Located.in(
        "open",
        () -> {
          requireOpen("open");
          return scopes.open();
        });
  }

  /** {@return a compiler for this device} */
  public Compiler compiler() {
    return new Compiler(this);
  }

  // ---- tensors from host data

  /**
   * {@return a tensor with a copy of the data}
   *
   * @param data what to copy
   * @throws ClosedException if the device is closed
   * @throws org.cotangent.error.DeviceMemoryException if the device is out of memory
   */
  @Peers(numpy = "np.asarray", jax = "jnp.asarray", torch = "torch.tensor")
  public Tensor tensor(HostArray data) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor",
        () -> {
          data.readable("tensor");
          return data;
        });
  }

  /**
   * {@return a tensor with a copy of an array, in the array's own dtype}
   *
   * @param array a NumPy array, or what can present itself as one
   * @throws org.cotangent.error.DTypeException if the engine lacks the dtype; names the nearest
   */
  public Tensor tensor(ArrayLike array) {
    requireNonNull("tensor", "array", array);
    return imported(array, null);
  }

  /**
   * {@return a tensor with a copy of an array, in another dtype} Each value is checked: one that
   * the dtype does not hold is an error.
   *
   * @param array a NumPy array, or what can present itself as one
   * @param dtype of the tensor
   * @throws org.cotangent.error.DTypeException if a value would change; names it
   */
  public Tensor tensor(ArrayLike array, DType dtype) {
    requireNonNull("tensor", "array", array);
    requireNonNull("tensor", "dtype", dtype);
    return imported(array, dtype);
  }

  private Tensor imported(ArrayLike array, @Nullable DType dtype) {
    return Located.in(
        "tensor",
        () -> {
          requireOpen("tensor");
          NumPyArray from = imported("tensor", array);
          return filled("tensor", dtype, from::engineDType, from.shape(), from::copyTo);
        });
  }

  /**
   * {@return a tensor of the array in a {@code .npy} file, of its shape and dtype} As {@code
   * tensor(NumPyArray.load(path))}, but the bytes go from the file straight into the tensor's
   * memory. Large files are read by the threads of the JVM's common pool and this one.
   *
   * @param path of the file, of any size
   * @throws org.cotangent.error.FormatException if the file cannot be read, is truncated or
   *     malformed, or holds a dtype that is not supported
   * @throws org.cotangent.error.DTypeException if the engine lacks the dtype; names the nearest
   * @throws ClosedException if the device is closed
   * @throws org.cotangent.error.DeviceMemoryException if the device is out of memory
   */
  @Peers(numpy = "np.load", jax = "jnp.load")
  public Tensor load(Path path) {
    requireNonNull("load", "path", path);
    return loaded(path, null);
  }

  /**
   * {@return a tensor of the array in a {@code .npy} file, in another dtype} Each value is checked:
   * one that the dtype does not hold is an error.
   *
   * @param path of the file, of any size
   * @param dtype of the tensor
   * @throws org.cotangent.error.FormatException if the file cannot be read, is truncated or
   *     malformed, or holds a dtype that is not supported
   * @throws org.cotangent.error.DTypeException if a value would change; names it
   * @throws ClosedException if the device is closed
   * @throws org.cotangent.error.DeviceMemoryException if the device is out of memory
   */
  public Tensor load(Path path, DType dtype) {
    requireNonNull("load", "path", path);
    requireNonNull("load", "dtype", dtype);
    return loaded(path, dtype);
  }

  private Tensor loaded(Path path, @Nullable DType dtype) {
    return Located.in(
        "load",
        () -> {
          requireOpen("load");
          try (NpyFile file = Located.as("load", "open", () -> NpyFile.open(path))) {
            return filled("load", dtype, file::engineDType, file.shape(), file::copyTo);
          }
        });
  }

  /** A tensor whose values are copied straight to its memory, where the host can write to it. */
  private Tensor filled(
      String op,
      @Nullable DType wanted,
      Supplier<DType> own,
      Shape shape,
      Consumer<HostArray> source) {
    DType dtype = wanted == null ? Located.as(op, "dtype", own) : wanted;
    TensorType type = new TensorType(dtype, shape);
    Consumer<MemorySegment> filler =
        memory ->
            Located.as(
                op,
                "copyTo",
                () -> {
                  source.accept(new HostArray(type, memory));
                  return memory;
                });
    Block block =
        written(
            op,
            type.bytes(),
            new Made(type, op),
            place -> backend.memory().fill(place.region(), place.offset(), type.bytes(), filler));
    return adopt(op, type, block);
  }

  /**
   * {@return arrays in batches of rows, each batch copied when it is asked for} See there for
   * dtypes, shuffling and reading ahead.
   *
   * @param size rows of a batch
   * @param arrays of rank 1 or more, with equally many rows; mapped files for data larger than
   *     memory
   * @throws ArgumentException if the size is not positive or there are no arrays
   * @throws ShapeException if an array is a scalar, or numbers of rows differ
   */
  public Batches batches(int size, ArrayLike... arrays) {
    requireNonNull("batches", "arrays", arrays);
    return Batches.of(this, size, arrays);
  }

  /**
   * {@return a read-only tensor on an array's own memory, without a copy} So a program computes on
   * an array that stays in its file ({@link NumPyArray#map}), of any size and in either order, and
   * reads the pages that its ops look at. Kernels copy those a tile at a time, so other orders than
   * that of the memory are slow; sorting and scans copy the whole for their time. Who writes to the
   * memory changes the tensor; its arena stays open as long as the tensor is used. It cannot be
   * donated.
   *
   * <p>If a mapped file is shortened, what reads the tensor throws a {@link
   * org.cotangent.error.FormatException}.
   *
   * @param array a NumPy array, or what can present itself as one
   * @throws org.cotangent.error.DTypeException if its elements would have to be converted: from a
   *     dtype that the engine lacks, from the other byte order, or from bool, whose bytes may be
   *     others than 0 and 1
   * @throws ArgumentException if the memory is closed, or of an arena that is one thread's alone
   * @throws DeviceException if the device cannot compute on memory of the host; the CPU can
   */
  public Tensor view(ArrayLike array) {
    requireNonNull("view", "array", array);
    return Located.in(
        "view",
        () -> {
          requireOpen("view");
          NumPyArray imported = imported("view", array);
          TensorType type = new TensorType(viewed(imported), imported.shape());
          return adopt("view", new Stored(this, type, layout(imported), viewed(imported, type)));
        });
  }

  private static DType viewed(NumPyArray array) {
    if (!array.data().scope().isAlive() || !SharedMemory.isShared(array.data())) {
      throw new ArgumentException(
          "view: the memory is closed or one thread's alone, but the device's threads read it;"
              + " take it from Arena.ofShared() or Arena.ofAuto()");
    }
    DType dtype = array.dtype().element().engine().orElse(DType.BOOL);
    if (dtype == DType.BOOL || !array.dtype().isNative()) {
      throw new DTypeException(
          "view: "
              + array.dtype()
              + array.shape()
              + " must be converted, and so copied; use tensor(array) or tensor(array, dtype)");
    }
    return dtype;
  }

  private static Layout layout(NumPyArray array) {
    Shape shape = array.shape();
    if (array.order() == Order.C) {
      return Layout.contiguous(shape);
    }
    int[] reversal = IntStream.range(0, shape.rank()).map(i -> shape.rank() - 1 - i).toArray();
    long[] dims = IntStream.of(reversal).mapToLong(shape::dim).toArray();
    return Layout.contiguous(Shape.of(dims)).transpose(reversal);
  }

  private Block viewed(NumPyArray array, TensorType type) {
    return using(
        "view",
        () ->
            allocator
                .view(array.data(), new Made(type, "view"))
                .orElseThrow(() ->
                    new DeviceException(
                        "view: device "
                            + name
                            + " cannot compute on memory of the host; use tensor(array), a copy")));
  }

  private static NumPyArray imported(String op, ArrayLike array) {
    NumPyArray imported = array.toNumPyArray();
    if (imported == null) {
      throw new ArgumentException(
          op
              + ": toNumPyArray of "
              + array.getClass().getName()
              + " returned null; return an array");
    }
    return imported;
  }

  /**
   * {@return a float32 tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(float[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor", () -> host(DType.FLOAT32, data.length, MemorySegment.ofArray(data), shape));
  }

  /**
   * {@return a float64 tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(double[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor", () -> host(DType.FLOAT64, data.length, MemorySegment.ofArray(data), shape));
  }

  /**
   * {@return a int32 tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(int[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor", () -> host(DType.INT32, data.length, MemorySegment.ofArray(data), shape));
  }

  /**
   * {@return a int64 tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(long[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor", () -> host(DType.INT64, data.length, MemorySegment.ofArray(data), shape));
  }

  /**
   * {@return an int8 tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(byte[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor", () -> host(DType.INT8, data.length, MemorySegment.ofArray(data), shape));
  }

  /**
   * {@return an int16 tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(short[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    return copied(
        "tensor", () -> host(DType.INT16, data.length, MemorySegment.ofArray(data), shape));
  }

  /**
   * {@return a bool tensor with a copy of the data}
   *
   * @param data in row-major order
   * @param shape sizes of the axes; none for one axis with all elements
   * @throws ShapeException if the data does not have as many elements as the shape
   */
  public Tensor tensor(boolean[] data, long... shape) {
    requireNonNull("tensor", "data", data);
    byte[] bytes = new byte[data.length];
    for (int i = 0; i < data.length; i++) {
      bytes[i] = (byte) (data[i] ? 1 : 0);
    }
    return copied(
        "tensor", () -> host(DType.BOOL, data.length, MemorySegment.ofArray(bytes), shape));
  }

  /**
   * {@return a float64 scalar: a tensor of rank 0}
   *
   * @param value its value
   */
  public Tensor scalar(double value) {
    return scalar(DType.FLOAT64, value);
  }

  /**
   * {@return a scalar: a tensor of rank 0}
   *
   * @param dtype of the tensor
   * @param value its value
   * @throws org.cotangent.error.DTypeException if the dtype does not hold the value
   */
  public Tensor scalar(DType dtype, double value) {
    requireNonNull("scalar", "dtype", dtype);
    return copied(
        "scalar",
        () -> {
          HostArray data = HostArray.allocate(new TensorType(dtype, Shape.SCALAR));
          data.set(0, dtype.scalar("scalar", value));
          return data;
        });
  }

  private static HostArray host(DType dtype, int length, MemorySegment data, long... shape) {
    // No sizes mean one axis; a scalar is made by scalar(...).
    Shape sizes = shape != null && shape.length == 0 ? Shape.of(length) : shape("tensor", shape);
    if (sizes.size() != length) {
      throw new ShapeException(
          "tensor: " + length + " values do not fill shape " + sizes + " of " + sizes.size());
    }
    return new HostArray(new TensorType(dtype, sizes), data);
  }

  /** Errors of a shape speak of the op that was given it. */
  static Shape shape(String op, long... dims) {
    return Located.as(op, "shape", () -> Shape.of(dims));
  }

  // ---- tensors made here

  /**
   * {@return zeros}
   *
   * @param dtype of the elements
   * @param shape sizes of the axes
   */
  @Peers(numpy = "np.zeros", jax = "jnp.zeros", torch = "torch.zeros")
  public Tensor zeros(DType dtype, long... shape) {
    return full("zeros", dtype, 0, shape);
  }

  /**
   * {@return ones}
   *
   * @param dtype of the elements
   * @param shape sizes of the axes
   */
  @Peers(numpy = "np.ones", jax = "jnp.ones", torch = "torch.ones")
  public Tensor ones(DType dtype, long... shape) {
    return full("ones", dtype, 1, shape);
  }

  /**
   * {@return one value everywhere}
   *
   * @param dtype of the elements
   * @param value rounded by a float dtype, held exactly by the others
   * @param shape sizes of the axes
   * @throws org.cotangent.error.DTypeException if the dtype does not hold the value
   */
  @Peers(numpy = "np.full", jax = "jnp.full", torch = "torch.full")
  public Tensor full(DType dtype, double value, long... shape) {
    return full("full", dtype, value, shape);
  }

  private Tensor full(String op, DType dtype, double value, long... shape) {
    requireNonNull(op, "dtype", dtype);
    Full full =
        Located.in(
            op, () -> new Full(new TensorType(dtype, shape(op, shape)), dtype.scalar(op, value)));
    return Calls.call(op, full, this, (builder, in) -> builder.value(full));
  }

  /**
   * {@return 0, 1, 2, ... n - 1}
   *
   * @param dtype of the elements, a number
   * @param n how many
   */
  @Peers(numpy = "np.arange", jax = "jnp.arange", torch = "torch.arange")
  public Tensor arange(DType dtype, long n) {
    return arange(dtype, n, 0, 1);
  }

  /**
   * {@return {@code start + i * step} for i = 0 ... n - 1}
   *
   * @param dtype of the elements, a number
   * @param n how many
   * @param start the first element
   * @param step from one to the next
   */
  public Tensor arange(DType dtype, long n, double start, double step) {
    requireNonNull("arange", "dtype", dtype);
    Arange arange =
        Located.in(
            "arange",
            () -> {
              shape("arange", n);
              return new Arange(
                  dtype, n, dtype.scalar("arange", start), dtype.scalar("arange", step));
            });
    return Calls.call("arange", arange, this, (builder, in) -> builder.value(arange));
  }

  /**
   * {@return the identity matrix}
   *
   * @param dtype of the elements
   * @param n number of rows and columns
   */
  @Peers(numpy = "np.eye", jax = "jnp.eye", torch = "torch.eye")
  public Tensor eye(DType dtype, long n) {
    return eye(dtype, n, n, 0);
  }

  /**
   * {@return ones on a diagonal, and zeros}
   *
   * @param dtype of the elements
   * @param rows how many
   * @param columns how many
   * @param offset of the diagonal: above 0 to the right of the main one, below 0 under it
   */
  public Tensor eye(DType dtype, long rows, long columns, long offset) {
    requireNonNull("eye", "dtype", dtype);
    return Shapes.eye(this, dtype, rows, columns, offset);
  }

  /**
   * {@return a random key}
   *
   * @param seed any number; equal seeds give equal keys
   */
  public Key key(long seed) {
    HostArray data = HostArray.allocate(new TensorType(DType.INT64, Shape.SCALAR));
    data.set(0, seed);
    return new Key(copied("key", () -> data));
  }

  // ---- for the other classes of the face

  private Tensor copied(String op, Supplier<HostArray> source) {
    return Located.in(
        op,
        () -> {
          requireOpen(op);
          HostArray data = source.get();
          Block block = written(op, data, new Made(data.type(), op));
          return adopt(op, data.type(), block);
        });
  }

  /** A new block with a copy of the data. */
  private Block written(String op, HostArray data, Object label) {
    return written(
        op,
        data.type().bytes(),
        label,
        block -> backend.memory().write(block.region(), block.offset(), data.data()));
  }

  /** A new block, written to by the writer. */
  private Block written(String op, long bytes, Object label, Consumer<Block> writer) {
    return using(
        op,
        () -> {
          Block block = allocator.allocate(bytes, label);
          try {
            writer.accept(block);
          } catch (RuntimeException | Error failure) {
            block.release();
            throw failure;
          }
          return block;
        });
  }

  /** What an action returns that touches the device's memory; close waits for it. */
  private <T> T using(String op, Supplier<T> action) {
    uses.readLock().lock();
    try {
      requireOpen(op);
      return action.get();
    } finally {
      uses.readLock().unlock();
    }
  }

  /** A tensor for a block whose reference it takes over. */
  Tensor adopt(String op, TensorType type, Block block) {
    return adopt(op, new Stored(this, type, Layout.contiguous(type.shape()), block));
  }

  /** A tensor for each result of a run. */
  List<Tensor> adopt(Loaded loaded, Replay replay) {
    int count = loaded.made().size();
    List<Tensor> tensors = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tensors.add(adopt(loaded, replay, i));
    }
    return tensors;
  }

  /** A tensor for one result of a run. */
  Tensor adopt(Loaded loaded, Replay replay, int index) {
    Executable program = loaded.executable();
    TensorType type = program.resultTypes().get(index);
    Layout layout = program.resultLayouts().get(index);
    return adopt(loaded.op(), new Stored(this, type, layout, replay.result(index)));
  }

  Tensor adopt(String op, Stored stored) {
    return adopt(new Origin(op, ""), stored);
  }

  private Tensor adopt(Origin op, Stored stored) {
    forgotten.drain();
    Tensor tensor = new Tensor(stored);
    Scope scope = scopes.innermost();
    // The line is looked for only where nobody else will close the tensor, or it takes the memory.
    boolean isAsked = scope == null || stored.type.bytes() >= LARGE;
    Origin made = isAsked ? lines.here(op) : op;
    tensor.watchedBy(forgotten.watch(tensor, stored, made));
    if (scope != null) {
      scope.add(tensor);
    }
    return tensor;
  }

  /** A tensor that its maker closes at once; no scope and no collector looks after it. */
  Tensor temporary(String op, HostArray data) {
    Block block = written(op, data, data.type());
    return new Tensor(new Stored(this, data.type(), Layout.contiguous(data.type().shape()), block));
  }

  /** {@return where this device's tensors are made and closed} */
  Lines lines() {
    return lines;
  }

  void forget(Forgotten.Ghost ghost) {
    forgotten.forget(ghost);
  }

  Executable load(Graph graph, List<Layout> inputs, CompileOptions options) {
    CompileOptions effective = new CompileOptions(options.donated(), options.check().and(check));
    Span span = Spans.compile(graph.name());
    try {
      return using(
          graph.name(),
          () -> new Executable(backend, allocator, pipeline.compile(graph, inputs, effective)));
    } finally {
      Spans.end(span);
    }
  }

  /** Runs what has all its arguments, see {@link Replay#run}. */
  void run(String op, Loaded loaded, Replay replay, Runnable begin) {
    Span span = loaded.executable().span();
    uses.readLock().lock();
    try {
      requireOpen(op);
      replay.run(loaded.made(), begin);
    } finally {
      uses.readLock().unlock();
      Spans.end(span);
    }
  }

  void read(String op, Block block, long offset, MemorySegment target) {
    using(
        op,
        () -> {
          backend.memory().read(block.region(), block.offset() + offset, target);
          return target;
        });
  }

  Calls calls() {
    return calls;
  }

  boolean isClosed() {
    return closed;
  }

  void requireOpen(String op) {
    if (closed) {
      throw new ClosedException(op + ": device " + name + " is closed; open another");
    }
  }

  static void requireNonNull(String op, String what, @Nullable Object argument) {
    if (argument == null) {
      throw Located.at(Origin.here(op), new ArgumentException(op + ": the " + what + " is null"));
    }
  }

  /**
   * Waits until the device has done everything that was asked of it. Only who measures time needs
   * it: a GPU may still be at work when an op returns, and reading a tensor waits by itself.
   *
   * @throws ClosedException if the device is closed
   * @throws DeviceException if the device has failed meanwhile
   */
  public void synchronize() {
    using(
        "synchronize",
        () -> {
          backend.synchronize();
          return this;
        });
  }

  /**
   * Frees the device's memory, also that of tensors still open, which cannot be used any more.
   * Waits for runs in progress. A second call does nothing.
   */
  @Override
  public void close() {
    uses.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        try {
          calls.close();
        } finally {
          try {
            allocator.close();
          } finally {
            backend.close();
          }
        }
      }
    } finally {
      uses.writeLock().unlock();
    }
  }

  /** {@return the name} */
  @Override
  public String toString() {
    return name;
  }
}
