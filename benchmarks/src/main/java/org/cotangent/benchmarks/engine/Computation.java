package org.cotangent.benchmarks.engine;

import java.util.function.Supplier;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.benchmarks.work.Work;
import org.cotangent.type.HostArray;

/** A task that an engine is ready to run. */
public interface Computation extends Work {
  /** {@return the result of the last run, in C order, until the next} */
  HostArray result();

  /**
   * Runs it as often as the task has results to compare, and compares them.
   *
   * @param task what it is
   * @throws IllegalStateException if an element is not what plain Java makes of it
   */
  default void check(Task task) {
    Check check = new Check(task);
    for (int run = 0; run < task.runs(); run++) {
      run();
      check.compare(run, result());
    }
  }

  /**
   * {@return a computation from three actions}
   *
   * @param run does it once
   * @param result copies or shows the result
   * @param close frees what was opened for it
   */
  static Computation of(Runnable run, Supplier<HostArray> result, Runnable close) {
    return new Computation() {
      @Override
      public void run() {
        run.run();
      }

      @Override
      public HostArray result() {
        return result.get();
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
