package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.cotangent.Compiled1;
import org.cotangent.Compiled2;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads make, run, view, donate, read, close and forget tensors that all of them share, while the
 * garbage collector runs and memory is short, so that what one closes is lent to another at once.
 * All elements of a tensor are equal, and are known: whoever finds another one has read memory of
 * somebody else. A build takes half a minute of it, {@code mvn -q -Pstress -pl core} an hour.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class LifetimeRaceTest {
  private static final int THREADS = 6;
  private static final int SLOTS = 12;
  private static final int LONGEST = 400_000;
  private static final long LIMIT = 48L << 20;

  /** Of one of the two pools. */
  private static final long MILLIS = Integer.getInteger("cotangent.stress", 1) * 1000L / 2;

  /** A tensor that anybody may close, and what its elements are. */
  private record Entry(Tensor tensor, float value) {}

  /** One thread's part in it. */
  private static final class Racer implements Callable<Integer> {
    private final Device device;
    private final AtomicReferenceArray<Entry> slots;
    private final Compiled1<Tensor, Tensor> map;
    private final Compiled1<Tensor, Tensor> donating;
    private final Compiled2<Tensor, Tensor, Tensor> sum;
    private final Random random;
    private final long end;

    Racer(
        Device device,
        AtomicReferenceArray<Entry> slots,
        Compiled1<Tensor, Tensor> map,
        Compiled1<Tensor, Tensor> donating,
        Compiled2<Tensor, Tensor, Tensor> sum,
        int seed,
        long end) {
      this.device = device;
      this.slots = slots;
      this.map = map;
      this.donating = donating;
      this.sum = sum;
      this.random = new Random(seed);
      this.end = end;
    }

    /** {@return how often another one was faster} */
    @Override
    public Integer call() {
      int done = 0;
      int refused = 0;
      while (System.nanoTime() < end || done < 100) {
        int slot = random.nextInt(SLOTS);
        Entry entry = slots.get(slot);
        try {
          if (entry == null) {
            put(slot, make());
          } else {
            race(slot, entry);
          }
          done++;
        } catch (ClosedException e) {
          refused++;
          slots.compareAndSet(slot, entry, null);
        } catch (DeviceException e) {
          assertTrue(String.valueOf(e.getMessage()).startsWith("donate: "), e.toString());
          refused++;
        }
      }
      return refused;
    }

    private Entry make() {
      float value = random.nextInt(1000);
      // Few sizes, so that functions have few programs; small and large ones for the allocator.
      int size = 1 + LONGEST / (1 << random.nextInt(8));
      return new Entry(device.full(DType.FLOAT32, value, size), value);
    }

    private void race(int slot, Entry entry) {
      Tensor x = entry.tensor();
      float value = entry.value();
      switch (random.nextInt(9)) {
        case 0 -> put(slot, make());
        // Whoever has it still is the one to be refused.
        case 1 -> {
          slots.compareAndSet(slot, entry, null);
          x.close();
        }
        case 2 -> {
          slots.compareAndSet(slot, entry, null);
          x.close();
          x.close();
        }
        // Nobody closes it: it is found when it cannot be reached.
        case 3 -> slots.set(slot, make());
        case 4 -> put(random.nextInt(SLOTS), new Entry(map.run(x), 2 * value + 1));
        case 5 -> {
          try (Tensor result = sum.run(x, x)) {
            check(result, 2 * value);
          }
        }
        case 6 -> {
          Tensor view = x.slice(0, x.shape().dim(0) / 2, x.shape().dim(0));
          x.close();
          check(view, value);
          put(slot, new Entry(view, value));
        }
        case 7 -> {
          Tensor kept;
          try (Scope scope = device.open()) {
            check(x.add(1), value + 1);
            kept = scope.keep(x.mul(2));
          }
          put(random.nextInt(SLOTS), new Entry(kept, 2 * value));
        }
        default -> put(slot, new Entry(donating.run(x), value + 3));
      }
    }

    /** Values stay small enough to be exact. */
    private void put(int slot, Entry entry) {
      Entry added = entry;
      if (entry.value() > 1 << 20) {
        entry.tensor().close();
        added = make();
      }
      Entry before = slots.getAndSet(slot, added);
      if (before != null) {
        before.tensor().close();
      }
    }

    private static void check(Tensor tensor, float value) {
      for (float found : tensor.toFloatArray()) {
        assertEquals(value, found);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void nobodySeesMemoryOfOthers(int pool) throws Exception {
    DeviceOptions options = DeviceOptions.DEFAULT.threads(pool).memoryLimit(LIMIT);
    try (FaceLog _ = new FaceLog("org.cotangent.memory", false);
        FaceLog _ = new FaceLog("org.cotangent.compile", false);
        Device device = Device.cpu(options);
        Tensor example = device.ones(DType.FLOAT32, 3);
        var map = device.compiler().compile((Tensor p) -> p.mul(2).add(1), example);
        var donating = device.compiler().donate(0).compile((Tensor p) -> p.add(3), example);
        var sum = device.compiler().compile(Tensor::add, example, example);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      AtomicReferenceArray<Entry> slots = new AtomicReferenceArray<>(SLOTS);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
      List<Future<Integer>> running = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        running.add(threads.submit(new Racer(device, slots, map, donating, sum, t, end)));
      }
      while (System.nanoTime() < end) {
        System.gc();
        Thread.sleep(20);
      }
      int refused = 0;
      for (Future<Integer> each : running) {
        refused += each.get();
      }
      assertTrue(refused > 0, "no two met");
      assertTrue(device.memory().peakReservedBytes() <= LIMIT);
      for (int slot = 0; slot < SLOTS; slot++) {
        Entry entry = slots.get(slot);
        if (entry != null) {
          entry.tensor().close();
        }
      }
      slots = null;
      // What was forgotten is found once it was collected; the example stays.
      long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (device.memory().liveBlocks() > 1 && System.nanoTime() < patience) {
        System.gc();
        device.ones(DType.FLOAT32, 1).close();
      }
      String left = device.memoryReport(10).toString();
      assertEquals(1, device.memory().liveBlocks(), left);
    }
  }
}
