package org.cotangent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.cotangent.backend.Block;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.graph.Call;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Constant;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Generator;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Indexing;
import org.cotangent.graph.Op;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Reduction;
import org.cotangent.graph.Source;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Abs;
import org.cotangent.op.Acos;
import org.cotangent.op.Acosh;
import org.cotangent.op.Add;
import org.cotangent.op.ArgMax;
import org.cotangent.op.Asin;
import org.cotangent.op.Asinh;
import org.cotangent.op.Atan;
import org.cotangent.op.Atan2;
import org.cotangent.op.Atanh;
import org.cotangent.op.Bitwise;
import org.cotangent.op.BitwiseNot;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Cbrt;
import org.cotangent.op.Clamp;
import org.cotangent.op.Classify;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.Copysign;
import org.cotangent.op.Cos;
import org.cotangent.op.Cosh;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Divide;
import org.cotangent.op.Erf;
import org.cotangent.op.Erfc;
import org.cotangent.op.Exp;
import org.cotangent.op.Exp2;
import org.cotangent.op.Expm1;
import org.cotangent.op.Expr;
import org.cotangent.op.FloorDivide;
import org.cotangent.op.Fmod;
import org.cotangent.op.Full;
import org.cotangent.op.Hypot;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Lerp;
import org.cotangent.op.Lgamma;
import org.cotangent.op.Log;
import org.cotangent.op.Log10;
import org.cotangent.op.Log1p;
import org.cotangent.op.Log2;
import org.cotangent.op.LogSoftmax;
import org.cotangent.op.Logical;
import org.cotangent.op.LogicalNot;
import org.cotangent.op.Max;
import org.cotangent.op.Maximum;
import org.cotangent.op.Minimum;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.NextAfter;
import org.cotangent.op.Polygamma;
import org.cotangent.op.Power;
import org.cotangent.op.Product;
import org.cotangent.op.Reciprocal;
import org.cotangent.op.Relu;
import org.cotangent.op.Remainder;
import org.cotangent.op.Reshape;
import org.cotangent.op.Rounding;
import org.cotangent.op.Rsqrt;
import org.cotangent.op.SearchSorted;
import org.cotangent.op.Shift;
import org.cotangent.op.Sigmoid;
import org.cotangent.op.Sign;
import org.cotangent.op.Sin;
import org.cotangent.op.Sinh;
import org.cotangent.op.Softmax;
import org.cotangent.op.Softplus;
import org.cotangent.op.Sort;
import org.cotangent.op.Sqrt;
import org.cotangent.op.StopGradient;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Tan;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.op.Where;
import org.cotangent.op.Windows;
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
  private static final Origin CLOSE = new Origin("close", "");

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
   * @throws DTypeException if the dtype is not int8: cast first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public byte[] toByteArray() {
    return elements("toByteArray", DType.INT8).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * {@return a copy of the elements in row-major order}
   *
   * @throws DTypeException if the dtype is not int16: cast first
   * @throws ShapeException if a Java array cannot hold them
   * @throws TraceException if the tensor is traced
   */
  public short[] toShortArray() {
    return elements("toShortArray", DType.INT16).toArray(ValueLayout.JAVA_SHORT);
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
   * its value when the function is traced becomes a constant of the program} Shares memory with
   * this one, and is closed and kept with it.
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
      close(stored.device.lines().here(CLOSE));
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

  /** A reference to the memory, for a run to write to, see {@link Stored#write}. */
  Block write(String op) {
    if (isFrozen()) {
      throw new DeviceException(op + ": " + type() + " is frozen; pass a tensor of its own");
    }
    return stored(op).write(op);
  }

  /** Opens it again after a run, see {@link Stored#keep}. */
  void open() {
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
   * {@return the result of a function of tensors, as if it were one op} In a trace the function's
   * ops are written down; outside one they run as one program, compiled once for a name, attributes
   * and types of the inputs. Errors of shapes and dtypes speak of the name.
   *
   * {@snippet :
   * Tensor y = Tensor.composed("silu", "", in -> in.get(0).mul(in.get(0).tanh()), x);
   * }
   *
   * @param name of the function, for messages; with the attributes it stands for the function
   * @param attributes all that the function depends on beside its inputs, with value equality
   * @param f the function, of traced tensors
   * @param inputs at least one
   */
  public static Tensor composed(
      String name, Object attributes, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    Device.requireNonNull("composed", "name", name);
    Device.requireNonNull(name, "attributes", attributes);
    Device.requireNonNull(name, "function", f);
    Device.requireNonNull(name, "array of inputs", inputs);
    if (inputs.length == 0) {
      throw Located.at(
          Origin.here(name), new ArgumentException(name + ": there are no inputs; pass some"));
    }
    return Calls.composed(name, attributes, f, inputs);
  }

  /**
   * {@return the result of an op that has one: the way to use an op of one's own}
   *
   * @param op what to compute
   * @param inputs of the shapes the op asks for; nothing is broadcast
   */
  public static Tensor apply(Op op, Tensor... inputs) {
    return applied("apply", true, op, inputs).getFirst();
  }

  /**
   * {@return all results of an op, in their order}
   *
   * @param op what to compute
   * @param inputs of the shapes the op asks for; nothing is broadcast
   */
  public static List<Tensor> applyAll(Op op, Tensor... inputs) {
    return applied("applyAll", false, op, inputs);
  }

  private static List<Tensor> applied(String caller, boolean one, Op op, Tensor... inputs) {
    Device.requireNonNull(caller, "op", op);
    String name = op.name();
    Device.requireNonNull(name, "array of inputs", inputs);
    Trace inside = Trace.current();
    if (inputs.length == 0 && inside == null) {
      throw Located.at(
          Origin.here(name),
          new ArgumentException(
              name + ": an op without inputs has no device; use it in a compiled function"));
    }
    return Calls.calls(
        name,
        List.of(op, one),
        inside == null ? null : inside.device,
        (builder, in) -> {
          requireTaken(op, one, in.stream().map(Value::type).toList());
          return builder.emit(op, in).results();
        },
        inputs);
  }

  /** An op may rely on the number and ranks of its inputs; here is where users get them wrong. */
  private static void requireTaken(Op op, boolean one, List<TensorType> inputs) {
    boolean taken;
    RuntimeException cause = null;
    try {
      List<TensorType> results = op.infer(inputs);
      if (one && results.size() != 1) {
        throw new ArgumentException(
            op.name()
                + ": "
                + op.text()
                + " has the results "
                + results
                + ", and apply gives one; use applyAll");
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
            // The last input of its body counts the elements.
            case Generator generator -> generator.body(inputs).inputs().size() == inputs.size() + 1;
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

  static void requireSameDtype(String name, List<Value> inputs) {
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
  Tensor with(String name, Object number, UnaryOperator<Tensor> action) {
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

  private Object number(String name, long value) {
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
  @Peers(numpy = "-x", jax = "-x", torch = "-x")
  public Tensor neg() {
    return unary("neg", new Negative());
  }

  /**
   * {@return the exponential, of a float tensor; derivative exp(x)}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.exp", jax = "jnp.exp", torch = "torch.exp")
  public Tensor exp() {
    return unary("exp", new Exp());
  }

  /**
   * {@return the natural logarithm, of a float tensor, NaN below 0; derivative 1/x}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.log", jax = "jnp.log", torch = "torch.log")
  public Tensor log() {
    return unary("log", new Log());
  }

  /**
   * {@return the hyperbolic tangent, of a float tensor; derivative 1 - tanh(x)²}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.tanh", jax = "jnp.tanh", torch = "torch.tanh")
  public Tensor tanh() {
    return unary("tanh", new Tanh());
  }

  /**
   * {@return the correctly rounded square root, of a float tensor, NaN below 0; derivative 1/(2√x)}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.sqrt", jax = "jnp.sqrt", torch = "torch.sqrt")
  public Tensor sqrt() {
    return unary("sqrt", new Sqrt());
  }

  /**
   * {@return max(x, 0), NaN where x is; derivative 1 above 0, else 0, also at 0}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(jax = "jax.nn.relu", torch = "torch.relu")
  public Tensor relu() {
    return unary("relu", new Relu());
  }

  /**
   * {@return the same values with derivative 0, of a float tensor}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(jax = "jax.lax.stop_gradient", torch = "x.detach")
  public Tensor stopGradient() {
    return unary("stopGradient", new StopGradient());
  }

  /**
   * {@return a tensor of this dtype and shape with one value everywhere}
   *
   * @param value rounded to a float dtype, exact for the others
   * @throws DTypeException if the dtype cannot take the value
   */
  @Peers(numpy = "np.full_like", jax = "jnp.full_like", torch = "torch.full_like")
  public Tensor fullLike(double value) {
    return Calls.call(
        "fullLike",
        value,
        null,
        (builder, in) ->
            builder.value(
                new Full(in.getFirst().type(), in.getFirst().dtype().scalar("fullLike", value))),
        this);
  }

  /** {@return zeros of this dtype and shape} */
  @Peers(numpy = "np.zeros_like", jax = "jnp.zeros_like", torch = "torch.zeros_like")
  public Tensor zerosLike() {
    return fullLike(0);
  }

  /** {@return ones of this dtype and shape} */
  @Peers(numpy = "np.ones_like", jax = "jnp.ones_like", torch = "torch.ones_like")
  public Tensor onesLike() {
    return fullLike(1);
  }

  /** {@return the square; derivative 2x} */
  @Peers(numpy = "np.square", jax = "jnp.square", torch = "torch.square")
  public Tensor square() {
    return unary("square", new IntegerPower(2));
  }

  /**
   * {@return the n-th power by repeated squaring; x⁰ is 1 everywhere; derivative n xⁿ⁻¹}
   *
   * @param n negative only for float tensors
   * @throws DTypeException if the result is no integer
   */
  @Peers(numpy = "x ** n", jax = "x ** n", torch = "x ** n")
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
  @Peers(numpy = "x + y", jax = "x + y", torch = "x + y")
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
  @Peers(numpy = "x - y", jax = "x - y", torch = "x - y")
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
  @Peers(numpy = "x * y", jax = "x * y", torch = "x * y")
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
  @Peers(numpy = "x / y", jax = "x / y", torch = "x / y")
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
  @Peers(numpy = "np.maximum", jax = "jnp.maximum", torch = "torch.maximum")
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
  @Peers(numpy = "x < y", jax = "x < y", torch = "x < y")
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
  @Peers(numpy = "x <= y", jax = "x <= y", torch = "x <= y")
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
  @Peers(numpy = "x == y", jax = "x == y", torch = "x == y")
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
  @Peers(numpy = "x != y", jax = "x != y", torch = "x != y")
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
  @Peers(numpy = "x >= y", jax = "x >= y", torch = "x >= y")
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
  @Peers(numpy = "x > y", jax = "x > y", torch = "x > y")
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
  @Peers(numpy = "np.where", jax = "jnp.where", torch = "torch.where")
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
  @Peers(numpy = "x.astype", jax = "x.astype", torch = "x.to")
  public Tensor cast(DType dtype) {
    Device.requireNonNull("cast", "dtype", dtype);
    return unary("cast", new Cast(dtype));
  }

  // ---- elementwise: signs, whole numbers, remainders, bits

  /**
   * {@return the absolute value} That of the smallest integer is itself, as it wraps. Derivative
   * sign(x), 0 at 0.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.abs", jax = "jnp.abs", torch = "torch.abs")
  public Tensor abs() {
    return unary("abs", new Abs());
  }

  /**
   * {@return -1 below 0, 1 above, 0 at 0 and at -0, NaN of NaN} The derivative is 0, also at 0.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.sign", jax = "jnp.sign", torch = "torch.sign")
  public Tensor sign() {
    return unary("sign", new Sign());
  }

  /**
   * {@return 1/x, correctly rounded, of a float tensor; derivative -1/x²}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.reciprocal", jax = "jnp.reciprocal", torch = "torch.reciprocal")
  public Tensor reciprocal() {
    return unary("reciprocal", new Reciprocal());
  }

  /**
   * {@return 1/√x, of a float tensor, NaN below 0} The root and the quotient are rounded; the error
   * is below 1.5 units in the last place, at most 1.4904 in float32. At 0 it is infinity, at -0
   * minus infinity. Derivative -y³/2.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(jax = "jax.lax.rsqrt", torch = "torch.rsqrt")
  public Tensor rsqrt() {
    return unary("rsqrt", new Rsqrt());
  }

  /**
   * {@return the largest whole number not above x, in x's dtype} Integers stay as they are, and so
   * do NaN and infinities. The derivative is 0.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.floor", jax = "jnp.floor", torch = "torch.floor")
  public Tensor floor() {
    return unary("floor", new Rounding(Rounding.Kind.FLOOR));
  }

  /**
   * {@return the smallest whole number not below x, in x's dtype} It is -0 from above -1 to -0.
   * Integers stay as they are, and so do NaN and infinities. The derivative is 0.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.ceil", jax = "jnp.ceil", torch = "torch.ceil")
  public Tensor ceil() {
    return unary("ceil", new Rounding(Rounding.Kind.CEIL));
  }

  /**
   * {@return the nearest whole number, of two the even one, in x's dtype} A 0 has the sign of x.
   * Integers stay as they are, and so do NaN and infinities. The derivative is 0.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.round", jax = "jnp.round", torch = "torch.round")
  public Tensor round() {
    return unary("round", new Rounding(Rounding.Kind.ROUND));
  }

  /**
   * {@return x without what follows the point, in x's dtype} A 0 has the sign of x. Integers stay
   * as they are, and so do NaN and infinities. The derivative is 0.
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.trunc", jax = "jnp.trunc", torch = "torch.trunc")
  public Tensor trunc() {
    return unary("trunc", new Rounding(Rounding.Kind.TRUNC));
  }

  /**
   * {@return whether x is NaN, as bool; false for integers}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.isnan", jax = "jnp.isnan", torch = "torch.isnan")
  public Tensor isnan() {
    return unary("isnan", new Classify(Classify.Kind.NAN));
  }

  /**
   * {@return whether x is infinity or minus infinity, as bool; false for integers}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.isinf", jax = "jnp.isinf", torch = "torch.isinf")
  public Tensor isinf() {
    return unary("isinf", new Classify(Classify.Kind.INFINITE));
  }

  /**
   * {@return whether x is neither NaN nor infinite, as bool; true for integers}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "np.isfinite", jax = "jnp.isfinite", torch = "torch.isfinite")
  public Tensor isfinite() {
    return unary("isfinite", new Classify(Classify.Kind.FINITE));
  }

  /**
   * {@return the smaller of two, NaN if one is; ties share the derivative equally} Shapes
   * broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "np.minimum", jax = "jnp.minimum", torch = "torch.minimum")
  public Tensor minimum(Tensor other) {
    return broadcasting("minimum", new Minimum(), this, other);
  }

  /**
   * {@return the smaller of two, NaN if one is; ties share the derivative equally, with a number
   * that takes this tensor's dtype} See {@link #minimum(Tensor)}.
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor minimum(double number) {
    return with("minimum", number("minimum", number), other -> minimum(other));
  }

  /**
   * {@return NumPy's remainder: {@code a - n b} with the whole number n = floor(a / b)} Shapes
   * broadcast. It has the sign of b, zeros too; of integers it is 0 where b is 0. Of floats it is
   * NaN where b is 0 or a infinite, and a where b is infinite and a of its sign. A float result is
   * exact where a and b have the same sign, and correctly rounded elsewhere; so it may round up to
   * b. That holds where |a / b| is below 2⁴⁸ in float32 and 2¹⁰⁶ in float64; from there on a result
   * may be NaN instead. Derivatives 1 and -n.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "np.remainder, np.mod", jax = "jnp.remainder", torch = "torch.remainder")
  public Tensor remainder(Tensor other) {
    return broadcasting("remainder", new Remainder(), this, other);
  }

  /**
   * {@return NumPy's remainder: {@code a - n b} with the whole number n = floor(a / b), with a
   * number that takes this tensor's dtype} See {@link #remainder(Tensor)}.
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor remainder(double number) {
    return with("remainder", number("remainder", number), other -> remainder(other));
  }

  /**
   * {@return C's remainder: {@code a - n b} with the whole number n = trunc(a / b)} Shapes
   * broadcast. It has the sign of a, zeros too; of integers it is 0 where b is 0. Of floats it is
   * NaN where b is 0 or a infinite, and a where b is infinite. A float result is exact where |a /
   * b| is below 2⁴⁸ in float32 and 2¹⁰⁶ in float64; from there on it is exact or NaN. Derivatives 1
   * and -n.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "np.fmod", jax = "jnp.fmod", torch = "torch.fmod")
  public Tensor fmod(Tensor other) {
    return broadcasting("fmod", new Fmod(), this, other);
  }

  /**
   * {@return C's remainder: {@code a - n b} with the whole number n = trunc(a / b), with a number
   * that takes this tensor's dtype} See {@link #fmod(Tensor)}.
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor fmod(double number) {
    return with("fmod", number("fmod", number), other -> fmod(other));
  }

  /**
   * {@return floor(a / b), in the same dtype} Shapes broadcast. Of integers it is 0 where b is 0,
   * and the smallest by -1 wraps to itself. Of floats it is the floor of the exact quotient where
   * that is below 2²⁴ in float32 and 2⁵³ in float64, from there on within one unit in the last
   * place; where b is 0 it is the quotient, and NaN of an infinite a otherwise. The derivative is
   * 0.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "x // y", jax = "x // y", torch = "x // y")
  public Tensor floorDivide(Tensor other) {
    return broadcasting("floorDivide", new FloorDivide(), this, other);
  }

  /**
   * {@return floor(a / b), in the same dtype, with a number that takes this tensor's dtype} See
   * {@link #floorDivide(Tensor)}.
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor floorDivide(double number) {
    return with("floorDivide", number("floorDivide", number), other -> floorDivide(other));
  }

  /**
   * {@return the magnitude of this with the sign of another, of float tensors} Shapes broadcast.
   * The sign bit counts, so zeros and NaN have one too. The derivative by this is 1 where the sign
   * stays, -1 where it changes, and 0 at 0; that by the other is 0.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "np.copysign", jax = "jnp.copysign", torch = "torch.copysign")
  public Tensor copysign(Tensor other) {
    return broadcasting("copysign", new Copysign(), this, other);
  }

  /**
   * {@return the magnitude of this with the sign of another, of float tensors, with a number that
   * takes this tensor's dtype} See {@link #copysign(Tensor)}.
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor copysign(double number) {
    return with("copysign", number("copysign", number), other -> copysign(other));
  }

  /**
   * {@return the float next to this in the direction of another, of float tensors} Shapes
   * broadcast. The other where they are equal, NaN if one is. The derivative by this is 1, and by
   * the other 0.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "np.nextafter", jax = "jnp.nextafter", torch = "torch.nextafter")
  public Tensor nextAfter(Tensor other) {
    return broadcasting("nextAfter", new NextAfter(), this, other);
  }

  /**
   * {@return the float next to this in the direction of another, of float tensors, with a number
   * that takes this tensor's dtype} See {@link #nextAfter(Tensor)}.
   *
   * @param number any finite double for a float dtype, else one the dtype holds exactly
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor nextAfter(double number) {
    return with("nextAfter", number("nextAfter", number), other -> nextAfter(other));
  }

  /**
   * {@return the bits that are set in both, of integer tensors} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "x & y", jax = "x & y", torch = "x & y")
  public Tensor bitwiseAnd(Tensor other) {
    return broadcasting("bitwiseAnd", new Bitwise(Bitwise.Kind.AND), this, other);
  }

  /**
   * {@return the bits that are set in both, of integer tensors, with a number that takes this
   * tensor's dtype} See {@link #bitwiseAnd(Tensor)}.
   *
   * @param number one the dtype holds
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor bitwiseAnd(long number) {
    return with("bitwiseAnd", number("bitwiseAnd", number), other -> bitwiseAnd(other));
  }

  /**
   * {@return the bits that are set in one or both, of integer tensors} Shapes broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "x | y", jax = "x | y", torch = "x | y")
  public Tensor bitwiseOr(Tensor other) {
    return broadcasting("bitwiseOr", new Bitwise(Bitwise.Kind.OR), this, other);
  }

  /**
   * {@return the bits that are set in one or both, of integer tensors, with a number that takes
   * this tensor's dtype} See {@link #bitwiseOr(Tensor)}.
   *
   * @param number one the dtype holds
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor bitwiseOr(long number) {
    return with("bitwiseOr", number("bitwiseOr", number), other -> bitwiseOr(other));
  }

  /**
   * {@return the bits that are set in one and not in the other, of integer tensors} Shapes
   * broadcast.
   *
   * @param other of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "x ^ y", jax = "x ^ y", torch = "x ^ y")
  public Tensor bitwiseXor(Tensor other) {
    return broadcasting("bitwiseXor", new Bitwise(Bitwise.Kind.XOR), this, other);
  }

  /**
   * {@return the bits that are set in one and not in the other, of integer tensors, with a number
   * that takes this tensor's dtype} See {@link #bitwiseXor(Tensor)}.
   *
   * @param number one the dtype holds
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor bitwiseXor(long number) {
    return with("bitwiseXor", number("bitwiseXor", number), other -> bitwiseXor(other));
  }

  /**
   * {@return every bit the other way, of an integer tensor: -x - 1}
   *
   * @throws DTypeException if the dtype has no such op
   */
  @Peers(numpy = "~x", jax = "~x", torch = "~x")
  public Tensor bitwiseNot() {
    return unary("bitwiseNot", new BitwiseNot());
  }

  /**
   * {@return the bits moved to the left, of integer tensors} Shapes broadcast. It is 0 where the
   * count is negative or reaches the width, as in NumPy.
   *
   * @param count by how many places, of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "x << n", jax = "x << n", torch = "x << n")
  public Tensor shiftLeft(Tensor count) {
    return broadcasting("shiftLeft", new Shift(Shift.Kind.LEFT), this, count);
  }

  /**
   * {@return the bits moved to the left, of integer tensors, with a number that takes this tensor's
   * dtype} See {@link #shiftLeft(Tensor)}.
   *
   * @param number by how many places
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor shiftLeft(long number) {
    return with("shiftLeft", number("shiftLeft", number), other -> shiftLeft(other));
  }

  /**
   * {@return the bits moved to the right with copies of the sign, of integer tensors} Shapes
   * broadcast. It is 0 or -1 by the sign where the count is negative or reaches the width, as in
   * NumPy.
   *
   * @param count by how many places, of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "x >> n", jax = "x >> n", torch = "x >> n")
  public Tensor shiftRight(Tensor count) {
    return broadcasting("shiftRight", new Shift(Shift.Kind.RIGHT), this, count);
  }

  /**
   * {@return the bits moved to the right with copies of the sign, of integer tensors, with a number
   * that takes this tensor's dtype} See {@link #shiftRight(Tensor)}.
   *
   * @param number by how many places
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor shiftRight(long number) {
    return with("shiftRight", number("shiftRight", number), other -> shiftRight(other));
  }

  /**
   * {@return whether both are true, of bool tensors} Shapes broadcast.
   *
   * @param other bool
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if one is not bool
   */
  @Peers(numpy = "np.logical_and", jax = "jnp.logical_and", torch = "torch.logical_and")
  public Tensor logicalAnd(Tensor other) {
    return broadcasting("logicalAnd", new Logical(Bitwise.Kind.AND), this, other);
  }

  /**
   * {@return whether one or both are true, of bool tensors} Shapes broadcast.
   *
   * @param other bool
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if one is not bool
   */
  @Peers(numpy = "np.logical_or", jax = "jnp.logical_or", torch = "torch.logical_or")
  public Tensor logicalOr(Tensor other) {
    return broadcasting("logicalOr", new Logical(Bitwise.Kind.OR), this, other);
  }

  /**
   * {@return whether one is true and the other is not, of bool tensors} Shapes broadcast.
   *
   * @param other bool
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if one is not bool
   */
  @Peers(numpy = "np.logical_xor", jax = "jnp.logical_xor", torch = "torch.logical_xor")
  public Tensor logicalXor(Tensor other) {
    return broadcasting("logicalXor", new Logical(Bitwise.Kind.XOR), this, other);
  }

  /**
   * {@return whether this is false, of a bool tensor}
   *
   * @throws DTypeException if it is not bool
   */
  @Peers(numpy = "np.logical_not", jax = "jnp.logical_not", torch = "torch.logical_not")
  public Tensor logicalNot() {
    return unary("logicalNot", new LogicalNot());
  }

  /**
   * {@return this within two bounds: min(max(x, low), high), NaN if one is} Where low is above
   * high, it is high. Shapes broadcast. The derivative by this is 1 between the bounds and at them,
   * else 0; outside, the bound that is the result has it.
   *
   * @param low of the same dtype
   * @param high of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(numpy = "np.clip", jax = "jnp.clip", torch = "torch.clamp")
  public Tensor clamp(Tensor low, Tensor high) {
    return broadcasting("clamp", new Clamp(), this, low, high);
  }

  /**
   * {@return this within two bounds, numbers that take this tensor's dtype} See {@link
   * #clamp(Tensor, Tensor)}.
   *
   * @param low any finite double or an infinity for a float dtype, else one the dtype holds exactly
   * @param high any finite double or an infinity for a float dtype, else one the dtype holds
   *     exactly
   * @throws DTypeException if the dtype does not hold a number, or has no such op
   */
  public Tensor clamp(double low, double high) {
    return with(
        "clamp",
        number("clamp", low),
        from -> with("clamp", number("clamp", high), to -> clamp(from, to)));
  }

  /**
   * {@return a + t (b - a), where a is this, of float tensors} It is a at t = 0 and b at t = 1, and
   * on both sides of t = 1/2 counts from the nearer. Two roundings: the difference, which must not
   * overflow, and the rest. Shapes broadcast. Derivatives 1 - t, t and b - a.
   *
   * @param other b, of the same dtype
   * @param t of the same dtype; also outside 0 to 1
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or have no such op
   */
  @Peers(torch = "torch.lerp")
  public Tensor lerp(Tensor other, Tensor t) {
    return broadcasting("lerp", new Lerp(), this, other, t);
  }

  /**
   * {@return a + t (b - a), where a is this, with a number t} See {@link #lerp(Tensor, Tensor)}.
   *
   * @param other b, of the same dtype
   * @param t any finite double
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtype does not hold the number, or has no such op
   */
  public Tensor lerp(Tensor other, double t) {
    return with("lerp", number("lerp", t), weight -> lerp(other, weight));
  }

  // ---- exponentials and hyperbolic functions

  /**
   * {@return 2 to the power of each element} Accuracy: {@link
   * org.cotangent.scalar.Transcendental#exp2}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.exp2", jax = "jnp.exp2", torch = "torch.exp2")
  public Tensor exp2() {
    return unary("exp2", new Exp2());
  }

  /**
   * {@return e to the power of each element, minus 1, which keeps its digits near 0} Accuracy:
   * {@link org.cotangent.scalar.Transcendental#expm1}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.expm1", jax = "jnp.expm1", torch = "torch.expm1")
  public Tensor expm1() {
    return unary("expm1", new Expm1());
  }

  /**
   * {@return the natural logarithm of 1 + each element, which keeps its digits near 0} Minus
   * infinity at -1, NaN below. Accuracy: {@link org.cotangent.scalar.Transcendental#log1p}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.log1p", jax = "jnp.log1p", torch = "torch.log1p")
  public Tensor log1p() {
    return unary("log1p", new Log1p());
  }

  /**
   * {@return the logarithm to base 2} Minus infinity at 0, NaN below. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#log2}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.log2", jax = "jnp.log2", torch = "torch.log2")
  public Tensor log2() {
    return unary("log2", new Log2());
  }

  /**
   * {@return the logarithm to base 10} Minus infinity at 0, NaN below. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#log10}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.log10", jax = "jnp.log10", torch = "torch.log10")
  public Tensor log10() {
    return unary("log10", new Log10());
  }

  /**
   * {@return the cube root of each element} Its derivative at 0 is infinite. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#cbrt}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.cbrt", jax = "jnp.cbrt")
  public Tensor cbrt() {
    return unary("cbrt", new Cbrt());
  }

  /**
   * {@return the hyperbolic sine} Accuracy: {@link org.cotangent.scalar.Transcendental#sinh}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.sinh", jax = "jnp.sinh", torch = "torch.sinh")
  public Tensor sinh() {
    return unary("sinh", new Sinh());
  }

  /**
   * {@return the hyperbolic cosine} Accuracy: {@link org.cotangent.scalar.Transcendental#cosh}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.cosh", jax = "jnp.cosh", torch = "torch.cosh")
  public Tensor cosh() {
    return unary("cosh", new Cosh());
  }

  /**
   * {@return the inverse hyperbolic sine} Accuracy: {@link
   * org.cotangent.scalar.Transcendental#asinh}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.arcsinh", jax = "jnp.arcsinh", torch = "torch.asinh")
  public Tensor asinh() {
    return unary("asinh", new Asinh());
  }

  /**
   * {@return the inverse hyperbolic cosine, from 0 on} NaN below 1. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#acosh}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.arccosh", jax = "jnp.arccosh", torch = "torch.acosh")
  public Tensor acosh() {
    return unary("acosh", new Acosh());
  }

  /**
   * {@return the inverse hyperbolic tangent} Infinite at 1 and -1, NaN beyond. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#atanh}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.arctanh", jax = "jnp.arctanh", torch = "torch.atanh")
  public Tensor atanh() {
    return unary("atanh", new Atanh());
  }

  /**
   * {@return the logistic function 1 / (1 + exp(-x))} Accuracy: {@link
   * org.cotangent.scalar.Transcendental#sigmoid}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.nn.sigmoid", torch = "torch.sigmoid")
  public Tensor sigmoid() {
    return unary("sigmoid", new Sigmoid());
  }

  /**
   * {@return log(1 + exp(x)), which neither overflows nor loses its digits} Accuracy: {@link
   * org.cotangent.scalar.Transcendental#softplus}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.nn.softplus", torch = "F.softplus")
  public Tensor softplus() {
    return unary("softplus", new Softplus());
  }

  /**
   * {@return a to the power of b} Shapes broadcast; both are floats. Special cases are IEEE 754's:
   * 1 for b = 0 and for a = 1, also beside NaN; NaN for negative a unless b is whole. Derivatives b
   * a^(b - 1), 0 where b is 0, and y log(a), 0 where a is 0 and b is not negative. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#pow}.
   *
   * @param other b, of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or are no floats
   */
  public Tensor pow(Tensor other) {
    return broadcasting("pow", new Power(), this, other);
  }

  /**
   * {@return a to the power of a number, of float tensors} See {@link #pow(Tensor)}; whole powers
   * are cheaper by {@link #pow(int)}, which takes integer tensors too.
   *
   * @param number any finite double
   * @throws DTypeException if it is not a float tensor
   */
  public Tensor pow(double number) {
    return with("pow", number("pow", number), other -> pow(other));
  }

  /**
   * {@return the root of a² + b², which neither over- nor underflows on its way} Shapes broadcast.
   * Infinite if one is, also beside NaN. Derivatives a / y and b / y, 0 where y is 0. Accuracy:
   * {@link org.cotangent.scalar.Transcendental#hypot}.
   *
   * @param other b, of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(numpy = "np.hypot", jax = "jnp.hypot", torch = "torch.hypot")
  public Tensor hypot(Tensor other) {
    return broadcasting("hypot", new Hypot(), this, other);
  }

  // ---- trigonometric functions

  /**
   * {@return the sine of angles in radians} As exact for the largest as for small ones; NaN of
   * infinities. Accuracy: {@link org.cotangent.scalar.Transcendental#sin}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.sin", jax = "jnp.sin", torch = "torch.sin")
  public Tensor sin() {
    return unary("sin", new Sin());
  }

  /**
   * {@return the cosine of angles in radians} As exact for the largest as for small ones; NaN of
   * infinities. Accuracy: {@link org.cotangent.scalar.Transcendental#cos}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.cos", jax = "jnp.cos", torch = "torch.cos")
  public Tensor cos() {
    return unary("cos", new Cos());
  }

  /**
   * {@return the tangent of angles in radians} As exact for the largest as for small ones; NaN of
   * infinities. Accuracy: {@link org.cotangent.scalar.Transcendental#tan}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.tan", jax = "jnp.tan", torch = "torch.tan")
  public Tensor tan() {
    return unary("tan", new Tan());
  }

  /**
   * {@return the inverse sine, from -pi / 2 to pi / 2} NaN beyond -1 and 1; the derivative there is
   * infinite. Accuracy: {@link org.cotangent.scalar.Transcendental#asin}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.arcsin", jax = "jnp.arcsin", torch = "torch.asin")
  public Tensor asin() {
    return unary("asin", new Asin());
  }

  /**
   * {@return the inverse cosine, from 0 to pi} NaN beyond -1 and 1; the derivative there is
   * infinite. Accuracy: {@link org.cotangent.scalar.Transcendental#acos}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.arccos", jax = "jnp.arccos", torch = "torch.acos")
  public Tensor acos() {
    return unary("acos", new Acos());
  }

  /**
   * {@return the inverse tangent, from -pi / 2 to pi / 2} Accuracy: {@link
   * org.cotangent.scalar.Transcendental#atan}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(numpy = "np.arctan", jax = "jnp.arctan", torch = "torch.atan")
  public Tensor atan() {
    return unary("atan", new Atan());
  }

  /**
   * {@return the angle from -pi to pi of each point (x, y), where this is y} Shapes broadcast.
   * Signed zeros and infinities are as in C. Derivatives x / (x² + y²) and -y / (x² + y²), 0 at the
   * origin. Accuracy: {@link org.cotangent.scalar.Transcendental#atan2}.
   *
   * @param x of the same dtype
   * @throws ShapeException if the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or are no floats
   */
  @Peers(numpy = "np.arctan2", jax = "jnp.arctan2", torch = "torch.atan2")
  public Tensor atan2(Tensor x) {
    return broadcasting("atan2", new Atan2(), this, x);
  }

  // ---- special functions

  /**
   * {@return the error function, 2/√π times the integral of exp(-t²) from 0 to x} Derivative 2
   * exp(-x²) / √π. Accuracy: {@link org.cotangent.scalar.Transcendental#erf}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.scipy.special.erf", torch = "torch.erf")
  public Tensor erf() {
    return unary("erf", new Erf());
  }

  /**
   * {@return 1 - erf(x), which keeps its digits on the right} Derivative -2 exp(-x²) / √π.
   * Accuracy: {@link org.cotangent.scalar.Transcendental#erfc}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.scipy.special.erfc", torch = "torch.erfc")
  public Tensor erfc() {
    return unary("erfc", new Erfc());
  }

  /**
   * {@return the logarithm of |Γ(x)|, SciPy's gammaln} Infinity at 0, at negative whole numbers and
   * at both infinities; SciPy has minus infinity at minus infinity. Derivative digamma(x).
   * Accuracy: {@link org.cotangent.scalar.Transcendental#lgamma}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.scipy.special.gammaln", torch = "torch.lgamma")
  public Tensor lgamma() {
    return unary("lgamma", new Lgamma());
  }

  /**
   * {@return digamma, the derivative of lgamma} Minus infinity at 0, infinity at -0, NaN at
   * negative whole numbers and at minus infinity, as in SciPy. Derivative polygamma(1, x).
   * Accuracy: {@link org.cotangent.scalar.Transcendental#digamma}.
   *
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.scipy.special.digamma", torch = "torch.digamma")
  public Tensor digamma() {
    return unary("digamma", new Polygamma(0));
  }

  /**
   * {@return the n-th derivative of digamma} At 0 and negative whole numbers it is infinite, with
   * the sign of (-1)ⁿ⁺¹ as in SciPy, except for n = 0. Its derivative is that of order n + 1, so
   * that n and the derivatives taken are 20 at the most together. Accuracy: {@link
   * org.cotangent.scalar.Transcendental#polygamma}.
   *
   * @param n from 0, which is {@link #digamma}, to 20
   * @throws ArgumentException if n is not in that range
   * @throws DTypeException if it is not a float tensor
   */
  @Peers(jax = "jax.scipy.special.polygamma", torch = "torch.polygamma")
  public Tensor polygamma(int n) {
    return unary("polygamma", new Polygamma(n));
  }

  // ---- reductions

  int[] axes(String name, int... axes) {
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
  @Peers(numpy = "np.sum", jax = "jnp.sum", torch = "torch.sum")
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
  @Peers(numpy = "np.mean", jax = "jnp.mean", torch = "torch.mean")
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
  @Peers(numpy = "np.max", jax = "jnp.max", torch = "torch.amax")
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
  @Peers(numpy = "np.argmax", jax = "jnp.argmax", torch = "torch.argmax")
  public Tensor argmax(int... axes) {
    return unary("argmax", new ArgMax(list(axes("argmax", axes))));
  }

  /**
   * {@return the product over axes, which go away} As in NumPy, integers and bool multiply to
   * int64; of none it is 1. Its derivatives are exact beside zeros.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.prod", jax = "jnp.prod", torch = "torch.prod")
  public Tensor prod(int... axes) {
    return unary("prod", new Product(list(axes("prod", axes))));
  }

  /**
   * {@return the smallest element over axes, which go away, NaN if there is one} Elements that tie
   * share the derivative equally.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there, repeated, or has no elements
   */
  @Peers(numpy = "np.min", jax = "jnp.min", torch = "torch.amin")
  public Tensor min(int... axes) {
    return Reductions.min(this, axes("min", axes));
  }

  /**
   * {@return the position of the smallest element in the row-major order of the axes, int64} The
   * first of several; the first NaN if there is one.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there, repeated, or has no elements
   */
  @Peers(numpy = "np.argmin", jax = "jnp.argmin", torch = "torch.argmin")
  public Tensor argmin(int... axes) {
    return Reductions.argmin(this, axes("argmin", axes));
  }

  /**
   * {@return whether an element is not 0, over axes, which go away; bool} NaN is not 0. Of none it
   * is false.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.any", jax = "jnp.any", torch = "torch.any")
  public Tensor any(int... axes) {
    return Reductions.any(this, axes("any", axes));
  }

  /**
   * {@return whether no element is 0, over axes, which go away; bool} NaN is not 0. Of none it is
   * true.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.all", jax = "jnp.all", torch = "torch.all")
  public Tensor all(int... axes) {
    return Reductions.all(this, axes("all", axes));
  }

  /**
   * {@return how many elements are not 0, over axes, which go away; int64} NaN is not 0.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.count_nonzero", jax = "jnp.count_nonzero", torch = "torch.count_nonzero")
  public Tensor countNonzero(int... axes) {
    return Reductions.countNonzero(this, axes("countNonzero", axes));
  }

  /**
   * {@return the mean of the squared distances to the mean, over axes, which go away} By two
   * passes. Integers and bool are cast to float64; narrow floats are computed with in float32.
   * NumPy's default: divided by the count. See {@link #sampleVariance} for the unbiased one.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.var", jax = "jnp.var")
  public Tensor variance(int... axes) {
    return Reductions.variance(this, 0, axes("variance", axes));
  }

  /**
   * {@return the unbiased variance over axes, which go away: divided by the count less 1} See
   * {@link #variance}. NaN of one element.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.var(ddof=1)", jax = "jnp.var(ddof=1)", torch = "torch.var")
  public Tensor sampleVariance(int... axes) {
    return Reductions.variance(this, 1, axes("sampleVariance", axes));
  }

  /**
   * {@return the root of the variance over axes, which go away} See {@link #variance}. Its
   * derivative where all elements are equal is 0.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.std", jax = "jnp.std")
  public Tensor std(int... axes) {
    return Reductions.std(this, 0, axes("std", axes));
  }

  /**
   * {@return the root of the unbiased variance over axes, which go away} See {@link
   * #sampleVariance}.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.std(ddof=1)", jax = "jnp.std(ddof=1)", torch = "torch.std")
  public Tensor sampleStd(int... axes) {
    return Reductions.std(this, 1, axes("sampleStd", axes));
  }

  /**
   * {@return log(sum(exp(x))) over axes, which go away} Neither overflows nor loses its digits;
   * minus infinity where all are. Integers and bool are cast to float64.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there, repeated, or has no elements
   */
  @Peers(jax = "jax.nn.logsumexp", torch = "torch.logsumexp")
  public Tensor logSumExp(int... axes) {
    return Located.in("logSumExp", () -> Reductions.logSumExp(this, axes("logSumExp", axes)));
  }

  /**
   * {@return the root of the sum of squares over axes, which go away} Its derivative at 0 is 0.
   * Integers and bool are cast to float64.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.linalg.norm", jax = "jnp.linalg.norm", torch = "torch.linalg.vector_norm")
  public Tensor norm(int... axes) {
    return Reductions.norm(this, axes("norm", axes));
  }

  /**
   * {@return the norm of an order over axes, which go away: the sum of |x|ᵖ to the power of 1 / p}
   * Of infinity it is the largest magnitude, of minus infinity the smallest. The derivative where
   * all are 0 is 0, as is, for p below 2, that by an element which is 0.
   *
   * @param order p, above 0, or minus infinity
   * @param axes which; none for all, negative ones count from the end
   * @throws ArgumentException if the order is none of these
   * @throws ShapeException if an axis is not there or repeated
   */
  public Tensor norm(double order, int... axes) {
    return Located.in("norm", () -> Reductions.norm(this, order, axes("norm", axes)));
  }

  /**
   * {@return a reduction whose axes stay, with length 1, so that it broadcasts with this tensor}
   *
   * {@snippet :
   * Tensor centred = x.sub(x.keepDims(Tensor::mean, -1));
   * }
   *
   * @param reduction over axes, such as {@code Tensor::sum}
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated, or the result is no reduction
   */
  @Peers(numpy = "keepdims=True", jax = "keepdims=True", torch = "keepdim=True")
  public Tensor keepDims(BiFunction<Tensor, int[], Tensor> reduction, int... axes) {
    Device.requireNonNull("keepDims", "reduction", reduction);
    int[] over = axes("keepDims", axes);
    Tensor reduced = reduction.apply(this, over);
    Device.requireNonNull("keepDims", "result of the reduction", reduced);
    Shape expected = shape().without(over, false);
    if (!reduced.shape().equals(expected)) {
      throw Located.at(
          Origin.here("keepDims"),
          new ShapeException(
              "keepDims: over axes %s of %s the reduction gave %s; pass one that gives %s"
                  .formatted(Arrays.toString(over), shape(), reduced.shape(), expected)));
    }
    return reduced.reshape(shape().without(over, true).dims());
  }

  /**
   * {@return the sums of the elements up to each along an axis} They are added one by one, in their
   * order, so that a float's error may grow with its position; narrow dtypes are added in float32
   * or int32 and cast back. The dtype stays: unlike NumPy's, narrow integers may wrap.
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.cumsum", jax = "jnp.cumsum", torch = "torch.cumsum")
  public Tensor cumsum(int axis) {
    return unary("cumsum", new CumulativeSum(axis("cumsum", axis), false));
  }

  /**
   * {@return the running product along an axis, as long as it} As in NumPy, integers and bool
   * multiply to int64. Products are combined by doubling; derivatives are exact beside zeros.
   *
   * @param axis along which; negative ones count from the end
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.cumprod", jax = "jnp.cumprod", torch = "torch.cumprod")
  public Tensor cumprod(int axis) {
    return Reductions.cumprod(this, axis("cumprod", axis));
  }

  /**
   * {@return the largest element so far along an axis, as long as it} NaN from the first one on.
   * Elements that tie share the derivative, halved between two at a time, so not always equally.
   *
   * @param axis along which; negative ones count from the end
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.maximum.accumulate", jax = "jax.lax.cummax", torch = "torch.cummax")
  public Tensor cummax(int axis) {
    return Reductions.cummax(this, axis("cummax", axis));
  }

  /**
   * {@return the smallest element so far along an axis, as long as it} NaN from the first one on.
   * Elements that tie share the derivative, halved between two at a time, so not always equally.
   *
   * @param axis along which; negative ones count from the end
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.minimum.accumulate", jax = "jax.lax.cummin", torch = "torch.cummin")
  public Tensor cummin(int axis) {
    return Reductions.cummin(this, axis("cummin", axis));
  }

  int axis(String name, int axis) {
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
  @Peers(jax = "jax.nn.softmax", torch = "torch.softmax")
  public Tensor softmax(int axis) {
    return unary("softmax", new Softmax(axis("softmax", axis)));
  }

  /**
   * {@return x - log(sum(exp(x))) along an axis, of a float tensor}
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  @Peers(jax = "jax.nn.log_softmax", torch = "torch.log_softmax")
  public Tensor logSoftmax(int axis) {
    return unary("logSoftmax", new LogSoftmax(axis("logSoftmax", axis)));
  }

  // ---- sorting and searching

  /**
   * {@return the elements in ascending order along an axis} Stable: equal elements, and so are -0
   * and +0, stay in their order. NaN comes last. Tangents and cotangents go with the elements.
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.sort", jax = "jnp.sort", torch = "torch.sort")
  public Tensor sort(int axis) {
    return sort(axis, false);
  }

  /**
   * {@return the elements in order along an axis, as {@link #sort(int)}}
   *
   * @param axis along which
   * @param descending whether the largest comes first, and NaN before it; equal elements stay in
   *     their order then too
   * @throws ShapeException if there is no such axis
   */
  public Tensor sort(int axis, boolean descending) {
    return Sorting.sort("sort", this, axis, descending, Sort.Result.VALUES);
  }

  /**
   * {@return where along an axis the elements are that {@link #sort(int)} puts in order, as int64}
   *
   * @param axis along which
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.argsort", jax = "jnp.argsort", torch = "torch.argsort")
  public Tensor argsort(int axis) {
    return argsort(axis, false);
  }

  /**
   * {@return where along an axis the elements are that {@link #sort(int, boolean)} puts in order,
   * as int64}
   *
   * @param axis along which
   * @param descending whether the largest comes first, and NaN before it
   * @throws ShapeException if there is no such axis
   */
  public Tensor argsort(int axis, boolean descending) {
    return Sorting.sort("argsort", this, axis, descending, Sort.Result.POSITIONS);
  }

  /**
   * {@return the k largest elements along an axis, the largest first, and where they are} NaN is
   * larger than all; of equal elements the one with the lower index comes first. In a trace, what
   * is not used of the two is not computed.
   *
   * @param k how many, at most the size of the axis
   * @param axis along which
   * @throws ShapeException if there is no such axis, or it has no k elements
   */
  @Peers(jax = "jax.lax.top_k", torch = "torch.topk")
  public TopK topk(long k, int axis) {
    return Sorting.topk(this, k, axis);
  }

  /**
   * {@return the median over axes, which go away: of an even number of elements the mean of the two
   * in the middle} NaN if there is a NaN, or there are no elements. Of integers and bool it is
   * float64.
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.median", jax = "jnp.median")
  public Tensor median(int... axes) {
    return Sorting.median(this, axes);
  }

  /**
   * {@return what a share q of the elements over axes, which go away, is below} Of n elements in
   * order it is the one at {@code q * (n - 1)}, counted from 0; between two it is interpolated, as
   * NumPy's default does, but beside infinities it is the limit, where NumPy may have NaN. NaN if
   * there is a NaN, or there are no elements. Of integers and bool it is float64.
   *
   * @param q from 0 to 1
   * @param axes which; none for all, negative ones count from the end
   * @throws ArgumentException if q is not between 0 and 1
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.quantile", jax = "jnp.quantile", torch = "torch.quantile")
  public Tensor quantile(double q, int... axes) {
    return Sorting.quantile(this, q, axes);
  }

  /**
   * {@return several quantiles at once, as {@link #quantile(double, int...)}} The axes of q come
   * first in the result. Places are computed in the dtype of q: one of float32 is exact enough up
   * to some million elements.
   *
   * @param q of any shape, floats; where one is not between 0 and 1 the result is NaN
   * @param axes which; none for all, negative ones count from the end
   * @throws DTypeException if q is not a float tensor
   * @throws ShapeException if an axis is not there or repeated
   */
  public Tensor quantile(Tensor q, int... axes) {
    return Sorting.quantile(this, q, axes);
  }

  /**
   * {@return where values belong in this sorted vector, as int64: for each how many elements are
   * less} NaN is larger than all. Nothing checks that this is sorted.
   *
   * @param values of any shape, and this dtype
   * @throws ShapeException if this is not a vector
   * @throws DTypeException if the dtypes differ
   */
  @Peers(numpy = "np.searchsorted", jax = "jnp.searchsorted", torch = "torch.searchsorted")
  public Tensor searchSorted(Tensor values) {
    return searchSorted(values, false);
  }

  /**
   * {@return where values belong in this sorted vector, as {@link #searchSorted(Tensor)}}
   *
   * @param values of any shape, and this dtype
   * @param right whether elements that equal the value stand before it too
   * @throws ShapeException if this is not a vector
   * @throws DTypeException if the dtypes differ
   */
  public Tensor searchSorted(Tensor values, boolean right) {
    SearchSorted op = new SearchSorted(right);
    return Calls.call(
        "searchSorted", op, null, (builder, in) -> builder.emit(op, in).result(), this, values);
  }

  // ---- views and shapes

  /** A view: in a trace a node, outside it a tensor on the same memory where there is a layout. */
  Tensor view(String name, View view) {
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
  @Peers(numpy = "np.copy", jax = "jnp.copy", torch = "x.contiguous")
  public Tensor copy() {
    return Calls.call("copy", "", null, (builder, in) -> in.getFirst(), this);
  }

  /**
   * {@return the elements in row-major order under another shape}
   *
   * @param dims sizes of the axes; one of them may be -1 and is worked out
   * @throws ShapeException if the number of elements differs
   */
  @Peers(numpy = "np.reshape", jax = "jnp.reshape", torch = "torch.reshape")
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
          throw new ShapeException(
              "reshape: more than one -1 in " + Arrays.toString(dims) + "; give the other sizes");
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
  @Peers(numpy = "np.transpose", jax = "jnp.transpose", torch = "torch.permute")
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
  @Peers(numpy = "np.broadcast_to", jax = "jnp.broadcast_to", torch = "torch.broadcast_to")
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
  @Peers(numpy = "x[a:b:s]", jax = "x[a:b:s]", torch = "x[a:b:s]")
  public Tensor slice(int axis, long start, long stop) {
    return slice(axis, start, stop, 1);
  }

  /**
   * {@return every {@code step}-th element from {@code start} to before {@code stop} of one axis,
   * as NumPy's {@code x[start:stop:step]}, without a copy} With a negative step from the end to the
   * start: {@code slice(axis, Long.MAX_VALUE, Long.MIN_VALUE, -1)} is NumPy's {@code x[::-1]}.
   *
   * @param axis which
   * @param start first index; negative numbers count from the end, and what lies outside is left
   *     out
   * @param stop index after the last; likewise
   * @param step not 0
   * @throws ShapeException if there is no such axis or the step is 0
   */
  public Tensor slice(int axis, long start, long stop, long step) {
    return Shapes.slice(this, axis, start, stop, step);
  }

  /**
   * {@return tensors one after the other along an axis}
   *
   * @param axis along which the sizes may differ
   * @param tensors of one dtype, at least one
   * @throws ShapeException if the shapes differ elsewhere or there is no such axis
   * @throws DTypeException if the dtypes differ
   */
  @Peers(numpy = "np.concatenate", jax = "jnp.concatenate", torch = "torch.cat")
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
   * @param indices integers; negative ones count from the end
   * @param axis of this tensor
   * @throws ShapeException if there is no such axis
   * @throws DTypeException if the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  @Peers(numpy = "np.take", jax = "jnp.take", torch = "torch.index_select")
  public Tensor take(Tensor indices, int axis) {
    return Indices.take(this, indices, axis, IndexMode.CHECKED);
  }

  // ---- indexing

  /**
   * {@return the slices at some indices of an axis, as {@link #take(Tensor, int)}}
   *
   * @param indices integers; negative ones count from the end
   * @param axis of this tensor
   * @param mode what becomes of an index outside the axis
   * @throws ShapeException if there is no such axis, or an empty one and indices to clip to it
   * @throws DTypeException if the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis and is checked,
   *     when it runs
   */
  public Tensor take(Tensor indices, int axis, IndexMode mode) {
    return Indices.take(this, indices, axis, mode);
  }

  /**
   * {@return the elements at indices of their own along an axis, as NumPy's {@code
   * take_along_axis}: element (i, j, k) is x[i, indices[i, j, k], k] for axis 1} What {@code
   * argsort} and {@code argmax} give is taken so. The derivative adds where an element is taken
   * more than once.
   *
   * @param indices integers of as many axes as this; negative ones count from the end. The other
   *     axes of both broadcast
   * @param axis of both
   * @throws ShapeException if there is no such axis, or the shapes do not broadcast
   * @throws DTypeException if the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  @Peers(numpy = "np.take_along_axis", jax = "jnp.take_along_axis", torch = "torch.take_along_dim")
  public Tensor takeAlongAxis(Tensor indices, int axis) {
    return takeAlongAxis(indices, axis, IndexMode.CHECKED);
  }

  /**
   * {@return the elements at indices of their own along an axis, as {@link #takeAlongAxis(Tensor,
   * int)}}
   *
   * @param indices integers of as many axes as this; negative ones count from the end
   * @param axis of both
   * @param mode what becomes of an index outside the axis
   * @throws ShapeException if there is no such axis, or the shapes do not broadcast
   * @throws DTypeException if the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis and is checked,
   *     when it runs
   */
  public Tensor takeAlongAxis(Tensor indices, int axis, IndexMode mode) {
    return Indices.takeAlongAxis(this, indices, axis, mode);
  }

  /**
   * {@return the slices at some points: the last axis of the indices holds the coordinates of a
   * point on the leading axes, as in TensorFlow's {@code gather_nd}} Indices (..., d) of a tensor
   * (n1, ..., nd, rest) give (..., rest). PyTorch's function of that name is {@link
   * #takeAlongAxis}.
   *
   * @param indices integers; negative ones count from the end of their axis
   * @throws ShapeException if the last axis holds more coordinates than this has axes, or there are
   *     points and no element to point at
   * @throws DTypeException if the indices are no integers
   * @throws org.cotangent.error.IndexException if a coordinate lies outside its axis, when it runs
   */
  @Peers(numpy = "x[i, j]", jax = "x[i, j]", torch = "x[i, j]")
  public Tensor gather(Tensor indices) {
    return Indices.gather(this, indices);
  }

  /**
   * {@return this with updates added to its slices at some indices of an axis} The derivative of
   * {@link #take(Tensor, int)} is such a sum. Updates for one slice are added to each other in
   * their order, and then to the slice; so the bits are the same on every device. In float16 and
   * bfloat16 that sum is rounded before it is added.
   *
   * @param indices integers; negative ones count from the end
   * @param updates of this dtype; they broadcast to the shape that {@code take(indices, axis)} has
   * @param axis of this tensor
   * @throws ShapeException if there is no such axis, or the updates do not broadcast
   * @throws DTypeException if the dtypes differ or are bool, or the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  @Peers(numpy = "np.add.at", jax = "x.at[i].add", torch = "torch.index_add")
  public Tensor scatterAdd(Tensor indices, Tensor updates, int axis) {
    return Indices.scatter(true, this, indices, updates, axis);
  }

  /**
   * {@return this with updates added to its slices at some points, which are those of {@link
   * #gather}} Order and rounding are those of {@link #scatterAdd(Tensor, Tensor, int)}.
   *
   * @param indices integers; the last axis holds coordinates, negative ones count from the end
   * @param updates of this dtype; they broadcast to the shape that {@code gather(indices)} has
   * @throws ShapeException if the last axis holds more coordinates than this has axes, or the
   *     updates do not broadcast
   * @throws DTypeException if the dtypes differ or are bool, or the indices are no integers
   * @throws org.cotangent.error.IndexException if a coordinate lies outside its axis, when it runs
   */
  public Tensor scatterAdd(Tensor indices, Tensor updates) {
    return Indices.scatter(true, this, indices, updates);
  }

  /**
   * {@return this with updates added to the elements that {@link #takeAlongAxis(Tensor, int)}
   * takes} Order and rounding are those of {@link #scatterAdd(Tensor, Tensor, int)}.
   *
   * @param indices integers of as many axes as this; the others broadcast to those of this
   * @param updates of this dtype; they broadcast to the indices
   * @param axis of both
   * @throws ShapeException if there is no such axis, or the shapes do not broadcast
   * @throws DTypeException if the dtypes differ or are bool, or the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  @Peers(torch = "torch.scatter_add")
  public Tensor scatterAddAlongAxis(Tensor indices, Tensor updates, int axis) {
    return Indices.scatterAlongAxis(true, this, indices, updates, axis);
  }

  /**
   * {@return this with updates in place of its slices at some indices of an axis} Of several
   * updates for one slice the last one stays, on every device. The cotangent goes to this where
   * nothing was put, and to the updates that stayed.
   *
   * @param indices integers; negative ones count from the end
   * @param updates of this dtype; they broadcast to the shape that {@code take(indices, axis)} has
   * @param axis of this tensor
   * @throws ShapeException if there is no such axis, or the updates do not broadcast
   * @throws DTypeException if the dtypes differ, or the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  @Peers(numpy = "x[i] = y", jax = "x.at[i].set", torch = "torch.index_copy")
  public Tensor scatterSet(Tensor indices, Tensor updates, int axis) {
    return Indices.scatter(false, this, indices, updates, axis);
  }

  /**
   * {@return this with updates in place of its slices at some points, which are those of {@link
   * #gather}} Of several updates for one point the last one stays.
   *
   * @param indices integers; the last axis holds coordinates, negative ones count from the end
   * @param updates of this dtype; they broadcast to the shape that {@code gather(indices)} has
   * @throws ShapeException if the last axis holds more coordinates than this has axes, or the
   *     updates do not broadcast
   * @throws DTypeException if the dtypes differ, or the indices are no integers
   * @throws org.cotangent.error.IndexException if a coordinate lies outside its axis, when it runs
   */
  public Tensor scatterSet(Tensor indices, Tensor updates) {
    return Indices.scatter(false, this, indices, updates);
  }

  /**
   * {@return this with updates in place of the elements that {@link #takeAlongAxis(Tensor, int)}
   * takes, as NumPy's {@code put_along_axis}} Of several updates for one element the last one
   * stays.
   *
   * @param indices integers of as many axes as this; the others broadcast to those of this
   * @param updates of this dtype; they broadcast to the indices
   * @param axis of both
   * @throws ShapeException if there is no such axis, or the shapes do not broadcast
   * @throws DTypeException if the dtypes differ, or the indices are no integers
   * @throws org.cotangent.error.IndexException if an index lies outside the axis, when it runs
   */
  @Peers(numpy = "np.put_along_axis", jax = "jnp.put_along_axis", torch = "torch.scatter")
  public Tensor scatterSetAlongAxis(Tensor indices, Tensor updates, int axis) {
    return Indices.scatterAlongAxis(false, this, indices, updates, axis);
  }

  /**
   * {@return 1 at the place along a new last axis that this names, and 0 elsewhere} A number that
   * is none of 0 to {@code depth - 1}, a negative one too, gives zeros, as in JAX. There is no
   * derivative: integers have none.
   *
   * @param depth size of the new axis
   * @param dtype of the result
   * @throws DTypeException if this has no integer dtype
   * @throws ShapeException if the depth is negative
   */
  @Peers(jax = "jax.nn.one_hot", torch = "torch.nn.functional.one_hot")
  public Tensor oneHot(long depth, DType dtype) {
    return Indices.oneHot(this, depth, dtype);
  }

  // ---- more shapes

  /**
   * {@return tensors of one shape one after the other along a new axis}
   *
   * @param axis of the result, where the tensors are counted; negative ones count from its end
   * @param tensors of one dtype and shape, at least one
   * @throws ShapeException if the shapes differ or there is no such axis
   * @throws DTypeException if the dtypes differ
   */
  @Peers(numpy = "np.stack", jax = "jnp.stack", torch = "torch.stack")
  public static Tensor stack(int axis, Tensor... tensors) {
    Device.requireNonNull("stack", "array of tensors", tensors);
    if (tensors.length == 0) {
      throw Located.at(
          Origin.here("stack"), new ArgumentException("stack: pass at least one tensor"));
    }
    return Shapes.stack(axis, tensors);
  }

  /**
   * {@return equal sections of an axis, without a copy}
   *
   * @param sections how many
   * @param axis which; negative ones count from the end
   * @throws ShapeException if there is no such axis, or its size is no multiple of the sections
   */
  @Peers(numpy = "np.split", jax = "jnp.split", torch = "torch.tensor_split")
  public List<Tensor> split(int sections, int axis) {
    return Shapes.split(this, sections, axis);
  }

  /**
   * {@return the parts of an axis between some indices, without a copy} As in NumPy, {@code [2, 5]}
   * gives {@code x[:2]}, {@code x[2:5]} and {@code x[5:]}.
   *
   * @param indices where to split; negative ones count from the end
   * @param axis which; negative ones count from the end
   * @throws ShapeException if there is no such axis
   */
  public List<Tensor> split(long[] indices, int axis) {
    Device.requireNonNull("split", "array of indices", indices);
    return Shapes.split(this, indices.clone(), axis);
  }

  /**
   * {@return the tensor without axes of size 1, without a copy}
   *
   * @param axes which; none for all that have size 1, negative ones count from the end
   * @throws ShapeException if an axis is not there, repeated, or of another size
   */
  @Peers(numpy = "np.squeeze", jax = "jnp.squeeze", torch = "torch.squeeze")
  public Tensor squeeze(int... axes) {
    return Shapes.squeeze(this, axes);
  }

  /**
   * {@return the tensor with new axes of size 1, without a copy}
   *
   * @param axes where they are in the result; negative ones count from its end
   * @throws ShapeException if an axis is out of the result's range or repeated
   */
  @Peers(numpy = "np.expand_dims", jax = "jnp.expand_dims", torch = "torch.unsqueeze")
  public Tensor expandDims(int... axes) {
    Device.requireNonNull("expandDims", "array of axes", axes);
    return Shapes.expandDims(this, axes);
  }

  /**
   * {@return the elements of some axes from the end to the start, without a copy}
   *
   * @param axes which; none for all, negative ones count from the end
   * @throws ShapeException if an axis is not there or repeated
   */
  @Peers(numpy = "np.flip", jax = "jnp.flip", torch = "torch.flip")
  public Tensor flip(int... axes) {
    return Shapes.flip(this, axes);
  }

  /**
   * {@return the tensor with one axis at another place, without a copy; the others keep their
   * order}
   *
   * @param source where it is; negative numbers count from the end
   * @param destination where it goes
   * @throws ShapeException if there is no such axis or place
   */
  @Peers(numpy = "np.moveaxis", jax = "jnp.moveaxis", torch = "torch.moveaxis")
  public Tensor moveAxis(int source, int destination) {
    return Shapes.moveAxis(this, new int[] {source}, new int[] {destination});
  }

  /**
   * {@return the tensor with some axes at other places, without a copy; the others keep their
   * order}
   *
   * @param source where they are; negative numbers count from the end
   * @param destination where each of them goes
   * @throws ShapeException if there is no such axis or place, one is repeated, or there are not as
   *     many places as axes
   */
  public Tensor moveAxis(int[] source, int[] destination) {
    Device.requireNonNull("moveAxis", "array of axes", source);
    Device.requireNonNull("moveAxis", "array of places", destination);
    return Shapes.moveAxis(this, source, destination);
  }

  /**
   * {@return the tensor with two axes in each other's place, without a copy}
   *
   * @param first one; negative numbers count from the end
   * @param second the other
   * @throws ShapeException if there is no such axis
   */
  @Peers(numpy = "np.swapaxes", jax = "jnp.swapaxes", torch = "torch.swapaxes")
  public Tensor swapAxes(int first, int second) {
    return Shapes.swapAxes(this, first, second);
  }

  /**
   * {@return the main diagonal of the first two axes, as the last axis, without a copy}
   *
   * @throws ShapeException if there are fewer than 2 axes
   */
  @Peers(numpy = "np.diagonal", jax = "jnp.diagonal", torch = "torch.diagonal")
  public Tensor diagonal() {
    return diagonal(0, 0, 1);
  }

  /**
   * {@return a diagonal of two axes, {@code x[.., i, .., i + offset, ..]}, as the last axis,
   * without a copy} It is empty if the offset lies beyond the corners.
   *
   * @param offset above 0 to the right of the main diagonal, below 0 under it
   * @param rows the axis of i; negative ones count from the end
   * @param columns the axis of i + offset, another one
   * @throws ShapeException if there are fewer than 2 axes, no such axis, or the two are one
   */
  public Tensor diagonal(long offset, int rows, int columns) {
    return Shapes.diagonal(this, offset, rows, columns);
  }

  /**
   * {@return windows that slide along an axis, a view: {@code y[.., i, .., j] = x[.., i * step + j
   * * dilation, ..]}} The axis counts the windows, a new one at the end the elements of a window.
   *
   * @param axis along which; negative ones count from the end
   * @param size elements of a window, at least 1
   * @param step from a window to the next, at least 1
   * @param dilation from an element of a window to the next, at least 1
   * @throws ShapeException if there is no such axis, a number is below 1, or no window fits
   */
  @Peers(numpy = "np.lib.stride_tricks.sliding_window_view", torch = "x.unfold")
  public Tensor windows(int axis, long size, long step, long dilation) {
    return view("windows", new Windows(axis("windows", axis), size, step, dilation));
  }

  /**
   * {@return the tensor with zeros below a diagonal of its last two axes}
   *
   * @param offset of the diagonal: above 0 to the right of the main one, below 0 under it
   * @throws ShapeException if there are fewer than 2 axes
   */
  @Peers(numpy = "np.triu", jax = "jnp.triu", torch = "torch.triu")
  public Tensor triu(long offset) {
    return Shapes.triangle("triu", Compare.Kind.GREATER_EQUAL, this, offset);
  }

  /**
   * {@return the tensor with zeros above a diagonal of its last two axes}
   *
   * @param offset of the diagonal: above 0 to the right of the main one, below 0 under it
   * @throws ShapeException if there are fewer than 2 axes
   */
  @Peers(numpy = "np.tril", jax = "jnp.tril", torch = "torch.tril")
  public Tensor tril(long offset) {
    return Shapes.triangle("tril", Compare.Kind.LESS_EQUAL, this, offset);
  }

  /**
   * {@return the coordinates of a grid, a tensor for each vector, without a copy} As in NumPy the
   * first vector runs along the second axis, and the second along the first: the tensors of vectors
   * of sizes (m), (n), (p) have shape (n, m, p).
   *
   * @param vectors of rank 1, or 0 for one element; their dtypes may differ
   * @throws ShapeException if a rank is above 1
   */
  @Peers(numpy = "np.meshgrid", jax = "jnp.meshgrid", torch = "torch.meshgrid")
  public static List<Tensor> meshgrid(Tensor... vectors) {
    return meshgrid("xy", vectors);
  }

  /**
   * {@return the coordinates of a grid, a tensor for each vector, without a copy}
   *
   * @param indexing "ij": each vector along an axis of its own, in their order; "xy": the first two
   *     axes in each other's place
   * @param vectors of rank 1, or 0 for one element; their dtypes may differ
   * @throws ShapeException if a rank is above 1
   * @throws ArgumentException if the indexing is another
   */
  public static List<Tensor> meshgrid(String indexing, Tensor... vectors) {
    Device.requireNonNull("meshgrid", "indexing", indexing);
    Device.requireNonNull("meshgrid", "array of vectors", vectors);
    return Shapes.meshgrid(indexing, vectors);
  }

  /**
   * {@return the elements moved along axes, those beyond the end coming in again at the start}
   *
   * @param shift by how much, of any size and sign, along each of the axes
   * @param axes which; none for the elements in row-major order, negative ones count from the end.
   *     One that is repeated is shifted repeatedly
   * @throws ShapeException if an axis is not there
   */
  @Peers(numpy = "np.roll", jax = "jnp.roll", torch = "torch.roll")
  public Tensor roll(long shift, int... axes) {
    return roll(new long[] {shift}, axes);
  }

  /**
   * {@return the elements moved along axes, those beyond the end coming in again at the start}
   *
   * @param shifts by how much along each axis, of any size and sign
   * @param axes which, one for each shift; none for the elements in row-major order by all shifts,
   *     negative ones count from the end. One that is repeated is shifted repeatedly
   * @throws ShapeException if an axis is not there, or there are not as many shifts as axes
   */
  public Tensor roll(long[] shifts, int... axes) {
    Device.requireNonNull("roll", "array of shifts", shifts);
    Device.requireNonNull("roll", "array of axes", axes);
    return Shapes.roll(this, shifts.clone(), axes.clone());
  }

  /**
   * {@return the whole tensor over and over}
   *
   * @param repeats how many times along each axis; the shorter of these and the shape gets ones in
   *     front
   * @throws ShapeException if one is negative
   */
  @Peers(numpy = "np.tile", jax = "jnp.tile", torch = "torch.tile")
  public Tensor tile(long... repeats) {
    Device.requireNonNull("tile", "array of repeats", repeats);
    return Shapes.tile(this, repeats.clone());
  }

  /**
   * {@return each element of an axis several times in a row}
   *
   * @param count how many times
   * @param axis which; negative ones count from the end
   * @throws ShapeException if there is no such axis, or the count is negative
   */
  @Peers(numpy = "np.repeat", jax = "jnp.repeat", torch = "torch.repeat_interleave")
  public Tensor repeat(long count, int axis) {
    return Shapes.repeat(this, count, axis);
  }

  /**
   * {@return each element of an axis as many times in a row as is said for it}
   *
   * @param counts how many times, for each element of the axis
   * @param axis which; negative ones count from the end
   * @throws ShapeException if there is no such axis, the axis has not as many elements as there are
   *     counts, or a count is negative
   */
  public Tensor repeat(long[] counts, int axis) {
    Device.requireNonNull("repeat", "array of counts", counts);
    return Shapes.repeat(this, counts.clone(), axis);
  }

  /**
   * {@return the tensor with more elements at the ends of its axes} One axis after the other, so
   * that the corners are padded paddings, as in NumPy.
   *
   * @param mode what they are; zeros for {@link PadMode#CONSTANT}
   * @param widths how many: one number for all ends; two for before and after every axis; or two
   *     for each axis in turn
   * @throws ShapeException if there are other numbers of widths, one is negative, or an empty axis
   *     is to be padded with its own elements
   */
  @Peers(numpy = "np.pad", jax = "jnp.pad", torch = "F.pad")
  public Tensor pad(PadMode mode, long... widths) {
    Device.requireNonNull("pad", "mode", mode);
    Device.requireNonNull("pad", "array of widths", widths);
    return Padding.pad(this, mode, number("pad", 0), widths.clone());
  }

  /**
   * {@return the tensor with one value at the ends of its axes}
   *
   * @param value any finite double for a float dtype, else one the dtype holds exactly
   * @param widths how many: one number for all ends; two for before and after every axis; or two
   *     for each axis in turn
   * @throws ShapeException if there are other numbers of widths, or one is negative
   * @throws DTypeException if the dtype does not hold the value
   */
  public Tensor pad(double value, long[] widths) {
    Device.requireNonNull("pad", "array of widths", widths);
    return Padding.pad(this, PadMode.CONSTANT, number("pad", value), widths.clone());
  }

  // ---- contraction

  /**
   * {@return the matrix product {@code (..., m, k) x (..., k, n) -> (..., m, n)}} Axes before the
   * last two broadcast. A vector on the left is a row, one on the right a column, and the result
   * lacks that axis. Each float element is one chain of fused multiply-adds in ascending k; of
   * float16 and bfloat16 in float32, rounded once. On a GPU's tensor cores these two are summed in
   * float32 in the chip's own order, and so is float32 where {@link DeviceOptions#tf32(boolean)}
   * allows it.
   *
   * @param other of the same dtype, a number
   * @throws ShapeException if one is a scalar, the inner sizes differ, or batch axes do not
   *     broadcast
   * @throws DTypeException if the dtypes differ or are bool
   */
  @Peers(numpy = "np.matmul", jax = "jnp.matmul", torch = "torch.matmul")
  public Tensor matmul(Tensor other) {
    return Calls.call("matmul", "", null, Contractions::matmul, this, other);
  }

  /**
   * {@return the sums over the last axis of this and the last but one of the other, or its only
   * one: {@code (..., k) x (..., k, n) -> (..., ..., n)}} As NumPy's {@code dot}: axes that are not
   * summed over never meet, and with a scalar it is the product.
   *
   * @param other of the same dtype, a number
   * @throws ShapeException if the inner sizes differ
   * @throws DTypeException if the dtypes differ or are bool
   */
  @Peers(numpy = "np.dot", jax = "jnp.dot")
  public Tensor dot(Tensor other) {
    return Calls.call("dot", "", null, Contractions::dot, this, other);
  }

  /**
   * {@return the products of each element with each, {@code (m) x (n) -> (m, n)}}
   *
   * @param other of the same dtype, a number; both count in row-major order
   * @throws DTypeException if the dtypes differ or are bool
   */
  @Peers(numpy = "np.outer", jax = "jnp.outer", torch = "torch.outer")
  public Tensor outer(Tensor other) {
    return Calls.call("outer", "", null, Contractions::outer, this, other);
  }

  /**
   * {@return the sums over the last axes of this and the first of the other} The result has the
   * other axes of this, then those of the other.
   *
   * @param other of the same dtype, a number
   * @param axes how many; 0 for the products of each element with each
   * @throws ShapeException if one has fewer axes, or sizes differ
   * @throws DTypeException if the dtypes differ or are bool
   */
  @Peers(numpy = "np.tensordot", jax = "jnp.tensordot", torch = "torch.tensordot")
  public Tensor tensordot(Tensor other, int axes) {
    return Calls.call(
        "tensordot",
        axes,
        null,
        (builder, in) -> Contractions.tensordot(builder, in, axes),
        this,
        other);
  }

  /**
   * {@return the sums over axes of this and their partners in the other} The result has the other
   * axes of this, then those of the other.
   *
   * @param other of the same dtype, a number
   * @param axes of this; negative ones count from the end
   * @param others their partners
   * @throws ShapeException if there is no such axis, one is repeated, there are not as many
   *     partners, or sizes differ
   * @throws DTypeException if the dtypes differ or are bool
   */
  public Tensor tensordot(Tensor other, int[] axes, int[] others) {
    Device.requireNonNull("tensordot", "array of axes", axes);
    Device.requireNonNull("tensordot", "array of partners", others);
    int[] mine = axes.clone();
    int[] its = others.clone();
    return Calls.call(
        "tensordot",
        List.of(list(mine), list(its)),
        null,
        (builder, in) -> Contractions.tensordot("tensordot", builder, in, mine, its),
        this,
        other);
  }

  /**
   * {@return the sum of products that a string says, as NumPy's {@code einsum}} Each operand's axes
   * have letters, in {@code "bij,bjk->bik"}; letters that are not in the output are summed over.
   * Without {@code ->} the output has the letters that are there once, in the order of the
   * alphabet, capitals first. A letter twice in one operand is its diagonal. {@code ...} stands for
   * any number of axes, which broadcast, and come first where the output is not said. Axes of size
   * 1 broadcast.
   *
   * <p>Of more than two tensors, always those two are multiplied next whose product has the fewest
   * elements, of equals those with the fewest multiplications, of these the first. What only one
   * operand has is summed before that. So the order of the sum depends on the shapes alone.
   *
   * @param subscripts the string
   * @param operands of one dtype, as many as the string has
   * @throws ArgumentException if the string is malformed, has a letter in the output that is in no
   *     operand or there already, or another number of operands
   * @throws ShapeException if an operand has another number of axes, or sizes of a letter differ
   * @throws DTypeException if the dtypes differ, or bools are to be multiplied
   */
  @Peers(numpy = "np.einsum", jax = "jnp.einsum", torch = "torch.einsum")
  public static Tensor einsum(String subscripts, Tensor... operands) {
    Device.requireNonNull("einsum", "string", subscripts);
    Device.requireNonNull("einsum", "array of operands", operands);
    if (operands.length == 0) {
      throw Located.at(
          Origin.here("einsum"), new ArgumentException("einsum: pass at least one tensor"));
    }
    return Calls.call(
        "einsum",
        subscripts,
        null,
        (builder, in) -> Einsum.einsum(subscripts, builder, in),
        operands);
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
    if (stored.isBusy()) {
      return type() + " in the hands of a run";
    }
    return ArrayPrinter.print(toHost("toString"));
  }
}
