package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorOperators;
import org.cotangent.type.DType;

/**
 * Writes how what registers hold is loaded and stored: of a bool a mask, of a narrow dtype the
 * value, or the bits of a half, as int32. Eight bytes or more of these are a vector in between;
 * fewer, of which there is none, are a number whose bytes are moved apart.
 */
final class MemoryCode {
  private static final ClassDesc BYTE_ORDER = VectorCode.desc(ByteOrder.class);
  private static final ClassDesc INT_LAYOUT = VectorCode.desc(ValueLayout.OfInt.class);
  private static final ClassDesc SHORT_LAYOUT = VectorCode.desc(ValueLayout.OfShort.class);

  // Element 0 in the lowest bits.
  private static final ValueLayout.OfInt FOUR = Tiles.INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort TWO = Tiles.SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int SMALLEST_VECTOR = 8;

  private final VectorCode vectors;
  private final CodeBuilder code;

  /**
   * Of a code.
   *
   * @param vectors knows how many lanes there are
   */
  MemoryCode(VectorCode vectors) {
    this.vectors = vectors;
    code = vectors.code;
  }

  /** {@return whether memory and registers hold the same} */
  private static boolean isWide(DType dtype) {
    return dtype.bytes() >= Integer.BYTES;
  }

  /** {@return whether there is a vector of as many elements as there are lanes} */
  private boolean isVector(DType dtype) {
    return vectors.lanes * dtype.bytes() >= SMALLEST_VECTOR;
  }

  /**
   * Puts on the stack what a register holds of the elements in memory.
   *
   * @param segment variable of the memory
   * @param at variable with the first element's offset in bytes
   * @param dtype of the elements
   */
  void load(int segment, int at, DType dtype) {
    if (isWide(dtype)) {
      loadVector(segment, at, vectors.carrier(dtype));
    } else if (isVector(dtype)) {
      Class<?> between = between(dtype);
      loadVector(segment, at, between);
      if (dtype != DType.BOOL) {
        vectors.cast(
            dtype == DType.UINT8
                ? VectorOperators.ZERO_EXTEND_B2I
                : VectorOperators.Conversion.ofCast(between, int.class),
            int.class);
      }
    } else {
      loadNumber(segment, at, dtype);
    }
    if (dtype == DType.BOOL) {
      vectors.isNotZero();
    }
  }

  private static Class<?> between(DType dtype) {
    return dtype.bytes() == 1 ? byte.class : short.class;
  }

  private void loadVector(int segment, int at, Class<?> carrier) {
    vectors.species(carrier);
    code.aload(segment).lload(at);
    order();
    code.invokeinterface(
        VectorCode.SPECIES,
        "fromMemorySegment",
        MethodTypeDesc.of(VectorCode.VECTOR, VectorCode.SEGMENT, CD_long, BYTE_ORDER));
  }

  private void loadNumber(int segment, int at, DType dtype) {
    vectors.species(int.class);
    code.aload(segment);
    boolean four = isFour(dtype);
    layout(four);
    code.lload(at)
        .invokeinterface(
            VectorCode.SEGMENT,
            "get",
            four
                ? MethodTypeDesc.of(CD_int, INT_LAYOUT, CD_long)
                : MethodTypeDesc.of(CD_short, SHORT_LAYOUT, CD_long))
        .i2l();
    vectors.broadcast();
    places(dtype);
    vectors.lanewise(VectorOperators.LSHR);
    vectors.wrap(dtype);
  }

  /**
   * Stores what is on the stack: of a register what it holds, but of bools vectors of 0 and 1 as
   * {@link #boolCarrier} says.
   *
   * @param segment variable of the memory
   * @param at variable with the first element's offset in bytes
   * @param dtype of the elements
   */
  void store(int segment, int at, DType dtype) {
    if (isWide(dtype) || isVector(dtype)) {
      if (dtype.isNarrow()) {
        Class<?> between = between(dtype);
        vectors.cast(VectorOperators.Conversion.ofCast(int.class, between), between);
      }
      code.aload(segment).lload(at);
      order();
      code.invokevirtual(
          VectorCode.VECTOR,
          "intoMemorySegment",
          MethodTypeDesc.of(CD_void, VectorCode.SEGMENT, CD_long, BYTE_ORDER));
    } else {
      storeNumber(segment, at, dtype);
    }
  }

  /** {@return the elements of vectors of bools, and of what their masks are compared from} */
  Class<?> boolCarrier() {
    return isVector(DType.BOOL) ? byte.class : int.class;
  }

  private void storeNumber(int segment, int at, DType dtype) {
    boolean four = isFour(dtype);
    vectors.lanewiseNumber(VectorOperators.AND, (1L << (8 * dtype.bytes())) - 1);
    places(dtype);
    vectors.lanewise(VectorOperators.LSHL);
    vectors.or();
    code.l2i();
    int number = code.allocateLocal(TypeKind.INT);
    code.istore(number).aload(segment);
    layout(four);
    code.lload(at).iload(number);
    if (!four) {
      code.i2s();
    }
    code.invokeinterface(
        VectorCode.SEGMENT,
        "set",
        four
            ? MethodTypeDesc.of(CD_void, INT_LAYOUT, CD_long, CD_int)
            : MethodTypeDesc.of(CD_void, SHORT_LAYOUT, CD_long, CD_short));
  }

  private boolean isFour(DType dtype) {
    return vectors.lanes * dtype.bytes() == Integer.BYTES;
  }

  private void layout(boolean four) {
    vectors.constant(four ? INT_LAYOUT : SHORT_LAYOUT, vectors.datum(four ? FOUR : TWO));
  }

  /** Puts a vector on the stack: by how many bits each element is above the first. */
  private void places(DType dtype) {
    vectors.species(int.class);
    code.lconst_0();
    vectors.broadcast();
    code.loadConstant(8 * dtype.bytes())
        .invokevirtual(VectorCode.VECTOR, "addIndex", MethodTypeDesc.of(VectorCode.VECTOR, CD_int));
  }

  private void order() {
    vectors.constant(BYTE_ORDER, vectors.datum(VectorLoops.ORDER));
  }
}
