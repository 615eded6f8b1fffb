package org.cotangent.benchmarks.work;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.optim.Adam;
import org.cotangent.optim.Optimizer;
import org.cotangent.optim.Optimizer.Update;
import org.cotangent.type.DType;

/**
 * A step of Adam for many parameters, without the gradient: kernels that do not need each other,
 * each for one parameter.
 */
public final class UpdateWork {
  private static final Optimizer ADAM = Adam.of(1e-3);

  private UpdateWork() {}

  /**
   * {@return it on a device of Cotangent} The state is donated, as in training.
   *
   * @param device its name
   * @param count how many parameters
   * @param size elements of the first, float32; each has one more than the one before
   * @throws IllegalStateException if the first step does not move as Adam's does
   */
  public static Work cotangent(String device, int count, long size) {
    return OnDevice.open(
        device,
        (opened, scope) -> {
          List<Tensor> start = ones(opened, count, size);
          List<Tensor> slopes = scope.keep(ones(opened, count, size));
          Update<List<Tensor>> first = new Update<>(start, ADAM.start(start));
          var step =
              opened.compiler().name("update").donate(0).compile(UpdateWork::step, first, slopes);
          State state = new State(scope.keep(step.run(first, slopes)));
          check(state.update.parameters());
          return () -> state.update = step.run(state.update, slopes);
        });
  }

  /** What goes from step to step. */
  private static final class State {
    private Update<List<Tensor>> update;

    State(Update<List<Tensor>> update) {
      this.update = update;
    }
  }

  private static List<Tensor> ones(Device device, int count, long size) {
    List<Tensor> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // Of equal sizes a band of rows would pass through all of them.
      all.add(device.ones(DType.FLOAT32, size + i));
    }
    return all;
  }

  private static Update<List<Tensor>> step(Update<List<Tensor>> state, List<Tensor> slopes) {
    return ADAM.step(state.parameters(), slopes, state.state());
  }

  /** The first step is the learning rate, whatever the slope. */
  private static void check(List<Tensor> parameters) {
    for (Tensor leaf : Trees.leaves(parameters)) {
      for (float value : leaf.toFloatArray()) {
        if (Math.abs(value - 0.999) > 1e-5) {
          throw new IllegalStateException("Update: the first step led to " + value);
        }
      }
    }
  }
}
