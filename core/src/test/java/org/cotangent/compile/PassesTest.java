package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.LogSoftmax;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.ScatterSet;
import org.cotangent.op.Softmax;
import org.cotangent.op.Sort;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the passes without rules of their own do to a graph: widen, expand, trim. */
class PassesTest {
  private static final Shape SQUARE = Shape.of(4, 4);

  private final GraphBuilder builder = new GraphBuilder();

  private Value parameter(DType dtype) {
    return builder.parameter(new TensorType(dtype, SQUARE));
  }

  private Value indices() {
    return builder.parameter(new TensorType(DType.INT64, Shape.of(4)));
  }

  private Graph graph(Value... results) {
    return builder.build("case", List.of(results));
  }

  /** A graph's ops but its parameters, each with the dtypes of its results. */
  private static List<String> ops(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> !node.inputs().isEmpty())
        .map(PassesTest::text)
        .toList();
  }

  private static String text(Node node) {
    return node.types().stream()
        .map(type -> type.dtype().toString())
        .collect(Collectors.joining(",", node.op().name() + ":", ""));
  }

  // ---- widen

  private static boolean none(DType dtype) {
    return false;
  }

  private static List<String> widened(Graph graph, Predicate<DType> multiplied) {
    Graph wide = Widen.run(graph, multiplied);
    assertEquals(graph.resultTypes(), wide.resultTypes());
    return ops(wide);
  }

  @Test
  void whatComputesIsWidenedAndItsResultsAreCastBack() {
    Value x = parameter(DType.FLOAT16);
    assertEquals(
        List.of("cast:float32", "softmax:float32", "cast:float16"),
        widened(graph(builder.value(new Softmax(0), x)), PassesTest::none));
    assertEquals(
        List.of("cast:float32", "dotGeneral:float32", "cast:float16"),
        widened(graph(builder.value(DotGeneral.matmul(2), x, x)), PassesTest::none));
    Value zeros = parameter(DType.INT8);
    assertEquals(
        List.of("cast:int32", "scatterAdd:int32", "cast:int8"),
        widened(graph(builder.value(new ScatterAdd(0, 9), zeros, indices())), PassesTest::none));
    // Positions are no narrow numbers, and nothing is to be cast.
    assertEquals(
        List.of("cast:float32", "sort:float32,int64", "cast:float16"),
        widened(graph(results(builder.emit(new Sort(0, false), List.of(x)))), PassesTest::none));
  }

  private static Value[] results(Node node) {
    return node.results().toArray(Value[]::new);
  }

  @Test
  void whatOnlyMovesOrRoundsAnywayStays() {
    Value x = parameter(DType.BFLOAT16);
    Value at = indices();
    Graph graph =
        graph(
            builder.value(new Exp(), x),
            builder.value(new Sum(List.of(0)), x),
            builder.value(new Take(0, false, IndexMode.CHECKED), x, at),
            builder.value(new ScatterSet(0, 9, false, IndexMode.CHECKED), x, at));
    assertSame(graph, Widen.run(graph, PassesTest::none));
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64", "FLOAT32", "FLOAT64"})
  void whatIsWideStays(DType dtype) {
    Value x = parameter(dtype);
    Graph graph =
        graph(
            builder.value(DotGeneral.matmul(2), x, x),
            builder.value(new ScatterAdd(0, 9), x, indices()));
    assertSame(graph, Widen.run(graph, PassesTest::none));
  }

  @Test
  void productsStayWhereTheirDtypeIsMultiplied() {
    Value half = parameter(DType.FLOAT16);
    Graph product = graph(builder.value(DotGeneral.matmul(2), half, half));
    assertSame(product, Widen.run(product, Set.of(DType.FLOAT16)::contains));
    assertEquals(3, widened(product, Set.of(DType.BFLOAT16)::contains).size());
    // Only products are what a backend multiplies.
    Graph whole = graph(builder.value(new Softmax(0), half));
    assertEquals(3, widened(whole, Set.of(DType.FLOAT16)::contains).size());
  }

  // ---- expand

  private Graph composites() {
    Value x = parameter(DType.FLOAT32);
    return graph(
        builder.value(new Softmax(0), x),
        builder.value(new Exp(), builder.value(new LogSoftmax(0), x)));
  }

  @Test
  void compositesAreExpandedUnlessTheyAreClaimed() {
    Graph graph = composites();
    assertSame(graph, Expand.run(graph, (op, inputs) -> true));
    Graph expanded = Expand.run(graph, (op, inputs) -> false);
    assertEquals(graph.resultTypes(), expanded.resultTypes());
    assertEquals(List.of(), names(expanded, "softmax", "logSoftmax"));
    Graph some = Expand.run(graph, (op, inputs) -> op instanceof Softmax);
    assertEquals(List.of("softmax"), names(some, "softmax", "logSoftmax"));
    Graph small = Expand.run(graph, (op, inputs) -> inputs.getFirst().dtype() == DType.FLOAT32);
    assertSame(graph, small);
  }

  private static List<String> names(Graph graph, String... wanted) {
    return graph.nodes().stream()
        .map(Node::op)
        .map(Op::name)
        .filter(Set.of(wanted)::contains)
        .toList();
  }

  // ---- trim

  private Graph trimmed(Value... results) {
    Graph graph = graph(results);
    Graph trimmed = Trim.run(graph);
    assertEquals(graph.resultTypes(), trimmed.resultTypes());
    return trimmed;
  }

  private Node sort() {
    return builder.emit(new Sort(0, false), List.of(parameter(DType.FLOAT32)));
  }

  @Test
  void whatIsReadOfASortIsComputedAndNothingElse() {
    assertEquals(List.of("sort:int64"), ops(trimmed(sort().result(1))));
    assertEquals(List.of("sort:float32"), ops(trimmed(sort().result(0))));
    assertEquals(List.of("sort:float32,int64"), ops(trimmed(results(sort()))));
  }

  @Test
  void whatANodeReadsIsReadToo() {
    Node sort = sort();
    Value sum = builder.value(new Add(), sort.result(1), sort.result(1));
    assertEquals(List.of("sort:int64", "add:int64"), ops(trimmed(sum)));
    assertEquals(List.of("sort:float32,int64", "add:int64"), ops(trimmed(sum, sort.result(0))));
  }

  @Test
  void aGraphWithoutSuchCallsStaysAsItIs() {
    Value x = parameter(DType.FLOAT32);
    Graph one =
        graph(
            builder.value(new Exp(), x),
            builder.value(new Sort(0, true, List.of(Sort.Result.VALUES)), x));
    assertSame(one, Trim.run(one));
  }
}
