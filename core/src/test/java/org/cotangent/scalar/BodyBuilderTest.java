package org.cotangent.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** Bodies as text: what is written once, what is left out, and what inlining makes. */
class BodyBuilderTest {
  private final BodyBuilder builder = new BodyBuilder();

  @Test
  void equalInstructionsAreWrittenOnce() {
    Term x = builder.input(DType.FLOAT32);
    Term first = x.times(x).plus(x.literal(1.0));
    Term second = x.times(x).plus(x.literal(1.0));
    assertEquals(
        """
        (r0 float32) {
          r1 float32 = MUL r0 r0
          r2 float32 = 1.0
          r3 float32 = ADD r1 r2
          r4 float32 = DIV r3 r3
          return r4
        }\
        """,
        builder.build(first.over(second)).toString());
    assertEquals(4, builder.size());
  }

  /** NaN is NaN, and -0 is not 0. */
  @Test
  void literalsAreEqualByTheirBits() {
    Term x = builder.input(DType.FLOAT64);
    Body body =
        builder.build(
            x.literal(Double.NaN),
            x.literal(Double.NaN),
            x.literal(0.0),
            x.literal(-0.0),
            x.literal(0L),
            builder.literal(DType.FLOAT32, 0.0));
    assertEquals(List.of(1, 1, 2, 3, 2, 4), body.results());
  }

  @Test
  void whatNoResultNeedsIsLeftOut() {
    Term x = builder.input(DType.INT32);
    Term unused = builder.input(DType.INT32);
    unused.times(x).plus(unused.literal(3));
    Term sum = x.plus(x);
    sum.negate();
    assertEquals(
        """
        (r0 int32, r1 int32) {
          r2 int32 = ADD r0 r0
          return r2 r0 r2
        }\
        """,
        builder.build(sum, x, sum).toString());
  }

  @Test
  void inputsMayComeLate() {
    Term x = builder.input(DType.FLOAT32);
    Term square = x.times(x);
    Term y = builder.input(DType.FLOAT32);
    Body body = builder.build(square.minus(y));
    assertEquals(
        """
        (r0 float32, r1 float32) {
          r2 float32 = MUL r0 r0
          r3 float32 = SUB r2 r1
          return r3
        }\
        """,
        body.toString());
    assertEquals(List.of(7f), body.evaluate(List.of(3f, 2f)));
  }

  @Test
  void inliningSharesWithWhatIsThere() {
    BodyBuilder other = new BodyBuilder();
    Term a = other.input(DType.FLOAT32);
    Term b = other.input(DType.FLOAT32);
    Body hypotenuse = other.build(a.times(a).plus(b.times(b)).sqrt(), a);

    Term x = builder.input(DType.FLOAT32);
    Term square = x.times(x);
    List<Term> results = builder.inline(hypotenuse, List.of(x, square));
    assertEquals(x.register(), results.get(1).register());
    Body body = builder.build(results.getFirst().plus(square));
    assertEquals(
        """
        (r0 float32) {
          r1 float32 = MUL r0 r0
          r2 float32 = MUL r1 r1
          r3 float32 = ADD r1 r2
          r4 float32 = SQRT r3
          r5 float32 = ADD r4 r1
          return r5
        }\
        """,
        body.toString());
    assertEquals(List.of((float) Math.sqrt(20) + 4), body.evaluate(List.of(2f)));
  }

  @Test
  void resultTypesAreThePrimitives() {
    Term x = builder.input(DType.FLOAT64);
    Body body =
        builder.build(
            x.below(x.literal(0.0)),
            x.convert(DType.INT32),
            x.bitcast(DType.INT64),
            x.below(x.literal(0.0)).select(x.literal(1.0), x));
    assertEquals(List.of(DType.BOOL, DType.INT32, DType.INT64, DType.FLOAT64), body.resultTypes());
    assertEquals(List.of(true, -1, 0xbff8000000000000L, 1.0), body.evaluate(List.of(-1.5)));
  }

  @Test
  void undefinedApplicationsAreRefused() {
    Term flag = builder.input(DType.BOOL);
    Term x = builder.input(DType.FLOAT32);
    assertRefused("ADD is not defined on bool", () -> flag.plus(flag));
    assertRefused("SHL is not defined on float32", () -> x.shiftLeft(x));
    assertRefused("ADD: operand 0 is bool, not float32", () -> flag.plus(x));
    assertRefused("SELECT: operand 0 is float32, not bool", () -> x.select(x, x));
    assertRefused("SELECT: operand 1 is bool, not float32", () -> flag.select(flag, x));
    assertRefused(
        "BITCAST: float32 and int64 differ in width: use CONVERT", () -> x.bitcast(DType.INT64));
  }

  private static void assertRefused(String message, Runnable written) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, written::run).getMessage());
  }
}
