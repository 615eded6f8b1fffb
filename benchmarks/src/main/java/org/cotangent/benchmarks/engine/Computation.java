package org.cotangent.benchmarks.engine;

import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.benchmarks.work.Work;
import org.cotangent.type.HostArray;
import org.jspecify.annotations.Nullable;

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

  /**
   * {@return a computation that reads a file into an engine's array}
   *
   * @param task which file; deleted when the computation is closed
   * @param read makes an array of it
   * @param free frees an array
   * @param copy copies an array to Java
   * @param close frees what else was opened for it
   * @param <R> an engine's array
   */
  static <R> Computation reading(
      Import task,
      Function<Path, R> read,
      Consumer<R> free,
      Function<R, HostArray> copy,
      Runnable close) {
    Path file = task.save();
    return keeping(
        () -> read.apply(file),
        free,
        copy,
        () -> {
          Import.delete(file);
          close.run();
        });
  }

  /**
   * {@return a computation that keeps its last result, and frees it before the next: its memory is
   * there again then}
   *
   * @param run does it once
   * @param free frees a result
   * @param copy copies a result to Java
   * @param close frees what else was opened for it; the last result is freed before
   * @param <R> an engine's result
   */
  static <R> Computation keeping(
      Supplier<R> run, Consumer<R> free, Function<R, HostArray> copy, Runnable close) {
    return new Computation() {
      private @Nullable R last;

      @Override
      public void run() {
        release();
        last = run.get();
      }

      @Override
      public HostArray result() {
        if (last == null) {
          throw new IllegalStateException("result before a run");
        }
        return copy.apply(last);
      }

      @Override
      public void close() {
        release();
        close.run();
      }

      private void release() {
        if (last != null) {
          free.accept(last);
          last = null;
        }
      }
    };
  }
}
