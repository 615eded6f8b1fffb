package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.cotangent.backend.Check;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Program;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Cast;
import org.cotangent.op.Divide;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.Full;
import org.cotangent.op.Multiply;
import org.cotangent.op.Negative;
import org.cotangent.op.Reshape;
import org.cotangent.op.Slice;
import org.cotangent.op.Sqrt;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Transpose;
import org.cotangent.testing.InterpreterBackend;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;

/** Which nodes several kernels compute, each for itself. */
class RepeatsTest {
  private static final Shape ROWS = Shape.of(16, 1);
  private static final TensorType MATRIX = new TensorType(DType.FLOAT32, Shape.of(16, 16));

  private final GraphBuilder builder = new GraphBuilder();
  private final Value x = builder.parameter(MATRIX);

  private Program compile(FusionLimits limits, Value... results) {
    var graph = builder.build("case", Arrays.asList(results));
    List<Layout> layouts =
        graph.parameterTypes().stream().map(type -> Layout.contiguous(type.shape())).toList();
    return new Pipeline(new InterpreterBackend(limits))
        .compile(graph, layouts, new CompileOptions(Set.of(), Check.NOTHING));
  }

  private List<String> kernels(Value... results) {
    return compile(new FusionLimits(128, 64, false), results).kernels().stream()
        .map(Kernel::label)
        .toList();
  }

  private Value sum(Value value) {
    return builder.value(new Sum(List.of(1)), value);
  }

  private Value apply(Elementwise op, Value... inputs) {
    return builder.value(op, inputs);
  }

  /** A value for each row, seen by its elements. */
  private Value spread(Value rows) {
    return builder.value(new BroadcastTo(MATRIX.shape()), builder.value(new Reshape(ROWS), rows));
  }

  /** Two kernels of a value: a sum, and a loop that has to wait for it. */
  private Value used(Value value) {
    return apply(new Multiply(), value, spread(sum(value)));
  }

  /** The kernels of {@link #used}. */
  private List<String> used(UnaryOperator<Value> value) {
    return kernels(used(value.apply(x)));
  }

  @Test
  void whatIsSoonDoneIsRepeated() {
    assertEquals(List.of("negative+sum", "negative+multiply"), used(v -> apply(new Negative(), v)));
  }

  @Test
  void aValueForEachRowIsNoLargeInput() {
    Value centred = apply(new Subtract(), x, spread(sum(x)));
    assertEquals(
        List.of("sum", "subtract+multiply+sum", "subtract+multiply"),
        kernels(
            apply(new Multiply(), centred, spread(sum(apply(new Multiply(), centred, centred))))));
  }

  @Test
  void whatTakesLongIsComputedOnce() {
    assertEquals(List.of("sqrt", "sum", "multiply"), used(v -> apply(new Sqrt(), v)));
    assertEquals(List.of("exp", "sum", "multiply"), used(v -> apply(new Exp(), v)));
    assertEquals(
        List.of("sum", "divide", "sum", "multiply"),
        used(v -> apply(new Divide(), v, spread(sum(v)))));
  }

  @Test
  void whatReadsTwoMatricesIsComputedOnce() {
    Value y = builder.parameter(MATRIX);
    assertEquals(List.of("add", "sum", "multiply"), used(v -> apply(new Add(), v, y)));
  }

  @Test
  void aViewOfAMatrixIsAMatrix() {
    Value y = builder.value(new Transpose(List.of(1, 0)), builder.parameter(MATRIX));
    assertEquals(List.of("add", "sum", "multiply"), used(v -> apply(new Add(), v, y)));
  }

  @Test
  void anEighthIsAFewElements() {
    assertEquals(
        List.of("copy", "add+sum", "add+multiply"), used(v -> apply(new Add(), v, seen(8))));
    assertEquals(
        List.of("copy", "add", "sum", "multiply"), used(v -> apply(new Add(), v, seen(7))));
  }

  /** As many elements as the matrix, of which a part is there and is seen several times. */
  private Value seen(int times) {
    long all = MATRIX.shape().size();
    Value part = builder.parameter(MATRIX.with(Shape.of(Math.ceilDiv(all, times))));
    Value repeated = builder.value(new BroadcastTo(Shape.of(times, part.shape().size())), part);
    Value flat = builder.value(new Reshape(Shape.of(repeated.shape().size())), repeated);
    Value cut = builder.value(new Slice(List.of(0L), List.of(all), List.of(1L)), flat);
    return builder.value(new Reshape(MATRIX.shape()), cut);
  }

  @Test
  void whatIsComputedInPlaceIsNoInput() {
    Value two = builder.value(Full.of(MATRIX, 2));
    assertEquals(
        List.of("multiply+sum", "multiply+multiply"), used(v -> apply(new Multiply(), v, two)));
  }

  @Test
  void oneMatrixReadTwiceIsOne() {
    assertEquals(
        List.of("multiply+sum", "multiply+multiply"), used(v -> apply(new Multiply(), v, v)));
  }

  @Test
  void whatReadsMoreThanItMakesIsComputedOnce() {
    Value wide = builder.parameter(MATRIX.with(DType.FLOAT64));
    assertEquals(
        List.of("cast", "sum", "multiply"), used(v -> apply(new Cast(DType.FLOAT32), wide)));
  }

  @Test
  void whatReadsLessThanItMakesIsRepeated() {
    Value counts = builder.parameter(MATRIX.with(DType.INT32));
    assertEquals(
        List.of("cast+sum", "cast+multiply"), used(v -> apply(new Cast(DType.FLOAT64), counts)));
  }

  private Value negated(int times) {
    Value value = x;
    for (int i = 0; i < times; i++) {
      // Not twice the same, which would be simplified away.
      value = apply(new Multiply(), apply(new Negative(), value), spread(sum(x)));
    }
    return value;
  }

  @Test
  void aChainIsRepeatedAsLongAsItIsShort() {
    assertEquals(
        List.of(
            "sum",
            "negative+multiply+negative+multiply+sum",
            "negative+multiply+negative+multiply+multiply"),
        kernels(used(negated(2))));
    assertEquals(
        List.of(
            "sum",
            "negative+multiply",
            "negative+multiply+negative+multiply+sum",
            "negative+multiply+negative+multiply+multiply"),
        kernels(used(negated(3))));
  }

  @Test
  void aResultIsComputedOnce() {
    Value negative = apply(new Negative(), x);
    assertEquals(List.of("negative", "sum", "multiply"), kernels(negative, used(negative)));
  }

  @Test
  void whatAProductReadsIsComputedOnce() {
    Value negative = apply(new Negative(), x);
    Value product = builder.value(DotGeneral.matmul(2), negative, x);
    assertEquals(
        List.of("negative", "dotGeneral", "sum", "multiply"), kernels(used(negative), product));
  }

  @Test
  void noRoomInOneKernelIsNoRoomInAny() {
    List<String> labels =
        compile(new FusionLimits(1, 64, false), used(apply(new Negative(), x))).kernels().stream()
            .map(Kernel::label)
            .toList();
    assertEquals(List.of("negative", "sum", "multiply"), labels);
  }

  @Test
  void whatIsRepeatedTakesNoMemory() {
    Program program = compile(new FusionLimits(128, 64, false), used(apply(new Negative(), x)));
    assertTrue(program.plan().scratch() < MATRIX.bytes(), program.plan()::toString);
  }
}
