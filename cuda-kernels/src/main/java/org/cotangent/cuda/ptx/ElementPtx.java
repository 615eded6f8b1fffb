package org.cotangent.cuda.ptx;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cotangent.type.DType;

/** Elements of one dtype between global memory and registers. */
record ElementPtx(PtxFunction code, DType dtype) {
  /** {@return its name in loads and stores} A narrow one is extended as it is loaded. */
  private String memory() {
    return switch (dtype) {
      case FLOAT32 -> "f32";
      case FLOAT64 -> "f64";
      case INT32 -> "b32";
      case INT64 -> "b64";
      case INT16, FLOAT16, BFLOAT16 -> "s16";
      case INT8 -> "s8";
      case UINT8, BOOL -> "u8";
    };
  }

  private PtxType loaded() {
    return dtype == DType.BOOL ? PtxType.B32 : PtxType.of(dtype);
  }

  /** {@return the element at an address} */
  Reg load(Reg address) {
    return held(code.op(loaded(), "ld.global." + memory(), "[" + address + "]"));
  }

  /** {@return some elements from an address on that is a multiple of their bytes} */
  List<Reg> load(Reg address, int count) {
    if (count == 1) {
      return List.of(load(address));
    }
    List<Reg> loaded = IntStream.range(0, count).mapToObj(i -> code.fresh(loaded())).toList();
    code.statement("ld.global.v%d.%s %s, [%s]".formatted(count, memory(), listed(loaded), address));
    return loaded.stream().map(this::held).toList();
  }

  /** Writes the element at an address. */
  void store(Reg address, Reg value) {
    code.statement("st.global.%s [%s], %s".formatted(memory(), address, stored(value)));
  }

  /** Writes some elements from an address on that is a multiple of their bytes. */
  void store(Reg address, List<Reg> values) {
    if (values.size() == 1) {
      store(address, values.getFirst());
      return;
    }
    List<Reg> stored = values.stream().map(this::stored).toList();
    code.statement(
        "st.global.v%d.%s [%s], %s".formatted(values.size(), memory(), address, listed(stored)));
  }

  private static String listed(List<Reg> registers) {
    return registers.stream().map(Reg::toString).collect(Collectors.joining(", ", "{", "}"));
  }

  private Reg held(Reg loaded) {
    return dtype == DType.BOOL ? code.op(PtxType.PRED, "setp.ne.s32", loaded, 0) : loaded;
  }

  private Reg stored(Reg held) {
    return dtype == DType.BOOL ? code.op(PtxType.B32, "selp.b32", 1, 0, held) : held;
  }
}
