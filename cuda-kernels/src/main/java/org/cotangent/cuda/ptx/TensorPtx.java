package org.cotangent.cuda.ptx;

import java.util.List;
import org.cotangent.backend.Product;
import org.cotangent.type.DType;

/**
 * What {@code tensor.cu} leaves to Java: the instructions on halves, in place of the marks LEFT,
 * RIGHT and MULTIPLY. They depend on the dtype and on how operands lie, so that one function of
 * that file serves all.
 *
 * @param code of the function
 * @param product that it computes
 */
record TensorPtx(PtxFunction code, Product product) {
  /** {@return whether a mark is one of these} */
  static boolean isMark(String mark) {
    return switch (mark) {
      case "LEFT", "RIGHT", "MULTIPLY" -> true;
      default -> false;
    };
  }

  /** Writes the code in place of a mark. */
  void write(String mark, List<String> operands) {
    switch (mark) {
      case "LEFT" -> loadMatrices(product.left(), operands);
      case "RIGHT" -> loadMatrices(product.right(), operands);
      default -> multiply(operands);
    }
  }

  /** Four registers, and the address of a line of one of four matrices. */
  private void loadMatrices(Product.Side side, List<String> operands) {
    code.statement(
        "ldmatrix.sync.aligned.m8n8.x4%s.shared.b16 %s, [%s]"
            .formatted(
                side.isDepthInner() ? "" : ".trans",
                braced(operands.subList(0, 4)),
                operands.get(4)));
  }

  private void multiply(List<String> operands) {
    String half = product.dtype() == DType.FLOAT16 ? "f16" : "bf16";
    code.statement(
        "mma.sync.aligned.m16n8k16.row.col.f32.%s.%s.f32 %s, %s, %s, %s"
            .formatted(
                half,
                half,
                braced(operands.subList(0, 4)),
                braced(operands.subList(4, 8)),
                braced(operands.subList(8, 10)),
                braced(operands.subList(10, 14))));
  }

  private static String braced(List<String> registers) {
    return "{" + String.join(", ", registers) + "}";
  }
}
