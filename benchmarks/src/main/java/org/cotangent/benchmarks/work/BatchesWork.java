package org.cotangent.benchmarks.work;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.cotangent.Batch;
import org.cotangent.Batches;
import org.cotangent.Device;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * An epoch of batches of a mapped float32 file, 256 MiB where it is measured, made into tensors.
 * Beside it the plain copy of as many rows from the same pages, batch by batch into one place, in
 * order or not. The pages are in the operating system's cache: it is copies that are timed, not a
 * disk.
 */
public final class BatchesWork {
  /** Elements of a row. */
  public static final int COLUMNS = 784;

  /** Rows of a batch. */
  public static final int BATCH = 128;

  /** Rows of the file, where it is measured: whole batches. */
  public static final int ROWS = (1 << 28) / (COLUMNS * Float.BYTES) / BATCH * BATCH;

  private BatchesWork() {}

  /**
   * {@return an epoch of batches on a device of Cotangent}
   *
   * @param device its name
   * @param rows of the file
   * @param prefetch batches ahead
   * @param shuffled whether the rows are
   */
  public static Work cotangent(String device, int rows, int prefetch, boolean shuffled) {
    Path file = written(rows);
    Device opened = Device.named(device);
    Batches all = opened.batches(BATCH, NumPyArray.map(file)).prefetch(prefetch);
    Batches batches = shuffled ? all.shuffle(1) : all;
    return Work.of(
        () -> {
          for (Batch batch : batches.epoch(0)) {
            batch.tensor(0);
          }
        },
        () -> {
          opened.close();
          delete(file);
        });
  }

  /**
   * {@return plain copies of as many rows}
   *
   * @param rows of the file
   * @param shuffled whether each is copied by itself, in an order drawn beforehand
   */
  public static Work copy(int rows, boolean shuffled) {
    Path file = written(rows);
    MemorySegment from = NumPyArray.map(file).data();
    MemorySegment to = Arena.ofAuto().allocate((long) BATCH * COLUMNS * Float.BYTES, 64);
    int[] order = order(rows);
    return Work.of(
        () -> {
          for (int first = 0; first < rows; first += BATCH) {
            copy(from, to, first, Math.min(BATCH, rows - first), shuffled ? order : new int[0]);
          }
        },
        () -> delete(file));
  }

  private static void copy(
      MemorySegment from, MemorySegment to, int first, int count, int... order) {
    long row = (long) COLUMNS * Float.BYTES;
    if (order.length == 0) {
      MemorySegment.copy(from, first * row, to, 0, count * row);
      return;
    }
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(from, order[first + i] * row, to, i * row, row);
    }
  }

  private static int[] order(int rows) {
    SplittableRandom random = new SplittableRandom(1);
    int[] order = new int[rows];
    for (int i = 1; i < rows; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  private static Path written(int rows) {
    try {
      Path file = Files.createTempFile("batches", ".npy");
      file.toFile().deleteOnExit();
      HostArray data = HostArray.allocate(new TensorType(DType.FLOAT32, Shape.of(rows, COLUMNS)));
      MemorySegment noise = MemorySegment.ofArray(Data.uniform(COLUMNS, 1));
      for (long row = 0; row < rows; row++) {
        MemorySegment.copy(noise, 0, data.data(), row * noise.byteSize(), noise.byteSize());
      }
      NumPy.save(file, data);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
