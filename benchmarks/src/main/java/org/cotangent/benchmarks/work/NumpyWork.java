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
 * A square {@code .npy} file becomes a tensor on the CPU, whose memory comes from the device's
 * cache but for the first time. Beside it what plain Java takes for the same bytes. The file is in
 * the operating system's cache.
 */
public enum NumpyWork {
  /** The bytes of a file, read by a channel into a fresh buffer outside the heap. */
  READ {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT32, bytes, Order.C);
      return () -> {
        try (Arena arena = Arena.ofConfined()) {
          read(path, arena);
        }
      };
    }
  },
  /** The same, then a loop that rounds float64 to float32 in another fresh buffer. */
  READ_AND_ROUND {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT64, bytes, Order.C);
      return () -> {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment doubles = read(path, arena).asSlice(HEADER);
          round(doubles, arena.allocate(doubles.byteSize() / 2, 64));
        }
      };
    }
  },
  /** A tensor of a mapped file of float32. */
  MAPPED {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT32, bytes, Order.C);
      return tensor(resources, DType.FLOAT32, () -> NumPyArray.map(path));
    }
  },
  /** The same on a device that is opened for it, whose memory is fresh. */
  MAPPED_FRESH {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT32, bytes, Order.C);
      return () -> {
        try (Device device = Device.cpu()) {
          device.tensor(NumPyArray.map(path)).close();
        }
      };
    }
  },
  /** A tensor of a file of float32 that is loaded first. */
  LOADED {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT32, bytes, Order.C);
      return tensor(resources, DType.FLOAT32, () -> NumPyArray.load(path));
    }
  },
  /** A float32 tensor of a mapped file of float64. */
  ROUNDED {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT64, bytes, Order.C);
      return tensor(resources, DType.FLOAT32, () -> NumPyArray.map(path));
    }
  },
  /** A tensor of a mapped file of float32 in the other byte order. */
  SWAPPED {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = swapped(resources.file(DType.FLOAT32, bytes, Order.C));
      return tensor(resources, DType.FLOAT32, () -> NumPyArray.map(path));
    }
  },
  /** A tensor of a mapped file of float32 in Fortran order. */
  FORTRAN {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT32, bytes, Order.FORTRAN);
      return tensor(resources, DType.FLOAT32, () -> NumPyArray.map(path));
    }
  },
  /** A tensor of an array of float64 in memory, in C order; rounded to float32. */
  MEMORY_ROUNDED {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      return memory(resources, resources.file(DType.FLOAT64, bytes, Order.C));
    }
  },
  /** A tensor of an array of float32 in memory, in C order. */
  MEMORY {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      return memory(resources, resources.file(DType.FLOAT32, bytes, Order.C));
    }
  },
  /** The same in the other byte order. */
  MEMORY_SWAPPED {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      return memory(resources, swapped(resources.file(DType.FLOAT32, bytes, Order.C)));
    }
  },
  /** The same in Fortran order. */
  MEMORY_FORTRAN {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      return memory(resources, resources.file(DType.FLOAT32, bytes, Order.FORTRAN));
    }
  },
  /** Maps a file and does not look at its elements. */
  MAP {
    @Override
    Runnable prepare(Resources resources, long bytes) {
      Path path = resources.file(DType.FLOAT32, bytes, Order.C);
      return () -> NumPyArray.map(path);
    }
  };

  /** Of a file, where it is measured. */
  public static final long BYTES = 256L << 20;

  /** Of the files that are written here. */
  private static final int HEADER = 128;

  /** What is open and must be closed. */
  record Resources(Device device, Path folder) {
    /** A file with so many bytes of elements, or somewhat less to be square. */
    Path file(DType dtype, long bytes, Order order) {
      long side = (long) Math.sqrt((double) bytes / dtype.bytes());
      TensorType type = new TensorType(dtype, Shape.of(side, side));
      HostArray array = HostArray.allocate(type);
      for (long i = 0; i < type.shape().size(); i += 997) {
        array.set(i, dtype.rounded(i * 0.125));
      }
      Path path = folder.resolve("a.npy");
      NumPy.save(path, array, order);
      return path;
    }

    void close() {
      device.close();
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
   * @param bytes of the file
   */
  public Work open(long bytes) {
    Resources resources;
    try {
      resources = new Resources(Device.cpu(), Files.createTempDirectory("cotangent"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Work.of(prepare(resources, bytes), resources::close);
  }

  abstract Runnable prepare(Resources resources, long bytes);

  private static Runnable tensor(Resources resources, DType dtype, Supplier<NumPyArray> array) {
    return () -> resources.device().tensor(array.get(), dtype).close();
  }

  private static Runnable memory(Resources resources, Path path) {
    NumPyArray array = NumPyArray.load(path);
    return tensor(resources, DType.FLOAT32, () -> array);
  }

  private static MemorySegment read(Path path, Arena arena) {
    try (FileChannel channel = FileChannel.open(path)) {
      MemorySegment bytes = arena.allocate(channel.size(), 64);
      for (long at = 0; at < bytes.byteSize(); ) {
        at += channel.read(bytes.asSlice(at).asByteBuffer());
      }
      return bytes;
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
  private static Path swapped(Path path) {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] header = new byte[HEADER];
      MemorySegment start = MemorySegment.ofArray(header);
      channel.read(start.asByteBuffer(), 0);
      String text = new String(header, StandardCharsets.ISO_8859_1).replace("'<f4'", "'>f4'");
      start.copyFrom(MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1)));
      channel.write(start.asByteBuffer(), 0);
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
