package org.cotangent;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.cotangent.error.DeviceException;
import org.cotangent.error.TraceException;
import org.cotangent.graph.Constant;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.jspecify.annotations.Nullable;

/** A function being written down as a graph, while the user's lambda runs. */
final class Trace {
  /** What happens to a concrete tensor that the function uses without having been given it. */
  enum Captures {
    /** An error: a compiled function would hold on to it silently. */
    REFUSED,
    /** It becomes one more argument: the function runs once, now. */
    LIFTED
  }

  /** The trace that this thread is in; pool threads do not inherit it. */
  private static final ScopedValue<Trace> CURRENT = ScopedValue.newInstance();

  final GraphBuilder builder;
  final Device device;
  private final Captures captures;
  private final IdentityHashMap<Tensor, Value> lifted = new IdentityHashMap<>();
  private final IdentityHashMap<Tensor, Value> constants = new IdentityHashMap<>();
  private final List<Tensor> liftedInOrder = new ArrayList<>();
  private boolean over;

  Trace(Device device, Captures captures) {
    this(device, new GraphBuilder(), captures);
  }

  /** Writes into a graph that was begun elsewhere. */
  Trace(Device device, GraphBuilder builder, Captures captures) {
    this.device = device;
    this.builder = builder;
    this.captures = captures;
  }

  static @Nullable Trace current() {
    return CURRENT.isBound() ? CURRENT.get() : null;
  }

  /** Runs an action inside this trace, which is over afterwards. */
  <R> R run(Supplier<R> action) {
    try {
      return ScopedValue.where(CURRENT, this).call(action::get);
    } finally {
      over = true;
    }
  }

  /** What an action returns that works on memory, though the thread may be tracing. */
  static <R> R outside(Supplier<R> action) {
    return current() == null ? action.get() : ScopedValue.where(CURRENT, null).call(action::get);
  }

  Tensor tensor(Value value) {
    return new Tensor(this, value);
  }

  /** Concrete tensors that became arguments, in the order of these. */
  List<Tensor> lifted() {
    return liftedInOrder;
  }

  /** A tensor as a value of this trace. */
  Value valueOf(String op, Tensor tensor) {
    if (tensor.trace() != null) {
      return tensor.value(op, this);
    }
    Stored stored = tensor.stored(op);
    if (stored.device != device) {
      throw foreign(op, tensor, stored.device, device);
    }
    if (tensor.isFrozen()) {
      return constants.computeIfAbsent(
          tensor.owner(), owner -> builder.value(new Constant(owner.toHost(op))));
    }
    if (captures == Captures.REFUSED) {
      throw new TraceException(
          op
              + ": "
              + tensor.type()
              + " is no argument of the traced function; pass it as one, or say .frozen() to make"
              + " it a constant of the program");
    }
    return lifted.computeIfAbsent(
        tensor,
        fresh -> {
          liftedInOrder.add(fresh);
          return builder.parameter(fresh.type());
        });
  }

  boolean isOver() {
    return over;
  }

  static DeviceException foreign(String op, Tensor tensor, Device its, Device here) {
    // Two devices may be called the same.
    String where =
        its.toString().equals(here.toString()) ? "another device " + its : its.toString();
    return new DeviceException(
        op
            + ": "
            + tensor.type()
            + " is on "
            + where
            + ", not on "
            + here
            + "; copy it by to(...)");
  }
}
