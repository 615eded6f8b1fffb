package org.cotangent.cpu.tile;

import static org.cotangent.cpu.tile.Tiles.BYTE;
import static org.cotangent.cpu.tile.Tiles.DOUBLE;
import static org.cotangent.cpu.tile.Tiles.FLOAT;
import static org.cotangent.cpu.tile.Tiles.INT;
import static org.cotangent.cpu.tile.Tiles.LONG;
import static org.cotangent.cpu.tile.Tiles.SHORT;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.cotangent.cpu.tile.PlainLoop.Cell;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Scalars;
import org.cotangent.type.DType;

/**
 * The plain twin: each primitive as a cell that computes one element, run by a copy of {@link
 * PlainLoop} into which HotSpot inlines it. JDK 25 does not vectorise such loops over off-heap
 * memory (it cannot tell whether segments overlap): 0.3 ns an element.
 */
final class PlainTileOps implements TileOps {
  /** One for the process, as what HotSpot compiled for its loops is. */
  static final TileOps INSTANCE = new PlainTileOps();

  private final ConcurrentHashMap<LoopKey, TileFunction> loops = new ConcurrentHashMap<>();

  private PlainTileOps() {}

  interface FloatUnary {
    float of(float a);
  }

  interface FloatBinary {
    float of(float a, float b);
  }

  interface FloatTest {
    boolean of(float a, float b);
  }

  interface DoubleTest {
    boolean of(double a, double b);
  }

  interface IntTest {
    boolean of(int a, int b);
  }

  interface LongTest {
    boolean of(long a, long b);
  }

  /** Reads a float, as a double that holds it exactly. */
  interface Real {
    double at(MemorySegment a, long offset);
  }

  /** Reads an integer or bool, as a long. */
  interface Whole {
    long at(MemorySegment a, long offset);
  }

  @Override
  public TileFunction function(Primitive primitive, DType operand, DType result, int splats) {
    if (!Scalars.defined(primitive, operand)) {
      throw new IllegalArgumentException(primitive + " is not defined on " + operand);
    }
    return loops.computeIfAbsent(
        new LoopKey(primitive, operand, result, splats), PlainTileOps::loop);
  }

  private static TileFunction loop(LoopKey key) {
    int width = key.operand().bytes();
    long stride = (key.splats() & 1) == 0 ? width : 0;
    if (key.primitive() == Primitive.BITCAST
        || (key.primitive() == Primitive.CONVERT && key.operand() == key.result())) {
      return (a, ao, b, bo, c, co, d, to, count) ->
          Tiles.gather(a, ao, stride, width, d, to, count);
    }
    boolean select = key.primitive() == Primitive.SELECT;
    return Template.copy(
        PlainLoop.class,
        new PlainLoop.Data(
            cell(key),
            select ? Math.min(1, stride) : stride,
            (key.splats() & 2) == 0 ? width : 0,
            (key.splats() & 4) == 0 ? width : 0,
            key.result().bytes()));
  }

  private static Cell cell(LoopKey key) {
    Primitive primitive = key.primitive();
    return switch (primitive) {
      case SELECT -> select(key.operand().bytes());
      case CONVERT ->
          key.operand().isFloating()
              ? convertReal(real(key.operand()), key.result())
              : convertWhole(whole(key.operand()), key.result());
      default ->
          switch (key.operand()) {
            case FLOAT32 -> float32(primitive);
            case FLOAT64 -> float64(primitive);
            case INT32 -> int32(primitive);
            case INT64 -> int64(primitive);
            case BOOL -> bool(primitive);
            case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw new AssertionError(primitive);
          };
    };
  }

  private static Cell float32(Primitive primitive) {
    return switch (primitive) {
      case ADD -> floats((a, b) -> a + b);
      case SUB -> floats((a, b) -> a - b);
      case MUL -> floats((a, b) -> a * b);
      case DIV -> floats((a, b) -> a / b);
      case MIN -> floats(Math::min);
      case MAX -> floats(Math::max);
      case SQRT -> floats(a -> (float) Math.sqrt(a));
      case NEG -> floats(a -> -a);
      case ABS -> floats(a -> Math.abs(a));
      case RINT -> floats(a -> (float) Math.rint(a));
      case FLOOR -> floats(a -> (float) Math.floor(a));
      case LT -> floatTest((a, b) -> a < b);
      case LE -> floatTest((a, b) -> a <= b);
      case EQ -> floatTest((a, b) -> a == b);
      case FMA ->
          (a, ao, b, bo, c, co, d, to) ->
              d.set(FLOAT, to, Math.fma(a.get(FLOAT, ao), b.get(FLOAT, bo), c.get(FLOAT, co)));
      case REM, SELECT, CONVERT, BITCAST, AND, OR, XOR, NOT, SHL, SHR, USHR ->
          throw new AssertionError(primitive);
    };
  }

  private static Cell float64(Primitive primitive) {
    return switch (primitive) {
      case ADD -> doubles((a, b) -> a + b);
      case SUB -> doubles((a, b) -> a - b);
      case MUL -> doubles((a, b) -> a * b);
      case DIV -> doubles((a, b) -> a / b);
      case MIN -> doubles(Math::min);
      case MAX -> doubles(Math::max);
      case SQRT -> doubles(Math::sqrt);
      case NEG -> doubles(a -> -a);
      case ABS -> doubles(a -> Math.abs(a));
      case RINT -> doubles(Math::rint);
      case FLOOR -> doubles(Math::floor);
      case LT -> doubleTest((a, b) -> a < b);
      case LE -> doubleTest((a, b) -> a <= b);
      case EQ -> doubleTest((a, b) -> a == b);
      case FMA ->
          (a, ao, b, bo, c, co, d, to) ->
              d.set(DOUBLE, to, Math.fma(a.get(DOUBLE, ao), b.get(DOUBLE, bo), c.get(DOUBLE, co)));
      case REM, SELECT, CONVERT, BITCAST, AND, OR, XOR, NOT, SHL, SHR, USHR ->
          throw new AssertionError(primitive);
    };
  }

  private static Cell int32(Primitive primitive) {
    return switch (primitive) {
      case ADD -> ints((a, b) -> a + b);
      case SUB -> ints((a, b) -> a - b);
      case MUL -> ints((a, b) -> a * b);
      case DIV -> ints((a, b) -> b == 0 ? 0 : a / b);
      case REM -> ints((a, b) -> b == 0 ? 0 : a % b);
      case MIN -> ints(Math::min);
      case MAX -> ints(Math::max);
      case AND -> ints((a, b) -> a & b);
      case OR -> ints((a, b) -> a | b);
      case XOR -> ints((a, b) -> a ^ b);
      case SHL -> ints((a, b) -> a << b);
      case SHR -> ints((a, b) -> a >> b);
      case USHR -> ints((a, b) -> a >>> b);
      case NEG -> ints(a -> -a);
      case ABS -> ints(a -> Math.abs(a));
      case NOT -> ints(a -> ~a);
      case LT -> intTest((a, b) -> a < b);
      case LE -> intTest((a, b) -> a <= b);
      case EQ -> intTest((a, b) -> a == b);
      case FMA, SQRT, RINT, FLOOR, SELECT, CONVERT, BITCAST -> throw new AssertionError(primitive);
    };
  }

  private static Cell int64(Primitive primitive) {
    return switch (primitive) {
      case ADD -> longs((a, b) -> a + b);
      case SUB -> longs((a, b) -> a - b);
      case MUL -> longs((a, b) -> a * b);
      case DIV -> longs((a, b) -> b == 0 ? 0 : a / b);
      case REM -> longs((a, b) -> b == 0 ? 0 : a % b);
      case MIN -> longs(Math::min);
      case MAX -> longs(Math::max);
      case AND -> longs((a, b) -> a & b);
      case OR -> longs((a, b) -> a | b);
      case XOR -> longs((a, b) -> a ^ b);
      case SHL -> longs((a, b) -> a << b);
      case SHR -> longs((a, b) -> a >> b);
      case USHR -> longs((a, b) -> a >>> b);
      case NEG -> longs(a -> -a);
      case ABS -> longs(a -> Math.abs(a));
      case NOT -> longs(a -> ~a);
      case LT -> longTest((a, b) -> a < b);
      case LE -> longTest((a, b) -> a <= b);
      case EQ -> longTest((a, b) -> a == b);
      case FMA, SQRT, RINT, FLOOR, SELECT, CONVERT, BITCAST -> throw new AssertionError(primitive);
    };
  }

  private static Cell bool(Primitive primitive) {
    return switch (primitive) {
      case AND, MIN -> bytes((a, b) -> a & b);
      case OR, MAX -> bytes((a, b) -> a | b);
      case XOR -> bytes((a, b) -> a ^ b);
      case EQ -> bytes((a, b) -> a ^ b ^ 1);
      case LT -> bytes((a, b) -> b & ~a);
      case LE -> bytes((a, b) -> (a & ~b) ^ 1);
      case NOT -> (a, ao, b, bo, c, co, d, to) -> d.set(BYTE, to, (byte) (a.get(BYTE, ao) ^ 1));
      case ADD,
          SUB,
          MUL,
          DIV,
          REM,
          FMA,
          SQRT,
          NEG,
          ABS,
          RINT,
          FLOOR,
          SELECT,
          CONVERT,
          BITCAST,
          SHL,
          SHR,
          USHR ->
          throw new AssertionError(primitive);
    };
  }

  private static Cell select(int width) {
    return switch (width) {
      case 1 ->
          (a, ao, b, bo, c, co, d, to) ->
              d.set(BYTE, to, a.get(BYTE, ao) != 0 ? b.get(BYTE, bo) : c.get(BYTE, co));
      case 4 ->
          (a, ao, b, bo, c, co, d, to) ->
              d.set(INT, to, a.get(BYTE, ao) != 0 ? b.get(INT, bo) : c.get(INT, co));
      default ->
          (a, ao, b, bo, c, co, d, to) ->
              d.set(LONG, to, a.get(BYTE, ao) != 0 ? b.get(LONG, bo) : c.get(LONG, co));
    };
  }

  private static Cell convertReal(Real from, DType result) {
    return switch (result) {
      case FLOAT32 -> (a, ao, b, bo, c, co, d, to) -> d.set(FLOAT, to, (float) from.at(a, ao));
      case FLOAT64 -> (a, ao, b, bo, c, co, d, to) -> d.set(DOUBLE, to, from.at(a, ao));
      case INT32 -> (a, ao, b, bo, c, co, d, to) -> d.set(INT, to, (int) from.at(a, ao));
      case INT64 -> (a, ao, b, bo, c, co, d, to) -> d.set(LONG, to, (long) from.at(a, ao));
      case BOOL ->
          (a, ao, b, bo, c, co, d, to) -> d.set(BYTE, to, (byte) (from.at(a, ao) != 0 ? 1 : 0));
      case FLOAT16, BFLOAT16, INT8, INT16, UINT8 -> throw new AssertionError(result);
    };
  }

  private static Cell convertWhole(Whole from, DType result) {
    return switch (result) {
      case FLOAT32 -> (a, ao, b, bo, c, co, d, to) -> d.set(FLOAT, to, (float) from.at(a, ao));
      case FLOAT64 -> (a, ao, b, bo, c, co, d, to) -> d.set(DOUBLE, to, (double) from.at(a, ao));
      case INT32 -> (a, ao, b, bo, c, co, d, to) -> d.set(INT, to, (int) from.at(a, ao));
      case INT64 -> (a, ao, b, bo, c, co, d, to) -> d.set(LONG, to, from.at(a, ao));
      case BOOL ->
          (a, ao, b, bo, c, co, d, to) -> d.set(BYTE, to, (byte) (from.at(a, ao) != 0 ? 1 : 0));
      case INT8, UINT8 -> (a, ao, b, bo, c, co, d, to) -> d.set(BYTE, to, (byte) from.at(a, ao));
      case INT16 -> (a, ao, b, bo, c, co, d, to) -> d.set(SHORT, to, (short) from.at(a, ao));
      case FLOAT16, BFLOAT16 -> throw new AssertionError(result);
    };
  }

  private static Real real(DType dtype) {
    return dtype == DType.FLOAT32 ? (a, at) -> a.get(FLOAT, at) : (a, at) -> a.get(DOUBLE, at);
  }

  private static Whole whole(DType dtype) {
    return switch (dtype.bytes()) {
      case 1 ->
          dtype == DType.UINT8 ? (a, at) -> a.get(BYTE, at) & 0xff : (a, at) -> a.get(BYTE, at);
      case 2 -> (a, at) -> a.get(SHORT, at);
      case 4 -> (a, at) -> a.get(INT, at);
      default -> (a, at) -> a.get(LONG, at);
    };
  }

  private static Cell floats(FloatUnary f) {
    return (a, ao, b, bo, c, co, d, to) -> d.set(FLOAT, to, f.of(a.get(FLOAT, ao)));
  }

  private static Cell floats(FloatBinary f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(FLOAT, to, f.of(a.get(FLOAT, ao), b.get(FLOAT, bo)));
  }

  private static Cell floatTest(FloatTest f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(BYTE, to, (byte) (f.of(a.get(FLOAT, ao), b.get(FLOAT, bo)) ? 1 : 0));
  }

  private static Cell doubles(DoubleUnaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) -> d.set(DOUBLE, to, f.applyAsDouble(a.get(DOUBLE, ao)));
  }

  private static Cell doubles(DoubleBinaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(DOUBLE, to, f.applyAsDouble(a.get(DOUBLE, ao), b.get(DOUBLE, bo)));
  }

  private static Cell doubleTest(DoubleTest f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(BYTE, to, (byte) (f.of(a.get(DOUBLE, ao), b.get(DOUBLE, bo)) ? 1 : 0));
  }

  private static Cell ints(IntUnaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) -> d.set(INT, to, f.applyAsInt(a.get(INT, ao)));
  }

  private static Cell ints(IntBinaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(INT, to, f.applyAsInt(a.get(INT, ao), b.get(INT, bo)));
  }

  private static Cell intTest(IntTest f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(BYTE, to, (byte) (f.of(a.get(INT, ao), b.get(INT, bo)) ? 1 : 0));
  }

  private static Cell longs(LongUnaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) -> d.set(LONG, to, f.applyAsLong(a.get(LONG, ao)));
  }

  private static Cell longs(LongBinaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(LONG, to, f.applyAsLong(a.get(LONG, ao), b.get(LONG, bo)));
  }

  private static Cell longTest(LongTest f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(BYTE, to, (byte) (f.of(a.get(LONG, ao), b.get(LONG, bo)) ? 1 : 0));
  }

  private static Cell bytes(IntBinaryOperator f) {
    return (a, ao, b, bo, c, co, d, to) ->
        d.set(BYTE, to, (byte) f.applyAsInt(a.get(BYTE, ao), b.get(BYTE, bo)));
  }
}
