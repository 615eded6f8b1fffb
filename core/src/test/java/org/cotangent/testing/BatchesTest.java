package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.message;
import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.Batch;
import org.cotangent.Batches;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.error.FormatException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.numpy.ArrayLike;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.Order;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches of rows, against indexing of the arrays in plain Java. */
@Timeout(120)
class BatchesTest extends OnCpu {
  private static final String THREAD = "cotangent-batches";

  @TempDir Path folder;

  /** Labels that say which row they belong to. */
  private static NumPyArray numbers(int rows) {
    return NumPyArray.of(LongStream.range(0, rows).toArray(), rows);
  }

  /** Three columns; each element says where it is. */
  private static NumPyArray table(int rows) {
    float[] data = new float[3 * rows];
    for (int i = 0; i < data.length; i++) {
      data[i] = i + 0.5f;
    }
    return NumPyArray.of(data, rows, 3);
  }

  private NumPyArray mapped(NumPyArray array, Order order) {
    Path path = folder.resolve(order + "-" + array.dtype() + ".npy");
    NumPy.save(path, array.toHost(), order);
    return NumPyArray.map(path);
  }

  /** The rows of an epoch, batch by batch, as the labels say. */
  private static List<List<Long>> rows(Batches batches, long epoch, int labels) {
    List<List<Long>> all = new ArrayList<>();
    for (Batch batch : batches.epoch(epoch)) {
      all.add(LongStream.of(batch.tensor(labels).toLongArray()).boxed().toList());
    }
    return all;
  }

  private static List<Long> flat(List<List<Long>> batches) {
    return batches.stream().flatMap(List::stream).toList();
  }

  private static List<Long> range(int rows) {
    return LongStream.range(0, rows).boxed().toList();
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "1, 1", "1, 4", "7, 3", "8, 4", "9, 4", "131, 128", "300, 7"})
  void allRowsInOrderOrShuffledOnceEach(int rows, int size) {
    Batches batches = device.batches(size, table(rows), numbers(rows));
    assertEquals((rows + size - 1) / size, batches.size());
    assertEquals(range(rows), flat(rows(batches, 0, 1)));
    for (int ahead : new int[] {0, 1, 2, 5}) {
      Batches shuffled = batches.shuffle(11).prefetch(ahead);
      for (long epoch = 0; epoch < 3; epoch++) {
        List<List<Long>> found = rows(shuffled, epoch, 1);
        assertEquals(range(rows), flat(found).stream().sorted().toList());
        assertEquals(rows(batches.shuffle(11), epoch, 1), found, "with and without a thread");
        for (int i = 0; i < found.size(); i++) {
          assertEquals(Math.min(size, rows - i * size), found.get(i).size());
        }
        List<List<Long>> whole = rows(shuffled.dropRemainder(), epoch, 1);
        assertEquals(found.subList(0, rows / size), whole);
        assertEquals(rows / size, shuffled.dropRemainder().size());
      }
    }
    if (rows > 100) {
      assertNotEquals(rows(batches.shuffle(11), 0, 1), rows(batches.shuffle(11), 1, 1));
      assertNotEquals(rows(batches.shuffle(11), 0, 1), rows(batches.shuffle(12), 0, 1));
      assertNotEquals(range(rows), flat(rows(batches.shuffle(11), 0, 1)));
    }
  }

  /** The order is part of what a seed promises, from version to version. */
  @Test
  void theOrderOfASeedIsKnown() {
    assertEquals(
        List.of(List.of(5L, 2L, 0L, 3L), List.of(6L, 7L, 4L, 8L), List.of(1L, 9L)),
        rows(device.batches(4, numbers(10)).shuffle(42), 0, 0));
  }

  @Test
  void severalArraysOfAnyKindShareOneOrderOfRows() {
    int rows = 53;
    NumPyArray table = table(rows);
    short[] wide = new short[rows * 2 * 5];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = (short) (i - 200);
    }
    NumPyArray cube = NumPyArray.of(wide, rows, 2, 5);
    ArrayLike presented = () -> table;
    for (Order order : Order.values()) {
      Batches batches =
          device
              .batches(8, numbers(rows), presented, mapped(table, order), mapped(cube, order))
              .dtypes(DType.INT64, DType.FLOAT32, DType.FLOAT64, DType.INT32)
              .shuffle(3)
              .prefetch(2);
      int seen = 0;
      for (Batch batch : batches.epoch(1)) {
        long[] labels = batch.tensor(0).toLongArray();
        HostArray second = batch.tensor(1).toHost();
        HostArray third = batch.tensor(2).toHost();
        HostArray fourth = batch.tensor(3).toHost();
        assertEquals(new TensorType(DType.FLOAT64, Shape.of(labels.length, 3)), third.type());
        assertEquals(new TensorType(DType.INT32, Shape.of(labels.length, 2, 5)), fourth.type());
        for (int i = 0; i < labels.length; i++) {
          for (int j = 0; j < 3; j++) {
            assertEquals(labels[i] * 3 + j + 0.5f, second.get(i * 3L + j));
            assertEquals(labels[i] * 3 + j + 0.5, third.get(i * 3L + j));
          }
          for (int j = 0; j < 10; j++) {
            assertEquals((int) labels[i] * 10 + j - 200, fourth.get(i * 10L + j));
          }
        }
        seen += labels.length;
      }
      assertEquals(rows, seen);
    }
  }

  @Test
  void aBatchIsATreeForCompiledFunctions() {
    Batches batches = device.batches(4, table(9), numbers(9)).dropRemainder();
    Batch example = batches.epoch(0).iterator().next();
    var sum =
        device
            .compiler()
            .compile(
                (Batch batch) -> batch.tensor(0).sum(1).add(batch.tensor(1).cast(DType.FLOAT32)),
                example);
    List<Float> found = new ArrayList<>();
    for (Batch batch : batches.epoch(0)) {
      for (float value : sum.run(batch).toFloatArray()) {
        found.add(value);
      }
    }
    for (int i = 0; i < 8; i++) {
      assertEquals(9 * i + 3 + 1.5f + i, found.get(i));
    }
    assertEquals(8, found.size());
  }

  @Test
  void moreRowsThanAnIntCounts() throws IOException {
    long rows = (1L << 32) + 5;
    // By Python's numbers, see ShuffleTest for the function.
    long[] order = {
      2764186112L,
      26603615L,
      3825215410L,
      159504990L,
      1685848615L,
      791081535L,
      3578261811L,
      779774317L,
      3482803871L,
      404761547L,
      2217972127L,
      3653755313L,
      1259562113L,
      5810098L,
      1049063380L,
      3680431384L,
      2083989590L,
      3032291511L,
      372990174L,
      3111946581L
    };
    Path path = folder.resolve("large.npy");
    NumPy.save(path, NumPyArray.of(new byte[16], 16).toHost());
    byte[] header = Arrays.copyOf(Files.readAllBytes(path), 128);
    String text = new String(header, StandardCharsets.ISO_8859_1);
    text = text.replace("(16,), }        ", "(" + rows + ",), }");
    Files.write(path, text.getBytes(StandardCharsets.ISO_8859_1));
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(128 + rows);
      for (long row : order) {
        file.seek(128 + row);
        file.write((byte) (row % 101));
      }
    }
    Batches batches = device.batches(5, NumPyArray.map(path));
    assertEquals((rows + 4) / 5, batches.size());
    Iterator<Batch> shuffled = batches.shuffle(1).prefetch(1).epoch(0).iterator();
    for (int batch = 0; batch < 4; batch++) {
      assertEquals(
          Arrays.stream(order, 5 * batch, 5 * batch + 5).mapToObj(row -> row % 101).toList(),
          LongStream.of(shuffled.next().tensor(0).cast(DType.INT64).toLongArray())
              .boxed()
              .toList());
    }
  }

  // ---- lifetimes

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aLoopHoldsOneBatchAndLeavesNone(int ahead) {
    Batches batches = device.batches(4, table(30), numbers(30)).prefetch(ahead);
    long before = device.memory().liveBytes();
    long one = 0;
    List<Tensor> seen = new ArrayList<>();
    for (Batch batch : batches.epoch(0)) {
      long now = device.memory().liveBytes() - before;
      one = one == 0 ? now : one;
      assertTrue(one >= 4 * (3 * 4 + 8) && now <= one, now + " bytes, at first " + one);
      seen.add(batch.tensor(0));
    }
    assertEquals(before, device.memory().liveBytes());
    assertTrue(
        message(ClosedException.class, () -> seen.getFirst().add(1))
            .contains("float32(4, 3) was closed by the next batch at BatchesTest.java:"));
    assertTrue(
        message(ClosedException.class, () -> seen.getLast().add(1))
            .contains("float32(2, 3) was closed by the end of its epoch at BatchesTest.java:"));
  }

  @Test
  void aBatchBelongsToTheScopeItWasMadeIn() {
    Batches batches = device.batches(4, numbers(30));
    long before = device.memory().liveBytes();
    Tensor kept;
    try (Scope inner = device.open()) {
      Iterator<Batch> broken = batches.prefetch(3).epoch(0).iterator();
      broken.next();
      // A loop that ends early leaves its last batch.
      kept = inner.keep(broken.next().tensor(0));
    }
    assertEquals(4, kept.toLongArray()[0]);
    kept.close();
    assertEquals(before, device.memory().liveBytes());
    assertEquals(0, device.reclaimed());
  }

  @Test
  void withoutAScopeALoopLeavesNothingToReclaim() {
    try (Device other = Device.cpu(DeviceOptions.DEFAULT.threads(1))) {
      rows(other.batches(4, numbers(30)).prefetch(2), 0, 0);
      assertEquals(0, other.memory().liveBytes());
      assertEquals(0, other.reclaimed());
    }
  }

  @Test
  void severalIterationsAtOnceDoNotDisturbEachOther() {
    Batches batches = device.batches(3, numbers(20)).shuffle(8).prefetch(2);
    List<List<Long>> expected = rows(batches, 4, 0);
    Iterable<Batch> epoch = batches.epoch(4);
    Iterator<Batch> one = epoch.iterator();
    Iterator<Batch> two = epoch.iterator();
    for (List<Long> rows : expected) {
      assertEquals(rows, LongStream.of(one.next().tensor(0).toLongArray()).boxed().toList());
      assertEquals(rows, LongStream.of(two.next().tensor(0).toLongArray()).boxed().toList());
    }
    assertFalse(one.hasNext() || two.hasNext());
    assertThrows(NoSuchElementException.class, one::next);
  }

  // ---- threads

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(THREAD))
        .toList();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  @Test
  void noThreadIsLeftBehind() throws InterruptedException {
    await(() -> threads().isEmpty());
    Batches batches = device.batches(4, numbers(400));
    rows(batches, 0, 0);
    Iterator<Batch> broken = batches.prefetch(2).epoch(0).iterator();
    assertEquals(List.of(), threads(), "none without prefetch, none before the first batch");
    broken.next();
    assertEquals(1, threads().size());
    assertTrue(threads().getFirst().isDaemon());
    // Idle for a second, it ends, and comes again when it is needed.
    await(() -> threads().isEmpty());
    for (long row = 4; row < 24; row += 4) {
      assertEquals(row, broken.next().tensor(0).toLongArray()[0]);
    }
    await(() -> threads().isEmpty());
    rows(batches.prefetch(2), 0, 0);
    await(() -> threads().isEmpty());
  }

  @Test
  void anIterationThatIsForgottenIsCollected() throws InterruptedException {
    Iterator<Batch> iterator = device.batches(4, numbers(400)).prefetch(2).epoch(0).iterator();
    iterator.next();
    WeakReference<Object> forgotten = new WeakReference<>(iterator);
    iterator = null;
    await(() -> {
      System.gc();
      return forgotten.refersTo(null);
    });
  }

  @Test
  void anInterruptStaysSetAndStopsNothing() {
    Batches batches = device.batches(4, numbers(40)).prefetch(2);
    List<List<Long>> expected = rows(batches, 0, 0);
    Thread.currentThread().interrupt();
    List<List<Long>> found = rows(batches, 0, 0);
    assertTrue(Thread.interrupted());
    assertEquals(expected, found);
  }

  @Test
  void aClosedDeviceEndsIt() throws InterruptedException {
    Device other = Device.cpu(DeviceOptions.DEFAULT.threads(1));
    Batches batches = other.batches(4, numbers(40)).prefetch(2);
    Iterator<Batch> iterator = batches.epoch(0).iterator();
    iterator.next();
    other.close();
    String closed = "device cpu is closed; open another (at BatchesTest.java:";
    assertTrue(
        message(ClosedException.class, () -> iterator.next()).startsWith("batches: " + closed));
    assertTrue(
        message(ClosedException.class, () -> batches.epoch(0)).startsWith("epoch: " + closed));
    assertTrue(
        message(ClosedException.class, () -> other.batches(1, numbers(1)))
            .startsWith("batches: " + closed));
    await(() -> threads().isEmpty());
  }

  // ---- errors

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aValueThatDoesNotFitIsThrownAtItsBatchAndNamedByItsPlace(int ahead) {
    long[] data = LongStream.range(0, 60).toArray();
    data[2 * 17 + 1] = 1L << 33;
    Batches batches =
        device.batches(4, NumPyArray.of(data, 30, 2)).dtypes(DType.INT32).prefetch(ahead);
    long before = device.memory().liveBytes();
    Iterator<Batch> iterator = batches.epoch(0).iterator();
    for (int i = 0; i < 4; i++) {
      iterator.next();
    }
    for (int again = 0; again < 3; again++) {
      String error = message(DTypeException.class, () -> iterator.next());
      assertTrue(
          error.startsWith(
              "toHost: int64 to int32: element (17, 1) = 8589934592 is out of range;"
                  + " ask for int64, or use cast(int32) to keep the low bits"
                  + " (at BatchesTest.java:"),
          error);
      assertTrue(iterator.hasNext());
    }
    assertEquals(before, device.memory().liveBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aFileThatIsShortenedIsAnErrorInTheUsersThread(int ahead) throws IOException {
    int rows = 4096;
    Path path = folder.resolve("a.npy");
    NumPy.save(path, device.zeros(DType.FLOAT64, rows, 64).toHost());
    Batches batches = device.batches(64, NumPyArray.map(path)).prefetch(ahead);
    Batches converted = batches.dtypes(DType.FLOAT32);
    // Until the loops are compiled: they are what would end the process.
    for (int round = 0; round < 30; round++) {
      for (Batches each : List.of(batches, converted)) {
        for (Batch batch : each.epoch(round)) {
          assertEquals(64, batch.tensor(0).shape().dim(0));
        }
      }
    }
    for (Batches each : List.of(batches, converted)) {
      Iterator<Batch> iterator = each.epoch(0).iterator();
      iterator.next();
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        long whole = file.length();
        file.setLength(1 << 20);
        int good = 1;
        String error = "";
        while (error.isEmpty()) {
          try {
            iterator.next();
            good++;
          } catch (FormatException e) {
            error = String.valueOf(e.getMessage());
          }
        }
        assertTrue(
            error.startsWith(
                "map: the array cannot be read: its file was shortened, or its disk is gone"
                    + " (at BatchesTest.java:"),
            error);
        // A batch has 32 KiB: 31 of them and a half are there.
        assertEquals(31, good);
        message(FormatException.class, iterator::next);
        file.setLength(whole);
      }
      int rest = 0;
      while (iterator.hasNext()) {
        iterator.next();
        rest++;
      }
      assertEquals(rows / 64 - 31, rest, "whole again, it goes on with the batch that failed");
    }
  }

  @Test
  void aDeviceWithoutRoomLeavesNoHalfABatch() {
    NumPyArray small = numbers(1 << 12);
    NumPyArray large = NumPyArray.of(new double[1 << 20], 1 << 12, 1 << 8);
    try (Device tight = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(1 << 20))) {
      Iterator<Batch> iterator =
          tight.batches(1 << 12, small, large).prefetch(1).epoch(0).iterator();
      message(DeviceMemoryException.class, iterator::next);
      assertEquals(0, tight.memory().liveBytes());
      assertTrue(iterator.hasNext());
    }
  }

  @TestFactory
  @SuppressWarnings("NullAway") // callers without null checks
  Stream<DynamicTest> wrongArguments() {
    NumPyArray ten = numbers(10);
    NumPyArray nine = table(9);
    NumPyArray scalar = NumPyArray.of(new int[] {1});
    ArrayLike nothing = () -> null;
    return FaceErrors.tests(
        List.of(
            row(
                ArgumentException.class,
                "batches: a batch of 0 rows; ask for 1 or more",
                () -> device.batches(0, ten)),
            row(
                ArgumentException.class,
                "batches: there are no arrays; pass one or more",
                () -> device.batches(4)),
            row(
                ArgumentException.class,
                "batches: array 1 is null",
                () -> device.batches(4, ten, null)),
            row(
                ArgumentException.class,
                "batches: array 1's toNumPyArray is null",
                () -> device.batches(4, ten, nothing)),
            row(
                ShapeException.class,
                "batches: array 1 is a scalar, int32(), and has no rows;"
                    + " pass arrays of rank 1 or more",
                () -> device.batches(4, ten, scalar)),
            row(
                ShapeException.class,
                "batches: numbers of rows differ: array 0 is int64(10,),"
                    + " array 2 is float32(9, 3): 10 != 9",
                () -> device.batches(4, ten, ten, nine)),
            row(
                ArgumentException.class,
                "dtypes: 1 for 2 arrays; pass one for each array",
                () -> device.batches(4, ten, ten).dtypes(DType.INT32)),
            row(
                DTypeException.class,
                "toHost: float32 to int32 does not keep values;"
                    + " cast(int32) truncates towards zero",
                () -> device.batches(4, nine).dtypes(DType.INT32)),
            row(
                ArgumentException.class,
                "prefetch: -1 batches ahead; ask for 0 or more",
                () -> device.batches(4, ten).prefetch(-1)),
            row(
                IndexException.class,
                "batch: there is no array 1, only 0 to 0",
                () -> device.batches(4, ten).epoch(0).iterator().next().tensor(1))),
        device);
  }
}
