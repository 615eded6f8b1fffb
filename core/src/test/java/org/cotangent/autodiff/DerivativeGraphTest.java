package org.cotangent.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Graph;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Origin;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Concatenate;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Multiply;
import org.cotangent.op.RandomBits;
import org.cotangent.op.Reshape;
import org.cotangent.op.Sin;
import org.cotangent.op.Sort;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which nodes a derivative writes, and which it spares: what values alone do not show. */
class DerivativeGraphTest {
  private static final TensorType MATRIX = new TensorType(DType.FLOAT64, Shape.of(3, 3));

  private final GraphBuilder builder = new GraphBuilder();
  private final Value a = argument(MATRIX);
  private final Value b = argument(MATRIX);
  private final Value direction = builder.parameter(MATRIX);

  private Value argument(TensorType type) {
    return builder.alias(builder.parameter(type));
  }

  private Value apply(Op op, Value... inputs) {
    return builder.value(op, inputs);
  }

  private Value transposed(Value value) {
    return apply(new Transpose(List.of(1, 0)), value);
  }

  private List<@Nullable Value> jvp(List<@Nullable Value> directions, Value... results) {
    return Forward.jvp(builder, List.of(a, b), directions, List.of(results));
  }

  private List<@Nullable Value> vjp(List<@Nullable Value> seeds, Value... results) {
    return Reverse.vjp(builder, List.of(a, b), List.of(results), seeds);
  }

  private static List<@Nullable Value> of(@Nullable Value... values) {
    List<@Nullable Value> list = new ArrayList<>();
    for (Value value : values) {
      list.add(value);
    }
    return list;
  }

  /** The names of the ops that were written since a node number. */
  private static List<String> since(int first, Iterable<? extends @Nullable Value> found) {
    return written(first, found).stream().map(Node::op).map(Op::name).toList();
  }

  private static List<Node> written(int first, Iterable<? extends @Nullable Value> found) {
    List<Value> roots = new ArrayList<>();
    for (Value value : found) {
      if (value != null) {
        roots.add(value);
      }
    }
    return Graph.reachable(roots, first);
  }

  // ---- forward

  @Test
  void noDirectionNoTangent() {
    Value linear = transposed(b);
    Value sorted = builder.emit(new Sort(0, false), List.of(b)).result(0);
    Value curved = apply(new Tanh(), b);
    int before = builder.nextId();
    assertEquals(of(null, null, null), jvp(of(null, null), linear, sorted, curved));
    assertEquals(of(null, null, null), jvp(of(direction, null), linear, sorted, curved));
    assertEquals(before, builder.nextId(), "nothing is written");
  }

  @Test
  void tangentsGoOnlyWhereTheyArrive() {
    Value sum = apply(new Add(), apply(new Multiply(), a, b), apply(new Sin(), b));
    int before = builder.nextId();
    List<String> written = since(before, jvp(of(direction, null), sum));
    assertEquals(1, Collections.frequency(written, "multiply"), "by the factor b");
    assertEquals(0, Collections.frequency(written, "cos"), "the sine's tangent is zero");
  }

  @Test
  void anArgumentThatIsAResultHasItsDirection() {
    assertEquals(of(direction, null), jvp(of(direction, null), a, b));
  }

  @Test
  void onlyFloatsHaveTangents() {
    Value whole = apply(new Cast(DType.INT64), a);
    Node sorted = builder.emit(new Sort(0, false), List.of(a));
    List<@Nullable Value> tangents =
        jvp(of(direction, null), whole, sorted.result(1), sorted.result(0));
    assertNull(tangents.get(0));
    assertNull(tangents.get(1));
    assertNotNull(tangents.get(2));
  }

  @Test
  void anInputWithoutATangentIsZeroOrAsItIs() {
    Value both = apply(new Concatenate(0), a, b);
    Value tangent = jvp(of(direction, null), both).getFirst();
    assertNotNull(tangent);
    assertEquals(direction, tangent.node().input(0));
    assertEquals("full", tangent.node().input(1).node().op().name());
    Value at = builder.parameter(new TensorType(DType.INT64, Shape.of(2)));
    Value taken = jvp(of(direction, null), apply(new Take(0), a, at)).getFirst();
    assertNotNull(taken);
    assertEquals(List.of(direction, at), taken.node().inputs());
  }

  // ---- reverse

  @Test
  void noSeedNoCotangent() {
    Value product = apply(new Multiply(), a, b);
    int before = builder.nextId();
    assertEquals(of(null, null), vjp(of((Value) null), product));
    assertEquals(before, builder.nextId(), "nothing is written");
  }

  @Test
  void whatDoesNotDependOnAnArgumentGetsNoCotangent() {
    Value constant = builder.parameter(MATRIX);
    Value linear = transposed(constant);
    Value product =
        apply(new Multiply(), apply(new Multiply(), a, apply(new Sin(), constant)), linear);
    int before = builder.nextId();
    List<@Nullable Value> cotangents = vjp(of(direction), product);
    assertNull(cotangents.get(1));
    assertEquals(List.of("multiply", "multiply"), since(before, cotangents));
    assertEquals(before + 2, builder.nextId(), "nothing else is written");
  }

  @Test
  void whatHasNoPartInTheResultsIsNotWalked() {
    Value used = apply(new Add(), a, b);
    Value unused = apply(new Sin(), used);
    int before = builder.nextId();
    assertEquals(of(direction, direction), vjp(of(direction, null), used, unused));
    assertEquals(before, builder.nextId(), "the sine's cotangent is no seed");
  }

  @Test
  void integersHaveNoCotangents() {
    Value whole = apply(new Cast(DType.INT64), a);
    Value seed = builder.parameter(whole.type());
    int before = builder.nextId();
    assertEquals(of(null, null), vjp(of(seed), whole));
    assertEquals(before, builder.nextId(), "nothing is written");
    Value at = argument(new TensorType(DType.INT64, Shape.of(3)));
    Value taken = apply(new Take(0), a, at);
    List<@Nullable Value> found =
        Reverse.vjp(builder, List.of(a, at), List.of(taken), of(builder.parameter(taken.type())));
    assertNotNull(found.get(0));
    assertNull(found.get(1));
  }

  @Test
  void bothSeedsOfAValueCount() {
    Value other = builder.parameter(MATRIX);
    Value cotangent = vjp(of(direction, other), a, a).getFirst();
    assertNotNull(cotangent);
    assertEquals(List.of(direction, other), cotangent.node().inputs());
    assertEquals(new Add(), cotangent.node().op());
  }

  /** Products of rows with something shared. */
  private Value steps(int count, long rows, UnaryOperator<Value> product) {
    return IntStream.range(0, count)
        .mapToObj(_ -> argument(new TensorType(DType.FLOAT64, Shape.of(rows, 3))))
        .map(product)
        .reduce((x, y) -> apply(new Add(), x, y))
        .orElseThrow();
  }

  @Test
  void productsOfFewRowsBecomeOne() {
    Value sum = steps(4, 1, x -> apply(DotGeneral.matmul(2), x, a));
    Value seed = builder.parameter(sum.type());
    int before = builder.nextId();
    List<@Nullable Value> found = vjp(of(seed), sum);
    assertEquals(List.of("concatenate", "concatenate", "dotGeneral"), since(before, found));
    Node product = Objects.requireNonNull(found.getFirst()).node();
    assertEquals(Shape.of(4, 3), product.input(0).shape());
    // Rows in the order in which they were used.
    List<Value> rows = product.input(0).node().inputs();
    assertEquals(rows.stream().sorted(Comparator.comparingInt(x -> x.node().id())).toList(), rows);
  }

  @Test
  void productsOfManyRowsStay() {
    Value sum = steps(3, 2, x -> apply(DotGeneral.matmul(2), x, a));
    Value seed = builder.parameter(sum.type());
    int before = builder.nextId();
    assertEquals(
        List.of("dotGeneral", "dotGeneral", "dotGeneral", "add", "add"),
        since(before, vjp(of(seed), sum)));
  }

  /** Each layer of a residual network would compute again what all layers above it send back. */
  @Test
  void aProductThatIsPassedOnIsComputedOnce() {
    Value column = builder.parameter(new TensorType(DType.FLOAT64, Shape.of(3, 1)));
    Value row = builder.parameter(new TensorType(DType.FLOAT64, Shape.of(1, 3)));
    Op matmul = DotGeneral.matmul(2);
    Value layer = apply(new Add(), a, apply(matmul, column, apply(matmul, row, a)));
    Value head = apply(matmul, row, layer);
    Value seed = builder.parameter(head.type());
    int before = builder.nextId();
    assertEquals(
        List.of("dotGeneral", "dotGeneral", "dotGeneral", "add"),
        since(before, vjp(of(seed), head)));
  }

  @Test
  void whatIsNeededElsewhereIsNotJoinedTransposedEither() {
    TensorType column = new TensorType(DType.FLOAT64, Shape.of(3, 1));
    Value row = builder.parameter(new TensorType(DType.FLOAT64, Shape.of(1, 3)));
    Op matmul = DotGeneral.matmul(2);
    Value product = apply(matmul, builder.parameter(column), row);
    List<Value> terms =
        List.of(transposed(product), transposed(apply(matmul, builder.parameter(column), row)));
    assertEquals("transpose", CotangentSum.of(builder, terms, Set.of()).node().op().name());
    assertEquals(new Add(), CotangentSum.of(builder, terms, Set.of(product)).node().op());
  }

  @Test
  void aSeedIsNoTermToJoin() {
    Value row = builder.parameter(new TensorType(DType.FLOAT64, Shape.of(1, 3)));
    Op matmul = DotGeneral.matmul(2);
    Value result = apply(matmul, row, a);
    Value other = builder.parameter(result.type());
    DotGeneral sameForm = new DotGeneral(List.of(), List.of(), List.of(0), List.of(0));
    Value seed = apply(sameForm, row, builder.parameter(result.type()));
    int before = builder.nextId();
    assertEquals(List.of("dotGeneral", "add"), since(before, vjp(of(seed, other), a, result)));
  }

  @Test
  void productsOfOtherFormsStayApart() {
    UnaryOperator<Value> plain = x -> apply(DotGeneral.matmul(2), x, a);
    Value sum =
        apply(
            new Add(),
            steps(2, 1, plain),
            steps(2, 1, x -> apply(DotGeneral.matmul(2), x, transposed(a))));
    Value seed = builder.parameter(sum.type());
    int before = builder.nextId();
    List<String> written = since(before, vjp(of(seed), sum));
    assertEquals(2, Collections.frequency(written, "dotGeneral"));
    assertEquals(1, Collections.frequency(written, "add"));
  }

  // ---- both, and many examples

  @Test
  void argumentsComeInAnyOrder() {
    Value late = argument(MATRIX);
    Value sine = apply(new Sin(), a);
    assertNotNull(
        Forward.jvp(builder, List.of(late, a), of(null, direction), List.of(sine)).getFirst());
    assertNotNull(Reverse.vjp(builder, List.of(late, a), List.of(sine), of(direction)).getLast());
  }

  @Test
  void whatIsWrittenHasTheOriginOfWhatItBelongsTo() {
    Origin sine = new Origin("sine", "Here.java:1");
    Value result = builder.withOrigin(sine, () -> apply(new Sin(), a));
    Value example = Vectorize.placeholder(builder, MATRIX);
    Value one = builder.withOrigin(sine, () -> apply(new Tanh(), example));
    int before = builder.nextId();
    List<@Nullable Value> found = new ArrayList<>();
    found.addAll(jvp(of(direction, null), result));
    found.addAll(vjp(of(b), result));
    Value examples = builder.parameter(MATRIX.with(Shape.of(3, 3, 3)));
    found.addAll(Vectorize.run(builder, 3, List.of(example), List.of(examples), List.of(one)));
    for (Node node : written(before, found)) {
      if (!node.inputs().isEmpty()) {
        assertEquals(sine, node.origin(), node.toString());
      }
    }
  }

  @Test
  void whatExamplesShareIsWrittenOnce() {
    Value example = Vectorize.placeholder(builder, MATRIX);
    Value shared = apply(new Sin(), a);
    Value product = apply(new Multiply(), example, shared);
    Value examples = builder.parameter(MATRIX.with(Shape.of(2, 3, 3)));
    int before = builder.nextId();
    List<Value> many =
        Vectorize.run(builder, 2, List.of(example), List.of(examples), List.of(product, shared));
    assertEquals(0, Collections.frequency(since(before, many), "sin"));
    assertEquals(Shape.of(2, 3, 3), many.get(0).shape());
    assertEquals(Shape.of(2, 3, 3), many.get(1).shape());
  }

  /** Else the graph would grow with the number of examples. */
  @Test
  void randomBitsOfManyExamplesAreOneNode() {
    TensorType key = new TensorType(DType.INT64, Shape.SCALAR);
    Value example = Vectorize.placeholder(builder, key);
    Value bits = apply(new RandomBits(new TensorType(DType.INT32, Shape.of(5))), example);
    Value keys = builder.parameter(key.with(Shape.of(1000)));
    int before = builder.nextId();
    Value many =
        Vectorize.run(builder, 1000, List.of(example), List.of(keys), List.of(bits)).getFirst();
    assertEquals(Shape.of(1000, 5), many.shape());
    assertEquals(1, Collections.frequency(since(before, List.of(many)), "generated"));
    assertTrue(builder.nextId() - before < 20, "nodes: " + (builder.nextId() - before));
  }

  /** One pass for each element of the result, or of the argument: whichever has fewer. */
  @Test
  void aJacobianTakesTheShorterSide() {
    Value one = argument(MATRIX.with(Shape.of(1)));
    Value wide = argument(MATRIX.with(Shape.of(10_000)));
    Value sum = apply(new Sum(List.of(0)), wide);
    assertEquals(10_000, largest(sum, wide));
    Value spread = apply(new BroadcastTo(Shape.of(10_000)), apply(new Sin(), one));
    assertEquals(10_000, largest(spread, one));
    Value both = apply(new Multiply(), sum, apply(new Reshape(Shape.SCALAR), one));
    assertEquals(10_000, largest(both, one, wide));
  }

  /** Elements of the largest value that a Jacobian has. */
  private long largest(Value result, Value... arguments) {
    int before = builder.nextId();
    return Graph.reachable(Jacobian.of(builder, List.of(arguments), result), before).stream()
        .flatMap(node -> node.types().stream())
        .mapToLong(type -> type.shape().size())
        .max()
        .orElseThrow();
  }

  // ---- rules of the user

  @Test
  void aRuleThatDoesNotFitIsRefused() {
    GraphBuilder function = new GraphBuilder();
    Value x = function.parameter(MATRIX);
    Graph square = function.build("square", List.of(function.value(new Multiply(), x, x)));
    GraphBuilder rule = new GraphBuilder();
    Value wrong = rule.parameter(MATRIX.with(DType.FLOAT32));
    Graph vjp = rule.build("vjp", List.of(wrong));
    ShapeException error =
        assertThrows(ShapeException.class, () -> new CustomGradient(square, vjp));
    assertEquals(
        "withGradient: cotangents [float32(3, 3)] do not fit the inputs [float64(3, 3)]",
        error.getMessage());
    assertEquals("CustomGradient[square]", new CustomGradient(square, square).toString());
  }
}
