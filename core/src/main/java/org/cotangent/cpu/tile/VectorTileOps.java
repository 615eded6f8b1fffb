package org.cotangent.cpu.tile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.cotangent.cpu.tier.VectorWidth;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * The twin that uses the Vector API: each primitive as a copy of one of the {@link VectorLoops},
 * its tail and what vectors do not do well by the plain twin. Loaded only if the module is there.
 *
 * <p>Hazard: only those operators of the Vector API are used that every tier rounds alike. {@code
 * lanewise} EXP and TANH and float {@code reduceLanes} change bits when C2 takes over.
 */
final class VectorTileOps implements TileOps {
  /** One for the process, as what HotSpot compiled for its loops is. */
  static final VectorTileOps INSTANCE = new VectorTileOps();

  private static final int SMALLEST_VECTOR = 64;

  private final VectorShape shape = VectorWidth.shape();

  private final ConcurrentHashMap<LoopKey, TileFunction> loops = new ConcurrentHashMap<>();

  private VectorTileOps() {}

  /** {@return the shape of its vectors} */
  VectorShape shape() {
    return shape;
  }

  private static MemorySegment splat(DType dtype, long value) {
    MemorySegment splat = Arena.ofAuto().allocate(SPLAT_BYTES, SPLAT_BYTES);
    Tiles.splat(splat, 0, dtype, dtype.bits(dtype.scalar("splat", value)));
    return splat;
  }

  @Override
  public TileFunction function(Primitive primitive, DType operand, DType result, int splats) {
    LoopKey key = new LoopKey(primitive, operand, result, splats);
    TileFunction known = loops.get(key);
    if (known == null) {
      TileFunction made = loop(key, TileOps.plain().function(primitive, operand, result, splats));
      TileFunction earlier = loops.putIfAbsent(key, made);
      known = earlier == null ? made : earlier;
    }
    return known;
  }

  private TileFunction loop(LoopKey key, TileFunction plain) {
    return switch (key.primitive()) {
      case ADD -> binary(key, plain, VectorOperators.ADD);
      case SUB -> binary(key, plain, VectorOperators.SUB);
      case MUL -> binary(key, plain, VectorOperators.MUL);
      case DIV -> key.operand().isFloating() ? binary(key, plain, VectorOperators.DIV) : plain;
      case MIN -> binary(key, plain, bool(key) ? VectorOperators.AND : VectorOperators.MIN);
      case MAX -> binary(key, plain, bool(key) ? VectorOperators.OR : VectorOperators.MAX);
      case AND -> binary(key, plain, VectorOperators.AND);
      case OR -> binary(key, plain, VectorOperators.OR);
      case XOR -> binary(key, plain, VectorOperators.XOR);
      case SHL -> binary(key, plain, VectorOperators.LSHL);
      case SHR -> binary(key, plain, VectorOperators.ASHR);
      case USHR -> binary(key, plain, VectorOperators.LSHR);
      case NEG -> copy(VectorLoops.Unary.class, key, plain, VectorOperators.NEG);
      case ABS -> copy(VectorLoops.Unary.class, key, plain, VectorOperators.ABS);
      case SQRT -> copy(VectorLoops.Unary.class, key, plain, VectorOperators.SQRT);
      case NOT ->
          bool(key) ? notBool(key) : copy(VectorLoops.Unary.class, key, plain, VectorOperators.NOT);
      case FMA -> copy(VectorLoops.Fma.class, key, plain, null);
      case RINT -> copy(VectorLoops.Round.class, key, plain, null);
      case FLOOR -> copy(VectorLoops.Round.class, key, plain, VectorOperators.LE);
      case LT -> compare(key, plain, VectorOperators.LT);
      case LE -> compare(key, plain, VectorOperators.LE);
      case EQ -> compare(key, plain, VectorOperators.EQ);
      case SELECT -> bool(key) ? plain : copy(VectorLoops.Select.class, key, plain, null);
      case CONVERT -> convert(key, plain);
      case REM, BITCAST -> plain;
    };
  }

  private static boolean bool(LoopKey key) {
    return key.operand() == DType.BOOL;
  }

  private TileFunction binary(LoopKey key, TileFunction plain, VectorOperators.Binary operator) {
    return copy(VectorLoops.Binary.class, key, plain, operator);
  }

  private TileFunction compare(
      LoopKey key, TileFunction plain, VectorOperators.Comparison operator) {
    return bool(key) ? plain : copy(VectorLoops.Compare.class, key, plain, operator);
  }

  private TileFunction notBool(LoopKey key) {
    TileFunction xor = function(Primitive.XOR, DType.BOOL, DType.BOOL, key.splats() | 2);
    MemorySegment one = splat(DType.BOOL, 1);
    return (a, ao, b, bo, c, co, d, to, count) -> xor.apply(a, ao, one, 0, c, co, d, to, count);
  }

  private TileFunction convert(LoopKey key, TileFunction plain) {
    DType from = key.operand();
    DType to = key.result();
    if (from == to) {
      return plain;
    }
    if (from.isNarrow() || to.isNarrow()) {
      return convertNarrow(key, plain);
    }
    if (from == DType.BOOL) {
      MemorySegment one = splat(to, 1);
      MemorySegment zero = splat(to, 0);
      TileFunction select = function(Primitive.SELECT, to, to, key.splats() | 2 | 4);
      return (a, ao, b, bo, c, co, d, at, count) ->
          select.apply(a, ao, one, 0, zero, 0, d, at, count);
    }
    if (to == DType.BOOL) {
      MemorySegment zero = splat(from, 0);
      LoopKey unequal = new LoopKey(Primitive.CONVERT, from, to, key.splats() | 2);
      TileFunction loop = copy(VectorLoops.Compare.class, unequal, plain, VectorOperators.NE);
      return (a, ao, b, bo, c, co, d, at, count) -> loop.apply(a, ao, zero, 0, c, co, d, at, count);
    }
    // Between int64 and floats only AVX-512 has an instruction, and without one C2 boxes vectors.
    if ((from == DType.INT64 && to.isFloating()) || (to == DType.INT64 && from.isFloating())) {
      return plain;
    }
    int lanes = shape.vectorBitSize() / 8 / Math.max(from.bytes(), to.bytes());
    return Template.copy(
        VectorLoops.Convert.class,
        new VectorLoops.Data(
            species(from, lanes),
            species(to, lanes),
            VectorOperators.Conversion.ofCast(carrier(from), carrier(to)),
            key.splats(),
            plain));
  }

  /** Between int32 and narrower integers. */
  private TileFunction convertNarrow(LoopKey key, TileFunction plain) {
    int lanes = shape.vectorBitSize() / 8 / Integer.BYTES;
    int bits = 8 * lanes * Math.min(key.operand().bytes(), key.result().bytes());
    if (bits < SMALLEST_VECTOR) {
      return plain;
    }
    VectorOperators.Conversion<?, ?> operator =
        key.operand() == DType.UINT8
            ? VectorOperators.ZERO_EXTEND_B2I
            : VectorOperators.Conversion.ofCast(carrier(key.operand()), carrier(key.result()));
    return Template.copy(
        VectorLoops.Convert.class,
        new VectorLoops.Data(
            species(key.operand(), lanes),
            species(key.result(), lanes),
            operator,
            key.splats(),
            plain));
  }

  private TileFunction copy(
      Class<? extends TileFunction> template,
      LoopKey key,
      TileFunction tail,
      VectorOperators.@Nullable Operator operator) {
    VectorSpecies<Number> species =
        species(key.operand(), shape.vectorBitSize() / 8 / key.operand().bytes());
    return Template.copy(
        template, new VectorLoops.Data(species, species, operator, key.splats(), tail));
  }

  @SuppressWarnings("unchecked") // The element type is a formality: it is never boxed.
  private static VectorSpecies<Number> species(DType dtype, int lanes) {
    return (VectorSpecies<Number>)
        VectorSpecies.of(carrier(dtype), VectorShape.forBitSize(8 * lanes * dtype.bytes()));
  }

  private static Class<? extends Number> carrier(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> float.class;
      case FLOAT64 -> double.class;
      case INT32 -> int.class;
      case INT64 -> long.class;
      case BOOL, INT8, UINT8 -> byte.class;
      case INT16, FLOAT16, BFLOAT16 -> short.class;
    };
  }
}
