package org.cotangent.benchmarks.digits;

import static org.cotangent.Cotangent.valueAndGrad;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.cotangent.Compiled2;
import org.cotangent.Compiled3;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.backend.MemoryPlan;

/**
 * Stochastic gradient descent with momentum: one compiled step that takes over the memory of the
 * state it is given. The same seed gives the same weights, bit for bit, with any number of threads.
 */
final class Training implements AutoCloseable {
  static final int BATCH = 32;
  static final double RATE = 0.1;
  static final double MOMENTUM = 0.9;

  /** What goes from step to step: a tree, donated as a whole. */
  record State(Net net, Net momentum) {
    /** Weights of a seed, at rest. */
    static State start(Device device, long seed) {
      Net net = Net.init(device.key(seed));
      return new State(net, Trees.map(net, p -> device.zeros(p.dtype(), p.shape().dims())));
    }
  }

  /** What a step returns. */
  record Step(State state, Tensor loss) {}

  private final Device device;
  private final Data data;
  private final Random shuffle;
  private final List<Long> order;
  private final Compiled3<State, Split, Tensor, Step> step;
  private final Compiled2<Net, Split, Evaluation> evaluate;
  private State state;

  Training(Device device, Data data, long seed) {
    this.device = device;
    this.data = data;
    this.shuffle = new Random(seed);
    this.order = new ArrayList<>(LongStream.range(0, data.train().size()).boxed().toList());
    try (Scope scope = device.open()) {
      state = scope.keep(State.start(device, seed));
      // Examples: their types and shapes count, not their values.
      Tensor indices = device.tensor(new long[BATCH]);
      step = device.compiler().donate(0).compile(Training::step, state, data.train(), indices);
      evaluate = device.compiler().compile(Evaluation::of, state.net(), data.test());
    }
  }

  /** One step on the samples at {@code (32,)} indices. */
  static Step step(State s, Split samples, Tensor indices) {
    Split batch = samples.take(indices);
    var loss = valueAndGrad(net -> net.loss(batch.x(), batch.y()), s.net());
    Net momentum = Trees.map(s.momentum(), loss.grad(), (m, g) -> m.mul(MOMENTUM).add(g));
    Net net = Trees.map(s.net(), momentum, (p, m) -> p.sub(m.mul(RATE)));
    return new Step(new State(net, momentum), loss.value());
  }

  /** Goes once through the training samples, then looks at the test samples. */
  Epoch epoch() {
    try (Scope scope = device.open()) {
      List<Tensor> losses = new ArrayList<>();
      long start = System.nanoTime();
      for (long[] batch : batches()) {
        Step out = step.run(state, data.train(), device.tensor(batch));
        state = out.state();
        losses.add(out.loss());
      }
      // Read after the last step: a device may still be at work when a run returns.
      double loss = losses.stream().mapToDouble(Tensor::item).average().orElse(Double.NaN);
      long nanos = System.nanoTime() - start;
      scope.keep(state);
      return new Epoch(loss, confusion(state.net()).accuracy(), losses.size(), nanos * 1e-9);
    }
  }

  /**
   * The samples in another order, in equal pieces. What is left over sits out an epoch: a smaller
   * batch would be another program.
   */
  private List<long[]> batches() {
    Collections.shuffle(order, shuffle);
    List<long[]> batches = new ArrayList<>();
    for (int end = BATCH; end <= order.size(); end += BATCH) {
      batches.add(order.subList(end - BATCH, end).stream().mapToLong(i -> i).toArray());
    }
    return batches;
  }

  /** The network as it is now; the next epoch closes it. */
  Net net() {
    return state.net();
  }

  /** The labels that a network gives the test samples. */
  long[] predict(Net net) {
    try (var _ = device.open()) {
      return evaluate.run(net, data.test()).predicted().toLongArray();
    }
  }

  /** How a network does on the test samples. */
  Confusion confusion(Net net) {
    try (var _ = device.open()) {
      return Confusion.of(evaluate.run(net, data.test()).confusion());
    }
  }

  /** What a step needs beside its arguments, known before the first. */
  MemoryPlan plan() {
    return step.plan();
  }

  @Override
  public void close() {
    step.close();
    evaluate.close();
  }
}
