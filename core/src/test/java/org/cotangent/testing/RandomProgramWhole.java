package org.cotangent.testing;

import static org.cotangent.testing.RandomProgram.array;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Op;
import org.cotangent.op.Add;
import org.cotangent.op.Arange;
import org.cotangent.op.ArgMax;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Full;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Max;
import org.cotangent.op.Maximum;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.Relu;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.ScatterSet;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.op.Transpose;
import org.cotangent.op.Where;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/**
 * Programs on whole numbers so small that nothing is ever rounded: then sums and contractions in
 * any order have the same bits, and every dtype and op may mix. A step whose numbers could grow
 * beyond what its dtype holds exactly is left out.
 */
final class RandomProgramWhole {
  /** Elements of a value at most: beyond, the reference takes long and no tile is new. */
  private static final long LARGEST = 5_000;

  /** Inputs are whole numbers from minus this to this. */
  static final int INPUT = 4;

  private static final List<DType> DTYPES =
      List.of(DType.FLOAT64, DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32, DType.BOOL);

  private static final long[][] SMALL = {
    {}, {1}, {3}, {5}, {2, 3}, {3, 1}, {1, 4}, {0, 3}, {2, 3, 4}, {1, 1}, {7, 5}, {3, 3}, {2, 0}
  };

  /**
   * Over a tile of 1,024 elements: a loop reads a tile before it writes it, so that only a second
   * one sees what the first has overwritten. Square, so that a transposed one fits an operand.
   */
  private static final long[][] OVER_A_TILE = {{40, 40}, {40, 40}, {1_025}, {2, 1_030}};

  private static final List<Compare.Kind> KINDS = List.of(Compare.Kind.values());

  /** Writes a step on a value, or nothing where it does not fit. */
  private static final List<ObjIntConsumer<RandomProgramWhole>> STEPS =
      List.of(
          (p, x) -> p.pair(new Add(), x, p.draft.pickLike(x)),
          (p, x) -> p.pair(new Subtract(), x, p.draft.pickLike(x)),
          (p, x) -> p.product(x, p.draft.pickLike(x)),
          (p, x) -> p.number(p.bound(x) * p.bound(x), new IntegerPower(2), x),
          (p, x) -> p.pair(new Maximum(), x, p.draft.pickLike(x)),
          (p, x) -> p.number(p.bound(x), new Negative(), x),
          (p, x) -> p.number(p.bound(x), new Relu(), x),
          (p, x) -> p.add(1, new Compare(p.draft.oneOf(KINDS)), x, p.draft.pickLike(x)),
          (p, x) -> p.add(p.bound(x), new Cast(p.draft.oneOf(DTYPES)), x),
          RandomProgramWhole::minusTransposed,
          RandomProgramWhole::minusTransposed,
          RandomProgramWhole::where,
          RandomProgramWhole::reduction,
          RandomProgramWhole::reduction,
          RandomProgramWhole::move,
          RandomProgramWhole::move,
          RandomProgramWhole::move,
          RandomProgramWhole::move,
          RandomProgramWhole::concatenate,
          RandomProgramWhole::take,
          RandomProgramWhole::scatter,
          RandomProgramWhole::contraction,
          RandomProgramWhole::contraction,
          RandomProgramWhole::cumulativeSum,
          RandomProgramWhole::source);

  private final RandomProgramDraft draft;
  private final List<Double> bounds = new ArrayList<>();

  private RandomProgramWhole(long seed) {
    this.draft = new RandomProgramDraft(seed);
  }

  static RandomProgram of(long seed) {
    RandomProgramWhole program = new RandomProgramWhole(seed);
    RandomProgramDraft draft = program.draft;
    long[][] shapes = draft.random.nextInt(4) == 0 ? OVER_A_TILE : SMALL;
    DType dtype = draft.oneOf(DTYPES);
    long[] dims = draft.oneOf(Arrays.asList(shapes));
    int inputs = draft.random.nextInt(1, 5);
    for (int i = 0; i < inputs; i++) {
      // Most inputs alike: values that never meet are no program.
      boolean alike = draft.random.nextInt(3) > 0;
      draft.input(
          alike ? dtype : draft.oneOf(DTYPES), alike ? dims : draft.oneOf(Arrays.asList(SMALL)));
      program.bounds.add((double) INPUT);
    }
    int steps = draft.random.nextInt(10, 40);
    for (int i = 0; i < steps; i++) {
      draft.oneOf(STEPS).accept(program, draft.pick());
    }
    return draft.finish(draft.random.nextInt(1, 6));
  }

  /** A whole number as an element; a positive one is true. */
  static Object element(DType dtype, int number) {
    return dtype == DType.BOOL ? (Object) (number > 0) : dtype.scalar("random", (double) number);
  }

  // ---- steps

  private double bound(int value) {
    return bounds.get(value);
  }

  /** The largest number up to which a dtype holds each whole one. */
  private static double exact(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> 1 << 24;
      case FLOAT64, INT64 -> 1L << 53;
      case INT32 -> Integer.MAX_VALUE;
      case BOOL -> Double.POSITIVE_INFINITY;
      case FLOAT16 -> 1 << 11;
      case BFLOAT16 -> 1 << 8;
      case INT8, INT16, UINT8 -> dtype.largestInteger();
    };
  }

  private void add(double bound, Op op, int... uses) {
    TensorType type = op.infer(Arrays.stream(uses).mapToObj(draft::type).toList()).getFirst();
    if (bound <= exact(type.dtype()) && type.shape().size() <= LARGEST) {
      draft.add(op, uses);
      bounds.add(type.dtype() == DType.BOOL ? 1 : bound);
    }
  }

  /** As {@link #add}, for ops that do not take bool. */
  private void number(double bound, Op op, int... uses) {
    if (draft.type(uses[0]).dtype() != DType.BOOL) {
      add(bound, op, uses);
    }
  }

  private void pair(Op op, int x, int y) {
    number(bound(x) + bound(y), op, x, y);
  }

  private void product(int x, int y) {
    number(bound(x) * bound(y), new Multiply(), x, y);
  }

  /** A new value and itself transposed in one loop, which then must not write over it. */
  private void minusTransposed(int x) {
    Shape shape = draft.shape(x);
    boolean square = shape.rank() == 2 && shape.dim(0) == shape.dim(1);
    if (square && draft.type(x).dtype() != DType.BOOL) {
      add(bound(x), new Negative(), x);
      int negative = bounds.size() - 1;
      add(bound(x), new Transpose(List.of(1, 0)), negative);
      pair(new Subtract(), negative, bounds.size() - 1);
    }
  }

  private void where(int x) {
    int condition =
        draft.pickOf(type -> type.equals(draft.type(x).with(DType.BOOL)), /* none= */ -1);
    if (condition >= 0) {
      int y = draft.pickLike(x);
      add(Math.max(bound(x), bound(y)), new Where(), condition, x, y);
    }
  }

  private void reduction(int x) {
    Shape shape = draft.shape(x);
    List<Integer> axes = draft.axes(shape);
    int kind = draft.random.nextInt(3);
    if (kind == 0) {
      add(bound(x) * shape.size(), new Sum(axes), x);
    } else if (axes.stream().allMatch(axis -> shape.dim(axis) > 0)) {
      add(kind == 1 ? bound(x) : shape.size(), kind == 1 ? new Max(axes) : new ArgMax(axes), x);
    }
  }

  private void move(int x) {
    add(bound(x), RandomProgramShapes.any(draft.random, draft.shape(x)), x);
  }

  private void concatenate(int x) {
    int rank = draft.shape(x).rank();
    if (rank > 0) {
      int[] parts =
          IntStream.range(0, draft.random.nextInt(1, 4)).map(_ -> draft.pickLike(x)).toArray();
      double bound = Arrays.stream(parts).mapToDouble(this::bound).max().orElseThrow();
      add(bound, new Concatenate(draft.random.nextInt(rank)), parts);
    }
  }

  private void take(int x) {
    Shape shape = draft.shape(x);
    if (shape.rank() > 0) {
      int axis = draft.random.nextInt(shape.rank());
      if (shape.dim(axis) > 0) {
        int indices = indices(shape.dim(axis), draft.random.nextBoolean() ? SMALL[2] : SMALL[4]);
        add(bound(x), new Take(axis), x, indices);
      }
    }
  }

  /** Several updates may meet at one place. */
  private void scatter(int x) {
    Shape shape = draft.shape(x);
    if (shape.rank() > 0) {
      boolean along = draft.random.nextBoolean();
      int indices = along ? indices(3, shape.dims()) : indices(3, shape.dim(0));
      if (draft.random.nextBoolean()) {
        ScatterAdd op = new ScatterAdd(0, 3, along, IndexMode.CHECKED);
        number(bound(x) * shape.size(), op, x, indices);
      } else {
        add(bound(x), new ScatterSet(0, 3, along, IndexMode.CLIPPED), x, indices);
      }
    }
  }

  private int indices(long size, long... dims) {
    bounds.add((double) size);
    return draft.indices((int) size, dims);
  }

  /** The last axis of a value with that of another, or of itself; often ops on the product. */
  private void contraction(int x) {
    Shape shape = draft.shape(x);
    int rank = shape.rank();
    if (rank < 2 || rank > 3 || shape.dim(0) * shape.size() > 40_000) {
      return;
    }
    int before = bounds.size();
    int y = draft.pickLike(x);
    List<Integer> batch = rank == 3 && draft.random.nextBoolean() ? List.of(0) : List.of();
    List<Integer> last = List.of(rank - 1);
    number(
        bound(x) * bound(y) * Math.max(1, shape.dim(rank - 1)),
        new DotGeneral(batch, batch, last, last),
        x,
        y);
    if (bounds.size() > before && draft.random.nextInt(4) > 0) {
      epilogue(before);
    }
  }

  /** Ops on a product that one kernel may compute with it: plus a constant, and more. */
  private void epilogue(int product) {
    TensorType type = draft.type(product);
    int skipped = draft.random.nextInt(type.shape().rank());
    Shape rest = Shape.of(Arrays.copyOfRange(type.shape().dims(), skipped, type.shape().rank()));
    int constant =
        draft.constant(
            array(
                type.with(rest),
                (array, i) -> array.set(i, element(type.dtype(), (int) (i % 5) - 2))));
    bounds.add(2.0);
    add(2, new BroadcastTo(type.shape()), constant);
    pair(new Add(), product, bounds.size() - 1);
    int sum = bounds.size() - 1;
    switch (draft.random.nextInt(3)) {
      case 0 -> add(bound(sum), new Relu(), sum);
      case 1 -> pair(new Subtract(), draft.pickLike(sum), sum);
      default -> {}
    }
  }

  private void cumulativeSum(int x) {
    Shape shape = draft.shape(x);
    if (shape.rank() > 0) {
      int axis = draft.random.nextInt(shape.rank());
      number(
          bound(x) * Math.max(1, shape.dim(axis)),
          new CumulativeSum(axis, draft.random.nextBoolean()),
          x);
    }
  }

  /** A value without inputs, of the type of one that is there, so that it finds users. */
  private void source(int like) {
    TensorType type = draft.type(like);
    int number = draft.random.nextInt(-1, 2);
    switch (draft.random.nextInt(3)) {
      case 0 -> add(1, new Full(type, element(type.dtype(), number)));
      case 1 -> {
        draft.constant(array(type, (array, i) -> array.set(i, element(type.dtype(), (int) i % 3))));
        bounds.add(2.0);
      }
      default -> {
        DType dtype = draft.oneOf(List.of(DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32));
        add(9, new Arange(dtype, 5, element(dtype, number), element(dtype, 2)));
        move(bounds.size() - 1);
      }
    }
  }
}
