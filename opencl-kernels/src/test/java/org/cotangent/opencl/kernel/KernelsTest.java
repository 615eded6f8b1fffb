package org.cotangent.opencl.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels with as many operands as the limits allow fit the device's room for arguments. */
class KernelsTest {
  private static final Shape SHAPE = Shape.of(2, 33, 65);

  private static Traits traits(boolean cpu, long parameterBytes) {
    return new Traits(cpu, cpu ? 64 : 16, true, 32 << 10, 256, parameterBytes, 2, 0);
  }

  private static Body sum(int inputs) {
    BodyBuilder builder = new BodyBuilder();
    Term sum = builder.input(DType.FLOAT32);
    for (int i = 1; i < inputs; i++) {
      sum = sum.plus(builder.input(DType.FLOAT32));
    }
    return builder.build(sum);
  }

  private static List<Operand> operands(int count) {
    List<Operand> operands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      operands.add(new Operand(i, DType.FLOAT32, Layout.contiguous(SHAPE)));
    }
    return operands;
  }

  private static long bytes(Launch launch) {
    return launch.arguments().stream()
        .mapToLong(argument ->
            switch (argument) {
              case Argument.Memory _, Argument.Table _, Argument.Status _ -> 2L * Long.BYTES;
              case Argument.Int64 _ -> Long.BYTES;
            })
        .sum();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void productsFit(boolean cpu) {
    Traits traits = traits(cpu, 1024);
    int further = new Kernels(traits, TuningTable.standard()).limits().operands() - 3;
    Operand left = new Operand(0, DType.FLOAT32, Layout.contiguous(Shape.of(2, 33, 700)));
    Operand right = new Operand(0, DType.FLOAT32, Layout.contiguous(Shape.of(2, 700, 65)));
    ContractionKernel kernel =
        new ContractionKernel(
            "matmul",
            Origin.UNKNOWN,
            DType.FLOAT32,
            left,
            right,
            operands(further),
            List.of(),
            sum(further + 1),
            operands(1));
    TuningTable packing =
        TuningTable.parse(
            "test",
            "cpu * * * rows=5 vectors=2 span=16 row-block=10 column-block=70 pack-left=0"
                + " pack-right=0");
    Matmul matmul = new Matmul(traits, packing.before(TuningTable.standard()));
    for (Launch launch : matmul.launches(kernel, 0)) {
      assertTrue(bytes(launch) <= traits.parameterBytes(), bytes(launch) + " bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void loopsFit(boolean cpu) {
    Traits traits = traits(cpu, 1024);
    int inputs = new Kernels(traits, TuningTable.standard()).limits().operands() - 1;
    LoopKernel kernel =
        new LoopKernel(
            "add", Origin.UNKNOWN, SHAPE, operands(inputs), List.of(), sum(inputs), operands(1));
    long bytes = bytes(new Loops(traits).launch(kernel));
    assertTrue(bytes <= traits.parameterBytes(), bytes + " bytes");
  }
}
