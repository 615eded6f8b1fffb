package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;

/** A backend of which one run waits in the middle until something else is done. */
final class GatedBackend extends ForwardingBackend {
  private static final long SECONDS = 30;

  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch leave = new CountDownLatch(1);
  private volatile boolean shut;

  GatedBackend() {
    super(new ReferenceBackend());
  }

  @Override
  protected void run(Program program, LoadedProgram loaded, List<LoadedProgram.Slice> buffers) {
    if (shut) {
      entered.countDown();
      try {
        assertTrue(leave.await(SECONDS, TimeUnit.SECONDS));
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
    }
    loaded.run(buffers);
  }

  /**
   * {@return what a call returns that runs something, once}
   *
   * @param pool whose thread makes the call
   * @param call waits in its first run
   * @param meanwhile is done in this thread while it waits
   */
  <T> T inThread(ExecutorService pool, Callable<T> call, Runnable meanwhile)
      throws InterruptedException, ExecutionException {
    shut = true;
    Future<T> result = pool.submit(call);
    assertTrue(entered.await(SECONDS, TimeUnit.SECONDS));
    shut = false;
    meanwhile.run();
    leave.countDown();
    return result.get();
  }
}
