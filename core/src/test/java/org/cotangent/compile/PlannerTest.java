package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Check;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.BroadcastTo;
import org.cotangent.op.Concatenate;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.Multiply;
import org.cotangent.op.Reshape;
import org.cotangent.op.Slice;
import org.cotangent.op.Subtract;
import org.cotangent.op.Sum;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.testing.InterpreterBackend;
import org.cotangent.testing.ReferenceBackend;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fusion and the memory plan, on programs that are never run. */
class PlannerTest {
  private static final TensorType MATRIX = new TensorType(DType.FLOAT32, Shape.of(16, 16));
  private static final long BYTES = MATRIX.bytes();

  /** Small bodies, few operands. */
  private static final FusionLimits TIGHT = new FusionLimits(128, 4, true);

  private static final FusionLimits EPILOGUES = new FusionLimits(128, 64, true);

  private Backend backend = new ReferenceBackend();
  private final GraphBuilder builder = new GraphBuilder();
  private final List<Value> results = new ArrayList<>();

  private Value parameter() {
    return builder.parameter(MATRIX);
  }

  private Value matmul(Value a, Value b) {
    return builder.value(DotGeneral.matmul(2), a, b);
  }

  private Program compile(Integer... donated) {
    var graph = builder.build("case", results);
    List<Layout> layouts =
        graph.parameterTypes().stream().map(type -> Layout.contiguous(type.shape())).toList();
    return new Pipeline(backend)
        .compile(graph, layouts, new CompileOptions(Set.of(donated), Check.NOTHING));
  }

  @Test
  void aChainIsOneKernelWithoutScratch() {
    Value x = parameter();
    results.add(
        builder.value(new Exp(), builder.value(new Tanh(), builder.value(new Add(), x, x))));
    Program program = compile();
    assertEquals(1, program.kernels().size());
    assertEquals("add+tanh+exp", program.kernels().getFirst().label());
    assertEquals(0, program.plan().scratch());
    assertEquals(BYTES, program.plan().planned());
  }

  @Test
  void aReductionComputesItsInputInPlace() {
    Value x = parameter();
    results.add(builder.value(new Sum(List.of(0)), builder.value(new Multiply(), x, x)));
    assertEquals("multiply+sum", compile().kernels().getFirst().label());
  }

  @Test
  void aValueForTwoGroupsIsComputedOnce() {
    Value x = parameter();
    Value shared = builder.value(new Exp(), x);
    results.add(matmul(shared, x));
    results.add(builder.value(new Tanh(), shared));
    Program program = compile();
    assertEquals(
        List.of("exp", "dotGeneral", "tanh"),
        program.kernels().stream().map(Kernel::label).toList());
  }

  @Test
  void aMemberThatIsAResultIsASecondOutput() {
    Value x = parameter();
    Value inner = builder.value(new Exp(), x);
    results.add(inner);
    results.add(builder.value(new Tanh(), inner));
    Program program = compile();
    assertEquals(1, program.kernels().size());
    assertEquals(2, program.kernels().getFirst().outputs().size());
  }

  @Test
  void viewsAreLayoutsOfTheSameBuffer() {
    Value x = parameter();
    results.add(builder.value(new Add(), x, builder.value(new Transpose(List.of(1, 0)), x)));
    Program program = compile();
    List<Operand> inputs = program.kernels().getFirst().inputs();
    assertEquals(inputs.get(0).buffer(), inputs.get(1).buffer());
    assertArrayEquals(new long[] {16, 1}, inputs.get(0).layout().strides());
    assertArrayEquals(new long[] {1, 16}, inputs.get(1).layout().strides());
  }

  @Test
  void aLoopWritesOverTheInputThatDiesWithIt() {
    Value x = parameter();
    Value product = matmul(x, x);
    results.add(matmul(builder.value(new Tanh(), product), x));
    Program program = compile();
    LoopKernel loop = (LoopKernel) program.kernels().get(1);
    assertEquals(
        program.buffers().get(loop.inputs().getFirst().buffer()).storage(),
        program.buffers().get(loop.outputs().getFirst().buffer()).storage());
    assertEquals(BYTES, program.plan().scratch());
    assertEquals(3 * BYTES, program.plan().naive());
  }

  @Test
  void aDonatedArgumentBecomesTheResultThatReplacesIt() {
    Value state = parameter();
    Value update = parameter();
    results.add(builder.value(new Add(), state, update));
    Program program = compile(0);
    assertEquals(List.of(0), program.plan().donors());
    assertEquals(0, program.plan().planned());
  }

  @Test
  void aDonatedArgumentThatNothingReadsIsWrittenOver() {
    Value x = parameter();
    parameter();
    results.add(matmul(x, x));
    assertEquals(List.of(1), compile(1).plan().donors());
  }

  @Test
  void aDonatedArgumentThatIsStillReadIsNotWrittenOver() {
    Value state = parameter();
    Value doubled = builder.value(new Add(), state, state);
    results.add(doubled);
    results.add(matmul(doubled, state));
    // The first result is written while the argument is read later; the second while it is read.
    assertEquals(List.of(-1, -1), compile(0).plan().donors());
  }

  @Test
  void aTransposedReadForbidsWritingInPlace() {
    Value state = parameter();
    results.add(
        builder.value(new Add(), state, builder.value(new Transpose(List.of(1, 0)), state)));
    assertEquals(List.of(-1), compile(0).plan().donors());
  }

  @Test
  void oneOfTwoLoopsThatReadABufferWritesOverIt() {
    Value x = parameter();
    Value product = matmul(x, x);
    Value tanh = builder.value(new Tanh(), product);
    results.add(matmul(matmul(tanh, tanh), builder.value(new Exp(), product)));
    Program program = compile();
    requireIntact(program, "two readers");
    // The tanh is beside the product, which is read again; the exp is in its place.
    assertEquals(
        new MemoryPlan(5 * BYTES, 3 * BYTES, BYTES, 3 * BYTES, List.of(-1)), program.plan());
  }

  @Test
  void thePeakIsWithoutGapsAndNeverAboveTheNaiveBytes() {
    Value x = builder.parameter(new TensorType(DType.FLOAT32, Shape.of(20, 5)));
    results.add(builder.value(new Transpose(List.of(1, 0)), builder.value(new Tanh(), x)));
    // 400 bytes that are computed and then copied; they take 512 in the arena.
    assertEquals(new MemoryPlan(800, 512, 400, 800, List.of(-1)), compile().plan());
  }

  @Test
  void aProductIsNeverWrittenOverWhatItReads() {
    Value x = parameter();
    Value a = matmul(x, x);
    Value b = matmul(a, a);
    Value c = matmul(a, b);
    results.add(matmul(matmul(matmul(c, b), a), c));
    // The first product of c finds a, b and c alive; the last one is a result beside two values.
    assertEquals(
        new MemoryPlan(6 * BYTES, 4 * BYTES, BYTES, 4 * BYTES, List.of(-1)), compile().plan());
  }

  @Test
  void nothingWithoutKernelsNeedsMemory() {
    Value empty = builder.parameter(new TensorType(DType.FLOAT32, Shape.of(0, 3)));
    results.add(builder.value(new Tanh(), empty));
    assertEquals(new MemoryPlan(0, 0, 0, 0, List.of(-1)), compile().plan());
  }

  private static List<String> labels(Program program) {
    return program.kernels().stream().map(Kernel::label).toList();
  }

  @Test
  void aGroupReadsAndWritesNoMoreThanTheLimit() {
    backend = new InterpreterBackend(TIGHT);
    Value sum = parameter();
    for (int i = 0; i < 12; i++) {
      sum = builder.value(new Add(), sum, parameter());
      if (i == 6) {
        results.add(sum);
      }
    }
    results.add(sum);
    Program program = compile();
    for (Kernel kernel : program.kernels()) {
      int operands = kernel.inputs().size() + kernel.outputs().size();
      assertTrue(operands <= 4, kernel.label() + " has " + operands);
    }
    // Two sums each; the seventh is a result too, which leaves the eighth alone, and the first.
    assertEquals(7, program.kernels().size(), program::toString);
    requireIntact(program, "twelve sums");
  }

  @Test
  void oneOpMayHaveMoreOperandsThanTheLimit() {
    backend = new InterpreterBackend(new FusionLimits(128, 2, true));
    Value x = parameter();
    Value y = parameter();
    results.add(
        builder.value(new Tanh(), builder.value(new Add(), x, builder.value(new Exp(), y))));
    assertEquals(List.of("exp", "add", "tanh"), labels(compile()));
  }

  @Test
  void elementwiseOpsAfterAProductAreItsEpilogue() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = parameter();
    Value w = parameter();
    Value bias = builder.parameter(new TensorType(DType.FLOAT32, Shape.of(16)));
    Value product = matmul(x, w);
    Value row = builder.value(new BroadcastTo(MATRIX.shape()), bias);
    // The bias comes first, and is an operand after the product all the same.
    Value sum = builder.value(new Subtract(), row, product);
    results.add(builder.value(new Tanh(), sum));
    results.add(sum);
    Program program = compile();
    assertEquals(List.of("dotGeneral+subtract+tanh"), labels(program));
    ContractionKernel kernel = (ContractionKernel) program.kernels().getFirst();
    assertEquals(List.of(DType.FLOAT32, DType.FLOAT32), kernel.epilogue().inputs());
    assertEquals(List.of(1f - 3f), kernel.epilogue().evaluate(List.of(3f, 1f)).subList(0, 1));
    assertEquals(
        List.of(Layout.of(Shape.of(1, 16, 16), new long[] {0, 0, 1}, 0)),
        kernel.further().stream().map(Operand::layout).toList());
    assertEquals(2, kernel.outputs().size());
    assertEquals(0, program.plan().scratch());
  }

  @Test
  void aProductWithOtherUsesIsAKernelOfItsOwn() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = parameter();
    Value result = matmul(x, x);
    Value reduced = matmul(x, result);
    Value viewed = matmul(reduced, x);
    results.add(result);
    results.add(builder.value(new Exp(), result));
    results.add(builder.value(new Sum(List.of(0)), builder.value(new Tanh(), reduced)));
    results.add(
        builder.value(new Add(), viewed, builder.value(new Transpose(List.of(1, 0)), viewed)));
    assertEquals(
        List.of("dotGeneral", "dotGeneral", "dotGeneral", "exp", "tanh+sum", "add"),
        labels(compile()).stream().sorted(Comparator.comparingInt(PlannerTest::kind)).toList());
  }

  private static int kind(String label) {
    return List.of("dotGeneral", "exp", "tanh+sum", "add").indexOf(label);
  }

  @Test
  void aGroupHoldsOneProduct() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = parameter();
    results.add(builder.value(new Add(), matmul(x, x), matmul(x, builder.value(new Exp(), x))));
    Program program = compile();
    assertEquals(List.of("dotGeneral", "exp", "dotGeneral+add"), labels(program));
    // The first product is a result's memory already: nothing but the exp needs more.
    requireIntact(program, "two products");
  }

  @Test
  void checkingForNaNLeavesAProductAlone() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = parameter();
    results.add(builder.value(new Exp(), matmul(x, x)));
    var graph = builder.build("case", results);
    Program program =
        new Pipeline(backend)
            .compile(
                graph,
                List.of(Layout.contiguous(MATRIX.shape())),
                new CompileOptions(Set.of(), Check.NAN));
    assertEquals(List.of("dotGeneral", "exp"), labels(program));
  }

  @Test
  void anOperandThatIsNoMatrixKeepsTheLoopApart() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = builder.parameter(new TensorType(DType.FLOAT32, Shape.of(3, 4, 5)));
    Value w = builder.parameter(new TensorType(DType.FLOAT32, Shape.of(5, 6)));
    Value y = builder.parameter(new TensorType(DType.FLOAT32, Shape.of(4, 6)));
    Value product =
        builder.value(new DotGeneral(List.of(), List.of(), List.of(2), List.of(0)), x, w);
    // Repeated along the first axis, which is one of two that are the rows.
    Value repeated = builder.value(new BroadcastTo(Shape.of(3, 4, 6)), y);
    results.add(builder.value(new Exp(), builder.value(new Add(), repeated, product)));
    Program program = compile();
    assertEquals(List.of("dotGeneral", "add+exp"), labels(program));
    LoopKernel loop = (LoopKernel) program.kernels().getLast();
    assertEquals(
        program.kernels().getFirst().outputs().getFirst().buffer(),
        loop.inputs().getFirst().buffer());
    requireIntact(program, "no matrix");
  }

  @Test
  void anEpilogueWritesOverTheFurtherInputThatDiesWithIt() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = parameter();
    Value y = parameter();
    Value dying = matmul(y, y);
    Value sum = builder.value(new Add(), dying, matmul(x, x));
    results.add(matmul(sum, sum));
    Program program = compile();
    ContractionKernel kernel = (ContractionKernel) program.kernels().get(1);
    assertEquals(
        program.buffers().get(kernel.further().getFirst().buffer()).storage(),
        program.buffers().get(kernel.outputs().getFirst().buffer()).storage());
    assertEquals(BYTES, program.plan().scratch());
    requireIntact(program, "in place");
  }

  @Test
  void anEpilogueNeverWritesOverWhatIsMultiplied() {
    backend = new InterpreterBackend(EPILOGUES);
    Value x = parameter();
    Value y = parameter();
    Value dying = matmul(y, y);
    Value sum = builder.value(new Add(), dying, matmul(x, dying));
    results.add(matmul(sum, sum));
    Program program = compile();
    assertEquals(List.of("dotGeneral", "dotGeneral+add", "dotGeneral"), labels(program));
    assertEquals(2 * BYTES, program.plan().scratch());
    requireIntact(program, "multiplied");
  }

  @Test
  void aDonatedArgumentTakesAnEpilogueUnlessItIsMultiplied() {
    backend = new InterpreterBackend(EPILOGUES);
    Value state = parameter();
    Value other = parameter();
    results.add(builder.value(new Add(), state, matmul(other, other)));
    assertEquals(List.of(0), compile(0).plan().donors());
    results.clear();
    results.add(builder.value(new Add(), state, matmul(other, state)));
    assertEquals(List.of(-1), compile(0).plan().donors());
  }

  @Test
  void aWorkspaceLivesAsLongAsItsKernel() {
    backend =
        new InterpreterBackend(
            EPILOGUES, kernel -> kernel instanceof ContractionKernel ? 3 * BYTES : 0);
    Value x = parameter();
    Value a = matmul(x, x);
    Value b = matmul(a, x);
    results.add(matmul(b, x));
    Program program = compile();
    assertEquals(List.of(4, 5, 6), program.workspaces());
    requireIntact(program, "workspaces");
    // The first workspace, beside it one value and then two, and the last beside one and a result.
    assertEquals(
        new MemoryPlan(12 * BYTES, 5 * BYTES, BYTES, 5 * BYTES, List.of(-1)), program.plan());
  }

  /** The first elements of a value that is nearly 2^63 bytes large. */
  private MemoryPlan slice(long elements, long taken) {
    Value x = builder.parameter(new TensorType(DType.FLOAT64, Shape.of(elements)));
    Slice slice = new Slice(List.of(0L), List.of(taken), List.of(1L));
    results.add(builder.value(slice, builder.value(new Tanh(), x)));
    return compile().plan();
  }

  @Test
  void theLargestPlanThatALongCanCount() {
    long bytes = Long.MAX_VALUE - 255;
    assertEquals(new MemoryPlan(bytes + 8, bytes, 8, bytes + 8, List.of(-1)), slice(bytes / 8, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "8, 8, both the naive sum and the size of a slot overflow",
    "24, 8, the size of a slot overflows",
    "248, 200, the planned sum overflows"
  })
  void aPlanThatALongCannotCountIsRefused(long below, long taken, String why) {
    long elements = (Long.MAX_VALUE - below) / 8 + 1;
    ShapeException error =
        assertThrows(ShapeException.class, () -> slice(elements, taken / 8), why);
    assertEquals(
        "memory plan: 2 intermediate and result buffers take more than 2^63 - 1 bytes together; the"
            + " largest, "
            + elements * 8
            + " bytes, is written by tanh; compute in smaller pieces",
        error.getMessage());
  }

  @Test
  void aNaiveSumThatALongCannotCountIsRefusedThoughThePlanIsSmall() {
    Value x = builder.parameter(new TensorType(DType.FLOAT64, Shape.of(2, 1L << 58)));
    // The second tanh writes over the first; a loop does not fuse through a view.
    Value flat = builder.value(new Reshape(Shape.of(1L << 59)), builder.value(new Tanh(), x));
    Slice first = new Slice(List.of(0L), List.of(1L), List.of(1L));
    results.add(builder.value(first, builder.value(new Tanh(), flat)));
    ShapeException error = assertThrows(ShapeException.class, this::compile);
    assertEquals(
        "memory plan: 3 intermediate and result buffers take more than 2^63 - 1 bytes together; the"
            + " largest, 4611686018427387904 bytes, is written by tanh; compute in smaller pieces",
        error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void liveBuffersNeverOverlap(long seed) {
    Program program = random(new Random(seed), 120);
    requireIntact(program, "seed " + seed);
    assertEquals(peak(program), program.plan().peak(), "seed " + seed);
    assertTrue(program.plan().peak() <= program.plan().naive(), "seed " + seed);
    assertTrue(program.plan().peak() <= program.plan().planned(), "seed " + seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void liveBuffersNeverOverlapWithEpiloguesAndWorkspaces(long seed) {
    Program program = withWorkspaces(seed);
    assertTrue(
        program.kernels().stream()
            .anyMatch(kernel -> kernel instanceof ContractionKernel c && !c.isPlain()));
    assertTrue(program.workspaces().stream().anyMatch(workspace -> workspace >= 0));
    requireIntact(program, "seed " + seed);
    assertEquals(peak(program), program.plan().peak(), "seed " + seed);
    assertTrue(program.plan().peak() <= program.plan().naive(), "seed " + seed);
    assertTrue(program.plan().peak() <= program.plan().planned(), "seed " + seed);
  }

  /** More buffers than are placed by size. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void liveBuffersOfALongProgramNeverOverlap(long seed) {
    Program program = random(new Random(seed), 5 * Planner.MANY);
    // Each product has memory of its own.
    assertTrue(
        program.kernels().stream().filter(ContractionKernel.class::isInstance).count()
            > Planner.MANY);
    requireIntact(program, "seed " + seed);
    assertEquals(peak(program), program.plan().peak(), "seed " + seed);
    MemoryPlan plan = program.plan();
    requirePlanned(plan.naive(), plan.peak(), plan.planned(), 1.1);
  }

  /** More buffers than are placed by size; they die in the order of their places, or against it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatManyBuffersLeaveIsOneGap(boolean ascending) {
    int count = Planner.MANY + 1;
    Value x = parameter();
    List<Value> small = new ArrayList<>(List.of(matmul(x, x)));
    while (small.size() < count) {
      small.add(matmul(small.getLast(), x));
    }
    List<Value> order = ascending ? small : small.reversed();
    Value tall = builder.value(new Concatenate(0), order.toArray(Value[]::new));
    Value square = matmul(builder.value(new Transpose(List.of(1, 0)), tall), tall);
    Value left = builder.parameter(tall.type());
    Value right = builder.parameter(tall.type());
    results.add(builder.value(new Add(), matmul(left, square), matmul(right, square)));
    // First the small ones and the tall one; when all are gone, the square and two tall ones.
    assertEquals((2 * count + 1) * BYTES, compile().plan().scratch());
  }

  @Test
  void plansComeCloseToThePeak() {
    long naive = 0;
    long peak = 0;
    long planned = 0;
    for (int seed = 0; seed < 50; seed++) {
      Program program = new PlannerTest().random(new Random(seed), 120);
      requireIntact(program, "seed " + seed);
      MemoryPlan plan = program.plan();
      naive += plan.naive();
      peak += plan.peak();
      planned += plan.planned();
    }
    // Matrices so small that alignment alone is a good part of it.
    requirePlanned(naive, peak, planned, 1.6);
  }

  private static void requirePlanned(long naive, long peak, long planned, double ofPeak) {
    String figures = "naive %d, peak %d, planned %d".formatted(naive, peak, planned);
    assertTrue(peak <= planned, figures);
    assertTrue(planned < naive / 2, figures);
    assertTrue(planned <= ofPeak * peak, figures);
  }

  /** A program with epilogues, takeovers and workspaces, for tests of what is made of plans. */
  static Program withWorkspaces(long seed) {
    PlannerTest test = new PlannerTest();
    test.backend =
        new InterpreterBackend(
            TIGHT, kernel -> kernel instanceof ContractionKernel ? seed * 100 : 0);
    return test.random(new Random(seed), 120);
  }

  /** Chains of ops on matrices of several sizes; the second operand is mostly a recent value. */
  private Program random(Random random, int ops) {
    List<List<Value>> sizes = new ArrayList<>();
    for (long n : new long[] {1, 7, 16, 23}) {
      TensorType type = new TensorType(DType.FLOAT32, Shape.of(n, n));
      sizes.add(new ArrayList<>(List.of(builder.parameter(type), builder.parameter(type))));
    }
    for (int i = 0; i < ops; i++) {
      List<Value> values = sizes.get(random.nextInt(sizes.size()));
      Value a = values.getLast();
      Value b = recent(random, values);
      long n = a.shape().dim(0);
      values.add(
          switch (random.nextInt(8)) {
            case 0 -> builder.value(new Add(), a, b);
            case 1, 2 -> matmul(a, b);
            case 3 -> builder.value(new Multiply(), a, b);
            case 4, 5 -> builder.value(new Exp(), a);
            case 6 -> builder.value(new Transpose(List.of(1, 0)), a);
            default -> {
              // Written in two pieces, of which all but the first row is read.
              Value both = builder.value(new Concatenate(0), a, b);
              yield builder.value(
                  new Slice(List.of(1L, 0L), List.of(n + 1, n), List.of(1L, 1L)), both);
            }
          });
    }
    for (List<Value> values : sizes) {
      for (int i = 1; i <= 3; i++) {
        results.add(values.get(values.size() - i));
      }
    }
    return compile(0, 1, 2, 3, 4, 5);
  }

  private static Value recent(Random random, List<Value> values) {
    double back = Math.pow(random.nextDouble(), 4);
    return values.get(values.size() - 1 - (int) (back * values.size()));
  }

  /** The peak by its definition; what follows in place is told by its place. */
  private static long peak(Program program) {
    int count = program.kernels().size();
    int[] first = new int[program.buffers().size()];
    int[] last = new int[program.buffers().size()];
    Arrays.fill(first, -1);
    for (int k = count - 1; k >= 0; k--) {
      for (Operand output : program.kernels().get(k).outputs()) {
        first[output.buffer()] = k;
      }
    }
    for (int k = 0; k < count; k++) {
      for (Operand input : program.kernels().get(k).inputs()) {
        last[input.buffer()] = k;
      }
      for (Operand output : program.kernels().get(k).outputs()) {
        last[output.buffer()] = k;
      }
      int workspace = program.workspaces().get(k);
      if (workspace >= 0) {
        first[workspace] = k;
        last[workspace] = k;
      }
    }
    long peak = 0;
    for (int k = 0; k < count; k++) {
      Map<Storage, Long> live = new HashMap<>();
      for (int b = 0; b < first.length; b++) {
        Buffer buffer = program.buffers().get(b);
        boolean counts =
            switch (buffer.storage()) {
              case Storage.Input _, Storage.Constant _ -> false;
              case Storage.Output(int index) -> program.plan().donors().get(index) < 0;
              case Storage.Scratch _ -> last[b] >= k;
            };
        if (counts && first[b] >= 0 && first[b] <= k) {
          live.put(buffer.storage(), buffer.bytes());
        }
      }
      peak = Math.max(peak, live.values().stream().mapToLong(Long::longValue).sum());
    }
    return peak;
  }

  /**
   * Plays the program: every read must find what was last written to its buffer, and nothing else.
   */
  private static void requireIntact(Program program, String name) {
    Map<String, Integer> owner = new HashMap<>();
    boolean[] written = new boolean[program.buffers().size()];
    for (int b = 0; b < program.buffers().size(); b++) {
      Buffer buffer = program.buffers().get(b);
      if (buffer.storage() instanceof Storage.Input) {
        claim(program, owner, b);
      } else if (buffer.storage() instanceof Storage.Scratch(long offset)) {
        assertTrue(offset + buffer.bytes() <= program.plan().scratch(), name + ": beyond the end");
      }
    }
    for (int k = 0; k < program.kernels().size(); k++) {
      Kernel kernel = program.kernels().get(k);
      int workspace = program.workspaces().get(k);
      if (workspace >= 0) {
        // Whatever it overlaps is lost before it is read.
        claim(program, owner, workspace);
      }
      for (Operand input : kernel.inputs()) {
        requireOwned(program, owner, input.buffer(), name + ": " + kernel.label() + " reads");
      }
      for (Operand output : kernel.outputs()) {
        if (written[output.buffer()]) {
          // The pieces written before must not have been lost meanwhile.
          requireOwned(program, owner, output.buffer(), name + ": " + kernel.label() + " adds to");
        }
        requireApart(program, kernel, output, name);
      }
      for (Operand output : kernel.outputs()) {
        claim(program, owner, output.buffer());
        written[output.buffer()] = true;
      }
      for (Operand output : kernel.outputs()) {
        requireOwned(program, owner, output.buffer(), name + ": " + kernel.label() + " writes");
      }
      if (workspace >= 0) {
        requireOwned(program, owner, workspace, name + ": " + kernel.label() + " works in");
      }
    }
    for (int b = 0; b < program.buffers().size(); b++) {
      if (program.buffers().get(b).storage() instanceof Storage.Output) {
        requireOwned(program, owner, b, name + ": a result is");
      }
    }
  }

  private static void requireOwned(
      Program program, Map<String, Integer> owner, int buffer, String what) {
    for (String unit : units(program, buffer)) {
      if (!Integer.valueOf(buffer).equals(owner.get(unit))) {
        fail(what + " b" + buffer + ", of which " + unit + " is b" + owner.get(unit) + "'s");
      }
    }
  }

  /**
   * An output shares memory with an input of its own kernel only in a loop or an epilogue, and only
   * if each element is written where the same index is read.
   */
  private static void requireApart(Program program, Kernel kernel, Operand output, String name) {
    List<String> units = units(program, output.buffer());
    for (Operand input : kernel.inputs()) {
      List<String> read = units(program, input.buffer());
      if (!Collections.disjoint(units, read)) {
        String what = name + ": " + kernel.label() + " writes " + output + " over " + input;
        boolean sameIndex =
            kernel instanceof LoopKernel
                || (kernel instanceof ContractionKernel contraction
                    && !input.equals(contraction.left())
                    && !input.equals(contraction.right()));
        assertTrue(sameIndex, what);
        assertEquals(read, units, what);
        assertEquals(input.layout().shape(), output.layout().shape(), what);
        assertTrue(covers(program, input) && covers(program, output), what);
      }
    }
  }

  private static boolean covers(Program program, Operand operand) {
    return operand.layout().offset() == 0
        && operand.layout().isContiguous()
        && new TensorType(operand.dtype(), operand.layout().shape()).bytes()
            == program.buffers().get(operand.buffer()).bytes();
  }

  private static void claim(Program program, Map<String, Integer> owner, int buffer) {
    units(program, buffer).forEach(unit -> owner.put(unit, buffer));
  }

  /** The memory of a buffer in pieces of 128 bytes; a donated argument's is its result's too. */
  private static List<String> units(Program program, int buffer) {
    long bytes = program.buffers().get(buffer).bytes();
    String place =
        switch (program.buffers().get(buffer).storage()) {
          case Storage.Input input -> "input " + input.index();
          case Storage.Output output -> {
            int donor = program.plan().donors().get(output.index());
            yield donor < 0 ? "output " + output.index() : "input " + donor;
          }
          case Storage.Constant constant -> "constant " + buffer;
          case Storage.Scratch scratch -> "scratch";
        };
    long start =
        program.buffers().get(buffer).storage() instanceof Storage.Scratch(long offset)
            ? offset
            : 0;
    List<String> units = new ArrayList<>();
    for (long at = start; at < start + bytes; at += 128) {
      units.add(place + " " + at / 128);
    }
    return units;
  }
}
