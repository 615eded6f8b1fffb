package org.cotangent.opencl.kernel;

import org.cotangent.type.DType;

/**
 * The elements of a dtype in OpenCL C, by vectors of a width.
 *
 * @param dtype float or integer
 * @param width 1, 2, 4, 8 or 16
 */
record Element(DType dtype, int width) {
  /**
   * {@return the elements of a dtype}
   *
   * @param dtype float or integer
   * @param width 1, 2, 4, 8 or 16
   */
  static Element of(DType dtype, int width) {
    return new Element(dtype, width);
  }

  /** {@return the type of one element} */
  String scalar() {
    return switch (dtype) {
      case FLOAT32 -> "float";
      case FLOAT64 -> "double";
      case INT32 -> "int";
      case INT64 -> "long";
      case BOOL -> throw new IllegalArgumentException("there is no product of bool");
    };
  }

  /** {@return the type of a vector} */
  String vector() {
    return width == 1 ? scalar() : scalar() + width;
  }

  /**
   * {@return a vector of neighbouring elements, at any address}
   *
   * @param pointer to the first
   */
  String load(String pointer) {
    return width == 1 ? "(*(" + pointer + "))" : "vload" + width + "(0, " + pointer + ")";
  }

  /**
   * {@return the storing of a vector, at any address}
   *
   * @param value the vector
   * @param pointer to where the first element goes
   */
  String store(String value, String pointer) {
    return width == 1
        ? "(*(" + pointer + ") = (" + value + "))"
        : "vstore" + width + "(" + value + ", 0, " + pointer + ")";
  }

  /** {@return macros {@code T, V, WIDTH, LOAD, STORE, FMA}; integers wrap} */
  String macros() {
    String unsigned = "as_u" + vector();
    String fma =
        dtype.isFloating()
            ? "fma(a, b, c)"
            : "as_%s(%s(a) * %s(b) + %s(c))".formatted(vector(), unsigned, unsigned, unsigned);
    return """
    #define T %s
    #define V %s
    #define WIDTH %d
    #define LOAD(p) %s
    #define STORE(v, p) %s
    #define FMA(a, b, c) %s
    """
        .formatted(scalar(), vector(), width, load("p"), store("v", "p"), fma);
  }
}
