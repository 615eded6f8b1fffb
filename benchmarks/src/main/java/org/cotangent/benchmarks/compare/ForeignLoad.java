package org.cotangent.benchmarks.compare;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How busy others keep the machine, looked at while this process and its children do nothing. */
final class ForeignLoad {
  private static final Duration LOOK = Duration.ofMillis(150);

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final List<Double> cores = new ArrayList<>();

  /** Looks for a moment. */
  void look() throws InterruptedException {
    // The first call says what was since the one before.
    double _ = system.getCpuLoad();
    Thread.sleep(LOOK);
    double load = system.getCpuLoad();
    if (load >= 0) {
      cores.add(load * system.getAvailableProcessors());
    }
  }

  /** {@return the mean of what was seen, in cores; 0 where the system does not tell} */
  double cores() {
    return cores.stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }
}
