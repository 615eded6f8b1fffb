package org.cotangent.opencl.kernel;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cotangent.type.DType;

/**
 * Words of OpenCL C. A register has one lane or a vector of them; bool is an int of 0 or -1 there,
 * as vector comparisons give it, and a byte of 0 or 1 in memory. float16 and bfloat16 are their
 * bits: bodies convert them by arithmetic on these.
 */
final class C {
  private C() {}

  /** {@return the type of an element in memory} */
  static String memory(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> "float";
      case FLOAT64 -> "double";
      case INT32 -> "int";
      case INT64 -> "long";
      case BOOL, UINT8 -> "uchar";
      case INT8 -> "char";
      case INT16, FLOAT16, BFLOAT16 -> "short";
    };
  }

  /** {@return the type of a register} */
  static String register(DType dtype, int width) {
    return vector(dtype == DType.BOOL ? "int" : memory(dtype), width);
  }

  static String vector(String type, int width) {
    return width == 1 ? type : type + width;
  }

  /** {@return the integer type that has as many bits as a register, as comparisons give it} */
  static String mask(DType dtype, int width) {
    return vector(is64(dtype) ? "long" : "int", width);
  }

  static String unsigned(DType dtype, int width) {
    return vector(is64(dtype) ? "ulong" : "uint", width);
  }

  static boolean is64(DType dtype) {
    return dtype.bytes() == Long.BYTES;
  }

  /**
   * {@return macros for hand-written products, {@code T, V, WIDTH, LOAD, STORE, FMA}; integers
   * wrap}
   *
   * @param dtype float or integer
   * @param width of the vectors V
   */
  static String macros(DType dtype, int width) {
    String vector = register(dtype, width);
    String unsigned = "as_" + unsigned(dtype, width);
    String fma =
        dtype.isFloating()
            ? "fma(a, b, c)"
            : "as_%s(%s(a) * %s(b) + %s(c))".formatted(vector, unsigned, unsigned, unsigned);
    String store = width == 1 ? "(*(p) = (v))" : "vstore%d(v, 0, p)".formatted(width);
    return """
    #define T %s
    #define V %s
    #define WIDTH %d
    #define LOAD(p) %s
    #define STORE(v, p) %s
    #define FMA(a, b, c) %s
    """
        .formatted(memory(dtype), vector, width, load("p", width), store, fma);
  }

  /** {@return the same value in each lane} */
  static String splat(String type, String value, int width) {
    return width == 1 ? value : "((%s)(%s))".formatted(vector(type, width), value);
  }

  /**
   * {@return a declaration of numbers at equal distances, one a lane}
   *
   * @param name of the register
   * @param first expression of the first
   * @param step expression of the distance
   * @param width lanes
   */
  static String numbers(String name, String first, String step, int width) {
    return "const %s %s = %s + %s * %s;\n"
        .formatted(vector("long", width), name, splat("long", first, width), ramp(width), step);
  }

  private static String ramp(int width) {
    return width == 1
        ? "0L"
        : IntStream.range(0, width)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(", ", "((" + vector("long", width) + ")(", "))"));
  }

  /** {@return a register for what lies in memory} */
  static String fromMemory(DType dtype, String value, int width) {
    return dtype == DType.BOOL ? "-" + convert("int", width) + "(" + value + ")" : value;
  }

  /** {@return what lies in memory for a register} */
  static String toMemory(DType dtype, String register, int width) {
    return dtype == DType.BOOL ? convert("uchar", width) + "(-" + register + ")" : register;
  }

  static String convert(String type, int width) {
    return "convert_" + vector(type, width);
  }

  /** {@return elements from consecutive memory} */
  static String load(String pointer, int width) {
    return width == 1 ? "(*(" + pointer + "))" : "vload%d(0, %s)".formatted(width, pointer);
  }

  /** {@return the sum of two registers of numbers; of integers it wraps} */
  static String sum(DType dtype, String a, String b, int width) {
    String type = unsigned(dtype, width);
    return dtype.isFloating()
        ? "%s + %s".formatted(a, b)
        : "as_%s(as_%s(%s) + as_%s(%s))".formatted(register(dtype, width), type, a, type, b);
  }

  static String store(String value, String pointer, int width) {
    return width == 1
        ? "*(%s) = %s;".formatted(pointer, value)
        : "vstore%d(%s, 0, %s);".formatted(width, value, pointer);
  }
}
