package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Coordinate;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.backend.Storage;
import org.cotangent.graph.Constant;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Op;
import org.cotangent.graph.Rearrange;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Add;
import org.cotangent.op.Arange;
import org.cotangent.op.ArgMax;
import org.cotangent.op.Concatenate;
import org.cotangent.op.CumulativeSum;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.Full;
import org.cotangent.op.Negative;
import org.cotangent.op.Pad;
import org.cotangent.op.Reshape;
import org.cotangent.op.ScatterAdd;
import org.cotangent.op.Slice;
import org.cotangent.op.Softmax;
import org.cotangent.op.Sqrt;
import org.cotangent.op.Sum;
import org.cotangent.op.Take;
import org.cotangent.op.Transpose;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.testing.ForwardingBackend;
import org.cotangent.testing.InterpreterBackend;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;

/** Which kernels ops become, what is copied for them, and that ops which lie are found. */
class LoweringTest {
  private static final Shape SHAPE = Shape.of(3, 4);

  private final GraphBuilder builder = new GraphBuilder();
  private Backend backend = new InterpreterBackend(new FusionLimits(128, 64, true));

  private Value parameter(long... dims) {
    return parameter(DType.FLOAT32, dims);
  }

  private Value parameter(DType dtype, long... dims) {
    return builder.parameter(new TensorType(dtype, Shape.of(dims)));
  }

  private Program compile(Value... results) {
    var graph = builder.build("case", Arrays.asList(results));
    List<Layout> layouts =
        graph.parameterTypes().stream().map(type -> Layout.contiguous(type.shape())).toList();
    return new Pipeline(backend)
        .compile(graph, layouts, new CompileOptions(Set.of(), Check.NOTHING));
  }

  private List<String> labels(Value... results) {
    return compile(results).kernels().stream().map(Kernel::label).toList();
  }

  private static Storage storage(Program program, Operand operand) {
    return program.buffers().get(operand.buffer()).storage();
  }

  // ---- results

  @Test
  void aResultThatNoKernelComputesIsCopied() {
    Value x = parameter(3, 4);
    Value sum = builder.value(new Exp(), x);
    Value constant =
        builder.value(new Constant(HostArray.allocate(new TensorType(DType.FLOAT32, SHAPE))));
    assertEquals(List.of("copy"), labels(x));
    assertEquals(List.of("copy"), labels(constant));
    assertEquals(List.of("copy"), labels(builder.value(new Transpose(List.of(1, 0)), x)));
    assertEquals(List.of("exp", "copy"), labels(sum, sum));
    assertEquals(List.of("exp", "copy"), labels(builder.value(new Transpose(List.of(1, 0)), sum)));
    Slice part = new Slice(List.of(0L, 0L), List.of(2L, 4L), List.of(1L, 1L));
    assertEquals(List.of("exp", "copy"), labels(builder.value(part, sum)));
  }

  @Test
  void aReshapedValueIsComputedWhereTheResultIs() {
    Value flat =
        builder.value(new Reshape(Shape.of(12)), builder.value(new Exp(), parameter(3, 4)));
    Program program = compile(flat);
    assertEquals(1, program.kernels().size());
    assertEquals(0, program.plan().scratch());
  }

  @Test
  void theSecondOfTwoEqualResultsIsACopyOfTheFirst() {
    Value sum = builder.value(new Exp(), parameter(3, 4));
    Program program = compile(sum, sum);
    Kernel copy = program.kernels().getLast();
    assertEquals(new Storage.Output(0), storage(program, copy.inputs().getFirst()));
    assertEquals(new Storage.Output(1), storage(program, copy.outputs().getFirst()));
  }

  // ---- nothing to compute

  @Test
  void whatHasNoElementsNeedsNoKernel() {
    Value none = parameter(0, 4);
    Value at = parameter(DType.INT64, 0);
    assertEquals(List.of(), labels(none));
    assertEquals(List.of(), labels(builder.value(new Exp(), none)));
    assertEquals(List.of(), labels(builder.value(new Sum(List.of(1)), none)));
    Value product = builder.value(DotGeneral.matmul(2), none, parameter(4, 5));
    assertEquals(List.of(), labels(product));
    assertEquals(List.of(), labels(builder.value(new Negative(), product)));
    assertEquals(List.of(), labels(builder.value(new Take(0), parameter(3, 4), at)));
    assertEquals(List.of(), labels(builder.value(new Concatenate(0), none, none)));
  }

  @Test
  void whatSumsNothingIsFilled() {
    assertEquals(List.of("sum fill"), labels(builder.value(new Sum(List.of(0)), parameter(0, 4))));
    assertEquals(
        List.of("dotGeneral fill"),
        labels(builder.value(DotGeneral.matmul(2), parameter(3, 0), parameter(0, 5))));
    // An epilogue would have no product to wait for.
    assertEquals(
        List.of("dotGeneral fill", "exp"),
        labels(
            builder.value(
                new Exp(), builder.value(DotGeneral.matmul(2), parameter(3, 0), parameter(0, 5)))));
  }

  @Test
  void ofAConcatenationEmptyPiecesAreLeftOut() {
    assertEquals(
        List.of("copy", "copy"),
        labels(
            builder.value(new Concatenate(0), parameter(3, 4), parameter(0, 4), parameter(1, 4))));
  }

  // ---- operands

  @Test
  void aWholeOpReadsItsInputContiguous() {
    Value x = parameter(3, 4);
    CumulativeSum scan = new CumulativeSum(0, false);
    assertEquals(List.of("cumulativeSum"), labels(builder.value(scan, x)));
    Program program = compile(builder.value(scan, builder.value(new Transpose(List.of(1, 0)), x)));
    assertEquals(
        List.of("copy", "cumulativeSum"), program.kernels().stream().map(Kernel::label).toList());
    assertTrue(program.kernels().getLast().inputs().getFirst().layout().isContiguous());
  }

  @Test
  void aClaimedCompositeIsOneKernel() {
    backend =
        new ForwardingBackend(backend) {
          @Override
          public boolean claims(Op op, List<TensorType> inputs) {
            return op instanceof Softmax;
          }
        };
    Value result = builder.value(new Softmax(1), builder.value(new Exp(), parameter(3, 4)));
    assertEquals(List.of("exp", "softmax"), labels(result));
  }

  @Test
  void aViewWithoutALayoutIsOfACopy() {
    Value turned = builder.value(new Transpose(List.of(1, 0)), parameter(3, 4));
    Value flat = builder.value(new Reshape(Shape.of(12)), turned);
    assertEquals(List.of("copy", "exp"), labels(builder.value(new Exp(), flat)));
  }

  private IndexKernel index(Value result) {
    return (IndexKernel) compile(result).kernels().getFirst();
  }

  @Test
  void indicesAreSeenFromEachSlice() {
    Value data = parameter(2, 5, 3);
    IndexKernel take = index(builder.value(new Take(1), data, parameter(DType.INT32, 2, 2)));
    assertEquals(Shape.of(2, 5, 3), take.data().layout().shape());
    assertEquals(Shape.of(2, 4, 3), take.indices().layout().shape());
    assertArrayEquals(new long[] {0, 1, 0}, take.indices().layout().strides());
    assertEquals(Shape.of(2, 4, 3), take.output().layout().shape());
    assertEquals(5, take.size());
    IndexKernel scatter =
        index(builder.value(new ScatterAdd(1, 7), data, parameter(DType.INT32, 5)));
    assertEquals(Shape.of(2, 5, 3), scatter.data().layout().shape());
    assertEquals(Shape.of(2, 7, 3), scatter.output().layout().shape());
    assertEquals(7, scatter.size());
  }

  @Test
  void everySecondIndexIsReadInPlace() {
    Slice second = new Slice(List.of(1L), List.of(6L), List.of(2L));
    Value at = builder.value(second, parameter(DType.INT32, 6));
    IndexKernel take = index(builder.value(new Take(0), parameter(5, 3), at));
    assertEquals(Layout.of(Shape.of(1, 3, 3), new long[] {0, 2, 0}, 1), take.indices().layout());
  }

  // ---- coordinates

  private static List<Coordinate> coordinates(Kernel kernel) {
    return switch (kernel) {
      case LoopKernel loop -> loop.coordinates();
      case ReduceKernel reduce -> reduce.coordinates();
      case ContractionKernel contraction -> contraction.coordinates();
      case IndexKernel _, OpKernel _ -> throw new AssertionError(kernel);
    };
  }

  private List<Coordinate> coordinates(Value result) {
    return coordinates(compile(result).kernels().getFirst());
  }

  @Test
  void aKernelIsToldWhereItIsOnlyIfItAsks() {
    Value x = parameter(5);
    Value numbers = builder.value(new Arange(DType.FLOAT32, 5, 0f, 1f));
    Value ones = builder.value(Full.of(x.type(), 1));
    assertEquals(List.of(), coordinates(builder.value(new Exp(), x)));
    assertEquals(List.of(), coordinates(ones));
    assertEquals(List.of(), coordinates(builder.value(new Add(), x, ones)));
    assertEquals(List.of(Coordinate.INDEX), coordinates(numbers));
    assertEquals(
        List.of(Coordinate.INDEX),
        coordinates(builder.value(new Add(), numbers, builder.value(new Exp(), x))));
    assertEquals(
        List.of(Coordinate.INDEX),
        coordinates(builder.value(new Exp(), builder.value(new Add(), numbers, ones))));
    Sum sum = new Sum(List.of(0));
    assertEquals(List.of(), coordinates(builder.value(sum, x)));
    assertEquals(List.of(), coordinates(builder.value(sum, ones)));
    assertEquals(List.of(Coordinate.INDEX), coordinates(builder.value(sum, numbers)));
    ArgMax largest = new ArgMax(List.of(0));
    assertEquals(List.of(Coordinate.POSITION), coordinates(builder.value(largest, x)));
    assertEquals(
        List.of(Coordinate.INDEX, Coordinate.POSITION),
        coordinates(builder.value(largest, numbers)));
  }

  @Test
  void aPadIsFilledAndThenWritten() {
    Pad pad = new Pad(Shape.of(5, 4), List.of(1L, 0L), List.of(1L, 1L));
    assertEquals(List.of("pad fill", "copy"), labels(builder.value(pad, parameter(3, 4))));
  }

  // ---- limits

  private List<String> labels(FusionLimits limits, Value result) {
    backend = new InterpreterBackend(limits);
    return labels(result);
  }

  @Test
  void aGroupIsAsLargeAsTheLimits() {
    Value two = builder.value(new Negative(), builder.value(new Sqrt(), parameter(3, 4)));
    assertEquals(List.of("sqrt+negative"), labels(new FusionLimits(2, 64, false), two));
    assertEquals(List.of("sqrt", "negative"), labels(new FusionLimits(1, 64, false), two));
    // One is read and one is written; what lies between has no operand.
    assertEquals(List.of("sqrt+negative"), labels(new FusionLimits(128, 2, false), two));
    Value x = parameter(4, 4);
    Value sum = builder.value(new Add(), builder.value(DotGeneral.matmul(2), x, x), x);
    // Two factors, what is added, and the result.
    assertEquals(List.of("dotGeneral+add"), labels(new FusionLimits(128, 4, true), sum));
    assertEquals(List.of("dotGeneral", "add"), labels(new FusionLimits(128, 3, true), sum));
    assertEquals(List.of("dotGeneral", "add"), labels(new FusionLimits(128, 64, false), sum));
  }

  // ---- labels

  private Value chain(int ops) {
    Value value = parameter(3, 4);
    for (int i = 0; i < ops; i++) {
      value = builder.value(i % 2 == 0 ? new Sqrt() : new Negative(), value);
    }
    return value;
  }

  @Test
  void aLabelNamesEightOps() {
    String eight = "sqrt+negative+sqrt+negative+sqrt+negative+sqrt+negative";
    assertEquals(List.of(eight), labels(chain(8)));
    assertEquals(List.of(eight + "+1 more"), labels(chain(9)));
  }

  // ---- ops that lie

  /** An elementwise op that says its input's type and computes another. */
  record OtherDType() implements Elementwise {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public Body body(List<DType> inputs) {
      BodyBuilder body = new BodyBuilder();
      return body.build(body.input(inputs.getFirst()).convert(DType.FLOAT64));
    }

    @Override
    public Derivative derivative() {
      return new Derivative.None();
    }
  }

  /** A view that says its input's type and shows twice as many elements. */
  record Longer() implements View {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public Optional<Layout> view(Layout input) {
      return Optional.of(Layout.contiguous(Shape.of(6, 4)));
    }

    @Override
    public Derivative derivative() {
      return new Derivative.None();
    }
  }

  /** Places that are larger than what goes there. */
  record Wider() implements Rearrange {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public List<Layout> places(List<TensorType> inputs) {
      return List.of(Layout.contiguous(Shape.of(3, 5)));
    }

    @Override
    public Optional<Object> fill(List<TensorType> inputs) {
      return Optional.empty();
    }

    @Override
    public Derivative derivative() {
      return new Derivative.None();
    }
  }

  private void assertLie(String end, Value result) {
    String message = assertThrows(IllegalStateException.class, () -> compile(result)).getMessage();
    assertEquals(end, String.valueOf(message).replaceFirst("^.*?: .*?: ", ""));
  }

  @Test
  void eachStageIsVerified() {
    Value x = parameter(3, 4);
    Value sum = builder.value(new Add(), x, new GraphBuilder().parameter(x.type()));
    System.setProperty("cotangent.verify", "true");
    try {
      IllegalStateException e = assertThrows(IllegalStateException.class, () -> compile(sum));
      assertTrue(String.valueOf(e.getMessage()).startsWith("trace: "), e::toString);
    } finally {
      System.clearProperty("cotangent.verify");
    }
  }

  @Test
  void anOpThatLiesIsFoundBeforeItsKernelRuns() {
    Value x = parameter(3, 4);
    assertLie(
        "its body computes [float64]; infer and body must agree",
        builder.value(new OtherDType(), x));
    assertLie(
        "its layout has shape (6, 4); infer says (3, 4)",
        builder.value(new Add(), x, builder.value(new Longer(), x)));
    assertLie("its layout has shape (3, 5); infer says (3, 4)", builder.value(new Wider(), x));
  }
}
