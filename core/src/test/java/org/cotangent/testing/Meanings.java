package org.cotangent.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.graph.Alias;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Constant;
import org.cotangent.graph.Contraction;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Op;
import org.cotangent.op.Add;
import org.cotangent.op.Arange;
import org.cotangent.op.ArgMax;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.Divide;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.FoldKey;
import org.cotangent.op.Full;
import org.cotangent.op.Generated;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Lerp;
import org.cotangent.op.Log;
import org.cotangent.op.LogSoftmax;
import org.cotangent.op.Max;
import org.cotangent.op.Maximum;
import org.cotangent.op.Multiply;
import org.cotangent.op.Ndtri;
import org.cotangent.op.Negative;
import org.cotangent.op.Pad;
import org.cotangent.op.RandomBits;
import org.cotangent.op.Relu;
import org.cotangent.op.Reshape;
import org.cotangent.op.Rsqrt;
import org.cotangent.op.Slice;
import org.cotangent.op.Softmax;
import org.cotangent.op.Sqrt;
import org.cotangent.op.StopGradient;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.op.UnitFloat;
import org.cotangent.op.Where;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * What each op means, one element at a time, by {@link Math} and plain loops. It shares nothing
 * with the ops' own bodies, expansions and layouts, so that it can referee them. An op of one's own
 * is made known by {@link #define}.
 */
public final class Meanings {
  /** Computes an op's results from its inputs. */
  @FunctionalInterface
  public interface Meaning {
    /**
     * {@return the results}
     *
     * @param op with its attributes
     * @param in the inputs
     * @param out the types of the results
     */
    List<HostArray> evaluate(Op op, List<HostArray> in, List<TensorType> out);
  }

  private static final Map<Class<?>, Meaning> TABLE = new ConcurrentHashMap<>();

  /** Ops whose float results are computed here in another order or by another formula. */
  private static final Set<Class<?>> ROUNDED = ConcurrentHashMap.newKeySet();

  private Meanings() {}

  /**
   * Makes the meaning of an op known.
   *
   * @param op its class
   * @param meaning what it computes
   */
  public static void define(Class<? extends Op> op, Meaning meaning) {
    TABLE.put(op, meaning);
  }

  /**
   * Makes known that the float results of an op may differ from its meaning's by their rounding.
   *
   * @param op its class
   */
  public static void rounded(Class<? extends Op> op) {
    ROUNDED.add(op);
  }

  /**
   * {@return whether float results may differ by their rounding}
   *
   * @param op which
   */
  static boolean isRounded(Op op) {
    return ROUNDED.contains(op.getClass());
  }

  /**
   * Makes the meaning of an elementwise op known.
   *
   * @param op its class
   * @param function from the elements of the inputs to that of the result: Float, Double, Integer,
   *     Long or Boolean
   */
  public static void elementwise(Class<? extends Op> op, Function<List<Object>, Object> function) {
    define(op, (o, in, out) -> List.of(each(in, out, function)));
  }

  /**
   * {@return an op's results}
   *
   * @param op what to compute
   * @param in its inputs
   */
  public static List<HostArray> evaluate(Op op, List<HostArray> in) {
    List<TensorType> out = op.infer(in.stream().map(HostArray::type).toList());
    Meaning meaning = TABLE.get(op.getClass());
    if (meaning != null) {
      return meaning.evaluate(op, in, out);
    }
    if (op instanceof Composite composite) {
      GraphBuilder builder = new GraphBuilder();
      var inputs = in.stream().map(array -> builder.parameter(array.type())).toList();
      return ReferenceBackend.evaluate(
          builder.build(op.name(), composite.expand(builder, inputs)), in);
    }
    throw new IllegalStateException("no reference meaning for " + op + "; Meanings.define one");
  }

  // ---- numbers

  private static double d(Object value) {
    return value instanceof Boolean b ? (b ? 1 : 0) : ((Number) value).doubleValue();
  }

  private static boolean isFloating(Object value) {
    return value instanceof Float || value instanceof Double;
  }

  /** A double as an element: rounded for floats. A double holds every exact float32 operation. */
  private static Object like(Object example, double value) {
    return example instanceof Float ? (Object) (float) value : (Object) value;
  }

  private interface DoubleOp {
    double of(double a, double b);
  }

  private interface LongOp {
    long of(long a, long b);
  }

  private static Object arithmetic(List<Object> in, DoubleOp floats, LongOp integers) {
    Object a = in.get(0);
    Object b = in.get(in.size() - 1);
    if (isFloating(a)) {
      return like(a, floats.of(d(a), d(b)));
    }
    long result = integers.of(((Number) a).longValue(), ((Number) b).longValue());
    return a instanceof Integer ? (Object) (int) result : (Object) result;
  }

  private static void floats(Class<? extends Op> op, Function<Double, Double> function) {
    rounded(op);
    elementwise(op, in -> like(in.getFirst(), function.apply(d(in.getFirst()))));
  }

  static Object cast(Object value, DType dtype) {
    long whole = value instanceof Number n ? n.longValue() : (boolean) value ? 1 : 0;
    return switch (dtype) {
      case FLOAT32 ->
          value instanceof Double x
              ? (Object) (float) (double) x
              : value instanceof Float x ? (Object) x : (Object) (float) whole;
      case FLOAT64 -> isFloating(value) ? (Object) d(value) : (Object) (double) whole;
      case FLOAT16, BFLOAT16 -> half(dtype, isFloating(value) ? d(value) : whole);
      case INT8, INT16, UINT8 ->
          dtype.value(
              isFloating(value)
                  ? Math.clamp((long) d(value), dtype.smallestInteger(), dtype.largestInteger())
                  : whole);
      case INT32 -> isFloating(value) ? (Object) (int) d(value) : (Object) (int) whole;
      case INT64 -> isFloating(value) ? (Object) (long) d(value) : (Object) whole;
      case BOOL -> isFloating(value) ? (Object) (d(value) != 0) : (Object) (whole != 0);
    };
  }

  /**
   * The nearest float16 or bfloat16, ties to even, by scaling: a multiple of the last place, which
   * {@link Math#rint} finds in a double.
   */
  private static Object half(DType dtype, double value) {
    int fraction = dtype == DType.FLOAT16 ? 10 : 7;
    int least = dtype == DType.FLOAT16 ? -14 : -126;
    if (value == 0 || !Double.isFinite(value)) {
      return (float) value;
    }
    int place = Math.max(Math.getExponent(value), least) - fraction;
    double rounded = Math.scalb(Math.rint(Math.scalb(value, -place)), place);
    double largest = dtype == DType.FLOAT16 ? 65504 : 0x1.fep127;
    return (float) (Math.abs(rounded) > largest ? Math.copySign(1 / 0.0, value) : rounded);
  }

  // ---- loops

  static HostArray each(
      List<HostArray> in, List<TensorType> out, Function<List<Object>, Object> function) {
    HostArray result = HostArray.allocate(out.getFirst());
    for (long i = 0; i < result.type().shape().size(); i++) {
      long at = i;
      result.set(i, function.apply(in.stream().map(array -> array.get(at)).toList()));
    }
    return result;
  }

  private static long[] coordinates(Shape shape, long linear) {
    long[] at = new long[shape.rank()];
    for (int axis = at.length - 1; axis >= 0; axis--) {
      at[axis] = linear % shape.dim(axis);
      linear /= shape.dim(axis);
    }
    return at;
  }

  private static long linear(Shape shape, long... at) {
    long linear = 0;
    for (int axis = 0; axis < at.length; axis++) {
      linear = linear * shape.dim(axis) + at[axis];
    }
    return linear;
  }

  /** A view: each element of the result is the input's at a place computed from its coordinates. */
  private interface Source {
    long[] of(Op op, Shape from, Shape to, long... at);
  }

  private static void view(Class<? extends Op> type, Source source) {
    define(
        type,
        (op, in, out) -> {
          HostArray result = HostArray.allocate(out.getFirst());
          Shape from = in.getFirst().type().shape();
          Shape to = out.getFirst().shape();
          for (long i = 0; i < to.size(); i++) {
            result.set(
                i, in.getFirst().get(linear(from, source.of(op, from, to, coordinates(to, i)))));
          }
          return List.of(result);
        });
  }

  /** A reduction of the elements at each kept index, given in row-major order. */
  static void reduction(
      Class<? extends Op> type,
      Function<Op, List<Integer>> axesOf,
      Function<List<Object>, Object> reduce) {
    define(
        type,
        (op, in, out) -> {
          List<Integer> axes = axesOf.apply(op);
          Shape from = in.getFirst().type().shape();
          HostArray result = HostArray.allocate(out.getFirst());
          List<List<Object>> kept = new ArrayList<>();
          for (long i = 0; i < result.type().shape().size(); i++) {
            kept.add(new ArrayList<>());
          }
          for (long i = 0; i < from.size(); i++) {
            long[] at = coordinates(from, i);
            long[] rest =
                IntStream.range(0, at.length)
                    .filter(axis -> !axes.contains(axis))
                    .mapToLong(axis -> at[axis])
                    .toArray();
            kept.get((int) linear(out.getFirst().shape(), rest)).add(in.getFirst().get(i));
          }
          for (int i = 0; i < kept.size(); i++) {
            Object value = reduce.apply(kept.get(i));
            result.set(i, cast(value, out.getFirst().dtype()));
          }
          return List.of(result);
        });
  }

  private static int compare(Object a, Object b) {
    return a instanceof Boolean x
        ? Boolean.compare(x, (boolean) b)
        : isFloating(a)
            ? Double.compare(d(a), d(b))
            : Long.compare(((Number) a).longValue(), ((Number) b).longValue());
  }

  private static boolean isNaN(Object value) {
    return isFloating(value) && Double.isNaN(d(value));
  }

  private static boolean holds(Compare.Kind kind, Object a, Object b) {
    if (isNaN(a) || isNaN(b)) {
      return kind == Compare.Kind.NOT_EQUAL;
    }
    // Equality by ==, as Double.compare tells -0 from 0.
    boolean equal = isFloating(a) ? d(a) == d(b) : a.equals(b);
    return switch (kind) {
      case EQUAL -> equal;
      case NOT_EQUAL -> !equal;
      case LESS -> !equal && compare(a, b) < 0;
      case LESS_EQUAL -> equal || compare(a, b) < 0;
      case GREATER -> !equal && compare(a, b) > 0;
      case GREATER_EQUAL -> equal || compare(a, b) > 0;
    };
  }

  static {
    ShapeMeanings.define();
    elementwise(
        Negative.class,
        in ->
            isFloating(in.getFirst())
                ? like(in.getFirst(), -d(in.getFirst()))
                : arithmetic(in, (a, b) -> -a, (a, b) -> -a));
    elementwise(Add.class, in -> arithmetic(in, (a, b) -> a + b, (a, b) -> a + b));
    elementwise(Subtract.class, in -> arithmetic(in, (a, b) -> a - b, (a, b) -> a - b));
    elementwise(Multiply.class, in -> arithmetic(in, (a, b) -> a * b, (a, b) -> a * b));
    elementwise(Divide.class, in -> arithmetic(in, (a, b) -> a / b, (a, b) -> a / b));
    elementwise(Maximum.class, in -> arithmetic(in, Math::max, Math::max));
    elementwise(
        Relu.class, in -> arithmetic(in, (a, b) -> a <= 0 ? 0 : a, (a, b) -> Math.max(a, 0)));
    floats(Exp.class, Math::exp);
    floats(Log.class, Math::log);
    floats(Tanh.class, Math::tanh);
    floats(Sqrt.class, Math::sqrt);
    floats(StopGradient.class, x -> x);
    floats(Ndtri.class, Meanings::quantile);
    define(
        IntegerPower.class,
        (op, in, out) -> {
          int n = ((IntegerPower) op).exponent();
          return List.of(
              each(in, out, x -> arithmetic(x, (a, b) -> Math.pow(a, n), (a, b) -> power(a, n))));
        });
    define(
        Compare.class,
        (op, in, out) ->
            List.of(each(in, out, x -> holds(((Compare) op).kind(), x.getFirst(), x.getLast()))));
    elementwise(Where.class, in -> (boolean) in.getFirst() ? in.get(1) : in.get(2));
    define(
        Cast.class,
        (op, in, out) -> List.of(each(in, out, x -> cast(x.getFirst(), ((Cast) op).dtype()))));

    reduction(
        Sum.class,
        op -> ((Sum) op).axes(),
        all ->
            all.isEmpty() || isFloating(all.getFirst())
                ? (Object) floatSum(all)
                : (Object) all.stream().mapToLong(x -> (long) cast(x, DType.INT64)).sum());
    reduction(
        Max.class,
        op -> ((Max) op).axes(),
        all ->
            all.stream()
                .reduce((a, b) -> isNaN(a) || (!isNaN(b) && compare(a, b) >= 0) ? a : b)
                .orElseThrow());
    reduction(
        ArgMax.class,
        op -> ((ArgMax) op).axes(),
        all -> {
          int best = 0;
          for (int i = 1; i < all.size(); i++) {
            boolean better =
                isNaN(all.get(i))
                    ? !isNaN(all.get(best))
                    : holds(Compare.Kind.GREATER, all.get(i), all.get(best));
            best = better ? i : best;
          }
          return (long) best;
        });

    define(Alias.class, (op, in, out) -> in);
    view(Reshape.class, (op, from, to, at) -> coordinates(from, linear(to, at)));
    view(
        Transpose.class,
        (op, from, to, at) -> {
          long[] source = new long[at.length];
          for (int i = 0; i < at.length; i++) {
            source[((Transpose) op).permutation().get(i)] = at[i];
          }
          return source;
        });
    view(
        BroadcastTo.class,
        (op, from, to, at) -> {
          long[] source = Arrays.copyOfRange(at, to.rank() - from.rank(), to.rank());
          for (int i = 0; i < source.length; i++) {
            source[i] = from.dim(i) == 1 ? 0 : source[i];
          }
          return source;
        });
    view(
        Slice.class,
        (op, from, to, at) -> {
          Slice slice = (Slice) op;
          long[] source = new long[at.length];
          for (int i = 0; i < at.length; i++) {
            source[i] = slice.starts().get(i) + at[i] * slice.steps().get(i);
          }
          return source;
        });

    define(
        Pad.class,
        (op, in, out) -> {
          Pad pad = (Pad) op;
          HostArray result = HostArray.allocate(out.getFirst());
          Shape from = in.getFirst().type().shape();
          for (long i = 0; i < from.size(); i++) {
            long[] at = coordinates(from, i);
            for (int axis = 0; axis < at.length; axis++) {
              at[axis] = pad.starts().get(axis) + at[axis] * pad.steps().get(axis);
            }
            result.set(linear(out.getFirst().shape(), at), in.getFirst().get(i));
          }
          return List.of(result);
        });
    define(
        Concatenate.class,
        (op, in, out) -> {
          int axis = ((Concatenate) op).axis();
          HostArray result = HostArray.allocate(out.getFirst());
          long start = 0;
          for (HostArray part : in) {
            Shape shape = part.type().shape();
            for (long i = 0; i < shape.size(); i++) {
              long[] at = coordinates(shape, i);
              at[axis] += start;
              result.set(linear(out.getFirst().shape(), at), part.get(i));
            }
            start += shape.dim(axis);
          }
          return List.of(result);
        });

    define(Full.class, (op, in, out) -> List.of(each(in, out, x -> ((Full) op).value())));
    define(
        Arange.class,
        (op, in, out) -> {
          HostArray result = HostArray.allocate(out.getFirst());
          Arange arange = (Arange) op;
          for (long i = 0; i < arange.size(); i++) {
            Object index = cast(i, arange.dtype().arithmetic());
            Object step =
                arithmetic(List.of(index, arange.step()), (a, b) -> a * b, (a, b) -> a * b);
            result.set(
                i, arithmetic(List.of(arange.start(), step), (a, b) -> a + b, (a, b) -> a + b));
          }
          return List.of(result);
        });
    define(Constant.class, (op, in, out) -> List.of(((Constant) op).data()));

    define(DotGeneral.class, Meanings::dotGeneral);
    define(
        CumulativeSum.class,
        (op, in, out) -> {
          CumulativeSum cumsum = (CumulativeSum) op;
          Shape shape = out.getFirst().shape();
          HostArray result = HostArray.allocate(out.getFirst());
          for (long i = 0; i < shape.size(); i++) {
            long[] at = coordinates(shape, i);
            long here = at[cumsum.axis()];
            long length = shape.dim(cumsum.axis());
            Object sum = null;
            for (long k = cumsum.reverse() ? length - 1 : 0;
                cumsum.reverse() ? k >= here : k <= here;
                k += cumsum.reverse() ? -1 : 1) {
              at[cumsum.axis()] = k;
              Object x = in.getFirst().get(linear(shape, at));
              sum = sum == null ? x : arithmetic(List.of(sum, x), Double::sum, Long::sum);
            }
            result.set(i, sum);
          }
          return List.of(result);
        });
    define(Softmax.class, (op, in, out) -> normalised(in, out, ((Softmax) op).axis(), false));
    define(LogSoftmax.class, (op, in, out) -> normalised(in, out, ((LogSoftmax) op).axis(), true));

    define(
        RandomBits.class,
        (op, in, out) -> {
          HostArray result = HostArray.allocate(out.getFirst());
          long key = (long) in.getFirst().get(0);
          for (long i = 0; i < out.getFirst().shape().size(); i++) {
            result.set(i, randomBits(result.type().dtype(), key, i));
          }
          return List.of(result);
        });
    define(
        Generated.class,
        (op, in, out) -> {
          if (!(((Generated) op).generator() instanceof RandomBits)) {
            throw new IllegalStateException("no reference meaning for " + op);
          }
          DType dtype = out.getFirst().dtype();
          return List.of(
              each(in, out, at -> randomBits(dtype, (long) at.getFirst(), (long) at.get(1))));
        });
    elementwise(
        FoldKey.class,
        in -> {
          int[] words = philox((long) in.get(0), (long) in.get(1), 1);
          return join(words[0], words[1]);
        });
    define(
        UnitFloat.class,
        (op, in, out) -> {
          boolean open = ((UnitFloat) op).open();
          return List.of(
              each(
                  in,
                  out,
                  x -> {
                    if (x.getFirst() instanceof Integer bits) {
                      int kept = bits >>> 8;
                      return (Object) ((float) (open ? kept | 1 : kept) / (1 << 24));
                    }
                    long kept = (long) x.getFirst() >>> 11;
                    return (Object) ((double) (open ? kept | 1 : kept) / (1L << 53));
                  }));
        });
    List.of(
            Softmax.class,
            LogSoftmax.class,
            Sum.class,
            DotGeneral.class,
            IntegerPower.class,
            Rsqrt.class,
            Lerp.class)
        .forEach(Meanings::rounded);
    ElementwiseMeanings.define();
    ExponentialMeanings.define();
    TrigonometricMeanings.define();
    SpecialMeanings.define();
    ReductionMeanings.define();
    SortMeanings.define();
    IndexingMeanings.define();
    WindowMeanings.define();
  }

  /** +0 of no elements; -0 only of nothing but -0, where a stream's sum, begun at +0, is +0. */
  private static double floatSum(List<Object> all) {
    boolean negativeZeros =
        !all.isEmpty() && all.stream().allMatch(x -> Double.compare(d(x), -0.0) == 0);
    return negativeZeros ? -0.0 : all.stream().mapToDouble(Meanings::d).sum();
  }

  private static long power(long base, int exponent) {
    long product = 1;
    for (int i = 0; i < exponent; i++) {
      product *= base;
    }
    return product;
  }

  /** The normal quantile by bisection of the distribution function, itself by a series. */
  private static double quantile(double p) {
    double low = -40;
    double high = 40;
    for (int i = 0; i < 200; i++) {
      double middle = (low + high) / 2;
      if (distribution(middle) < p) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /** Marsaglia's series: 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + ...). Fine for the samples' range. */
  private static double distribution(double x) {
    if (Math.abs(x) > 8) {
      return x < 0 ? 0 : 1;
    }
    double term = x;
    double sum = x;
    for (int i = 3; Math.abs(term) > 1e-18; i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static List<HostArray> normalised(
      List<HostArray> in, List<TensorType> out, int axis, boolean logarithm) {
    HostArray x = in.getFirst();
    Shape shape = x.type().shape();
    HostArray result = HostArray.allocate(out.getFirst());
    for (long i = 0; i < shape.size(); i++) {
      long[] at = coordinates(shape, i);
      double largest = Double.NEGATIVE_INFINITY;
      for (long k = 0; k < shape.dim(axis); k++) {
        at[axis] = k;
        largest = Math.max(largest, x.getDouble(linear(shape, at)));
      }
      double sum = 0;
      for (long k = 0; k < shape.dim(axis); k++) {
        at[axis] = k;
        sum += Math.exp(x.getDouble(linear(shape, at)) - largest);
      }
      double shifted = x.getDouble(i) - largest;
      result.set(i, like(x.get(i), logarithm ? shifted - Math.log(sum) : Math.exp(shifted) / sum));
    }
    return List.of(result);
  }

  private static List<HostArray> dotGeneral(Op op, List<HostArray> in, List<TensorType> out) {
    DotGeneral dot = (DotGeneral) op;
    Shape left = in.get(0).type().shape();
    Shape right = in.get(1).type().shape();
    List<Integer> leftFree = Contraction.free(left, dot.leftBatch(), dot.leftContracted());
    List<Integer> rightFree = Contraction.free(right, dot.rightBatch(), dot.rightContracted());
    Shape depth = Shape.of(dot.leftContracted().stream().mapToLong(left::dim).toArray());
    HostArray result = HostArray.allocate(out.getFirst());
    for (long i = 0; i < out.getFirst().shape().size(); i++) {
      long[] at = coordinates(out.getFirst().shape(), i);
      long[] l = new long[left.rank()];
      long[] r = new long[right.rank()];
      int next = 0;
      for (int b = 0; b < dot.leftBatch().size(); b++, next++) {
        l[dot.leftBatch().get(b)] = at[next];
        r[dot.rightBatch().get(b)] = at[next];
      }
      for (int axis : leftFree) {
        l[axis] = at[next++];
      }
      for (int axis : rightFree) {
        r[axis] = at[next++];
      }
      double sum = 0;
      long whole = 0;
      for (long k = 0; k < depth.size(); k++) {
        long[] inner = coordinates(depth, k);
        for (int c = 0; c < inner.length; c++) {
          l[dot.leftContracted().get(c)] = inner[c];
          r[dot.rightContracted().get(c)] = inner[c];
        }
        Object a = in.get(0).get(linear(left, l));
        Object b = in.get(1).get(linear(right, r));
        if (isFloating(a)) {
          sum += d(a) * d(b);
        } else {
          whole += ((Number) a).longValue() * ((Number) b).longValue();
        }
      }
      DType dtype = out.getFirst().dtype();
      result.set(i, cast(dtype.isFloating() ? (Object) sum : (Object) whole, dtype));
    }
    return List.of(result);
  }

  /** An element of {@link RandomBits}: of each four words int32 takes one, int64 two. */
  private static Object randomBits(DType dtype, long key, long number) {
    boolean wide = dtype == DType.INT64;
    int[] words = philox(key, wide ? number / 2 : number / 4, 0);
    int at = (int) (wide ? number % 2 * 2 : number % 4);
    return wide ? (Object) join(words[at], words[at + 1]) : (Object) words[at];
  }

  private static long join(int low, int high) {
    return Integer.toUnsignedLong(low) | (long) high << 32;
  }

  /** Philox 4x32-10 as the paper states it, on 32-bit words. */
  static int[] philox(long key, long counter, int purpose) {
    int[] c = {(int) counter, (int) (counter >>> 32), 0, purpose};
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < 10; round++) {
      long p0 = Integer.toUnsignedLong(c[0]) * 0xD2511F53L;
      long p1 = Integer.toUnsignedLong(c[2]) * 0xCD9E8D57L;
      c =
          new int[] {
            (int) (p1 >>> 32) ^ c[1] ^ k0, (int) p1, (int) (p0 >>> 32) ^ c[3] ^ k1, (int) p0
          };
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    return c;
  }
}
