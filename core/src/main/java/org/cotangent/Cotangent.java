package org.cotangent;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cotangent.autodiff.CustomGradient;
import org.cotangent.autodiff.Forward;
import org.cotangent.autodiff.Jacobian;
import org.cotangent.autodiff.Reverse;
import org.cotangent.autodiff.Vectorize;
import org.cotangent.compile.CompileOptions;
import org.cotangent.compile.Executable;
import org.cotangent.compile.Replay;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Graph;
import org.cotangent.graph.Node;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Value;
import org.cotangent.op.Full;
import org.cotangent.type.Layout;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * Derivatives of functions over trees of tensors. Inside a compiled function they become part of
 * its program; on concrete tensors they trace, compile and run once. They nest in any order, and a
 * derivative of a derivative is again an ordinary program.
 *
 * <p>All throw {@link DTypeException} if a differentiated leaf is not float, {@link ShapeException}
 * if a function that must return a scalar does not, and what the function itself throws.
 */
public final class Cotangent {
  private Cotangent() {}

  /**
   * A function's value and its gradient.
   *
   * @param value of rank 0
   * @param grad the tree of the argument, each leaf the derivative by that leaf
   * @param <P> type of the argument
   */
  public record ValueAndGrad<P>(Tensor value, P grad) {}

  /**
   * What a function returns that has more to tell than the value to be differentiated.
   *
   * @param value of rank 0
   * @param aux a tree
   * @param <A> type of the auxiliary results
   */
  public record WithAux<A>(Tensor value, A aux) {}

  /**
   * A function's value, its gradient and its auxiliary results.
   *
   * @param value of rank 0
   * @param grad the tree of the argument
   * @param aux as the function returned it
   * @param <P> type of the argument
   * @param <A> type of the auxiliary results
   */
  public record ValueGradAux<P, A>(Tensor value, P grad, A aux) {}

  /**
   * A function's value and the cotangent of its argument.
   *
   * @param value of the function
   * @param cotangent the tree of the argument
   * @param <R> type of the value
   * @param <P> type of the argument
   */
  public record Vjp<R, P>(R value, P cotangent) {}

  /**
   * A function's value and its tangent.
   *
   * @param value of the function
   * @param tangent the tree of the value
   * @param <R> type of the value
   */
  public record Jvp<R>(R value, R tangent) {}

  /**
   * The vjp of a user's own function.
   *
   * @param <P> type of the argument
   * @param <R> type of the value
   */
  @FunctionalInterface
  public interface VjpRule<P, R> {
    /**
     * {@return the cotangent of the argument, a tree of the argument's structure}
     *
     * @param at the argument
     * @param value what the function returned
     * @param cotangent of the value, a tree of the value's structure
     */
    P vjp(P at, R value, R cotangent);
  }

  /**
   * {@return the gradient of a scalar function}
   *
   * @param f returns a float tensor of rank 0
   * @param at where; a tree of float tensors. Leaves that f does not use get zeros
   * @param <P> type of the argument
   */
  @Peers(jax = "jax.grad", torch = "torch.func.grad")
  public static <P> P grad(Function<? super P, Tensor> f, P at) {
    Device.requireNonNull("grad", "function", f);
    // The value is no result, so that nobody has to close it.
    return inTrace(
        "grad",
        Collections.singletonList(at),
        (trace, trees) ->
            pulled("grad", trace, Compiled.<P>argument(trees, 0), withoutAux(f)).grad());
  }

  /**
   * {@return the value and the gradient of a scalar function}
   *
   * @param f returns a float tensor of rank 0
   * @param at where; a tree of float tensors. Leaves that f does not use get zeros
   * @param <P> type of the argument
   */
  @Peers(jax = "jax.value_and_grad", torch = "torch.func.grad_and_value")
  public static <P> ValueAndGrad<P> valueAndGrad(Function<? super P, Tensor> f, P at) {
    Device.requireNonNull("valueAndGrad", "function", f);
    return inTrace(
        "valueAndGrad",
        Collections.singletonList(at),
        (trace, trees) -> {
          ValueGradAux<P, List<Tensor>> all =
              pulled("valueAndGrad", trace, Compiled.argument(trees, 0), withoutAux(f));
          return new ValueAndGrad<>(all.value(), all.grad());
        });
  }

  private static <P> Function<P, WithAux<List<Tensor>>> withoutAux(Function<? super P, Tensor> f) {
    return at -> new WithAux<>(f.apply(at), List.of());
  }

  /**
   * {@return the value, the gradient and the auxiliary results of a scalar function}
   *
   * @param f returns a float tensor of rank 0, and a tree that is not differentiated
   * @param at where; a tree of float tensors. Leaves that f does not use get zeros
   * @param <P> type of the argument
   * @param <A> type of the auxiliary results
   */
  @Peers(jax = "jax.value_and_grad", torch = "torch.func.grad_and_value")
  public static <P, A> ValueGradAux<P, A> valueAndGradWithAux(
      Function<? super P, WithAux<A>> f, P at) {
    Device.requireNonNull("valueAndGradWithAux", "function", f);
    return inTrace(
        "valueAndGradWithAux",
        Collections.singletonList(at),
        (trace, trees) -> pulled("valueAndGradWithAux", trace, Compiled.<P>argument(trees, 0), f));
  }

  /** Value and gradient, written into a trace. */
  private static <P, A> ValueGradAux<P, A> pulled(
      String op, Trace trace, P at, Function<? super P, WithAux<A>> f) {
    Aliased<P> aliased = alias(op, trace, at);
    WithAux<A> result = requireResult(op, f.apply(aliased.tree()));
    Value value = scalar(op, trace, result.value());
    Value one = trace.builder.value(Full.of(value.type(), 1));
    List<Tensor> gradient = pull(trace, aliased, List.of(value), List.of(one));
    return new ValueGradAux<>(trace.tensor(value), aliased.rebuild(gradient), result.aux());
  }

  /**
   * {@return the value of a function, and the cotangent of its argument: the seed times the
   * Jacobian}
   *
   * @param f any function
   * @param at where; a tree of float tensors
   * @param seed cotangent of the value: a tree of its structure and types
   * @param <P> type of the argument
   * @param <R> type of the value
   */
  @Peers(jax = "jax.vjp", torch = "torch.func.vjp")
  public static <P, R> Vjp<R, P> vjp(Function<? super P, ? extends R> f, P at, R seed) {
    Device.requireNonNull("vjp", "function", f);
    return inTrace(
        "vjp",
        Arrays.asList(at, seed),
        (trace, trees) -> {
          Aliased<P> aliased = alias("vjp", trace, Compiled.<P>argument(trees, 0));
          R result = requireResult("vjp", f.apply(aliased.tree()));
          Trees.Flat value = Trees.flatten("vjp: value", result);
          Trees.Flat seeds = Trees.flatten("vjp: seed", trees.get(1));
          requireSame("vjp: the seed", value, seeds);
          List<Tensor> pulled =
              pull(trace, aliased, values("vjp", trace, value), values("vjp", trace, seeds));
          return new Vjp<>(result, aliased.rebuild(pulled));
        });
  }

  /**
   * {@return the value of a function, and its tangent: the Jacobian times the direction}
   *
   * @param f any function
   * @param at where; a tree of float tensors
   * @param direction tangent of the argument: a tree of its structure and types
   * @param <P> type of the argument
   * @param <R> type of the value
   */
  @Peers(jax = "jax.jvp", torch = "torch.func.jvp")
  public static <P, R> Jvp<R> jvp(Function<? super P, ? extends R> f, P at, P direction) {
    Device.requireNonNull("jvp", "function", f);
    return inTrace(
        "jvp",
        Arrays.asList(at, direction),
        (trace, trees) ->
            pushed("jvp", trace, Compiled.<P>argument(trees, 0), Compiled.argument(trees, 1), f));
  }

  /** Value and tangent, written into a trace. */
  private static <P, R> Jvp<R> pushed(
      String op, Trace trace, P at, P direction, Function<? super P, ? extends R> f) {
    Aliased<P> aliased = alias(op, trace, at);
    Trees.Flat directions = Trees.flatten(op + ": direction", direction);
    requireSame(op + ": the direction", Trees.flatten(op, at), directions);
    R result = requireResult(op, f.apply(aliased.tree()));
    Trees.Flat value = Trees.flatten(op + ": value", result);
    List<Value> results = values(op, trace, value);
    List<@Nullable Value> tangents =
        Forward.jvp(
            trace.builder,
            aliased.values(),
            new ArrayList<>(values(op, trace, directions)),
            results);
    R tangent = Compiled.cast(value.structure().unflatten(orZeros(trace, results, tangents)));
    return new Jvp<>(result, tangent);
  }

  /**
   * {@return the Hessian of a scalar function times a direction, forward over reverse}
   *
   * @param f returns a float tensor of rank 0
   * @param at where; a tree of float tensors
   * @param direction a tree of the argument's structure and types
   * @param <P> type of the argument
   */
  public static <P> P hvp(Function<? super P, Tensor> f, P at, P direction) {
    Device.requireNonNull("hvp", "function", f);
    // The gradient itself is no result, so that nobody has to close it.
    return inTrace(
        "hvp",
        Arrays.asList(at, direction),
        (trace, trees) ->
            pushed(
                    "hvp",
                    trace,
                    Compiled.<P>argument(trees, 0),
                    Compiled.argument(trees, 1),
                    p -> grad(f, p))
                .tangent());
  }

  /**
   * {@return the results of a function for many examples, computed at once} Each leaf of the
   * argument has the examples along its first axis; the function sees one of them, without that
   * axis. Each leaf of the result has the examples along a new first axis. Tensors that the
   * function uses from around it are shared by all examples.
   *
   * <p>The results have the bits that a loop over the examples would give. It nests, and goes
   * inside and outside of derivatives: {@code vmap(x -> grad(w -> loss(w, x), w), batch)} has the
   * gradient for each example. A random key among the leaves is one key for each example; a key
   * from around gives all examples the same numbers. An op from elsewhere that states no {@code
   * batching} is repeated for each example.
   *
   * @param f any function
   * @param examples a tree; all leaves have the same size of the first axis
   * @param <P> type of the argument
   * @param <R> type of the value
   * @throws ShapeException if a leaf has no axis, or first axes differ in size
   */
  @Peers(jax = "jax.vmap", torch = "torch.func.vmap")
  public static <P, R> R vmap(Function<? super P, ? extends R> f, P examples) {
    Device.requireNonNull("vmap", "function", f);
    return inTrace(
        "vmap",
        Collections.singletonList(examples),
        (trace, trees) -> {
          Trees.Flat argument = Trees.flatten("vmap", trees.getFirst());
          List<Value> many = values("vmap", trace, argument);
          long size = examples(argument, many);
          List<Value> one = new ArrayList<>();
          for (Value leaf : many) {
            TensorType type = leaf.type().with(leaf.shape().without(new int[] {0}, false));
            one.add(Vectorize.placeholder(trace.builder, type));
          }
          P example =
              Compiled.cast(
                  argument.structure().unflatten(one.stream().map(trace::tensor).toList()));
          Trees.Flat result = Trees.flatten("vmap: value", requireResult("vmap", f.apply(example)));
          List<Value> results =
              Vectorize.run(trace.builder, size, one, many, values("vmap", trace, result));
          return Compiled.cast(
              result.structure().unflatten(results.stream().map(trace::tensor).toList()));
        });
  }

  /** The size that the first axes of all leaves have. */
  private static long examples(Trees.Flat argument, List<Value> leaves) {
    if (leaves.isEmpty()) {
      throw new ArgumentException("vmap: the argument has no tensors, so no number of examples");
    }
    TensorType first = leaves.getFirst().type();
    for (int i = 0; i < leaves.size(); i++) {
      TensorType type = leaves.get(i).type();
      String leaf = "vmap: leaf %d%s is %s, ".formatted(i, argument.structure().path(i), type);
      if (type.shape().rank() == 0) {
        throw new ShapeException(
            leaf + "without an axis of examples; use it from around the function instead");
      }
      if (type.shape().dim(0) != first.shape().dim(0)) {
        throw new ShapeException(
            leaf
                + "with another number of examples than "
                + first
                + argument.structure().path(0)
                + "; give all leaves the same size of axis 0");
      }
    }
    return leaves.getFirst().shape().dim(0);
  }

  /**
   * {@return the Jacobian of a function: for each leaf of the argument the derivative of every
   * element of the value by every element of the leaf, of the value's axes and then the leaf's} By
   * forward mode for leaves with at most as many elements as the value, else by reverse mode, all
   * columns or rows at once.
   *
   * @param f returns a float tensor
   * @param at where; a tree of float tensors. Leaves that f does not use get zeros
   * @param <P> type of the argument
   */
  @Peers(jax = "jax.jacobian", torch = "torch.func.jacrev")
  public static <P> P jacobian(Function<? super P, Tensor> f, P at) {
    Device.requireNonNull("jacobian", "function", f);
    return inTrace(
        "jacobian",
        Collections.singletonList(at),
        (trace, trees) -> jacobian("jacobian", trace, Compiled.<P>argument(trees, 0), f));
  }

  /** The Jacobian, written into a trace. */
  private static <P> P jacobian(String op, Trace trace, P at, Function<? super P, Tensor> f) {
    Aliased<P> aliased = alias(op, trace, at);
    Value value = trace.valueOf(op, requireResult(op, f.apply(aliased.tree())));
    requireFloat(op, value);
    return aliased.rebuild(
        Jacobian.of(trace.builder, aliased.values(), value).stream().map(trace::tensor).toList());
  }

  /**
   * {@return the Hessian of a scalar function: its second derivatives, of the argument's axes
   * twice} Forward over reverse, all columns at once. For one block of several tensors take the
   * {@link #jacobian} of a part of the gradient.
   *
   * @param f returns a float tensor of rank 0
   * @param at a float tensor
   */
  @Peers(jax = "jax.hessian", torch = "torch.func.hessian")
  public static Tensor hessian(Function<? super Tensor, Tensor> f, Tensor at) {
    Device.requireNonNull("hessian", "function", f);
    return inTrace(
        "hessian",
        Collections.singletonList(at),
        (trace, trees) ->
            jacobian(
                "hessian",
                trace,
                Compiled.<Tensor>argument(trees, 0),
                x -> pulled("hessian", trace, x, withoutAux(f)).grad()));
  }

  /**
   * {@return the value of a function that is differentiated by a rule of the user's own} The rule
   * serves forward mode too, and is itself differentiated for higher derivatives.
   *
   * @param f any function of its argument alone
   * @param rule its vjp
   * @param at the argument, a tree; the cotangents of its integer leaves are ignored
   * @param <P> type of the argument
   * @param <R> type of the value
   */
  @Peers(jax = "jax.custom_vjp", torch = "torch.autograd.Function")
  public static <P, R> R withGradient(
      Function<? super P, ? extends R> f, VjpRule<P, R> rule, P at) {
    Device.requireNonNull("withGradient", "function", f);
    Device.requireNonNull("withGradient", "rule", rule);
    String op = "withGradient";
    return inTrace(
        op,
        Collections.singletonList(at),
        (trace, trees) -> {
          Trees.Flat argument = Trees.flatten(op, trees.getFirst());
          List<Value> inputs = values(op, trace, argument);
          List<TensorType> types = inputs.stream().map(Value::type).toList();
          List<TreeStructure> structure = new ArrayList<>();
          Graph function =
              closed(
                  trace.device,
                  op,
                  List.of(argument.structure()),
                  types,
                  own -> {
                    R result = requireResult(op, f.apply(Compiled.<P>argument(own, 0)));
                    Trees.Flat flat = Trees.flatten(op + ": value", result);
                    structure.add(flat.structure());
                    return flat.leaves();
                  });
          TreeStructure value = structure.getFirst();
          List<TensorType> ruleTypes = new ArrayList<>(types);
          ruleTypes.addAll(function.resultTypes());
          ruleTypes.addAll(function.resultTypes());
          Graph vjp =
              closed(
                  trace.device,
                  op + " vjp",
                  List.of(argument.structure(), value, value),
                  ruleTypes,
                  own -> {
                    P pulled =
                        requireResult(
                            op,
                            rule.vjp(
                                Compiled.argument(own, 0),
                                Compiled.argument(own, 1),
                                Compiled.argument(own, 2)));
                    Trees.Flat flat = Trees.flatten(op + ": cotangent", pulled);
                    requireSame(op + ": the cotangent", argument, flat);
                    return flat.leaves();
                  });
          Node node = trace.builder.emit(new CustomGradient(function, vjp), inputs);
          List<Tensor> results = new ArrayList<>();
          for (int i = 0; i < node.types().size(); i++) {
            results.add(trace.tensor(node.result(i)));
          }
          return Compiled.cast(value.unflatten(results));
        });
  }

  // ---- parts

  /** What is done inside a trace, on trees of traced tensors. */
  @FunctionalInterface
  private interface Action<R> {
    R apply(Trace trace, List<Object> trees);
  }

  /** The argument of a derivative, as fresh aliases of its leaves. */
  private record Aliased<P>(TreeStructure structure, List<Value> values, P tree) {
    P rebuild(List<Tensor> leaves) {
      return Compiled.cast(structure.unflatten(leaves));
    }
  }

  private static <P> Aliased<P> alias(String op, Trace trace, P at) {
    Trees.Flat flat = Trees.flatten(op, at);
    List<Value> aliases = new ArrayList<>();
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < flat.leaves().size(); i++) {
      Value value = trace.valueOf(op, flat.leaves().get(i));
      if (!value.dtype().isFloating()) {
        throw new DTypeException(
            op
                + ": leaf "
                + i
                + flat.structure().path(i)
                + " of the argument is "
                + value.type()
                + ", which has no derivative; cast it, or leave it out of the argument");
      }
      Value alias = trace.builder.alias(value);
      aliases.add(alias);
      tensors.add(trace.tensor(alias));
    }
    P tree = Compiled.cast(flat.structure().unflatten(tensors));
    return new Aliased<>(flat.structure(), aliases, tree);
  }

  private static <R> R requireResult(String op, R result) {
    if (result == null) {
      throw new ArgumentException(op + ": the function returned null; return a tree of tensors");
    }
    return result;
  }

  private static Value scalar(String op, Trace trace, Tensor tensor) {
    Value value = trace.valueOf(op, requireResult(op, tensor));
    if (value.shape().rank() != 0) {
      throw new ShapeException(
          op + ": the function returned " + value.type() + ", not a scalar; sum it, or use vjp");
    }
    requireFloat(op, value);
    return value;
  }

  private static void requireFloat(String op, Value value) {
    if (!value.dtype().isFloating()) {
      throw new DTypeException(
          op + ": the function returned " + value.type() + ", not a float; cast it");
    }
  }

  private static List<Value> values(String op, Trace trace, Trees.Flat flat) {
    return flat.leaves().stream().map(leaf -> trace.valueOf(op, leaf)).toList();
  }

  private static void requireSame(String what, Trees.Flat expected, Trees.Flat given) {
    if (!expected.structure().equals(given.structure())) {
      throw new ArgumentException(
          what
              + " has another structure: "
              + expected.structure().difference(given.structure()).mismatch());
    }
    for (int i = 0; i < expected.leaves().size(); i++) {
      TensorType wanted = expected.leaves().get(i).type();
      TensorType got = given.leaves().get(i).type();
      if (!wanted.equals(got)) {
        String message =
            what
                + " is "
                + got
                + " at leaf "
                + i
                + expected.structure().path(i)
                + ", not "
                + wanted;
        throw wanted.dtype() == got.dtype()
            ? new ShapeException(message)
            : new DTypeException(message + "; cast it");
      }
    }
  }

  private static List<Tensor> pull(
      Trace trace, Aliased<?> aliased, List<Value> results, List<Value> seeds) {
    return orZeros(
        trace,
        aliased.values(),
        Reverse.vjp(trace.builder, aliased.values(), results, new ArrayList<>(seeds)));
  }

  private static List<Tensor> orZeros(Trace trace, List<Value> like, List<@Nullable Value> found) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < like.size(); i++) {
      Value value = found.get(i);
      tensors.add(
          trace.tensor(
              value != null ? value : trace.builder.value(Full.of(like.get(i).type(), 0))));
    }
    return tensors;
  }

  /** A graph of its own, that must not use anything from around it. */
  private static Graph closed(
      Device device,
      String name,
      List<TreeStructure> structures,
      List<TensorType> types,
      Function<List<Object>, List<Tensor>> body) {
    Trace trace = new Trace(device, Trace.Captures.REFUSED);
    List<Tensor> parameters =
        types.stream().map(trace.builder::parameter).map(trace::tensor).toList();
    return trace.run(() -> {
      List<Value> results =
          body.apply(Compiled.rebuild(structures, parameters)).stream()
              .map(leaf -> trace.valueOf(name, leaf))
              .toList();
      return trace.builder.build(name, results);
    });
  }

  /** Inside a trace: the action. Outside: the action traced, compiled and run once. */
  private static <R> R inTrace(String op, List<Object> trees, Action<R> action) {
    try {
      Trace current = Trace.current();
      if (current != null) {
        return located(current, op, () -> action.apply(current, trees));
      }
      return Compiled.cast(once(op, trees, action));
    } catch (CotangentException error) {
      throw Located.at(Origin.here(op), error);
    }
  }

  private static <R> R located(Trace trace, String op, Supplier<R> action) {
    return trace.builder.withOrigin(Origin.here(op), action);
  }

  private static <R> Object once(String op, List<Object> trees, Action<R> action) {
    List<TreeStructure> structures = new ArrayList<>();
    List<Tensor> leaves = new ArrayList<>();
    for (Object tree : trees) {
      Trees.Flat flat = Trees.flatten(op, tree);
      structures.add(flat.structure());
      leaves.addAll(flat.leaves());
    }
    if (leaves.isEmpty()) {
      throw new ArgumentException(op + ": the argument has no tensors; pass a tree of some");
    }
    Device device = Calls.deviceOf(op, leaves.toArray(Tensor[]::new));
    Trace trace = new Trace(device, Trace.Captures.LIFTED);
    List<Tensor> parameters =
        leaves.stream().map(leaf -> trace.tensor(trace.builder.parameter(leaf.type()))).toList();
    record Traced(Graph graph, TreeStructure structure) {}
    Traced traced =
        trace.run(() -> {
          R result =
              located(
                  trace, op, () -> action.apply(trace, Compiled.rebuild(structures, parameters)));
          Trees.Flat flat = Trees.flatten(op, result);
          List<Value> values = values(op, trace, flat);
          return new Traced(trace.builder.build(op, values), flat.structure());
        });
    leaves.addAll(trace.lifted());
    List<Layout> layouts = leaves.stream().map(leaf -> leaf.stored(op).layout).toList();
    try (Executable executable = device.load(traced.graph(), layouts, CompileOptions.DEFAULT);
        Replay replay = executable.replay()) {
      for (int i = 0; i < leaves.size(); i++) {
        leaves.get(i).stored(op).lend(op, replay, i);
      }
      Loaded loaded = new Loaded(executable, op);
      device.run(op, loaded, replay, Device.NOTHING);
      return traced.structure().unflatten(device.adopt(loaded, replay));
    } finally {
      Reference.reachabilityFence(leaves);
    }
  }
}
