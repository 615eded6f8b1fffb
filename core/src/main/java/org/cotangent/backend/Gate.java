package org.cotangent.backend;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;

/**
 * Lets runs into a device until it is closed. Closing waits for those that are inside, so that
 * nothing goes while it is used; whoever comes later is refused.
 */
public final class Gate {
  private final String device;
  private final ReentrantReadWriteLock runs = new ReentrantReadWriteLock();

  /** Written with {@link #runs} held for writing. */
  private boolean closed;

  /**
   * An open gate.
   *
   * @param device its name, for errors
   */
  public Gate(String device) {
    this.device = device;
  }

  /**
   * Keeps the device open until {@link #leave}.
   *
   * @throws ClosedException if it is closed
   */
  public void enter() {
    runs.readLock().lock();
    if (closed) {
      runs.readLock().unlock();
      throw new ClosedException(device + ": the device was closed; open it again");
    }
  }

  /** Ends what {@link #enter} began, on the same thread. */
  public void leave() {
    runs.readLock().unlock();
  }

  /** {@return whether the device is closed}, for those who {@link #enter} is refused to */
  public boolean isClosed() {
    runs.readLock().lock();
    try {
      return closed;
    } finally {
      runs.readLock().unlock();
    }
  }

  /**
   * Closes the device, once all have left. A second call does nothing.
   *
   * @param closing gives back what the device has
   * @throws DeviceException if called by a thread that is inside
   */
  public void close(Runnable closing) {
    if (runs.getReadHoldCount() > 0) {
      throw new DeviceException(device + ": closed by one of its own runs; close it after the run");
    }
    runs.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        closing.run();
      }
    } finally {
      runs.writeLock().unlock();
    }
  }
}
