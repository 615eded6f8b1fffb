package org.cotangent.cpu.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.scalar.Term;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** What is written instead of a primitive, against its meaning, where that is easily missed. */
class ExpansionTest {
  private static final int MANY = 20_000;

  private static Body one(DType from, UnaryOperator<Term> function) {
    BodyBuilder builder = new BodyBuilder();
    return builder.build(function.apply(builder.input(from)));
  }

  private static void assertSame(Body body, List<List<Object>> rows) {
    Body expanded = Expansion.of(body);
    assertTrue(expanded.instructions().size() > body.instructions().size());
    for (List<Object> row : rows) {
      assertEquals(body.evaluate(row), expanded.evaluate(row), () -> row + " of " + body);
    }
  }

  private static List<List<Object>> columns(List<Object> values) {
    return values.stream().<List<Object>>map(List::of).toList();
  }

  @Test
  void int64ToFloats() {
    Random random = new Random(1);
    List<Object> values = new ArrayList<>(Cells.specials(DType.INT64));
    for (int i = 0; i < MANY; i++) {
      values.add(random.nextLong() >> random.nextInt(64));
      // Half way between two floats of 24 or 53 bits, and beside it.
      int bits = random.nextBoolean() ? 24 : 53;
      long tie = 2 * (random.nextLong(1L << (bits - 1)) + (1L << (bits - 1))) + 1;
      long scaled = tie << random.nextInt(63 - bits);
      values.add((random.nextBoolean() ? scaled : -scaled) + random.nextLong(-1, 2));
    }
    assertSame(one(DType.INT64, x -> x.convert(DType.FLOAT32)), columns(values));
    assertSame(one(DType.INT64, x -> x.convert(DType.FLOAT64)), columns(values));
  }

  @Test
  void floatsToInt64() {
    Random random = new Random(2);
    List<Object> doubles = new ArrayList<>(Cells.specials(DType.FLOAT64));
    List<Object> floats = new ArrayList<>(Cells.specials(DType.FLOAT32));
    for (int i = 0; i < MANY; i++) {
      double x = Math.scalb(random.nextDouble(-2, 2), random.nextInt(-3, 66));
      doubles.add(x);
      floats.add((float) x);
      doubles.add((double) Math.round(x));
    }
    for (double limit : new double[] {0x1p63, 0x1p62, 0x1p53, 0x1p52, 1, 2}) {
      for (double x : new double[] {limit, Math.nextDown(limit), Math.nextUp(limit)}) {
        doubles.addAll(List.of(x, -x));
      }
    }
    assertSame(one(DType.FLOAT64, x -> x.convert(DType.INT64)), columns(doubles));
    assertSame(one(DType.FLOAT32, x -> x.convert(DType.INT64)), columns(floats));
  }

  @Test
  void divisionsOfInt32() {
    Random random = new Random(3);
    List<List<Object>> rows = new ArrayList<>();
    for (Object a : Cells.specials(DType.INT32)) {
      for (Object b : Cells.specials(DType.INT32)) {
        rows.add(List.of(a, b));
      }
    }
    for (int i = 0; i < MANY; i++) {
      int divisor = random.nextInt() >> random.nextInt(32);
      int multiple = divisor * (random.nextInt() >> random.nextInt(32));
      rows.add(List.of(multiple + random.nextInt(-1, 2), divisor));
      rows.add(List.of(random.nextInt(), divisor));
    }
    for (Primitive primitive : List.of(Primitive.DIV, Primitive.REM)) {
      Instruction apply = new Instruction.Apply(primitive, DType.INT32, List.of(0, 1));
      assertSame(new Body(List.of(DType.INT32, DType.INT32), List.of(apply), List.of(2)), rows);
    }
  }

  /** Registers move, equal literals are written once, and the rest stays as it is. */
  @Test
  void partsOfBodies() {
    BodyBuilder builder = new BodyBuilder();
    Term a = builder.input(DType.INT32);
    Term b = builder.input(DType.INT32);
    Term quotient = a.over(b);
    Body body =
        builder.build(
            quotient.plus(b.remainder(a)), quotient, a, a.literal(0L), b.convert(DType.FLOAT32));
    Body expanded = Expansion.of(body);
    for (Object x : Cells.specials(DType.INT32)) {
      List<Object> row = List.of(x, 7);
      assertEquals(body.evaluate(row), expanded.evaluate(row));
    }
    List<Instruction> instructions = expanded.instructions();
    assertEquals(instructions.size(), instructions.stream().distinct().count());
    Body same = one(DType.FLOAT32, x -> x.over(x).convert(DType.INT32));
    assertEquals(same, Expansion.of(same));
  }

  @Test
  void aLoneConversionToInt64IsLeft() {
    assertFalse(Expansion.isFaster(one(DType.FLOAT64, x -> x.convert(DType.INT64))));
    assertFalse(Expansion.isFaster(one(DType.FLOAT64, x -> x.convert(DType.INT32))));
    assertTrue(Expansion.isFaster(one(DType.INT64, x -> x.convert(DType.FLOAT64))));
    assertTrue(Expansion.isFaster(one(DType.INT32, x -> x.remainder(x))));
  }
}
