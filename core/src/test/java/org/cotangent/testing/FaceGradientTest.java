package org.cotangent.testing;

import static org.cotangent.Cotangent.grad;
import static org.cotangent.Cotangent.hvp;
import static org.cotangent.Cotangent.jvp;
import static org.cotangent.Cotangent.valueAndGrad;
import static org.cotangent.Cotangent.valueAndGradWithAux;
import static org.cotangent.Cotangent.vjp;
import static org.cotangent.Cotangent.withGradient;
import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Derivatives as the user meets them: what is held constant, what comes back, rules of one's own.
 */
class FaceGradientTest {
  private static Device device;
  private Scope scope;
  private Tensor three;

  @BeforeAll
  static void openDevice() {
    device = Device.cpu();
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void open() {
    scope = device.open();
    three = device.scalar(3);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Runs a function as it is and compiled, which must not make a difference. */
  private double both(Function<Tensor, Tensor> function, Tensor at) {
    double eager = function.apply(at).item();
    try (var program = device.compiler().compile(function, at)) {
      assertEquals(eager, program.run(at).item());
    }
    return eager;
  }

  // ---- what is held constant

  @Test
  void theArgumentOfAGradientIsNotTheSameValueOutsideIt() {
    assertEquals(3, both(x -> grad(p -> p.mul(x), x), three));
    assertEquals(6, both(x -> grad(p -> p.mul(p), x), three));
  }

  /** d/dx of x * (d/dp of p*x + p at p = x) = d/dx of x * (x + 1) = 2x + 1, not 2x + 2. */
  @Test
  void nestedGradientsDoNotMixUpTheirArguments() {
    assertEquals(7, both(x -> grad(y -> y.mul(grad(p -> p.mul(y).add(p), y)), x), three));
    // d/dx of x * (d/dp of x + p) = 1.
    assertEquals(
        1, both(x -> grad(y -> y.mul(grad(p -> y.add(p), device.ones(DType.FLOAT64))), x), three));
    // d/dx of x * (d/dp of x*p) = 2x.
    assertEquals(6, both(x -> grad(y -> y.mul(grad(p -> y.mul(p), y)), x), three));
  }

  /** The same nesting with each pair of modes. */
  @Test
  void modesMix() {
    Tensor one = device.scalar(1);
    Function<Tensor, Tensor> cube = p -> p.pow(3);
    assertEquals(18, both(x -> grad(p -> grad(cube, p), x), three));
    assertEquals(18, both(x -> hvp(cube, x, device.ones(DType.FLOAT64)), three));
    assertEquals(
        18, both(x -> grad(p -> jvp(cube, p, device.ones(DType.FLOAT64)).tangent(), x), three));
    assertEquals(18, jvp(p -> jvp(cube, p, one).tangent(), three, one).tangent().item());
    assertEquals(6, grad(p -> grad(q -> grad(cube, q), p), three).item());
  }

  @Test
  void stopGradientHoldsAValueConstant() {
    assertEquals(3, both(x -> grad(p -> p.mul(p.stopGradient()), x), three));
    assertEquals(0, both(x -> grad(p -> p.square().stopGradient(), x), three));
    assertEquals(0, jvp(p -> p.stopGradient(), three, three).tangent().item());
  }

  // ---- what comes back

  record Point(Tensor used, Tensor unused, Map<String, List<Tensor>> more, Optional<Tensor> none) {}

  private Point point() {
    Map<String, List<Tensor>> more = new HashMap<>();
    more.put("a", List.of(device.tensor(new double[] {1, 2})));
    return new Point(three, device.tensor(new float[] {1, 1}), more, Optional.empty());
  }

  @Test
  void theGradientIsATreeOfTheArgumentsClassWithZerosForWhatIsNotUsed() {
    Point gradient = grad(p -> p.used().mul(p.more().get("a").getFirst()).sum(), point());
    assertEquals("3.0", gradient.used().toString());
    assertEquals("[0. 0.]", gradient.unused().toString());
    assertEquals(DType.FLOAT32, gradient.unused().dtype());
    assertEquals("[3. 3.]", gradient.more().get("a").getFirst().toString());
    assertEquals(HashMap.class, gradient.more().getClass());
    assertEquals(Optional.empty(), gradient.none());
    assertEquals("0.0", grad(p -> device.ones(DType.FLOAT64), three).toString());
  }

  @Test
  void valueGradientAndAuxiliaryResults() {
    var plain = valueAndGrad(p -> p.square(), three);
    assertEquals(9, plain.value().item());
    assertEquals(6, plain.grad().item());
    record Aux(Tensor doubled, String note) {}
    var all =
        valueAndGradWithAux(
            p -> new Cotangent.WithAux<>(p.square(), new Aux(p.mul(2), "seen")), three);
    assertEquals(9, all.value().item());
    assertEquals(6, all.grad().item());
    assertEquals(6, all.aux().doubled().item());
    assertEquals("seen", all.aux().note());
  }

  @Test
  void vjpAndJvpOfTrees() {
    record Pair(Tensor a, Tensor b) {}
    Tensor four = device.scalar(4);
    Function<Pair, Map<String, Tensor>> f =
        p -> Map.of("product", p.a().mul(p.b()), "constant", p.a().stopGradient());
    var reverse =
        vjp(f, new Pair(three, four), Map.of("product", device.scalar(10), "constant", four));
    assertEquals(12, reverse.value().get("product").item());
    assertEquals(40, reverse.cotangent().a().item());
    assertEquals(30, reverse.cotangent().b().item());
    var forward = jvp(f, new Pair(three, four), new Pair(device.scalar(1), device.scalar(2)));
    assertEquals(12, forward.value().get("product").item());
    assertEquals(1 * 4 + 3 * 2, forward.tangent().get("product").item());
    assertEquals(0, forward.tangent().get("constant").item());
    assertEquals(
        List.of(2.0, 0.0),
        hvp(
                p -> p.get(0).square().add(p.get(1)),
                List.of(three, four),
                List.of(device.scalar(1), four))
            .stream()
            .map(Tensor::item)
            .toList());
  }

  @Test
  void theValueMayBeOfMixedDtypes() {
    var result =
        vjp(
            p -> List.of(p.square(), p.cast(DType.INT32)),
            three,
            List.of(three, device.scalar(DType.INT32, 1)));
    assertEquals(18, result.cotangent().item());
    assertEquals(3, result.value().get(1).item());
  }

  /**
   * Nothing is made but what comes back: whoever works without scopes has nothing else to close.
   */
  @Test
  void aDerivativeMakesNothingButItsResult() {
    long before = device.memory().liveBlocks();
    grad(p -> p.mul(three).square(), three).close();
    hvp(p -> p.pow(3), three, three).close();
    assertEquals(before, device.memory().liveBlocks());
    assertEquals(3, three.item());
  }

  // ---- rules of one's own

  /** x² with a derivative that is wrong on purpose, 10 x, so that it is known to be used. */
  private static Tensor tenfold(Tensor x) {
    return withGradient(p -> p.square(), (at, value, cotangent) -> cotangent.mul(at).mul(10), x);
  }

  @Test
  void theRuleIsUsedInBothModesAndDifferentiatedAgain() {
    assertEquals(9, both(FaceGradientTest::tenfold, three));
    assertEquals(30, both(x -> grad(FaceGradientTest::tenfold, x), three));
    assertEquals(
        60,
        both(
            x -> jvp(FaceGradientTest::tenfold, x, device.full(DType.FLOAT64, 2)).tangent(),
            three));
    assertEquals(10, both(x -> grad(p -> grad(FaceGradientTest::tenfold, p), x), three));
    assertEquals(20, hvp(FaceGradientTest::tenfold, three, device.scalar(2)).item());
    assertEquals(
        10,
        both(
            x ->
                grad(
                    p -> jvp(FaceGradientTest::tenfold, p, device.ones(DType.FLOAT64)).tangent(),
                    x),
            three));
  }

  @Test
  void aRuleMayBeOfANarrowDtype() {
    Tensor half = three.cast(DType.FLOAT16);
    assertEquals(9, tenfold(half).item());
    assertEquals(30, grad(FaceGradientTest::tenfold, half).item());
  }

  @Test
  void theRuleSeesTheValueAndTrees() {
    record In(Tensor a, Tensor index) {}
    In at = new In(device.tensor(new double[] {1, 2}), device.tensor(new int[] {1, 0}));
    Tensor gradient =
        grad(
            a ->
                withGradient(
                        (In in) -> Map.of("taken", in.a().take(in.index(), 0)),
                        (In in, Map<String, Tensor> value, Map<String, Tensor> cotangent) ->
                            new In(
                                cotangent.get("taken").mul(value.get("taken")).mul(100),
                                in.index()),
                        new In(a, at.index()))
                    .get("taken")
                    .sum(),
            at.a());
    assertArrayEquals(new double[] {200, 100}, gradient.toDoubleArray());
  }

  @Test
  void anUnusedRuleCostsNothing() {
    assertEquals(9, tenfold(three).item());
  }

  @TestFactory
  Stream<DynamicTest> mistakesInARule() {
    Tensor line = device.tensor(new double[] {1, 2});
    return FaceErrors.tests(
        List.of(
            row(
                ShapeException.class,
                "withGradient: the cotangent is float64() at leaf 0, not float64(2,)",
                () -> withGradient(p -> p.square(), (at, y, c) -> c.sum(), line)),
            row(
                ArgumentException.class,
                "withGradient: the cotangent has another structure: it is a list of 1, not a list"
                    + " of 2",
                () -> withGradient(p -> p.get(0), (at, y, c) -> List.of(c), List.of(line, line))),
            row(
                ArgumentException.class,
                "withGradient: the function returned null; return a tree of tensors",
                () -> withGradient(p -> null, (Tensor at, Tensor y, Tensor c) -> c, line)),
            row(
                ArgumentException.class,
                "withGradient: the function returned null; return a tree of tensors",
                () -> withGradient(p -> p, (Tensor at, Tensor y, Tensor c) -> null, line)),
            row(
                TraceException.class,
                "mul: float64() is no argument of the traced function; pass it as one, or say"
                    + " .frozen() to make it a constant of the program",
                () -> withGradient(p -> p.mul(three), (Tensor at, Tensor y, Tensor c) -> c, line)),
            row(
                TraceException.class,
                "mul: float64() is no argument of the traced function; pass it as one, or say"
                    + " .frozen() to make it a constant of the program",
                () -> withGradient(p -> p, (Tensor at, Tensor y, Tensor c) -> c.mul(three), line)),
            row(
                ArgumentException.class,
                "withGradient: the tree is a java.lang.Object, which is no tree; make it a record,"
                    + " or Trees.register it",
                () ->
                    Cotangent.<Object, Tensor>withGradient(
                        p -> three, (at, y, c) -> c, new Object()))),
        device);
  }

  @Test
  void aFrozenTensorMayBeCapturedByARule() {
    assertEquals(
        21,
        grad(
                p ->
                    withGradient(
                        q -> q.square(),
                        (Tensor at, Tensor y, Tensor c) ->
                            c.mul(device.full(DType.FLOAT64, 7)).mul(three.frozen()),
                        p),
                device.scalar(5))
            .item());
  }

  @Test
  void theFunctionsOwnExceptionsComeOutAsTheyAre() {
    IllegalStateException own = new IllegalStateException("mine");
    try {
      grad(
          p -> {
            throw own;
          },
          three);
    } catch (IllegalStateException caught) {
      assertSame(own, caught);
    }
    assertEquals(9, three.square().item());
  }
}
