package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** Which loops are plain sums. */
class LoopKernelTest {
  private static final DType TYPE = DType.INT64;

  private static LoopKernel loop(Body body, int inputs, List<Coordinate> coordinates) {
    Operand operand = new Operand(0, TYPE, Layout.contiguous(Shape.of(3)));
    return new LoopKernel(
        "test",
        Origin.UNKNOWN,
        Shape.of(3),
        Collections.nCopies(inputs, operand),
        coordinates,
        body,
        Collections.nCopies(body.results().size(), operand));
  }

  private static Body body(int first, int second, BinaryOperator<Term> op, int results) {
    BodyBuilder builder = new BodyBuilder();
    List<Term> inputs = List.of(builder.input(TYPE), builder.input(TYPE));
    Term term = op.apply(inputs.get(first), inputs.get(second));
    return builder.build(Collections.nCopies(results, term).toArray(Term[]::new));
  }

  @Test
  void theSumOfTwoOperandsAndNothingElse() {
    assertTrue(loop(body(0, 1, Term::plus, 1), 2, List.of()).isSum());
    assertFalse(loop(body(1, 0, Term::plus, 1), 2, List.of()).isSum());
    assertFalse(loop(body(0, 0, Term::plus, 1), 2, List.of()).isSum());
    assertFalse(loop(body(0, 1, Term::minus, 1), 2, List.of()).isSum());
    assertFalse(loop(body(0, 1, Term::plus, 2), 2, List.of()).isSum());
    assertFalse(loop(body(0, 1, Term::plus, 1), 1, List.of(Coordinate.INDEX)).isSum());
    BodyBuilder copy = new BodyBuilder();
    assertFalse(loop(copy.build(copy.input(TYPE)), 1, List.of()).isSum());
  }
}
