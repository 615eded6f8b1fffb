package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.cotangent.Cotangent;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Many examples at once against a loop; whole Jacobians and Hessians against formulas. */
class VmapTest extends OnCpu {
  @AfterAll
  static void nothingIsLeft() {
    assertEquals(0, device.memory().liveBytes());
  }

  private static Tensor normal(long seed, long... dims) {
    return device.key(seed).normal(DType.FLOAT64, Shape.of(dims));
  }

  /** The same by a loop over the first axis. */
  private static Tensor loop(Function<Tensor, Tensor> f, Tensor examples) {
    List<Tensor> results = new ArrayList<>();
    for (long i = 0; i < examples.shape().dim(0); i++) {
      results.add(f.apply(examples.slice(0, i, i + 1).squeeze(0)));
    }
    return Tensor.stack(0, results.toArray(Tensor[]::new));
  }

  private static void same(Tensor expected, Tensor actual) {
    assertEquals(expected.type(), actual.type());
    assertEquals(-1, expected.toHost().data().mismatch(actual.toHost().data()));
  }

  private static void checkLoop(Function<Tensor, Tensor> f, Tensor examples) {
    same(loop(f, examples), Cotangent.vmap(f, examples));
  }

  /** A net of two layers with everything around that a model has. */
  private static Tensor loss(Tensor w, Tensor v, Tensor x) {
    Tensor hidden = x.matmul(w).tanh();
    Tensor logits = hidden.matmul(v);
    return logits.logSoftmax(0).slice(0, 1, 2).sum().neg().add(hidden.square().mean().mul(0.1));
  }

  @Test
  void aModelHasTheBitsOfALoop() {
    Tensor w = normal(1, 7, 5);
    Tensor v = normal(2, 5, 3);
    Tensor xs = normal(3, 11, 7);
    checkLoop(x -> loss(w, v, x), xs);
  }

  @Test
  void gradientsOfEachExample() {
    Tensor w = normal(1, 7, 5);
    Tensor v = normal(2, 5, 3);
    Tensor xs = normal(3, 11, 7);
    checkLoop(x -> Cotangent.grad(p -> loss(p, v, x), w), xs);
    List<Tensor> sum =
        Cotangent.grad(
            p -> Cotangent.vmap((Tensor x) -> loss(p.get(0), p.get(1), x), xs).sum(),
            List.of(w, v));
    Tensor each = Cotangent.vmap(x -> Cotangent.grad(p -> loss(p, v, x), w), xs);
    assertArrayEquals(each.sum(0).toDoubleArray(), sum.getFirst().toDoubleArray(), 1e-12);
  }

  @Test
  void insideACompiledFunctionAndReplayed() {
    Tensor v = normal(2, 5, 3).frozen();
    try (var program =
        device
            .compiler()
            .compile(
                (Tensor w, Tensor xs) ->
                    Cotangent.vmap(
                        (Tensor x) -> Cotangent.grad((Tensor p) -> loss(p, v, x), w), xs),
                normal(1, 7, 5),
                normal(3, 4, 7))) {
      for (int round = 0; round < 3; round++) {
        Tensor w = normal(4 + round, 7, 5);
        Tensor xs = normal(9 + round, 4, 7);
        same(loop(x -> Cotangent.grad(p -> loss(p, v, x), w), xs), program.run(w, xs));
      }
    }
  }

  @Test
  void nested() {
    Tensor a = normal(1, 3, 6);
    Tensor b = normal(2, 4, 6);
    Tensor table =
        Cotangent.vmap(x -> Cotangent.vmap(y -> x.sub(y).square().sum().exp().mul(x.max()), b), a);
    same(loop(x -> loop(y -> x.sub(y).square().sum().exp().mul(x.max()), b), a), table);
  }

  @Test
  void everyExampleWithIndicesOfItsOwn() {
    Tensor data = normal(1, 5, 4, 3);
    Tensor indices = device.key(2).randint(0, 4, DType.INT32, Shape.of(5, 2, 2));
    for (int axis = 0; axis < 2; axis++) {
      int at = axis;
      Tensor own =
          Cotangent.vmap(p -> p.get(0).take(p.get(1).remainder(3), at), List.of(data, indices));
      Tensor common =
          Cotangent.vmap(i -> data.slice(0, 0, 1).squeeze(0).take(i.remainder(3), at), indices);
      for (int i = 0; i < 5; i++) {
        Tensor index = indices.slice(0, i, i + 1).squeeze(0).remainder(3);
        same(data.slice(0, i, i + 1).squeeze(0).take(index, at), own.slice(0, i, i + 1).squeeze(0));
        same(data.slice(0, 0, 1).squeeze(0).take(index, at), common.slice(0, i, i + 1).squeeze(0));
      }
    }
  }

  @Test
  void anIndexOutsideOneExampleIsNotTakenFromTheNext() {
    Tensor data = normal(1, 3, 4);
    Tensor indices = device.tensor(new long[] {0, 1, 2, 4, 3, 3}, 3, 2);
    assertThrows(
        IndexException.class,
        () -> Cotangent.vmap(p -> p.get(0).take(p.get(1), 0), List.of(data, indices)));
  }

  @Test
  void keysOfTheExamplesOrOneForAll() {
    List<Key> keys = device.key(7).split(3);
    Tensor data = Tensor.stack(0, keys.stream().map(Key::data).toArray(Tensor[]::new));
    Tensor own = Cotangent.vmap(key -> key.normal(DType.FLOAT32, Shape.of(2, 17)), new Key(data));
    for (int i = 0; i < 3; i++) {
      same(keys.get(i).normal(DType.FLOAT32, Shape.of(2, 17)), own.slice(0, i, i + 1).squeeze(0));
    }
    Key common = device.key(8);
    Tensor noise =
        Cotangent.vmap(x -> x.add(common.uniform(DType.FLOAT64, Shape.of(4))), normal(1, 3, 4));
    same(normal(1, 3, 4).add(common.uniform(DType.FLOAT64, Shape.of(4))), noise);
  }

  @Test
  void aResultThatDoesNotDependOnTheExamplesIsRepeated() {
    Tensor c = normal(1, 2);
    Tensor repeated = Cotangent.vmap(x -> c, normal(2, 3, 4));
    same(Tensor.stack(0, c, c, c), repeated);
  }

  @Test
  void noExamples() {
    Tensor none =
        Cotangent.vmap(
            (Tensor x) -> x.matmul(normal(1, 4, 2)).sum(), device.zeros(DType.FLOAT64, 0, 3, 4));
    assertEquals(Shape.of(0), none.shape());
    assertEquals(
        Shape.of(0, 3),
        Cotangent.vmap(
                (Tensor x) -> Tensor.apply(new OutsideOpTest.FlipLast(), x),
                device.zeros(DType.FLOAT64, 0, 3))
            .shape());
  }

  @Test
  void aGradientOfOnesOwnGoesAlong() {
    Function<Tensor, Tensor> doubled =
        x ->
            Cotangent.withGradient(
                (Tensor p) -> p.square().sum(), (at, y, ct) -> at.mul(ct).mul(100), x);
    Tensor xs = normal(1, 4, 3);
    checkLoop(x -> Cotangent.grad(doubled, x), xs);
    same(
        loop(x -> Cotangent.grad(doubled, x), xs),
        Cotangent.grad(all -> Cotangent.vmap(doubled, all).sum(), xs));
  }

  @Test
  void anOpThatStatesNothingIsRepeated() {
    Tensor xs = normal(1, 4, 3);
    checkLoop(x -> Tensor.apply(new OutsideOpTest.FlipLast(), x).mul(x), xs);
    checkLoop(
        x -> Cotangent.grad(p -> Tensor.apply(new OutsideOpTest.FlipLast(), p).mul(x).sum(), x),
        xs);
  }

  @Test
  void jacobiansOfBothShapes() {
    Tensor x = normal(1, 3);
    Tensor a = normal(2, 3, 5);
    // Tall: five results of three elements.
    double[] tall = Cotangent.jacobian(p -> p.matmul(a).square(), x).toDoubleArray();
    double[] y = x.matmul(a).toDoubleArray();
    double[] flat = a.toDoubleArray();
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 3; j++) {
        assertEquals(2 * y[i] * flat[j * 5 + i], tall[i * 3 + j], 1e-13);
      }
    }
    // Wide: two results of six elements, over a tree with an unused leaf.
    List<Tensor> at = List.of(normal(3, 2, 3), normal(4, 2), normal(5, 4, 4));
    List<Tensor> wide = Cotangent.jacobian(p -> p.get(0).sum(1).mul(p.get(1)), at);
    assertEquals(Shape.of(2, 2, 3), wide.get(0).shape());
    assertEquals(Shape.of(2, 2), wide.get(1).shape());
    assertArrayEquals(new double[2 * 16], wide.get(2).toDoubleArray());
    double[] v = at.get(1).toDoubleArray();
    assertArrayEquals(
        new double[] {v[0], v[0], v[0], 0, 0, 0, 0, 0, 0, v[1], v[1], v[1]},
        wide.get(0).toDoubleArray(),
        1e-15);
    double[] rows = at.get(0).sum(1).toDoubleArray();
    assertArrayEquals(new double[] {rows[0], 0, 0, rows[1]}, wide.get(1).toDoubleArray(), 1e-15);
  }

  @Test
  void aJacobianOfAScalarIsItsGradient() {
    Tensor x = normal(1, 2, 3);
    same(Cotangent.grad(p -> p.tanh().sum(), x), Cotangent.jacobian(p -> p.tanh().sum(), x));
  }

  @Test
  void hessians() {
    Tensor x = normal(1, 4);
    double[] v = x.toDoubleArray();
    double[] hessian = Cotangent.hessian(p -> p.pow(3).sum().mul(p.sum()), x).toDoubleArray();
    double sum = IntStream.range(0, 4).mapToDouble(i -> v[i]).sum();
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        double expected = 3 * v[i] * v[i] + 3 * v[j] * v[j] + (i == j ? 6 * v[i] * sum : 0);
        assertEquals(expected, hessian[i * 4 + j], 1e-12);
      }
    }
  }

  @Test
  void hessiansOfEachExampleAndJacobiansOfHessians() {
    Tensor xs = normal(1, 3, 2);
    checkLoop(x -> Cotangent.hessian(p -> p.prod().exp(), x), xs);
    Tensor third =
        Cotangent.jacobian(
            x -> Cotangent.hessian(p -> p.pow(4).sum(), x), device.tensor(new double[] {2, 3}));
    assertArrayEquals(new double[] {48, 0, 0, 0, 0, 0, 0, 72}, third.toDoubleArray(), 1e-12);
  }

  @Test
  void whatDoesNotFit() {
    Tensor x = normal(1, 3, 4);
    assertTrue(
        assertThrows(
                ShapeException.class,
                () -> Cotangent.vmap(p -> p.get(0), List.of(x, device.scalar(1.0))))
            .getMessage()
            .contains("without an axis of examples"));
    assertTrue(
        assertThrows(
                ShapeException.class,
                () -> Cotangent.vmap(p -> p.get(0), List.of(x, normal(2, 2, 4))))
            .getMessage()
            .contains("another number of examples than float64(3, 4)"));
    assertThrows(ArgumentException.class, () -> Cotangent.vmap(p -> x, List.<Tensor>of()));
    assertThrows(DTypeException.class, () -> Cotangent.jacobian(p -> p.greater(p.mul(2)), x));
    assertThrows(
        DTypeException.class, () -> Cotangent.jacobian(p -> p, device.tensor(new long[] {1})));
    assertThrows(ShapeException.class, () -> Cotangent.hessian(p -> p, x));
  }
}
