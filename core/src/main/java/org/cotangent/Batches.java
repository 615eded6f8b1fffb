package org.cotangent;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Origin;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;

/**
 * Arrays in batches of rows, as tensors: for data that may be larger than memory. Made by {@link
 * Device#batches}. Immutable; each method returns batches with one more setting. There is nothing
 * to close.
 *
 * {@snippet :
 * NumPyArray images = NumPyArray.map(Path.of("images.npy")); // uint8 (60000, 784)
 * NumPyArray labels = NumPyArray.map(Path.of("labels.npy")); // int64 (60000,)
 * Batches batches =
 *     device
 *         .batches(128, images, labels)
 *         .dtypes(DType.FLOAT32, DType.INT64)
 *         .shuffle(42)
 *         .prefetch(2)
 *         .dropRemainder();
 * var step = device.compiler().compile(Digits::step, state, x, y);
 * for (int epoch = 0; epoch < 10; epoch++) {
 *   for (Batch batch : batches.epoch(epoch)) {
 *     state = step.run(state, batch.tensor(0), batch.tensor(1));
 *   }
 * }
 * }
 *
 * <p>A row is all that shares an index of the first axis. Of a mapped file only the rows of a batch
 * are read, and copied twice: to the host's memory and to the device. In Fortran order, where the
 * elements of a row lie apart, that takes longer: save such arrays in C order if they are large.
 *
 * <p>The tensors of a batch belong to the scope they are made in, as all do, and are closed already
 * when the next batch is asked for or the epoch ends, so that a loop holds one batch. What shall
 * live longer is copied ({@link Tensor#copy}). A loop that ends early leaves its last batch to the
 * scope.
 *
 * <p>An error belongs to its batch: a value that its dtype does not hold, named by its place in the
 * whole array, or a file that became shorter, is thrown where that batch is asked for, whoever met
 * it. Asking again tries the same batch again.
 */
public final class Batches {
  private final Device device;
  private final int batchSize;
  private final List<NumPyArray> arrays;

  /** Empty for the arrays' own. */
  private final List<DType> dtypes;

  private final OptionalLong seed;
  private final int ahead;
  private final boolean dropRemainder;

  private Batches(
      Device device,
      int batchSize,
      List<NumPyArray> arrays,
      List<DType> dtypes,
      OptionalLong seed,
      int ahead,
      boolean dropRemainder) {
    this.device = device;
    this.batchSize = batchSize;
    this.arrays = arrays;
    this.dtypes = dtypes;
    this.seed = seed;
    this.ahead = ahead;
    this.dropRemainder = dropRemainder;
  }

  static Batches of(Device device, int batchSize, ArrayLike... arrays) {
    return Located.in(
        "batches",
        () -> {
          device.requireOpen("batches");
          if (batchSize < 1) {
            throw new ArgumentException(
                "batches: a batch of " + batchSize + " rows; ask for 1 or more");
          }
          if (arrays.length == 0) {
            throw new ArgumentException("batches: there are no arrays; pass one or more");
          }
          List<NumPyArray> all = new ArrayList<>();
          for (ArrayLike array : arrays) {
            all.add(imported(all.size(), array));
          }
          requireSameRows(all);
          return new Batches(
              device, batchSize, List.copyOf(all), List.of(), OptionalLong.empty(), 0, false);
        });
  }

  private static NumPyArray imported(int number, ArrayLike array) {
    NumPyArray imported = array == null ? null : array.toNumPyArray();
    if (imported == null) {
      throw new ArgumentException(
          "batches: array " + number + (array == null ? "" : "'s toNumPyArray") + " is null");
    }
    if (imported.shape().rank() == 0) {
      throw new ShapeException(
          "batches: array "
              + number
              + " is a scalar, "
              + imported
              + ", and has no rows; pass arrays of rank 1 or more");
    }
    return imported;
  }

  private static void requireSameRows(List<NumPyArray> arrays) {
    long rows = arrays.getFirst().shape().dim(0);
    for (int i = 1; i < arrays.size(); i++) {
      if (arrays.get(i).shape().dim(0) != rows) {
        throw new ShapeException(
            "batches: numbers of rows differ: array 0 is "
                + arrays.getFirst()
                + ", array "
                + i
                + " is "
                + arrays.get(i)
                + ": "
                + rows
                + " != "
                + arrays.get(i).shape().dim(0));
      }
    }
  }

  /**
   * {@return batches of other dtypes than the arrays' own} Each value is checked, see {@link
   * NumPyArray}: one that the dtype does not hold is an error when its batch is asked for.
   *
   * @param dtypes one for each array
   * @throws ArgumentException if there are more or fewer
   * @throws DTypeException if only a cast does such a conversion
   */
  public Batches dtypes(DType... dtypes) {
    Device.requireNonNull("dtypes", "array of dtypes", dtypes);
    for (DType dtype : dtypes) {
      Device.requireNonNull("dtypes", "dtype", dtype);
    }
    return Located.in(
        "dtypes",
        () -> {
          if (dtypes.length != arrays.size()) {
            throw new ArgumentException(
                "dtypes: "
                    + dtypes.length
                    + " for "
                    + arrays.size()
                    + " arrays; pass one for each array");
          }
          for (int i = 0; i < dtypes.length; i++) {
            // No rows have no values; what is left is whether there is such a conversion.
            arrays.get(i).rows(0, 0).toHost(dtypes[i]);
          }
          return new Batches(
              device, batchSize, arrays, List.of(dtypes), seed, ahead, dropRemainder);
        });
  }

  /**
   * {@return batches of rows in an order that looks random} It depends on the number of rows, the
   * seed and the number of the epoch alone, is the same on every machine, needs no memory, and has
   * each row once.
   *
   * @param seed any number
   */
  public Batches shuffle(long seed) {
    return new Batches(
        device, batchSize, arrays, dtypes, OptionalLong.of(seed), ahead, dropRemainder);
  }

  /**
   * {@return the same batches, copied ahead of time by a thread} Each iteration has its own, which
   * ends with it, or when it had nothing to do for a second. The host's memory holds one batch
   * more.
   *
   * @param batches how many to have ready; 0 for no thread
   * @throws ArgumentException if it is negative
   */
  public Batches prefetch(int batches) {
    if (batches < 0) {
      throw Located.at(
          Origin.here("prefetch"),
          new ArgumentException("prefetch: " + batches + " batches ahead; ask for 0 or more"));
    }
    return new Batches(device, batchSize, arrays, dtypes, seed, batches, dropRemainder);
  }

  /**
   * {@return batches that are all of the same size} Rows that are left over, fewer than a batch,
   * sit out an epoch. So a compiled function is compiled once; by default the last batch is
   * smaller.
   */
  public Batches dropRemainder() {
    return new Batches(device, batchSize, arrays, dtypes, seed, ahead, true);
  }

  /** {@return the number of batches of an epoch} */
  public long size() {
    return rows() / batchSize + (dropRemainder || rows() % batchSize == 0 ? 0 : 1);
  }

  /**
   * {@return once through the batches} Each iteration starts at the beginning, and is for one
   * thread; several may be under way at once.
   *
   * @param epoch any number; says which order the rows are in, if they are shuffled
   * @throws DTypeException if the engine lacks an array's dtype and none was given
   */
  public Iterable<Batch> epoch(long epoch) {
    return Located.in(
        "epoch",
        () -> {
          device.requireOpen("epoch");
          List<DType> all = dtypes.isEmpty() ? own() : dtypes;
          LongUnaryOperator order =
              seed.isEmpty()
                  ? LongUnaryOperator.identity()
                  : new Shuffle(rows(), seed.getAsLong(), epoch);
          return () -> new BatchIterator(this, all, order);
        });
  }

  private List<DType> own() {
    return arrays.stream().map(NumPyArray::engineDType).toList();
  }

  Device device() {
    return device;
  }

  List<NumPyArray> arrays() {
    return arrays;
  }

  long rows() {
    return arrays.getFirst().shape().dim(0);
  }

  int batchSize() {
    return batchSize;
  }

  int ahead() {
    return ahead;
  }
}
