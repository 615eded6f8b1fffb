package org.cotangent.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What the runs of a program spent on each of its kernels. Safe for many threads. */
public final class KernelTimes {
  /** For each launch the kernel that it is part of. */
  private final int[] kernels;

  /** Guarded by this. */
  private final List<KernelTime> times = new ArrayList<>();

  /**
   * Times of no run so far.
   *
   * @param program whose kernels are timed
   * @param launches for each of its kernels
   */
  public KernelTimes(Program program, List<? extends List<?>> launches) {
    kernels =
        IntStream.range(0, launches.size())
            .flatMap(kernel -> launches.get(kernel).stream().mapToInt(_ -> kernel))
            .toArray();
    program.kernels().forEach(kernel -> times.add(new KernelTime(kernel.label(), 0, 0)));
  }

  /**
   * Adds a run.
   *
   * @param nanoseconds of each launch, in order
   */
  public synchronized void add(long... nanoseconds) {
    for (int i = 0; i < kernels.length; i++) {
      // A kernel of several launches ran once.
      long runs = i > 0 && kernels[i - 1] == kernels[i] ? 0 : 1;
      KernelTime before = times.get(kernels[i]);
      times.set(kernels[i], before.plus(new KernelTime("", runs, nanoseconds[i])));
    }
  }

  /** {@return the sums so far, one for each kernel} */
  public synchronized List<KernelTime> list() {
    return List.copyOf(times);
  }
}
