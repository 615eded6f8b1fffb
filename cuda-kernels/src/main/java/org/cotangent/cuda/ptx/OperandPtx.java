package org.cotangent.cuda.ptx;

import java.util.List;
import java.util.stream.IntStream;
import org.cotangent.backend.Operand;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * The elements of an operand by their indices.
 *
 * @param code takes the instructions
 * @param dtype of the elements
 * @param address of the element whose indices are all 0
 * @param strides bytes from an element to the next, on each axis
 */
record OperandPtx(PtxFunction code, DType dtype, Reg address, List<Reg> strides) {
  /** {@return an operand as it lies in memory; offset and strides are parameters of the code} */
  static OperandPtx of(PtxFunction code, Operand operand) {
    Layout layout = operand.layout();
    int bytes = operand.dtype().bytes();
    Reg address = code.address(operand);
    List<Reg> strides =
        IntStream.range(0, layout.shape().rank())
            .mapToObj(axis -> code.number(layout.stride(axis) * bytes))
            .toList();
    return new OperandPtx(code, operand.dtype(), address, strides);
  }

  /** {@return a contiguous operand, not empty, as one of shape (outer, length, inner)} */
  static Operand lines(Operand operand, int axis) {
    Shape shape = operand.layout().shape();
    long length = shape.dim(axis);
    long inner = shape.strides()[axis];
    Shape lines = Shape.of(shape.size() / length / inner, length, inner);
    Layout layout = Layout.of(lines, lines.strides(), operand.layout().offset());
    return new Operand(operand.buffer(), operand.dtype(), layout);
  }

  /** {@return the address of an element} */
  Reg place(Reg... indices) {
    return code.moved(address, List.of(indices), strides);
  }

  /** {@return an element} */
  Reg load(Reg... indices) {
    return element().load(place(indices));
  }

  /** Writes an element. */
  void store(Reg value, Reg... indices) {
    element().store(place(indices), value);
  }

  /** {@return what loads and stores} */
  ElementPtx element() {
    return new ElementPtx(code, dtype);
  }
}
