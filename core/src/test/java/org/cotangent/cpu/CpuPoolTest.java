package org.cotangent.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.cotangent.error.ClosedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class CpuPoolTest {
  private static final String NAME = "cotangent-pool-test";

  @AfterEach
  void noThreadIsLeft() {
    assertEquals(List.of(), workers());
  }

  private static List<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(NAME))
        .toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void everyPieceIsDoneOnce(int threads) {
    try (CpuPool pool = new CpuPool(threads, NAME)) {
      WorkerState state = pool.borrow();
      for (int pieces : new int[] {0, 1, 2, 7, 1000}) {
        AtomicIntegerArray done = new AtomicIntegerArray(pieces);
        pool.parallel(pieces, state, (piece, own) -> done.incrementAndGet(piece));
        for (int piece = 0; piece < pieces; piece++) {
          assertEquals(1, done.get(piece));
        }
      }
      pool.giveBack(state);
    }
  }

  /** Rows that a thread has in its caches are those it gets in the next job. */
  @Test
  void eachThreadBeginsWithItsOwnShare() {
    int pieces = 10;
    try (CpuPool pool = new CpuPool(2, NAME);
        WorkerState state = new WorkerState()) {
      for (int job = 0; job < 3; job++) {
        AtomicReferenceArray<Thread> done = new AtomicReferenceArray<>(pieces);
        // No piece ends before the other thread has one as well.
        CyclicBarrier both = new CyclicBarrier(2);
        pool.parallel(
            pieces,
            state,
            (piece, own) -> {
              done.set(piece, Thread.currentThread());
              await(both);
            });
        for (int piece = 0; piece < pieces; piece++) {
          assertEquals(piece < 5, done.get(piece) == Thread.currentThread(), "piece " + piece);
        }
      }
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void threadsStartLazilyAndAreDaemons() {
    try (CpuPool pool = new CpuPool(3, NAME)) {
      WorkerState state = pool.borrow();
      pool.parallel(1, state, (piece, own) -> assertSame(state, own));
      assertEquals(0, workers().size());
      pool.parallel(2, state, (piece, own) -> {});
      assertEquals(2, workers().size());
      assertTrue(workers().stream().allMatch(Thread::isDaemon));
      pool.giveBack(state);
    }
  }

  @Test
  void piecesRunAtTheSameTimeEachWithAStateOfItsOwn() {
    try (CpuPool pool = new CpuPool(4, NAME)) {
      WorkerState state = pool.borrow();
      CountDownLatch all = new CountDownLatch(4);
      Set<WorkerState> states = ConcurrentHashMap.newKeySet();
      pool.parallel(
          4,
          state,
          (piece, own) -> {
            states.add(own);
            all.countDown();
            await(all);
          });
      assertEquals(4, states.size());
      pool.giveBack(state);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void theFirstExceptionComesOutWhenAllPiecesAreOver(int threads) {
    try (CpuPool pool = new CpuPool(threads, NAME)) {
      WorkerState state = pool.borrow();
      for (int round = 0; round < 50; round++) {
        AtomicInteger running = new AtomicInteger();
        IllegalStateException failure = new IllegalStateException("piece 5");
        IllegalStateException thrown =
            assertThrows(
                IllegalStateException.class,
                () ->
                    pool.parallel(
                        1000,
                        state,
                        (piece, own) -> {
                          running.incrementAndGet();
                          try {
                            if (piece == 5) {
                              throw failure;
                            }
                          } finally {
                            running.decrementAndGet();
                          }
                        }));
        assertSame(failure, thrown);
        assertEquals(0, running.get());
      }
      AtomicInteger done = new AtomicInteger();
      pool.parallel(100, state, (piece, own) -> done.incrementAndGet());
      assertEquals(100, done.get());
      assertThrows(
          StackOverflowError.class,
          () ->
              pool.parallel(
                  10,
                  state,
                  (piece, own) -> {
                    throw new StackOverflowError();
                  }));
      pool.giveBack(state);
    }
  }

  @Test
  void manyCallersAtOnce() throws InterruptedException {
    try (CpuPool pool = new CpuPool(3, NAME)) {
      List<Throwable> failures = new ArrayList<>();
      List<Thread> callers = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        callers.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((thread, e) -> {
                  synchronized (failures) {
                    failures.add(e);
                  }
                })
                .start(() -> jobs(pool)));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  private static void jobs(CpuPool pool) {
    WorkerState state = pool.borrow();
    for (int job = 0; job < 300; job++) {
      AtomicInteger sum = new AtomicInteger();
      pool.parallel(20, state, (piece, own) -> sum.addAndGet(piece));
      assertEquals(190, sum.get());
    }
    pool.giveBack(state);
  }

  @Test
  void workersGoRoundAmongJobs() throws InterruptedException {
    // The first job is endless, and the caller of the second waits in its first piece for help.
    try (CpuPool pool = new CpuPool(2, NAME)) {
      CountDownLatch firstRuns = new CountDownLatch(1);
      CountDownLatch secondOver = new CountDownLatch(1);
      Thread first =
          Thread.ofPlatform()
              .start(() -> {
                WorkerState state = pool.borrow();
                assertThrows(
                    IllegalStateException.class,
                    () ->
                        pool.parallel(
                            1 << 30,
                            state,
                            (piece, own) -> {
                              firstRuns.countDown();
                              if (own == state) {
                                await(secondOver);
                                throw new IllegalStateException("enough");
                              }
                            }));
                pool.giveBack(state);
              });
      await(firstRuns);
      WorkerState state = pool.borrow();
      CountDownLatch helped = new CountDownLatch(1);
      pool.parallel(
          2,
          state,
          (piece, own) -> {
            if (own == state) {
              await(helped);
            } else {
              helped.countDown();
            }
          });
      secondOver.countDown();
      first.join();
      pool.giveBack(state);
    }
  }

  @Test
  void aPieceMayRunAJob() {
    try (CpuPool pool = new CpuPool(2, NAME)) {
      WorkerState state = pool.borrow();
      AtomicInteger done = new AtomicInteger();
      pool.parallel(
          10,
          state,
          (piece, own) -> pool.parallel(10, own, (inner, same) -> done.incrementAndGet()));
      assertEquals(100, done.get());
      pool.giveBack(state);
    }
  }

  @Test
  void anInterruptedCallerFinishesItsJob() {
    CpuPool pool = new CpuPool(2, NAME);
    WorkerState state = pool.borrow();
    Thread.currentThread().interrupt();
    AtomicInteger done = new AtomicInteger();
    pool.parallel(100, state, (piece, own) -> done.incrementAndGet());
    assertEquals(100, done.get());
    pool.giveBack(state);
    pool.close();
    assertTrue(Thread.interrupted());
  }

  @Test
  void closeLetsTheJobInFlightFinish() throws InterruptedException {
    CpuPool pool = new CpuPool(2, NAME);
    CountDownLatch running = new CountDownLatch(2);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    WorkerState state = pool.borrow();
    Thread caller =
        Thread.ofPlatform()
            .start(() ->
                pool.parallel(
                    10,
                    state,
                    (piece, own) -> {
                      running.countDown();
                      await(release);
                      done.incrementAndGet();
                    }));
    await(running);
    Thread closer = Thread.ofPlatform().start(pool::close);
    closer.join(50);
    assertTrue(closer.isAlive());
    release.countDown();
    caller.join();
    closer.join();
    assertEquals(10, done.get());
    // A state that comes back late is freed.
    state.tiles().atLeast(1);
    pool.giveBack(state);
    assertThrows(IllegalStateException.class, () -> state.tiles().atLeast(1 << 20));
    assertThrows(ClosedException.class, pool::borrow);
    ClosedException e =
        assertThrows(ClosedException.class, () -> pool.parallel(2, state, (piece, own) -> {}));
    assertEquals("cpu: the device was closed; open it again", e.getMessage());
    pool.close();
  }

  @Test
  void statesAreUsedAgain() {
    try (CpuPool pool = new CpuPool(2, NAME)) {
      WorkerState first = pool.borrow();
      WorkerState second = pool.borrow();
      assertFalse(first == second);
      pool.giveBack(first);
      assertSame(first, pool.borrow());
      pool.giveBack(first);
      pool.giveBack(second);
    }
  }
}
