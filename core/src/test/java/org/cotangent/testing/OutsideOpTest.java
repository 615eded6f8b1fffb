package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.graph.Composite;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.graph.View;
import org.cotangent.op.Expr;
import org.cotangent.op.Sample;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.scalar.Transcendental;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;

/** Adds an op with nothing but what is exported, by the steps that ARCHITECTURE.md shows. */
class OutsideOpTest {
  /** {@code y = x / (1 + exp(-x))}, dy/dx = s + y (1 - s) with s = 1 / (1 + exp(-x)). */
  record Silu() implements Elementwise {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      TensorType x = inputs.getFirst();
      if (!x.dtype().isFloating()) {
        throw new DTypeException("silu: " + x + " is not a float tensor; cast it first");
      }
      return List.of(x);
    }

    @Override
    public Body body(List<DType> inputs) {
      BodyBuilder builder = new BodyBuilder();
      Term x = builder.input(inputs.getFirst());
      Term decay = Transcendental.exp(x.negate());
      return builder.build(x.over(decay.plus(x.literal(1.0))));
    }

    @Override
    public Derivative derivative() {
      return new Derivative.Partials((builder, node, k) -> {
        Expr x = new Expr(builder, node.input(0));
        Expr y = new Expr(builder, node.result());
        Expr s = x.full(1).over(x.negative().exp().plus(1));
        return s.plus(y.times(x.full(1).minus(s))).value();
      });
    }
  }

  /** The last axis backwards: a view that keeps the type and moves every element. */
  record FlipLast() implements View {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public Optional<Layout> view(Layout input) {
      int last = input.shape().rank() - 1;
      long[] strides = input.strides();
      long offset = input.offset() + strides[last] * Math.max(0, input.shape().dim(last) - 1);
      strides[last] = -strides[last];
      return Optional.of(Layout.of(input.shape(), strides, offset));
    }

    @Override
    public Derivative derivative() {
      return new Derivative.Linear(
          (builder, node, cotangent, k) -> builder.value(new FlipLast(), cotangent));
    }
  }

  @Test
  void aViewOfOnesOwnIsNoIdentityAlthoughItKeepsTheType() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor x = device.tensor(new double[] {1, 2, 3});
      assertArrayEquals(new double[] {3, 2, 1}, Tensor.apply(new FlipLast(), x).toDoubleArray());
      assertArrayEquals(
          new double[] {3, 2, 1},
          Cotangent.grad(p -> Tensor.apply(new FlipLast(), p).mul(x).sum(), x).toDoubleArray());
    }
  }

  /** Says one row and computes many. */
  record Liar() implements Composite {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return inputs;
    }

    @Override
    public List<Value> expand(GraphBuilder builder, List<Value> inputs) {
      return List.of(new Expr(builder, inputs.getFirst()).broadcastTo(Shape.of(1000, 3)).value());
    }

    @Override
    public Derivative derivative() {
      return new Derivative.None();
    }
  }

  @Test
  void anOpWhoseRulesDisagreeIsCaughtBeforeItWritesBeyondItsMemory() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor x = device.tensor(new double[] {1, 2, 3});
      assertThrows(IllegalStateException.class, () -> Tensor.apply(new Liar(), x));
    }
  }

  static Tensor silu(Tensor x) {
    return Tensor.apply(new Silu(), x);
  }

  @Test
  void anOpOfOnesOwnGoesThroughTheWholeTable() {
    Meanings.elementwise(
        Silu.class,
        in ->
            switch (in.getFirst()) {
              case Float x -> (float) (x / (1 + Math.exp(-x)));
              case Double x -> x / (1 + Math.exp(-x));
              default -> throw new AssertionError();
            });
    try (Device cpu = Device.cpu();
        Device reference =
            Device.with("reference", new ReferenceBackend(), DeviceOptions.DEFAULT)) {
      for (Shape shape : List.of(Shape.SCALAR, Shape.of(0), Shape.of(7), Shape.of(3, 5))) {
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
          Sample sample =
              new Sample(
                  new Silu(), List.of(new Sample.Input(new TensorType(dtype, shape), -2, 2)));
          OpTable.checkValues(cpu, reference, sample, true);
          OpTable.checkViews(cpu, sample);
          if (OpTable.isDifferentiable(sample)) {
            OpTable.checkDerivatives(cpu, sample);
          }
        }
      }
    }
  }

  @Test
  void itFusesWithOthersAndNamesTheUsersLine() {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor x = device.tensor(new double[] {-1, 0, 2});
      try (var program = device.compiler().compile((Tensor t) -> silu(t.mul(2)).add(1), x)) {
        assertEquals(
            1, program.explain().lines().filter(line -> line.startsWith("  Loop")).count());
        assertArrayEquals(silu(x.mul(2)).add(1).toDoubleArray(), program.run(x).toDoubleArray());
      }
      assertEquals(0.5, Cotangent.grad(OutsideOpTest::silu, device.scalar(0)).item());
      DTypeException error = assertThrows(DTypeException.class, () -> silu(x.cast(DType.INT32)));
      String message = error.getMessage();
      assertEquals(
          "silu: int32(3,) is not a float tensor; cast it first (at OutsideOpTest.java:",
          message.substring(0, message.lastIndexOf(':') + 1));
    }
  }
}
