package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Parameter;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Compare;
import org.cotangent.op.Concatenate;
import org.cotangent.op.Divide;
import org.cotangent.op.Exp;
import org.cotangent.op.Full;
import org.cotangent.op.IntegerPower;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.Pad;
import org.cotangent.op.Reshape;
import org.cotangent.op.Slice;
import org.cotangent.op.StopGradient;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Transpose;
import org.cotangent.op.Where;
import org.cotangent.testing.ReferenceBackend;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule alone: where it applies, and where it must not because a bit would change. */
class SimplifyTest {
  private static final TensorType MATRIX = new TensorType(DType.FLOAT32, Shape.of(3, 5));

  /** Values on which a rewrite that changes a bit shows. As many as a matrix holds, or fewer. */
  private static final float[] SPECIALS = {
    Float.NaN,
    0,
    -0f,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    -Float.MAX_VALUE,
    1,
    -1
  };

  /** What a rule makes of a small graph, as ops from the parameters on. */
  record Case(String rule, Function<Builder, Value> graph, String expected) {
    @Override
    public String toString() {
      return rule + " -> " + expected;
    }
  }

  /** A builder with two parameters and a short way to write nodes. */
  record Builder(GraphBuilder graph, Value x, Value y) {
    Value full(double value) {
      return graph.value(Full.of(MATRIX, value));
    }

    Value whole() {
      return graph.value(new Cast(DType.INT64), x);
    }

    Value wholeZero() {
      return graph.value(Full.of(MATRIX.with(DType.INT64), 0));
    }

    Value bool(boolean value) {
      return graph.value(new Full(MATRIX.with(DType.BOOL), value));
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case("drop alias", b -> b.graph().alias(b.x()), "x"),
        new Case("drop stopGradient", b -> b.graph().value(new StopGradient(), b.x()), "x"),
        new Case(
            "cast to its own dtype", b -> b.graph().value(new Cast(DType.FLOAT32), b.x()), "x"),
        new Case(
            "cast to its own dtype",
            b -> b.graph().value(new Cast(DType.FLOAT64), b.x()),
            "cast(x)"),
        new Case(
            "view that changes nothing",
            b -> b.graph().value(new Reshape(MATRIX.shape()), b.x()),
            "x"),
        new Case(
            "view that changes nothing",
            b -> b.graph().value(new Transpose(List.of(0, 1)), b.x()),
            "x"),
        new Case(
            "view that changes nothing",
            b -> b.graph().value(new BroadcastTo(MATRIX.shape()), b.x()),
            "x"),
        new Case(
            "view that changes nothing",
            b ->
                b.graph()
                    .value(new Slice(List.of(0L, 0L), List.of(3L, 5L), List.of(1L, 1L)), b.x()),
            "x"),
        new Case(
            "view that changes nothing",
            b ->
                b.graph()
                    .value(new Slice(List.of(1L, 0L), List.of(3L, 5L), List.of(1L, 1L)), b.x()),
            "slice(x)"),
        new Case(
            "view of one value",
            b -> b.graph().value(new Transpose(List.of(1, 0)), b.full(2)),
            "full(2.0)"),
        new Case(
            "view of a view",
            b ->
                b.graph()
                    .value(
                        new Reshape(Shape.of(15)),
                        b.graph().value(new Reshape(Shape.of(5, 3)), b.x())),
            "reshape(x)"),
        new Case(
            "view of a view",
            b ->
                b.graph()
                    .value(
                        new Transpose(List.of(1, 0)),
                        b.graph().value(new Transpose(List.of(1, 0)), b.x())),
            "x"),
        new Case(
            "view of a view",
            b ->
                b.graph()
                    .value(
                        new BroadcastTo(Shape.of(2, 4, 3, 5)),
                        b.graph().value(new BroadcastTo(Shape.of(4, 3, 5)), b.x())),
            "broadcastTo(x)"),
        new Case(
            "negative of negative",
            b -> b.graph().value(new Negative(), b.graph().value(new Negative(), b.x())),
            "x"),
        new Case(
            "add a negative",
            b -> b.graph().value(new Add(), b.x(), b.graph().value(new Negative(), b.y())),
            "subtract(x, y)"),
        new Case(
            "add a negative",
            b -> b.graph().value(new Add(), b.graph().value(new Negative(), b.x()), b.y()),
            "subtract(y, x)"),
        new Case("neutral element", b -> b.graph().value(new Multiply(), b.x(), b.full(1)), "x"),
        new Case("neutral element", b -> b.graph().value(new Multiply(), b.full(1), b.x()), "x"),
        new Case("neutral element", b -> b.graph().value(new Divide(), b.x(), b.full(1)), "x"),
        new Case("neutral element", b -> b.graph().value(new Subtract(), b.x(), b.full(0)), "x"),
        new Case("neutral element", b -> b.graph().value(new Add(), b.x(), b.full(-0.0)), "x"),
        new Case("neutral element", b -> b.graph().value(new Add(), b.full(-0.0), b.x()), "x"),
        // An integer has one zero.
        new Case(
            "neutral element",
            b -> b.graph().value(new Add(), b.whole(), b.wholeZero()),
            "cast(x)"),
        // -0 + 0 is +0, NaN * 0 is NaN, and 0 - x is +0 where -x is -0.
        new Case(
            "neutral element",
            b -> b.graph().value(new Add(), b.x(), b.full(0)),
            "add(x, full(0.0))"),
        new Case(
            "neutral element",
            b -> b.graph().value(new Multiply(), b.x(), b.full(0)),
            "multiply(x, full(0.0))"),
        new Case(
            "neutral element",
            b -> b.graph().value(new Subtract(), b.x(), b.full(-0.0)),
            "subtract(x, full(-0.0))"),
        new Case(
            "neutral element",
            b -> b.graph().value(new Subtract(), b.full(0), b.x()),
            "subtract(full(0.0), x)"),
        new Case("power of one", b -> b.graph().value(new IntegerPower(1), b.x()), "x"),
        new Case(
            "power of one", b -> b.graph().value(new IntegerPower(2), b.x()), "integerPower(x)"),
        new Case(
            "choice already made",
            b -> b.graph().value(new Where(), b.bool(true), b.x(), b.y()),
            "x"),
        new Case(
            "choice already made",
            b -> b.graph().value(new Where(), b.bool(false), b.x(), b.y()),
            "y"),
        new Case(
            "choice already made",
            b ->
                b.graph()
                    .value(
                        new Where(),
                        b.graph().value(new Compare(Compare.Kind.LESS), b.x(), b.y()),
                        b.x(),
                        b.x()),
            "x"),
        new Case("concatenate one", b -> b.graph().value(new Concatenate(0), b.x()), "x"),
        new Case(
            "pad nothing",
            b -> b.graph().value(new Pad(MATRIX.shape(), List.of(0L, 0L), List.of(1L, 1L)), b.x()),
            "x"),
        new Case("sum over no axes", b -> b.graph().value(new Sum(List.of()), b.x()), "x"),
        new Case(
            "fold constants",
            b -> b.graph().value(new Exp(), b.graph().value(new Add(), b.full(1), b.full(2))),
            "full(20.085537)"),
        new Case(
            "fold constants",
            b -> b.graph().value(new Subtract(), b.full(1), b.full(3)),
            "full(-2.0)"),
        new Case(
            "fold constants",
            b -> b.graph().value(new Divide(), b.full(1), b.full(-0.0)),
            "full(-Infinity)"),
        new Case(
            "fold constants",
            b -> b.graph().value(new Cast(DType.INT32), b.full(Double.NaN)),
            "full(0)"),
        new Case(
            "fold constants",
            b -> b.graph().value(new Where(), b.bool(false), b.full(1), b.full(-0.0)),
            "full(-0.0)"),
        new Case(
            "fold constants",
            b -> b.graph().value(new Add(), b.full(1), b.x()),
            "add(full(1.0), x)"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRuleRewritesOnlyWhatItMay(Case example) {
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.parameter(MATRIX);
    Value y = builder.parameter(MATRIX);
    Graph graph = builder.build("case", List.of(example.graph().apply(new Builder(builder, x, y))));
    List<Simplify.Rule> rule =
        Simplify.RULES.stream().filter(r -> r.name().equals(example.rule())).toList();
    assertEquals(1, rule.size(), "no rule is called " + example.rule());
    Graph simple = Simplify.run(graph, rule);
    assertEquals(example.expected(), text(simple.results().getFirst()));
    assertEquals(graph.resultTypes(), simple.resultTypes());
    for (int shift = 0; shift < SPECIALS.length; shift++) {
      List<HostArray> arguments = List.of(specials(0), specials(shift));
      assertEquals(elements(graph, arguments), elements(simple, arguments), "shifted by " + shift);
    }
  }

  /** Special values one after another; two that are shifted by all distances meet in all pairs. */
  private static HostArray specials(int shift) {
    HostArray array = HostArray.allocate(MATRIX);
    for (int i = 0; i < MATRIX.shape().size(); i++) {
      array.set(i, SPECIALS[(i + shift) % SPECIALS.length]);
    }
    return array;
  }

  /** The elements by the reference, boxed: then -0 is not 0, and NaN is NaN. */
  private static List<Object> elements(Graph graph, List<HostArray> arguments) {
    HostArray result = ReferenceBackend.evaluate(graph, arguments).getFirst();
    return LongStream.range(0, result.type().shape().size()).mapToObj(result::get).toList();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everyRuleHasACase(String rule) {
    Set<String> covered = cases().stream().map(Case::rule).collect(Collectors.toSet());
    assertTrue(covered.contains(rule), rule);
  }

  static List<String> rules() {
    return Simplify.RULES.stream().map(Simplify.Rule::name).toList();
  }

  private static String text(Value value) {
    return switch (value.node().op()) {
      case Parameter(int index, var type) -> index == 0 ? "x" : "y";
      case Full(var type, var number) -> "full(" + number + ")";
      default ->
          value.node().op().name()
              + value.node().inputs().stream()
                  .map(SimplifyTest::text)
                  .collect(Collectors.joining(", ", "(", ")"));
    };
  }
}
