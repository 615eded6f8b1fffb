package org.cotangent.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.Cotangent.ValueAndGrad;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * Limited-memory BFGS (Liu and Nocedal, 1989): a quasi-Newton method for smooth losses over the
 * whole data. Names, defaults, order of the tests and line search are PyTorch's. How many times it
 * evaluates the loss depends on values, so the loop runs on the host; compile the loss.
 *
 * {@snippet :
 * try (Device cpu = Device.cpu();
 *     Scope scope = cpu.open()) {
 *   Tensor at = cpu.tensor(new double[] {-1.2, 1}, 2);
 *   Lbfgs lbfgs = Lbfgs.of(1).withStrongWolfe().withIterations(100);
 *   Lbfgs.Update<Tensor> least =
 *       lbfgs.minimize(p -> Cotangent.valueAndGrad(q -> q.sub(3).square().sum(), p), at);
 *   System.out.println(least.parameters() + " after " + least.state().iterations());
 * }
 * }
 *
 * @param rate length of a step, or of the first that the line search tries
 * @param iterations most iterations of one call of {@link #step}
 * @param evaluations of the loss in one call after which no iteration begins
 * @param gradientTolerance ends at a gradient whose largest element is not above it
 * @param changeTolerance ends where parameters or loss change less
 * @param history how many steps are remembered
 * @param strongWolfe whether steps are searched for along their line
 */
public record Lbfgs(
    double rate,
    int iterations,
    int evaluations,
    double gradientTolerance,
    double changeTolerance,
    int history,
    boolean strongWolfe) {
  /** Checks the numbers. */
  public Lbfgs {
    Settings.atLeast("rate", rate, 0);
    Settings.atLeast("iterations", iterations, 1);
    Settings.atLeast("evaluations", evaluations, 1);
    Settings.atLeast("gradientTolerance", gradientTolerance, 0);
    Settings.atLeast("changeTolerance", changeTolerance, 0);
    Settings.atLeast("history", history, 1);
  }

  /**
   * What is remembered between calls; a tree. The vectors have all parameters one after the other.
   *
   * @param iterations made so far
   * @param length of the last step, in directions
   * @param scale of the first guess of the inverse Hessian
   * @param last gradient and direction of the last iteration; empty before the first
   * @param moves of the parameters, oldest first
   * @param bends changes of the gradient with these moves
   */
  public record State(
      int iterations,
      double length,
      double scale,
      List<Tensor> last,
      List<Tensor> moves,
      List<Tensor> bends) {
    /** Copies the lists. */
    public State {
      last = Leaves.copied("last", last);
      moves = Leaves.copied("moves", moves);
      bends = Leaves.copied("bends", bends);
    }
  }

  /**
   * What a call makes; a tree. Nothing in it is shared with what the call was given.
   *
   * @param parameters after the call
   * @param value of the loss there
   * @param evaluations of the loss in this call
   * @param state after the call
   * @param <P> type of the parameters
   */
  public record Update<P>(P parameters, double value, int evaluations, State state) {}

  /**
   * {@return L-BFGS with 20 iterations in a call, 25 evaluations, tolerances 1e-7 and 1e-9, a
   * history of 100, and no line search}
   *
   * @param rate length of a step, usually 1
   */
  public static Lbfgs of(double rate) {
    return new Lbfgs(rate, 20, 25, 1e-7, 1e-9, 100, false);
  }

  /** {@return this with a line search that satisfies the strong Wolfe conditions} */
  public Lbfgs withStrongWolfe() {
    return new Lbfgs(
        rate, iterations, evaluations, gradientTolerance, changeTolerance, history, true);
  }

  /**
   * {@return this with other limits of one call}
   *
   * @param count of iterations; evaluations may be a quarter more
   */
  public Lbfgs withIterations(int count) {
    int most = (int) Math.min(Integer.MAX_VALUE, count * 5L / 4);
    return new Lbfgs(rate, count, most, gradientTolerance, changeTolerance, history, strongWolfe);
  }

  /**
   * {@return this with other tolerances}
   *
   * @param gradient of the largest element of the gradient
   * @param change of parameters and of the loss
   */
  public Lbfgs withTolerances(double gradient, double change) {
    return new Lbfgs(rate, iterations, evaluations, gradient, change, history, strongWolfe);
  }

  /**
   * {@return this with another memory}
   *
   * @param count of steps that are remembered
   */
  public Lbfgs withHistory(int count) {
    return new Lbfgs(
        rate, iterations, evaluations, gradientTolerance, changeTolerance, count, strongWolfe);
  }

  /** {@return the state before the first call} */
  public State start() {
    return new State(0, rate, 1, List.of(), List.of(), List.of());
  }

  /**
   * {@return parameters and state after one call from the start}
   *
   * @param loss its value and gradient
   * @param parameters a tree of float tensors
   * @param <P> type of the parameters
   * @throws ArgumentException as {@link #step}
   */
  public <P> Update<P> minimize(Function<? super P, ? extends ValueAndGrad<P>> loss, P parameters) {
    return step(loss, parameters, start());
  }

  /**
   * {@return parameters and state after up to {@link #iterations} iterations}
   *
   * @param loss its value and gradient; called outside any trace
   * @param parameters a tree of float tensors
   * @param state from {@link #start} or the call before
   * @param <P> type of the parameters
   * @throws ArgumentException if the tree has no tensors, one is no float or is traced, or the
   *     gradients are not like the parameters
   */
  public <P> Update<P> step(
      Function<? super P, ? extends ValueAndGrad<P>> loss, P parameters, State state) {
    FlatTree<P> flat = FlatTree.of(parameters);
    try (Scope scope = flat.device().open()) {
      Descent<P> descent = new Descent<>(flat, loss, parameters, state);
      descent.run();
      return scope.keep(descent.update());
    }
  }

  /** One call of {@link #step}. */
  private final class Descent<P> {
    /** Below this, a move and its bend say nothing about curvature; PyTorch's. */
    private static final double LEAST_CURVATURE = 1e-10;

    private final FlatTree<P> flat;
    private final Function<? super P, ? extends ValueAndGrad<P>> loss;
    private final List<Tensor> moves;
    private final List<Tensor> bends;
    private final List<Double> curvatures;
    private int made;
    private double length;
    private double scale;

    /** The gradient of the iteration before, and the direction it took. */
    private @Nullable Tensor before;

    private @Nullable Tensor direction;

    private Tensor at;
    private Tensor gradient;
    private double value;
    private int evaluated;

    Descent(
        FlatTree<P> flat,
        Function<? super P, ? extends ValueAndGrad<P>> loss,
        P parameters,
        State state) {
      this.flat = flat;
      this.loss = loss;
      moves = copies(state.moves());
      bends = copies(state.bends());
      curvatures = new ArrayList<>();
      for (int i = 0; i < moves.size(); i++) {
        curvatures.add(dot(moves.get(i), bends.get(i)));
      }
      made = state.iterations();
      length = state.length();
      scale = state.scale();
      if (!state.last().isEmpty()) {
        before = state.last().get(0).copy();
        direction = state.last().get(1).copy();
      }
      at = flat.join("the parameters", parameters);
      Evaluated first = evaluate(at);
      value = first.value();
      gradient = first.gradient();
    }

    private static List<Tensor> copies(List<Tensor> vectors) {
      return new ArrayList<>(vectors.stream().map(Tensor::copy).toList());
    }

    /** The loss somewhere. */
    private record Evaluated(double value, Tensor gradient) {}

    private Evaluated evaluate(Tensor vector) {
      evaluated++;
      try (Scope scope = flat.device().open()) {
        ValueAndGrad<P> found = loss.apply(flat.split(vector));
        if (found == null || found.value() == null || found.grad() == null) {
          throw new ArgumentException(
              "optimizer: the loss returned "
                  + (found == null ? "null" : "a value or gradient that is null")
                  + "; return what valueAndGrad gives");
        }
        return new Evaluated(
            found.value().item(), scope.keep(flat.join("the gradient", found.grad())));
      }
    }

    void run() {
      boolean ends = largest(gradient) <= gradientTolerance;
      for (int i = 0; i < iterations && !ends; i++) {
        List<Tensor> old = vectors();
        try (Scope scope = flat.device().open()) {
          ends = iterate() || evaluated >= evaluations;
          scope.keep(List.of(vectors(), moves, bends));
        }
        // So that memory does not grow with the number of iterations.
        List<Tensor> now = vectors();
        old.stream().filter(vector -> !now.contains(vector)).forEach(Tensor::close);
      }
    }

    private List<Tensor> vectors() {
      return Stream.of(at, gradient, before, direction).filter(Objects::nonNull).toList();
    }

    /** {@return whether this was the last} */
    private boolean iterate() {
      made++;
      Tensor way = direction();
      double value0 = value;
      before = gradient;
      direction = way;
      length = made == 1 ? Math.min(1, 1 / item(gradient.abs().sum())) * rate : rate;
      double slope = dot(gradient, way);
      if (slope > -changeTolerance) {
        return true;
      }
      Tensor from = at;
      if (strongWolfe) {
        StrongWolfe.Point found =
            StrongWolfe.search(
                new StrongWolfe.Point(0, value, slope, gradient),
                length,
                changeTolerance / largest(way),
                step -> {
                  Evaluated there = evaluate(from.add(way.mul(step)));
                  return new StrongWolfe.Point(
                      step, there.value(), dot(there.gradient(), way), there.gradient());
                });
        length = found.step();
        value = found.value();
        gradient = found.gradient();
        at = from.add(way.mul(length));
      } else {
        at = from.add(way.mul(length));
        Evaluated there = evaluate(at);
        value = there.value();
        gradient = there.gradient();
      }
      return largest(gradient) <= gradientTolerance
          || length * largest(way) <= changeTolerance
          || Math.abs(value - value0) < changeTolerance;
    }

    /** {@return minus the inverse Hessian times the gradient, as far as is remembered} */
    private Tensor direction() {
      if (before == null || direction == null) {
        scale = 1;
        return gradient.neg();
      }
      remember(direction.mul(length), gradient.sub(before));
      int count = moves.size();
      Tensor[] weights = new Tensor[count];
      Tensor rest = gradient.neg();
      for (int i = count - 1; i >= 0; i--) {
        weights[i] = moves.get(i).dot(rest).div(curvatures.get(i));
        rest = rest.sub(bends.get(i).mul(weights[i]));
      }
      Tensor result = rest.mul(scale);
      for (int i = 0; i < count; i++) {
        Tensor weight = bends.get(i).dot(result).div(curvatures.get(i));
        result = result.add(moves.get(i).mul(weights[i].sub(weight)));
      }
      return result;
    }

    private void remember(Tensor move, Tensor bend) {
      double curvature = dot(move, bend);
      if (curvature > LEAST_CURVATURE) {
        if (moves.size() == history) {
          moves.removeFirst().close();
          bends.removeFirst().close();
          curvatures.removeFirst();
        }
        moves.add(move);
        bends.add(bend);
        curvatures.add(curvature);
        scale = curvature / dot(bend, bend);
      }
    }

    private static double dot(Tensor a, Tensor b) {
      return item(a.dot(b));
    }

    private static double largest(Tensor vector) {
      return item(vector.abs().max());
    }

    private static double item(Tensor scalar) {
      try (scalar) {
        return scalar.item();
      }
    }

    Update<P> update() {
      List<Tensor> last =
          before == null || direction == null ? List.of() : List.of(before.copy(), direction);
      return new Update<>(
          flat.split(at), value, evaluated, new State(made, length, scale, last, moves, bends));
    }
  }
}
