package org.cotangent.io;

import java.util.List;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.type.DType;

/**
 * The dtypes that safetensors files have and we read, by the names they have there; in the order in
 * which the original sorts them, the one with the widest alignment last.
 */
enum StoredDType {
  BOOL(NumPyDType.Element.BOOL),
  U8(NumPyDType.Element.UINT8),
  I8(NumPyDType.Element.INT8),
  I16(NumPyDType.Element.INT16),
  U16(NumPyDType.Element.UINT16),
  F16(NumPyDType.Element.FLOAT16),
  BF16(NumPyDType.Element.VOID16),
  I32(NumPyDType.Element.INT32),
  U32(NumPyDType.Element.UINT32),
  F32(NumPyDType.Element.FLOAT32),
  F64(NumPyDType.Element.FLOAT64),
  I64(NumPyDType.Element.INT64),
  U64(NumPyDType.Element.UINT64);

  /** What the format has beside these; elements that no dtype of the engine holds. */
  static final List<String> FOREIGN =
      List.of("F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2", "F8_E8M0", "C64");

  /** All of them, without a fresh array each time. */
  static final List<StoredDType> ALL = List.of(values());

  private final NumPyDType.Element element;

  StoredDType(NumPyDType.Element element) {
    this.element = element;
  }

  /** {@return the element that its bytes are read as} */
  NumPyDType.Element element() {
    return element;
  }

  /** {@return what a dtype of the engine is written as} */
  static StoredDType of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      case INT32 -> I32;
      case INT64 -> I64;
      case BOOL -> BOOL;
      case FLOAT16 -> F16;
      case BFLOAT16 -> BF16;
      case INT8 -> I8;
      case INT16 -> I16;
      case UINT8 -> U8;
    };
  }
}
