package org.cotangent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.cotangent.backend.Block;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.graph.Call;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Constant;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Op;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Reduction;
import org.cotangent.graph.Source;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Add;
import org.cotangent.op.ArgMax;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Divide;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.Expr;
import org.cotangent.op.Full;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Log;
import org.cotangent.op.LogSoftmax;
import org.cotangent.op.Max;
import org.cotangent.op.Maximum;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.Relu;
import org.cotangent.op.Reshape;
import org.cotangent.op.Slice;
import org.cotangent.op.Softmax;
import org.cotangent.op.Sqrt;
import org.cotangent.op.StopGradient;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.op.Where;
import org.cotangent.type.ArrayPrinter;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * An immutable array on a device, or a value in a function that is being traced; the same methods
 * work on both. Operations follow NumPy: names, broadcasting, dtypes of results. Two tensors of
 * different dtypes are an error that says {@code cast}; a Java number takes the tensor's dtype.
 *
 * <p>On the CPU a method returns when the result is there. A concrete tensor holds device memory
 * until it is closed, best by a {@link Scope}. Every method throws {@link
 * org.cotangent.error.ClosedException} on a closed tensor, {@link
 * org.cotangent.error.DeviceException} for tensors of two devices, {@link TraceException} for a
 * traced tensor whose function is over, and {@link org.cotangent.error.DeviceMemoryException} when
 * the device is out of memory.
 */
public final class Tensor implements AutoCloseable {
  private final @Nullable Stored stored;
  private final @Nullable Trace trace;
  private final @Nullable Value value;

  /** What this one is frozen of; it keeps the collector from reclaiming that. */
  private final @Nullable Tensor thawed;

  private Forgotten.@Nullable Ghost ghost;
  private @Nullable Scope scope;

  Tensor(Stored stored) {
    this(stored, null, null, null);
  }

  Tensor(Trace trace, Value value) {
    this(null, trace, value, null);
  }

  private Tensor(
      @Nullable Stored stored,
      @Nullable Trace trace,
      @Nullable Value value,
      @Nullable Tensor thawed) {
    this.stored = stored;
    this.trace = trace;
    this.value = value;
    this.thawed = thawed;
  }

  // ---- what it is

  /** {@return dtype and shape} */
  public TensorType type() {
    return stored != null ? stored.type : known(value).type();
  }

  /** {@return the dtype of the elements} */
  public DType dtype() {
    return type().dtype();
  }

  /** {@return the sizes of the axes} */
  public Shape shape() {
    return type().shape();
  }

  /** {@return the number of axes} */
  public int rank() {
    return shape().rank();
  }

  /** {@return the number of elements} */
  public long size() {
    return shape().size();
  }

  /**
   * {@return the device the tensor is on}
   *
   * @throws TraceException if its function is over
   */
  public Device device() {
    return stored != null ? stored.device : known(trace).device;
  }

  /** {@return whether the tensor is a value in a function being traced, without numbers yet} */
  public boolean isTraced() {
    return trace != null;
  }

  private static <T> T known(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("a tensor is either stored or traced");
    }
    return part;
  }

  // ---- for the other classes of the face

  @Nullable Trace trace() {
    return trace;
  }

  boolean isFrozen() {
    return thawed != null;
  }

  /** The tensor that scopes and the collector look after: this one, or what it is frozen of. */
  Tensor owner() {
    Tensor of = thawed;
    return of == null ? this : of;
  }

  void watchedBy(Forgotten.Ghost watcher) {
    ghost = watcher;
  }

  void closedBy(@Nullable Scope owner) {
    scope = owner;
  }

  /** The memory, open; an error for a traced tensor. */
  Stored stored(String op) {
    if (stored == null) {
      if (known(trace).isOver()) {
        throw escaped(op);
      }
      if (Trace.current() == null) {
        throw new TraceException(
            op
                + ": "
                + type()
                + " is traced, and this thread is not tracing; use it in the function's own"
                + " thread");
      }
      throw Calls.traced(op, this);
    }
    stored.device.requireOpen(op);
    stored.requireOpen(op);
    return stored;
  }

  /** The value in a trace, which must be its own. */
  Value value(String op, Trace inside) {
    if (trace != inside) {
      if (known(trace).isOver()) {
        throw escaped(op);
      }
      throw new TraceException(
          op + ": " + type() + " belongs to a function around this one; pass it as an argument");
    }
    return known(value);
  }

  private TraceException escaped(String op) {
    return new TraceException(
        op
            + ": "
            + type()
            + " escaped from a traced function that is over; return it from the function instead");
  }

  // ---- out of the device

  /**
   * {@return a copy of the elements in host memory, in row-major order}
   *
   * @throws TraceException if the tensor is traced
   */
  public HostArray toHost() {
    return toHost("toHost");
  }

  HostArray toHost(String op) {
    try {
      if (trace != null && Trace.current() != null) {
        throw trace.isOver() ? escaped(op) : Calls.traced(op, this);
      }
      Stored memory = stored(op);
      if (!memory.layout.isContiguous()) {
        return Trace.outside(() -> {
          try (Tensor copy = copy()) {
            return copy.toHost(op);
          }
        });
      }
      HostArray host = HostArray.allocate(type());
      Block lease = memory.lease(op);
      try {
        long offset = memory.base + memory.layout.offset() * dtype().bytes();
        memory.device.read(op, lease, offset, host.data());
      } finally {
        lease.release();
        Reference.reachabilityFence(this);
      }
      return host;
    } catch (CotangentException error) {
      throw Located.at(Origin.here(op), error);
    }
  }

  /**
   * {@return the only element as a double; int64 rounds, bool is 0 or 1}
   *
   * @throws ShapeException if there is not exactly one element
   * @throws TraceException if the tensor is traced: use {@link #where} in place of a branch
   */
  public double item() {
    if (size() != 1) {
      throw Located.at(
          Origin.here("item"),
          new ShapeException("item: " + type() + " has " + size() + " elements; slice one out"));
    }
    return toHost("item").getDouble(0);
  }

  /**
   * {@return a copy of the elements in row-major order}
   *
   * @throws DTypeException if the dtype is not float32: cast first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public float[] toFloatArray() {
    return elements("toFloatArray", DType.FLOAT32).toArray(ValueLayout.JAVA_FLOAT);
  }

  /**
   * {@return a copy of the elements in row-major order}
   *
   * @throws DTypeException if the dtype is not float64: cast first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public double[] toDoubleArray() {
    return elements("toDoubleArray", DType.FLOAT64).toArray(ValueLayout.JAVA_DOUBLE);
  }

  /**
   * {@return a copy of the elements in row-major order}
   *
   * @throws DTypeException if the dtype is not int32: cast first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public int[] toIntArray() {
    return elements("toIntArray", DType.INT32).toArray(ValueLayout.JAVA_INT);
  }

  /**
   * {@return a copy of the elements in row-major order}
   *
   * @throws DTypeException if the dtype is not int64: cast first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public long[] toLongArray() {
    return elements("toLongArray", DType.INT64).toArray(ValueLayout.JAVA_LONG);
  }

  /**
   * {@return a copy of the elements in row-major order}
   *
   * @throws DTypeException if the dtype is not bool: compare first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public boolean[] toBooleanArray() {
    byte[] bytes = elements("toBooleanArray", DType.BOOL).toArray(ValueLayout.JAVA_BYTE);
    boolean[] result = new boolean[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      result[i] = bytes[i] != 0;
    }
    return result;
  }

  private MemorySegment elements(String op, DType dtype) {
    try {
      if (dtype() != dtype) {
        throw new DTypeException(op + ": " + type() + " is not " + dtype + "; cast it first");
      }
      type().length(op);
    } catch (CotangentException error) {
      throw Located.at(Origin.here(op), error);
    }
    return toHost(op).data();
  }

  /**
   * {@return a copy on another device}
   *
   * @param target where to
   */
  public Tensor to(Device target) {
    Device.requireNonNull("to", "device", target);
    return target.tensor(toHost("to"));
  }

  // ---- lifetime

  /**
   * {@return the same tensor, marked so that a compiled function may use it without being given it:
   * its value becomes a constant of the program} Shares memory with this one, and is closed and
   * kept with it.
   */
  public Tensor frozen() {
    return Located.in("frozen", () -> new Tensor(stored("frozen"), null, null, owner()));
  }

  /**
   * Gives the memory back, once runs and views that use it are over. A second call does nothing,
   * nor does a call on a traced tensor.
   */
  @Override
  public void close() {
    if (stored != null && stored.isOpen()) {
      close(Origin.here("close"));
    }
  }

  void close(Origin by) {
    if (stored != null) {
      stored.close(by);
      owner().unwatch();
    }
  }

  /** Takes the memory for a run, see {@link Stored#donate}. */
  Block donate(Origin by) {
    return stored("run").donate(by);
  }

  void keepDonation() {
    known(stored).keep();
  }

  void donated() {
    known(stored).donated();
    owner().unwatch();
  }

  private void unwatch() {
    Forgotten.Ghost watcher = ghost;
    if (watcher != null) {
      known(stored).device.forget(watcher);
      ghost = null;
    }
    Scope owner = scope;
    if (owner != null) {
      owner.discard(this);
    }
  }

  // ---- any op

  /**
   * {@return the result of an op that has one: the way to use an op of one's own}
   *
   * @param op what to compute
   * @param inputs of the shapes the op asks for; nothing is broadcast
   */
  public static Tensor apply(Op op, Tensor... inputs) {
    Device.requireNonNull("apply", "op", op);
    String name = op.name();
    Device.requireNonNull(name, "array of inputs", inputs);
    Trace inside = Trace.current();
    if (inputs.length == 0 && inside == null) {
      throw Located.at(
          Origin.here(name),
          new ArgumentException(
              name + ": an op without inputs has no device; use it in a compiled function"));
    }
    return Calls.call(
        name,
        op,
        inside == null ? null : inside.device,
        (builder, in) -> {
          requireTaken(op, in.stream().map(Value::type).toList());
          return builder.emit(op, in).result();
        },
        inputs);
  }

  /** An op may rely on the number and ranks of its inputs; here is where users get them wrong. */
  private static void requireTaken(Op op, List<TensorType> inputs) {
    boolean taken;
    RuntimeException cause = null;
    try {
      List<TensorType> results = op.infer(inputs);
      if (results.size() != 1) {
        throw new ArgumentException(
            op.name() + ": " + op.text() + " has the results " + results + ", and apply gives one");
      }
      taken =
          switch (op) {
            case View _ -> inputs.size() == 1;
            case Reduction _ -> inputs.size() == 1;
            case Contraction _ -> inputs.size() == 2;
            case Indexing _ -> inputs.size() == 2;
            case Elementwise elementwise ->
                elementwise.body(inputs.stream().map(TensorType::dtype).toList()).inputs().size()
                    == inputs.size();
            case Constant _ -> inputs.isEmpty();
            case Source _ -> false;
            case Generator _ -> true;
            case Rearrange _ -> true;
            case Call _ -> true;
            case Composite _ -> true;
          };
    } catch (IndexOutOfBoundsException | NegativeArraySizeException | NoSuchElementException e) {
      taken = false;
      cause = e;
    }
    if (!taken) {
      ArgumentException error =
          new ArgumentException(
              op.name() + ": " + op.text() + " does not take the inputs " + inputs);
      error.initCause(cause);
      throw error;
    }
  }

  private Tensor unary(String name, Op op) {
    return Calls.call(name, op, null, (builder, in) -> builder.value(op, in.getFirst()), this);
  }

  /** An elementwise op on tensors that broadcast. */
  private static Tensor broadcasting(String name, Op op, Tensor... inputs) {
    return Calls.call(
        name,
        op,
        null,
        (builder, in) -> {
          requireSameDtype(name, in.subList(in.size() - 2, in.size()));
          Shape shape = in.getFirst().shape();
          for (Value input : in) {
            shape = shape.broadcast(name, input.shape());
          }
          List<Value> alike = new ArrayList<>();
          for (Value input : in) {
            alike.add(new Expr(builder, input).broadcastTo(shape).value());
          }
          return builder.emit(op, alike).result();
        },
        inputs);
  }

  private static void requireSameDtype(String name, List<Value> inputs) {
    for (Value input : inputs) {
      if (input.dtype() != inputs.getFirst().dtype()) {
        throw new DTypeException(
            name
                + ": dtypes differ: "
                + inputs.getFirst().type()
                + " and "
                + input.type()
                + "; cast one of them");
      }
    }
  }

  /**
   * A Java number as a tensor beside this one: a constant when traced, else a short-lived scalar.
   */
  private Tensor with(String name, Object number, UnaryOperator<Tensor> action) {
    TensorType scalar = new TensorType(dtype(), Shape.SCALAR);
    Trace inside = Trace.current();
    if (inside != null) {
      return action.apply(
          inside.tensor(
              inside.builder.withOrigin(
                  Origin.here(name), () -> inside.builder.value(new Full(scalar, number)))));
    }
    HostArray data = HostArray.allocate(scalar);
    data.set(0, number);
    Tensor temporary = Located.in(name, () -> stored(name).device.temporary(name, data));
    try {
      return action.apply(temporary);
    } finally {
      temporary.close(Origin.UNKNOWN);
    }
  }

  private Object number(String name, double value) {
    try {
      return dtype().scalar(name, value);
    } catch (CotangentException error) {
      throw Located.at(Origin.here(name), error);
    }
  }

  // ---- elementwise

  /**
   * {@return the negative; derivative -1}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor neg() {
    return unary("neg", new Negative());
  }

  /**
   * {@return the exponential, of a float tensor; derivative exp(x)}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor exp() {
    return unary("exp", new Exp());
  }

  /**
   * {@return the natural logarithm, of a float tensor, NaN below 0; derivative 1/x}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor log() {
    return unary("log", new Log());
  }

  /**
   * {@return the hyperbolic tangent, of a float tensor; derivative 1 - tanh(x)²}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor tanh() {
    return unary("tanh", new Tanh());
  }

  /**
   * {@return the correctly rounded square root, of a float tensor, NaN below 0; derivative 1/(2√x)}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor sqrt() {
    return unary("sqrt", new Sqrt());
  }

  /**
   * {@return max(x, 0), NaN where x is; derivative 1 above 0, else 0, also at 0}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor relu() {
    return unary("relu", new Relu());
  }

  /**
   * {@return the same values with derivative 0, of a float tensor}
   *
   * @throws DTypeException if the dtype has no such op
   */
  public Tensor stopGradient() {
    return unary("stopGradient", new StopGradient());
  }

  /** {@return the square; derivative 2x} */
  public Tensor square() {
    return unary("square", new IntegerPower(2));
  }

  /**
   * {@return the n-th power by repeated squaring; x⁰ is 1 everywhere; derivative n xⁿ⁻¹}
   *
   * @param n negative only for float tensors
   * @throws DTypeException if the result is no integer
   */
  public Tensor pow(int n) {
    return unary("pow", new IntegerPower(n));
  }

  /**
   * {@return the sum} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor add(Tensor other) {
    return broadcasting("add", new Add(), this, other);
  }

  /**
   * {@return the sum, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor add(double number) {
    return with("add", number("add", number), other -> add(other));
  }

  /**
   * {@return the difference} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor sub(Tensor other) {
    return broadcasting("sub", new Subtract(), this, other);
  }

  /**
   * {@return the difference, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor sub(double number) {
    return with("sub", number("sub", number), other -> sub(other));
  }

  /**
   * {@return the product} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor mul(Tensor other) {
    return broadcasting("mul", new Multiply(), this, other);
  }

  /**
   * {@return the product, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor mul(double number) {
    return with("mul", number("mul", number), other -> mul(other));
  }

  /**
   * {@return the quotient, of float tensors} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor div(Tensor other) {
    return broadcasting("div", new Divide(), this, other);
  }

  /**
   * {@return the quotient, of float tensors, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor div(double number) {
    return with("div", number("div", number), other -> div(other));
  }

  /**
   * {@return the larger of two, NaN if one is; ties share the derivative equally} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor maximum(Tensor other) {
    return broadcasting("maximum", new Maximum(), this, other);
  }

  /**
   * {@return the larger of two, NaN if one is; ties share the derivative equally, with a number
   * that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor maximum(double number) {
    return with("maximum", number("maximum", number), other -> maximum(other));
  }

  /**
   * {@return whether {@code a < b}, as bool} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor less(Tensor other) {
    return broadcasting("less", new Compare(Compare.Kind.LESS), this, other);
  }

  /**
   * {@return whether {@code a < b}, as bool, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor less(double number) {
    return with("less", number("less", number), other -> less(other));
  }

  /**
   * {@return whether {@code a <= b}, as bool} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor lessEqual(Tensor other) {
    return broadcasting("lessEqual", new Compare(Compare.Kind.LESS_EQUAL), this, other);
  }

  /**
   * {@return whether {@code a <= b}, as bool, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor lessEqual(double number) {
    return with("lessEqual", number("lessEqual", number), other -> lessEqual(other));
  }

  /**
   * {@return whether {@code a == b}, as bool} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor equal(Tensor other) {
    return broadcasting("equal", new Compare(Compare.Kind.EQUAL), this, other);
  }

  /**
   * {@return whether {@code a == b}, as bool, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor equal(double number) {
    return with("equal", number("equal", number), other -> equal(other));
  }

  /**
   * {@return whether {@code a != b}, as bool} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor notEqual(Tensor other) {
    return broadcasting("notEqual", new Compare(Compare.Kind.NOT_EQUAL), this, other);
  }

  /**
   * {@return whether {@code a != b}, as bool, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor notEqual(double number) {
    return with("notEqual", number("notEqual", number), other -> notEqual(other));
  }

  /**
   * {@return whether {@code a >= b}, as bool} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor greaterEqual(Tensor other) {
    return broadcasting("greaterEqual", new Compare(Compare.Kind.GREATER_EQUAL), this, other);
  }

  /**
   * {@return whether {@code a >= b}, as bool, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor greaterEqual(double number) {
    return with("greaterEqual", number("greaterEqual", number), other -> greaterEqual(other));
  }

  /**
   * {@return whether {@code a > b}, as bool} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  public Tensor greater(Tensor other) {
    return broadcasting("greater", new Compare(Compare.Kind.GREATER), this, other);
  }

  /**
   * {@return whether {@code a > b}, as bool, with a number that takes this tensor's dtype}
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor greater(double number) {
    return with("greater", number("greater", number), other -> greater(other));
  }

  /**
   * {@return one of two at each index by this, which is bool} Shapes broadcast. The cotangent goes
   * to the selected one, and zero to the other; but a function inside the other multiplies that
   * zero by its own slope, so where the slope may be infinite make its argument safe by a second
   * where.
   *
   * @param yes where this is true
   * @param no where it is false, of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if this is not bool, or the two have different dtypes
   */
  public Tensor where(Tensor yes, Tensor no) {
    return broadcasting("where", new Where(), this, yes, no);
  }

  /**
   * {@return the values in another dtype} Explicit and lossy: floats round to nearest even, float
   * to integer truncates, saturates and takes NaN to 0, integer to narrower integer wraps, to bool
   * is whether the value is not 0. Between floats the derivative is cast back.
   *
   * @param dtype of the result
   */
  public Tensor cast(DType dtype) {
    Device.requireNonNull("cast", "dtype", dtype);
    return unary("cast", new Cast(dtype));
  }

  // ---- reductions

  private int[] axes(String name, int... axes) {
    try {
      return axes != null && axes.length == 0
          ? IntStream.range(0, rank()).toArray()
          : shape().axes(name, axes);
    } catch (CotangentException error) {
      throw Located.at(Origin.here(name), error);
    }
  }

  private static List<Integer> list(int... axes) {
    return Arrays.stream(axes).boxed().toList();
  }

  /**
   * {@return the sum over axes, which go away} As in NumPy, integers and bool sum to int64. Floats
   * are summed in a tree that depends on the shape alone.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  public Tensor sum(int... axes) {
    return unary("sum", new Sum(list(axes("sum", axes))));
  }

  /**
   * {@return the mean over axes, which go away} Integers and bool are cast to float64 first. The
   * mean of nothing is NaN.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  public Tensor mean(int... axes) {
    List<Integer> over = list(axes("mean", axes));
    return Calls.call(
        "mean",
        over,
        null,
        (builder, in) -> {
          Expr x = new Expr(builder, in.getFirst());
          Expr floats = x.type().dtype().isFloating() ? x : x.cast(DType.FLOAT64);
          Expr sum = floats.apply(new Sum(over));
          double count =
              over.stream().mapToDouble(axis -> x.shape().dim(axis)).reduce(1, (a, b) -> a * b);
          return sum.over(sum.full(count)).value();
        },
        this);
  }

  /**
   * {@return the largest element over axes, which go away; NaN if there is one} Elements that tie
   * share the derivative equally.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there, repeated, or has no elements
   */
  public Tensor max(int... axes) {
    return unary("max", new Max(list(axes("max", axes))));
  }

  /**
   * {@return the position of the first largest element over axes, which go away, as int64, counted
   * in row-major order of these axes; the first NaN counts as the largest}
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there, repeated, or has no elements
   */
  public Tensor argmax(int... axes) {
    return unary("argmax", new ArgMax(list(axes("argmax", axes))));
  }

  /**
   * {@return the sums of the elements up to each along an axis}
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  public Tensor cumsum(int axis) {
    return unary("cumsum", new CumulativeSum(axis("cumsum", axis), false));
  }

  private int axis(String name, int axis) {
    try {
      return shape().axis(name, axis);
    } catch (CotangentException error) {
      throw Located.at(Origin.here(name), error);
    }
  }

  /**
   * {@return exp(x) / sum(exp(x)) along an axis, of a float tensor}
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  public Tensor softmax(int axis) {
    return unary("softmax", new Softmax(axis("softmax", axis)));
  }

  /**
   * {@return x - log(sum(exp(x))) along an axis, of a float tensor}
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  public Tensor logSoftmax(int axis) {
    return unary("logSoftmax", new LogSoftmax(axis("logSoftmax", axis)));
  }

  // ---- views and shapes

  /** A view: in a trace a node, outside it a tensor on the same memory where there is a layout. */
  private Tensor view(String name, View view) {
    try {
      if (Trace.current() == null) {
        Stored memory = stored(name);
        TensorType type = view.infer(List.of(type())).getFirst();
        Layout layout = view.view(memory.layout).orElse(null);
        if (layout != null) {
          Block shared = memory.lease(name);
          try {
            return memory.device.adopt(
                name, new Stored(memory.device, type, layout, shared, memory.base));
          } finally {
            Reference.reachabilityFence(this);
          }
        }
      }
    } catch (CotangentException error) {
      throw Located.at(Origin.here(name), error);
    }
    return unary(name, view);
  }

  /** {@return a copy with memory of its own} */
  public Tensor copy() {
    return Calls.call("copy", "", null, (builder, in) -> in.getFirst(), this);
  }

  /**
   * {@return the elements in row-major order under another shape}
   *
   * @param dims sizes of the axes; one of them may be -1 and is worked out
   * @throws ShapeException if the number of elements differs
   */
  public Tensor reshape(long... dims) {
    Shape target;
    try {
      target = inferred(dims);
    } catch (CotangentException error) {
      throw Located.at(Origin.here("reshape"), error);
    }
    return view("reshape", new Reshape(target));
  }

  private Shape inferred(long... dims) {
    if (dims == null) {
      throw new ArgumentException("reshape: the sizes are null; pass an array, empty for a scalar");
    }
    long[] sizes = dims.clone();
    int unknown = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] < -1) {
        throw new ShapeException(
            "reshape: size "
                + sizes[i]
                + " in "
                + Arrays.toString(dims)
                + " is negative; only one -1 is worked out");
      }
      if (sizes[i] == -1) {
        if (unknown >= 0) {
          throw new ShapeException("reshape: more than one -1 in " + Arrays.toString(dims));
        }
        unknown = i;
        sizes[i] = 1;
      }
    }
    long rest = Device.shape("reshape", sizes).size();
    if (unknown >= 0) {
      if (rest == 0 || size() % rest != 0) {
        throw new ShapeException(
            "reshape: " + shape() + " does not divide into " + Arrays.toString(dims));
      }
      sizes[unknown] = size() / rest;
    }
    return Device.shape("reshape", sizes);
  }

  /**
   * {@return the axes in another order}
   *
   * @param permutation axis i of the result is axis permutation[i] of this; none reverses them
   * @throws ShapeException if it is no permutation of the axes
   */
  public Tensor transpose(int... permutation) {
    Device.requireNonNull("transpose", "permutation", permutation);
    if (permutation.length == 0) {
      return view(
          "transpose",
          new Transpose(IntStream.range(0, rank()).mapToObj(i -> rank() - 1 - i).toList()));
    }
    if (permutation.length != rank()) {
      throw Located.at(
          Origin.here("transpose"),
          new ShapeException(
              "transpose: axes "
                  + list(permutation)
                  + " are no permutation of the "
                  + rank()
                  + " axes of "
                  + shape()));
    }
    return view(
        "transpose",
        new Transpose(Arrays.stream(permutation).map(i -> axis("transpose", i)).boxed().toList()));
  }

  /**
   * {@return the tensor repeated by NumPy's rule, without a copy}
   *
   * @param dims sizes of the axes
   * @throws ShapeException if the shape does not broadcast to these sizes
   */
  public Tensor broadcastTo(long... dims) {
    Shape target;
    try {
      target = Device.shape("broadcastTo", dims);
    } catch (CotangentException error) {
      throw Located.at(Origin.here("broadcastTo"), error);
    }
    return view("broadcastTo", new BroadcastTo(target));
  }

  /**
   * {@return the elements from {@code start} to before {@code stop} of one axis, as NumPy's {@code
   * x[start:stop]}: negative numbers count from the end, and what lies outside is left out}
   *
   * @param axis which
   * @param start first index
   * @param stop index after the last
   * @throws ShapeException if there is no such axis
   */
  public Tensor slice(int axis, long start, long stop) {
    return slice(axis, start, stop, 1);
  }

  /**
   * {@return every {@code step}-th element from {@code start} to before {@code stop} of one axis,
   * as NumPy's {@code x[start:stop:step]}}
   *
   * @param axis which
   * @param start first index; negative numbers count from the end
   * @param stop index after the last; negative numbers count from the end
   * @param step at least 1
   * @throws ShapeException if there is no such axis or the step is below 1
   */
  public Tensor slice(int axis, long start, long stop, long step) {
    int at = axis("slice", axis);
    if (step < 1) {
      throw Located.at(
          Origin.here("slice"),
          new ShapeException("slice: step " + step + " of axis " + axis + " is below 1"));
    }
    List<Long> starts = new ArrayList<>();
    List<Long> stops = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int i = 0; i < rank(); i++) {
      long size = shape().dim(i);
      long first = i == at ? clamp(start, size) : 0;
      starts.add(first);
      stops.add(i == at ? Math.max(first, clamp(stop, size)) : size);
      steps.add(i == at ? step : 1);
    }
    return view("slice", new Slice(starts, stops, steps));
  }

  private static long clamp(long index, long size) {
    return Math.clamp(index < 0 ? index + size : index, 0, size);
  }

  /**
   * {@return tensors one after the other along an axis}
   *
   * @param axis along which the sizes may differ
   * @param tensors of one dtype, at least one
   * @throws ShapeException if the shapes differ elsewhere or there is no such axis
   * @throws DTypeException if the dtypes differ
   */
  public static Tensor concatenate(int axis, Tensor... tensors) {
    Device.requireNonNull("concatenate", "array of tensors", tensors);
    if (tensors.length == 0) {
      throw Located.at(
          Origin.here("concatenate"),
          new ArgumentException("concatenate: pass at least one tensor"));
    }
    Device.requireNonNull("concatenate", "first tensor", tensors[0]);
    Concatenate op = new Concatenate(tensors[0].axis("concatenate", axis));
    return Calls.call(
        "concatenate", op, null, (builder, in) -> builder.emit(op, in).result(), tensors);
  }

  /**
   * {@return the slices at some indices of an axis, as NumPy's {@code take}; the axis is replaced
   * by the axes of the indices}
   *
   * @param indices int32 or int64; negative ones count from the end
   * @param axis of this tensor
   * @throws ShapeException if there is no such axis
   * @throws DTypeException if the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  public Tensor take(Tensor indices, int axis) {
    Take op = new Take(axis("take", axis));
    return Calls.call(
        "take", op, null, (builder, in) -> builder.emit(op, in).result(), this, indices);
  }

  // ---- contraction

  /**
   * {@return the matrix product {@code (..., m, k) x (..., k, n) -> (..., m, n)}} Axes before the
   * last two broadcast. Each float element is one chain of fused multiply-adds in ascending k.
   *
   * @param other of the same dtype, a number
   * @throws ShapeException if a rank is below 2, the inner sizes differ, or batch axes do not
   *     broadcast
   * @throws DTypeException if the dtypes differ or are bool
   */
  public Tensor matmul(Tensor other) {
    return Calls.call("matmul", "", null, Tensor::matmul, this, other);
  }

  private static Value matmul(GraphBuilder builder, List<Value> in) {
    Value left = in.get(0);
    Value right = in.get(1);
    requireSameDtype("matmul", in);
    Shape a = left.shape();
    Shape b = right.shape();
    if (a.rank() < 2 || b.rank() < 2) {
      throw new ShapeException(
          "matmul: " + a + " x " + b + ": both need at least 2 axes; reshape the vector");
    }
    if (a.dim(a.rank() - 1) != b.dim(b.rank() - 2)) {
      throw new ShapeException(
          "matmul: inner dimensions differ: "
              + a
              + " x "
              + b
              + ": "
              + a.dim(a.rank() - 1)
              + " != "
              + b.dim(b.rank() - 2));
    }
    Shape batch = batch(a).broadcast("matmul", batch(b));
    Value wideLeft = widened(builder, left, batch);
    Value wideRight = widened(builder, right, batch);
    return builder.value(DotGeneral.matmul(batch.rank() + 2), wideLeft, wideRight);
  }

  private static Shape batch(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.dims(), shape.rank() - 2));
  }

  private static Value widened(GraphBuilder builder, Value matrix, Shape batch) {
    Shape shape = matrix.shape();
    long[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
    dims[batch.rank()] = shape.dim(shape.rank() - 2);
    dims[batch.rank() + 1] = shape.dim(shape.rank() - 1);
    return new Expr(builder, matrix).broadcastTo(Shape.of(dims)).value();
  }

  // ---- printing

  /**
   * {@return the elements as NumPy prints them; the node for a traced tensor; what happened to it
   * for a closed one}
   */
  @Override
  public String toString() {
    if (stored == null) {
      return "traced " + known(value).node();
    }
    if (!stored.isOpen()) {
      return type() + " " + stored.end();
    }
    if (stored.device.isClosed()) {
      return type() + " on the closed device " + stored.device;
    }
    return ArrayPrinter.print(toHost("toString"));
  }
}
