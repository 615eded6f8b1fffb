package org.cotangent.backend;

/**
 * How to open a device.
 *
 * @param threads number of threads a CPU may use, the caller's among them; 0 for one a core
 */
public record BackendOptions(int threads) {
  /** One thread a core. */
  public static final BackendOptions DEFAULT = new BackendOptions(0);
}
