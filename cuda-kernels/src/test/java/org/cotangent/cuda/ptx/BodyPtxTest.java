package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.Operand;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each primitive of each dtype, on the values where it is easily wrong. */
class BodyPtxTest {
  private static final List<DType> WIDE =
      List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64, DType.BOOL);

  private static final List<Double> FLOATS =
      List.of(
          0.0,
          -0.0,
          1.0,
          -1.0,
          0.5,
          -0.5,
          1.5,
          2.5,
          -2.5,
          1e-40,
          -1e-310,
          3.1e9,
          -3.1e9,
          1e19,
          -1e19,
          2147483647.0,
          2147483648.0,
          -2147483648.0,
          9.3e18,
          1e30,
          1e300,
          0.1,
          1 / 3.0,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          Double.NaN);

  private static final List<Long> INTEGERS =
      List.of(
          0L,
          1L,
          -1L,
          2L,
          3L,
          -7L,
          31L,
          32L,
          33L,
          63L,
          64L,
          127L,
          128L,
          -128L,
          255L,
          256L,
          32767L,
          32768L,
          -32769L,
          16777217L,
          (long) Integer.MAX_VALUE,
          (long) Integer.MIN_VALUE,
          4294967297L,
          9007199254740993L,
          Long.MAX_VALUE,
          Long.MIN_VALUE);

  private static List<Object> values(DType dtype) {
    return switch (dtype) {
      case BOOL -> List.of(true, false);
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> FLOATS.stream().map(dtype::rounded).toList();
      case INT32, INT64, INT8, INT16, UINT8 ->
          INTEGERS.stream().map(dtype::value).distinct().toList();
    };
  }

  private static boolean takes(Primitive primitive, DType dtype) {
    return switch (primitive) {
      case ADD, SUB, MUL, DIV, NEG, ABS -> dtype != DType.BOOL;
      case REM, SHL, SHR, USHR -> dtype.isInteger() && dtype != DType.BOOL;
      case FMA, SQRT, RINT, FLOOR -> dtype.isFloating();
      case MIN, MAX, LT, LE, EQ, SELECT -> true;
      case AND, OR, XOR, NOT -> !dtype.isFloating();
      case CONVERT, BITCAST -> false;
    };
  }

  @ParameterizedTest
  @EnumSource
  void primitives(Primitive primitive) {
    for (DType dtype : WIDE) {
      if (takes(primitive, dtype)) {
        boolean compares =
            switch (primitive) {
              case LT, LE, EQ -> true;
              default -> false;
            };
        List<DType> inputs = new ArrayList<>();
        for (int k = 0; k < primitive.arity(); k++) {
          inputs.add(primitive == Primitive.SELECT && k == 0 ? DType.BOOL : dtype);
        }
        check(body(primitive, inputs, compares ? DType.BOOL : dtype));
      }
    }
  }

  private static Body body(Primitive primitive, List<DType> inputs, DType result) {
    List<Integer> operands = IntStream.range(0, inputs.size()).boxed().toList();
    return new Body(
        inputs,
        List.of(new Instruction.Apply(primitive, result, operands)),
        List.of(inputs.size()));
  }

  @Test
  void conversions() {
    for (DType from : WIDE) {
      for (DType to : WIDE) {
        check(body(Primitive.CONVERT, List.of(from), to));
      }
    }
    for (DType narrow : List.of(DType.INT8, DType.INT16, DType.UINT8)) {
      check(body(Primitive.CONVERT, List.of(DType.INT32), narrow));
      check(body(Primitive.CONVERT, List.of(narrow), DType.INT32));
    }
    check(body(Primitive.BITCAST, List.of(DType.FLOAT32), DType.INT32));
    check(body(Primitive.BITCAST, List.of(DType.INT32), DType.FLOAT32));
    check(body(Primitive.BITCAST, List.of(DType.FLOAT64), DType.INT64));
    check(body(Primitive.BITCAST, List.of(DType.INT64), DType.FLOAT64));
    for (DType half : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      check(body(Primitive.BITCAST, List.of(half), DType.INT16));
      check(body(Primitive.BITCAST, List.of(DType.INT16), half));
    }
  }

  @Test
  void literals() {
    for (DType dtype : DType.values()) {
      for (Object value : values(dtype)) {
        List<Instruction> literal = List.of(new Instruction.Literal(dtype, dtype.bits(value)));
        check(new Body(List.of(DType.INT32), literal, List.of(1)));
      }
    }
  }

  /** Every combination of values, each an element of a loop. */
  private static void check(Body body) {
    List<List<Object>> cases = List.of(List.of());
    for (DType dtype : body.inputs()) {
      List<Object> values = values(dtype);
      cases =
          cases.stream()
              .flatMap(start ->
                  values.stream()
                      .map(value -> Stream.concat(start.stream(), Stream.of(value)).toList()))
              .toList();
    }
    // All triples of floats are too many.
    int step = Math.max(1, cases.size() / 3001);
    List<List<Object>> some = new ArrayList<>();
    for (int i = 0; i < cases.size(); i += step) {
      some.add(cases.get(i));
    }
    run(body, some);
  }

  private static void run(Body body, List<List<Object>> cases) {
    PtxRig rig = new PtxRig();
    Shape shape = Shape.of(cases.size());
    List<Operand> inputs = body.inputs().stream().map(dtype -> rig.operand(dtype, shape)).toList();
    List<Operand> outputs =
        body.resultTypes().stream().map(dtype -> rig.operand(dtype, shape)).toList();
    for (int i = 0; i < cases.size(); i++) {
      for (int k = 0; k < inputs.size(); k++) {
        rig.set(inputs.get(k), i, cases.get(i).get(k));
      }
    }
    LoopKernel kernel =
        new LoopKernel("test", PtxRig.ORIGIN, shape, inputs, List.of(), body, outputs);
    assertTrue(cases.size() > 1);
    rig.check(kernel, 1);
  }
}
