package org.cotangent.benchmarks.examples;

import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.nn.Losses;
import org.cotangent.optim.Adam;
import org.cotangent.optim.Clipping;
import org.cotangent.optim.Optimizer;
import org.cotangent.optim.Schedule;

/**
 * Trains any task: one compiled step draws a batch, differentiates, clips and moves the parameters,
 * in the memory of the state it is given.
 *
 * @param <M> the model
 * @param <D> the data
 */
final class Trainer<M, D> {
  /** What goes from step to step, donated as a whole. */
  record State<M>(M model, Optimizer.State<M> memory) {}

  /** What a step returns. */
  record Step<M>(State<M> state, Tensor loss) {}

  private static final double CLIP = 1;
  private static final int WARM_UP = 50;

  private final Task<M, D> task;
  private final Optimizer optimizer;

  Trainer(Task<M, D> task) {
    this.task = task;
    double rate = task.plan().rate();
    this.optimizer =
        Adam.of(Schedule.linear(rate, rate * 0.02, task.plan().steps()).warmedUp(WARM_UP));
  }

  private Step<M> step(State<M> state, D data, Key key) {
    Task.Batch batch = task.batch(data, key);
    var loss =
        Cotangent.valueAndGrad(
            model -> Losses.softmaxCrossEntropy(task.logits(model, batch.x()), batch.y()),
            state.model());
    var next =
        optimizer.step(state.model(), Clipping.byGlobalNorm(loss.grad(), CLIP), state.memory());
    return new Step<>(new State<>(next.parameters(), next.state()), loss.value());
  }

  /** Told after some steps. */
  @FunctionalInterface
  interface Watcher {
    void see(int step, double loss);
  }

  /** {@return the share of test samples that the trained model has right} */
  double train(Device device, long seed, int steps, Watcher watcher) {
    Key key = device.key(seed);
    D data = task.data(device);
    M model = task.init(key.fold(0));
    State<M> state = new State<>(model, optimizer.start(model));
    Key draws = key.fold(1);
    try (var compiled =
        device.compiler().donate(0).compile(this::step, state, data, draws.fold(0))) {
      for (int i = 0; i < steps; i++) {
        try (Scope scope = device.open()) {
          Step<M> out = compiled.run(state, data, draws.fold(i));
          state = scope.keep(out.state());
          if ((i + 1) % 20 == 0 || i + 1 == steps) {
            watcher.see(i + 1, out.loss().item());
          }
        }
      }
    }
    Task.Batch test = task.test(data, key.fold(2));
    Tensor found = task.logits(state.model(), test.x()).argmax(-1);
    return found.equal(test.y()).mean().item();
  }
}
