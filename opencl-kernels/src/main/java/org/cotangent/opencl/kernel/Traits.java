package org.cotangent.opencl.kernel;

/**
 * What texts and launches depend on of a device.
 *
 * @param cpu whether work-items are best long loops over vectors, one a group, as on CPUs; else
 *     many short ones in groups that share local memory, as on GPUs
 * @param vectorBytes of the vectors that such loops use
 * @param doubles whether there is float64
 * @param localBytes of local memory a group may use
 * @param groupSize work-items a group may have
 * @param parameterBytes that the arguments of one kernel may have
 * @param units compute units
 * @param cacheBytes of the last cache before memory; 0 where it is not known
 */
public record Traits(
    boolean cpu,
    int vectorBytes,
    boolean doubles,
    long localBytes,
    int groupSize,
    long parameterBytes,
    int units,
    long cacheBytes) {
  /** Items of a group on GPUs: enough to hide latency, few enough for any device. */
  private static final int GROUP = 256;

  /** Below it a group costs more to start than it saves: about 10 microseconds of work. */
  private static final double GROUP_WORK = 1 << 16;

  /** {@return work-items of a group; one size, because drivers may compile for each anew} */
  public int local() {
    return cpu ? 1 : Math.min(GROUP, groupSize);
  }

  /**
   * {@return whether results had better not go through the caches: they would be gone before they
   * are read again, and a line of memory that a CPU writes there is read first}
   *
   * @param bytes of the results of a kernel
   */
  boolean passesCaches(long bytes) {
    return cpu && cacheBytes > 0 && bytes > cacheBytes;
  }

  /**
   * {@return work-groups that share some pieces of work: what each may take in turn}
   *
   * @param pieces that single items take
   * @param work instructions and accesses of all of them
   */
  long groups(long pieces, double work) {
    return cpu
        ? Math.min(pieces, cpuGroups(work))
        : Math.min(Math.ceilDiv(pieces, local()), 64L * units);
  }

  /**
   * {@return groups of a CPU, each with enough to do}
   *
   * @param work instructions and accesses of all of them
   */
  long cpuGroups(double work) {
    return (long) Math.clamp(work / GROUP_WORK, 1, 4.0 * units);
  }
}
