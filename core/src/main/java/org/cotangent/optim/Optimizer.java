package org.cotangent.optim;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;

/**
 * How parameters move along their gradients. An implementation says how one parameter does; trees
 * of them are gone through here.
 *
 * {@snippet :
 * try (Device cpu = Device.cpu();
 *     Scope scope = cpu.open()) {
 *   Tensor w = cpu.ones(DType.FLOAT32, 3);
 *   Optimizer adam = Adam.of(1e-3);
 *   Optimizer.State<Tensor> state = adam.start(w);
 *   Tensor slope = Cotangent.grad(p -> p.square().sum(), w);
 *   Optimizer.Update<Tensor> next = adam.step(w, slope, state);
 *   System.out.println(next.parameters());
 * }
 * }
 *
 * <p>A compiled step takes and returns the state; donate it, and a replay allocates nothing.
 */
public interface Optimizer {
  /**
   * What an optimiser remembers from step to step; a tree.
   *
   * @param steps how many were made, int64 of rank 0
   * @param slots trees like the parameters, as many as the optimiser has for each of them
   * @param <P> type of the parameters
   */
  record State<P>(Tensor steps, List<P> slots) {}

  /**
   * What a step makes; a tree.
   *
   * @param parameters after the step
   * @param state after the step
   * @param <P> type of the parameters
   */
  record Update<P>(P parameters, State<P> state) {}

  /**
   * One parameter after a step.
   *
   * @param parameter its new value
   * @param slots what is remembered of it
   */
  record Moved(Tensor parameter, List<Tensor> slots) {
    /** Copies the list. */
    public Moved {
      slots = Leaves.copied("slots", slots);
    }
  }

  /** {@return the learning rate, by the number of steps made before} */
  Schedule rate();

  /**
   * {@return what is remembered of a parameter before the first step}
   *
   * @param parameter of float dtype
   */
  List<Tensor> slots(Tensor parameter);

  /**
   * {@return a parameter after a step}
   *
   * @param parameter of float dtype
   * @param gradient of the same type
   * @param slots what is remembered
   * @param rate the learning rate, of the parameter's dtype and rank 0
   * @param step the number of this step, from 1, of the parameter's dtype and rank 0
   */
  Moved move(Tensor parameter, Tensor gradient, List<Tensor> slots, Tensor rate, Tensor step);

  /**
   * {@return the state before the first step}
   *
   * @param parameters a tree with float tensors alone
   * @param <P> type of the parameters
   * @throws ArgumentException if the tree has no tensors, or one is no float
   */
  default <P> State<P> start(P parameters) {
    List<Tensor> leaves = Leaves.floats(parameters);
    List<List<Tensor>> slots = leaves.stream().map(this::slots).toList();
    return new State<>(leaves.getFirst().device().scalar(DType.INT64, 0), trees(parameters, slots));
  }

  /**
   * {@return parameters and state after a step}
   *
   * @param parameters a tree with float tensors alone
   * @param gradients a tree of the same structure and types
   * @param state from {@link #start} or the step before
   * @param <P> type of the parameters
   * @throws ArgumentException if the trees differ in structure, or a parameter is no float
   * @throws ShapeException if a gradient has another shape than its parameter
   */
  default <P> Update<P> step(P parameters, P gradients, State<P> state) {
    List<Tensor> leaves = Leaves.floats(parameters);
    List<Tensor> slopes = Leaves.like("gradients", leaves, gradients);
    List<List<Tensor>> slots =
        state.slots().stream()
            .map(slot -> Leaves.like("a slot of the state", leaves, slot))
            .toList();
    boolean wide = leaves.stream().anyMatch(leaf -> leaf.dtype() == DType.FLOAT64);
    Tensor rate = Settings.rate(rate(), state.steps().cast(wide ? DType.FLOAT64 : DType.FLOAT32));
    Tensor steps = state.steps().add(1);
    List<Tensor> moved = new ArrayList<>();
    List<List<Tensor>> remembered = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      int leaf = i;
      DType dtype = leaves.get(i).dtype();
      Moved one =
          move(
              leaves.get(i),
              slopes.get(i),
              slots.stream().map(slot -> slot.get(leaf)).toList(),
              rate.cast(dtype),
              steps.cast(dtype));
      moved.add(one.parameter());
      remembered.add(one.slots());
    }
    return new Update<>(tree(parameters, moved), new State<>(steps, trees(parameters, remembered)));
  }

  private static <P> P tree(P like, List<Tensor> leaves) {
    Iterator<Tensor> next = leaves.iterator();
    return Trees.map(like, leaf -> next.next());
  }

  /** From lists for each parameter to a tree for each slot. */
  private static <P> List<P> trees(P like, List<List<Tensor>> slots) {
    List<P> trees = new ArrayList<>();
    for (int s = 0; s < slots.getFirst().size(); s++) {
      int slot = s;
      trees.add(tree(like, slots.stream().map(all -> all.get(slot)).toList()));
    }
    return trees;
  }
}
