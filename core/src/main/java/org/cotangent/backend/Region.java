package org.cotangent.backend;

/**
 * A piece of device memory as the device itself hands it out; each backend has its own kind.
 * Compared by identity.
 */
public interface Region {
  /** {@return its size in bytes} */
  long bytes();
}
