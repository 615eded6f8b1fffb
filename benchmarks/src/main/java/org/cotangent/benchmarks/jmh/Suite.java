package org.cotangent.benchmarks.jmh;

import org.cotangent.benchmarks.engine.Engines;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.benchmarks.work.Work;
import org.openjdk.jmh.annotations.Param;

/** A task that any engine does which is on the class path, on any device that it has. */
public abstract class Suite extends Timed {
  /** Whose time it is: {@code cotangent}, or a peer. */
  @Param("cotangent")
  public String engine = "cotangent";

  /** Where: {@code cpu}, {@code opencl} or {@code cuda}. */
  @Param("cpu")
  public String device = "cpu";

  /** {@return what the parameters ask for} */
  abstract Task task();

  @Override
  Work prepare() {
    if (Engines.named(engine).isClocked()) {
      throw new IllegalArgumentException(
          "not available: "
              + engine
              + " runs in a process of its own, and is timed by its clock; leave JMH out: mvn"
              + " -Pbench");
    }
    return Engines.open(engine, device, task());
  }
}
