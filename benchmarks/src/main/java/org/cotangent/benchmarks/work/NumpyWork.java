package org.cotangent.benchmarks.work;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.cotangent.Device;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.Order;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * A square {@code .npy} file becomes a float32 tensor on a device, whose memory comes from the
 * device's cache but for the first time. Beside it what plain Java takes for the same bytes. The
 * file is in the operating system's cache.
 */
public enum NumpyWork {
  /** The bytes of a file, read by a channel into memory that was used before. */
  READ(Content.FLOAT32, (resources, path) -> resources.read(path)),
  /** The same into a fresh buffer outside the heap. */
  READ_FRESH(Content.FLOAT32, (_, path) -> () -> readFresh(path)),
  /** As READ, of float64, and then a loop that rounds them to float32 in other used memory. */
  READ_AND_ROUND(Content.FLOAT64, (resources, path) -> resources.readAndRound(path)),
  /** A tensor of a file. */
  LOAD(Content.FLOAT32, Resources::load),
  /** The same on a device that is opened for it, whose memory is fresh. */
  LOAD_FRESH(Content.FLOAT32, Resources::loadFresh),
  /** Of a file of float64. */
  LOAD_ROUNDED(Content.FLOAT64, Resources::load),
  /** Of a file in the other byte order. */
  LOAD_SWAPPED(Content.SWAPPED, Resources::load),
  /** Of a file in Fortran order. */
  LOAD_FORTRAN(Content.FORTRAN, Resources::load),
  /** A tensor of an array that stays in its file. */
  MAPPED(Content.FLOAT32, (resources, path) -> resources.tensor(() -> NumPyArray.map(path))),
  /** A tensor of an array in memory. */
  MEMORY(Content.FLOAT32, Resources::memory),
  /** Of float64. */
  MEMORY_ROUNDED(Content.FLOAT64, Resources::memory),
  /** In the other byte order. */
  MEMORY_SWAPPED(Content.SWAPPED, Resources::memory),
  /** In Fortran order. */
  MEMORY_FORTRAN(Content.FORTRAN, Resources::memory),
  /** Maps a file and does not look at its elements. */
  MAP(Content.FLOAT32, (_, path) -> () -> NumPyArray.map(path));

  /** What a file holds. */
  private enum Content {
    FLOAT32(DType.FLOAT32, Order.C),
    FLOAT64(DType.FLOAT64, Order.C),
    SWAPPED(DType.FLOAT32, Order.C),
    FORTRAN(DType.FLOAT32, Order.FORTRAN);

    private final DType dtype;
    private final Order order;

    Content(DType dtype, Order order) {
      this.dtype = dtype;
      this.order = order;
    }

    /** A file with so many bytes of elements, or somewhat less to be square. */
    void save(Path path, long bytes) {
      long side = (long) Math.sqrt((double) bytes / dtype.bytes());
      TensorType type = new TensorType(dtype, Shape.of(side, side));
      HostArray array = HostArray.allocate(type);
      for (long i = 0; i < type.shape().size(); i += 997) {
        array.set(i, dtype.rounded(i * 0.125));
      }
      NumPy.save(path, array, order);
      if (this == SWAPPED) {
        swap(path);
      }
    }
  }

  /** Of a file, where it is measured. */
  public static final long BYTES = 256L << 20;

  /** Of the files that are written here. */
  private static final int HEADER = 128;

  private final Content content;

  @SuppressWarnings("ImmutableEnumChecker") // Without state.
  private final BiFunction<Resources, Path, Runnable> prepare;

  NumpyWork(Content content, BiFunction<Resources, Path, Runnable> prepare) {
    this.content = content;
    this.prepare = prepare;
  }

  /** What is open and must be closed. */
  private record Resources(String name, Device device, Arena arena, Path folder) {
    Runnable loadFresh(Path path) {
      return () -> {
        try (Device fresh = Device.named(name)) {
          fresh.load(path).close();
        }
      };
    }

    Runnable load(Path path) {
      return () -> device.load(path, DType.FLOAT32).close();
    }

    Runnable tensor(Supplier<NumPyArray> array) {
      return () -> device.tensor(array.get(), DType.FLOAT32).close();
    }

    Runnable memory(Path path) {
      NumPyArray array = NumPyArray.load(path);
      return tensor(() -> array);
    }

    Runnable read(Path path) {
      MemorySegment bytes = allocate(arena, path);
      return () -> NumpyWork.read(path, bytes);
    }

    Runnable readAndRound(Path path) {
      MemorySegment bytes = allocate(arena, path);
      MemorySegment floats = arena.allocate(bytes.byteSize() / 2, 64);
      return () -> {
        NumpyWork.read(path, bytes);
        round(bytes.asSlice(HEADER), floats);
      };
    }

    void close() {
      device.close();
      arena.close();
      try {
        Files.deleteIfExists(folder.resolve("a.npy"));
        Files.delete(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * {@return the work, with a file of its own}
   *
   * @param device name of the device
   * @param bytes of the file
   */
  @SuppressWarnings("MustBeClosedChecker") // Closed with the work.
  public Work open(String device, long bytes) {
    try {
      Path folder = Files.createTempDirectory("cotangent");
      Resources resources = new Resources(device, Device.named(device), Arena.ofShared(), folder);
      Path path = folder.resolve("a.npy");
      content.save(path, bytes);
      return Work.of(prepare.apply(resources, path), resources::close);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void readFresh(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      read(path, allocate(arena, path));
    }
  }

  private static MemorySegment allocate(Arena arena, Path path) {
    try {
      return arena.allocate(Files.size(path), 64);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void read(Path path, MemorySegment bytes) {
    try (FileChannel channel = FileChannel.open(path)) {
      for (long at = 0; at < bytes.byteSize(); ) {
        at += channel.read(bytes.asSlice(at).asByteBuffer());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void round(MemorySegment doubles, MemorySegment floats) {
    for (long i = 0; i < doubles.byteSize() / Double.BYTES; i++) {
      floats.setAtIndex(
          ValueLayout.JAVA_FLOAT, i, (float) doubles.getAtIndex(ValueLayout.JAVA_DOUBLE, i));
    }
  }

  /** The same bytes, said to be in the other order. */
  private static void swap(Path path) {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] header = new byte[HEADER];
      MemorySegment start = MemorySegment.ofArray(header);
      channel.read(start.asByteBuffer(), 0);
      String text = new String(header, StandardCharsets.ISO_8859_1).replace("'<f4'", "'>f4'");
      start.copyFrom(MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1)));
      channel.write(start.asByteBuffer(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
