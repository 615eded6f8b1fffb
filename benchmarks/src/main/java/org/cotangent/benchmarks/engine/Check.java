package org.cotangent.benchmarks.engine;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.cotangent.benchmarks.task.Reference;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.HostArray;

/** Compares results with what plain Java makes of a task: the corners, and elements in between. */
final class Check {
  private static final int SAMPLES = 100;

  private final Task task;
  private final Reference reference;

  Check(Task task) {
    this.task = task;
    this.reference = task.reference();
  }

  void compare(int run, HostArray result) {
    if (!result.type().shape().equals(task.shape()) || result.type().dtype() != task.dtype()) {
      throw new IllegalStateException(
          task.title() + ": the result is " + result.type() + ", not " + task.shape());
    }
    long size = task.shape().size();
    LongStream samples =
        size <= SAMPLES
            ? LongStream.range(0, size)
            : LongStream.concat(
                LongStream.of(0, size - 1), new SplittableRandom(1).longs(SAMPLES, 0, size));
    samples.forEach(index -> {
      double expected = reference.at(run, index);
      double actual = result.getDouble(index);
      // NaN is no answer either.
      if (!(Math.abs(actual - expected) <= task.tolerance())) {
        throw new IllegalStateException(
            "%s: element %d of run %d is %s, not %s"
                .formatted(task.title(), index, run, actual, expected));
      }
    });
  }
}
