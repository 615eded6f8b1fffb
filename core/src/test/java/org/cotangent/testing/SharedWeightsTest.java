package org.cotangent.testing;

import static org.cotangent.Cotangent.grad;
import static org.cotangent.Cotangent.hvp;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Weights that are used several times have as derivative the sum of what each use has with weights
 * of its own, whose products are not joined.
 */
class SharedWeightsTest extends OnCpu {
  /** How one step uses the weights. */
  private record Use(
      String name, Shape weights, List<Shape> inputs, BinaryOperator<Tensor> product) {
    Use(String name, Shape weights, Shape input, BinaryOperator<Tensor> product) {
      this(name, weights, Collections.nCopies(3, input), product);
    }
  }

  private static final List<Use> USES =
      List.of(
          new Use("row", Shape.of(5, 7), Shape.of(1, 5), (x, w) -> x.matmul(w)),
          new Use("column", Shape.of(5, 7), Shape.of(7, 1), (x, w) -> w.matmul(x)),
          new Use("vector", Shape.of(5, 7), Shape.of(5), (x, w) -> x.matmul(w)),
          new Use("transposed", Shape.of(7, 5), Shape.of(2, 5), (x, w) -> x.matmul(w.transpose())),
          new Use(
              "rows of several numbers",
              Shape.of(11, 9),
              List.of(Shape.of(1, 11), Shape.of(3, 11), Shape.of(2, 11)),
              (x, w) -> x.matmul(w)),
          new Use(
              "square on either side",
              Shape.of(7, 7),
              Shape.of(1, 7),
              (x, w) -> x.matmul(w).matmul(w).tanh()),
          new Use("batch", Shape.of(3, 5, 7), Shape.of(3, 1, 5), (x, w) -> x.matmul(w)),
          new Use(
              "no sum",
              Shape.of(5, 1, 7),
              Shape.of(6),
              (x, w) -> Tensor.einsum("i,jkl->ijkl", x, w)),
          new Use(
              "outer at odd places",
              Shape.of(5, 6, 7),
              Shape.of(6, 2),
              (x, w) -> Tensor.einsum("jb,ijk->kbi", x, w)),
          new Use(
              "two sums",
              Shape.of(9, 8, 7),
              Shape.of(1, 2, 8),
              (x, w) -> Tensor.einsum("abj,ijk->kiab", x, w)));

  private static Tensor value(Use use, List<Tensor> weights, List<Tensor> inputs) {
    return IntStream.range(0, inputs.size())
        .mapToObj(i -> use.product().apply(inputs.get(i), weights.get(i)).sin().sum())
        .reduce(Tensor::add)
        .orElseThrow();
  }

  private static List<Tensor> normal(Key key, List<Shape> shapes) {
    return IntStream.range(0, shapes.size())
        .mapToObj(i -> key.fold(i).normal(DType.FLOAT64, shapes.get(i)))
        .toList();
  }

  private static void assertSum(List<Tensor> parts, Tensor whole) {
    Tensor sum = parts.stream().reduce(Tensor::add).orElseThrow();
    double off = sum.sub(whole).abs().max().item();
    assertTrue(off <= 1e-13 * sum.abs().max().item(), () -> "off by " + off);
  }

  @TestFactory
  Stream<DynamicTest> derivativesAreSumsOfThoseOfEachUse() {
    return USES.stream()
        .map(use ->
            DynamicTest.dynamicTest(
                use.name(),
                () -> {
                  try (var _ = device.open()) {
                    Key key = device.key(7);
                    List<Tensor> inputs = normal(key, use.inputs());
                    Tensor weights = key.fold(10).normal(DType.FLOAT64, use.weights());
                    Tensor along = key.fold(11).normal(DType.FLOAT64, use.weights());
                    List<Tensor> apart = List.copyOf(Collections.nCopies(inputs.size(), weights));
                    List<Tensor> alongEach = List.copyOf(Collections.nCopies(inputs.size(), along));
                    Function<Tensor, Tensor> shared =
                        w -> value(use, Collections.nCopies(inputs.size(), w), inputs);
                    Function<List<Tensor>, Tensor> each = w -> value(use, w, inputs);

                    assertSum(grad(each, apart), grad(shared, weights));
                    assertSum(hvp(each, apart, alongEach), hvp(shared, weights, along));
                    // Reverse mode over what reverse mode wrote.
                    Function<Tensor, Tensor> slope = w -> grad(shared, w).mul(along).sum();
                    assertSum(List.of(hvp(shared, weights, along)), grad(slope, weights));
                  }
                }));
  }
}
