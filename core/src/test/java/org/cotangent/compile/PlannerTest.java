package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.op.DotGeneral;
import org.cotangent.op.Exp;
import org.cotangent.op.Multiply;
import org.cotangent.op.Sum;
import org.cotangent.op.Tanh;
import org.cotangent.op.Transpose;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fusion and the memory plan, on programs that are never run. */
class PlannerTest {
  private static final TensorType MATRIX = new TensorType(DType.FLOAT32, Shape.of(16, 16));
  private static final long BYTES = MATRIX.bytes();

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
    return new Pipeline((op, types) -> false)
        .compile(graph, layouts, new CompileOptions(Set.of(donated), false));
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
    assertEquals(List.of(1L, 16L), List.of(inputs.get(1).layout().stride(0), 16L));
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

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void liveBuffersNeverOverlap(long seed) {
    Random random = new Random(seed);
    List<Value> values = new ArrayList<>(List.of(parameter(), parameter()));
    for (int i = 0; i < 60; i++) {
      Value a = values.get(random.nextInt(values.size()));
      Value b = values.get(random.nextInt(values.size()));
      Op op =
          switch (random.nextInt(5)) {
            case 0 -> new Add();
            case 1 -> DotGeneral.matmul(2);
            case 2 -> new Multiply();
            case 3 -> new Exp();
            default -> new Transpose(List.of(1, 0));
          };
      values.add(
          op instanceof Exp || op instanceof Transpose
              ? builder.value(op, a)
              : builder.value(op, a, b));
    }
    for (int i = 0; i < 5; i++) {
      results.add(values.get(values.size() - 1 - i));
    }
    Program program = compile(0, 1);
    requireIntact(program, seed);
    assertTrue(program.plan().peak() <= program.plan().naive(), "seed " + seed);
    assertTrue(program.plan().planned() <= program.plan().naive() + 128 * 60, "seed " + seed);
  }

  /**
   * Plays the program: every read must find what was last written to its buffer, and nothing else.
   */
  private static void requireIntact(Program program, long seed) {
    Map<String, Integer> owner = new HashMap<>();
    for (int b = 0; b < program.buffers().size(); b++) {
      if (program.buffers().get(b).storage() instanceof Storage.Input) {
        claim(program, owner, b);
      }
    }
    for (Kernel kernel : program.kernels()) {
      for (Operand input : kernel.inputs()) {
        for (String unit : units(program, input.buffer())) {
          assertEquals(
              input.buffer(),
              owner.get(unit),
              "seed " + seed + ": " + kernel.label() + " reads what was written over\n" + program);
        }
      }
      for (Operand output : kernel.outputs()) {
        claim(program, owner, output.buffer());
      }
    }
    for (int b = 0; b < program.buffers().size(); b++) {
      if (program.buffers().get(b).storage() instanceof Storage.Output) {
        for (String unit : units(program, b)) {
          assertEquals(b, owner.get(unit), "seed " + seed + ": a result was written over");
        }
      }
    }
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
