package org.cotangent.cuda.ptx;

import org.cotangent.type.DType;

/** What kind of register holds a value. */
enum PtxType {
  /** A truth value. */
  PRED("pred", "%p"),
  /** 32 bits; of narrower dtypes the value, with its sign. */
  B32("b32", "%r"),
  /** 64 bits. */
  B64("b64", "%d"),
  /** A float32. */
  F32("f32", "%f"),
  /** A float64. */
  F64("f64", "%g");

  private final String declared;
  private final String prefix;

  PtxType(String declared, String prefix) {
    this.declared = declared;
    this.prefix = prefix;
  }

  /** {@return the register that holds values of a dtype} float16 and bfloat16 are their bits. */
  static PtxType of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      case INT64 -> B64;
      case INT32, INT16, INT8, UINT8, FLOAT16, BFLOAT16 -> B32;
      case BOOL -> PRED;
    };
  }

  /** {@return its name in a declaration and in moves} */
  String declared() {
    return declared;
  }

  /** {@return what the names of its registers begin with} */
  String prefix() {
    return prefix;
  }

  /** {@return its name as signed number} */
  String number() {
    return switch (this) {
      case B32 -> "s32";
      case B64 -> "s64";
      case PRED, F32, F64 -> declared;
    };
  }

  boolean isFloating() {
    return this == F32 || this == F64;
  }
}
