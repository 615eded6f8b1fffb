package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrays of arrays, against what NumPy makes of the same lists. */
class NestedArrayTest {
  /** A class of elements, boxed and not, its dtype and random values of it. */
  private record Kind(
      Class<?> plain, Class<?> boxed, String dtype, Function<Random, Object> number) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(float.class, Float.class, "float32", random -> (float) random.nextGaussian()),
          new Kind(double.class, Double.class, "float64", Random::nextGaussian),
          new Kind(int.class, Integer.class, "int32", Random::nextInt),
          new Kind(long.class, Long.class, "int64", Random::nextLong),
          new Kind(short.class, Short.class, "int16", random -> (short) random.nextInt()),
          new Kind(byte.class, Byte.class, "int8", random -> (byte) random.nextInt()),
          new Kind(boolean.class, Boolean.class, "bool", Random::nextBoolean));

  private static final List<int[]> SHAPES =
      List.of(
          new int[] {3, 4},
          new int[] {1, 1},
          new int[] {5, 0},
          new int[] {2, 3, 5},
          new int[] {2, 1, 0},
          new int[] {1, 2, 1, 3},
          new int[] {3, 2, 2, 2, 7});

  private static void fill(Object array, Supplier<Object> number) {
    for (int i = 0; i < Array.getLength(array); i++) {
      if (array.getClass().componentType().isArray()) {
        fill(Array.get(array, i), number);
      } else {
        Array.set(array, i, number.get());
      }
    }
  }

  @Test
  void everyClassAndShape(@TempDir Path folder) throws Exception {
    Random random = new Random(5);
    List<String> lists = new ArrayList<>();
    List<String> ours = new ArrayList<>();
    for (Kind kind : KINDS) {
      for (Class<?> type : List.of(kind.plain(), kind.boxed())) {
        for (int[] shape : SHAPES) {
          Object[] nested = (Object[]) Array.newInstance(type, shape);
          fill(nested, () -> kind.number().apply(random));
          NumPyArray array = NumPyArray.of(nested);
          lists.add(kind.dtype() + "|" + Arrays.deepToString(nested));
          ours.add(
              array + " " + HexFormat.of().formatHex(array.data().toArray(ValueLayout.JAVA_BYTE)));
        }
      }
    }
    List<String> theirs =
        RealNumPy.run(
            """
            import sys, numpy as np
            for line in open(sys.argv[1]):
                dtype, text = line.split('|')
                a = np.array(eval(text, {'true': True, 'false': False}), dtype)
                print(f'{a.dtype}{a.shape} {a.tobytes().hex()}')
            """,
            Files.write(folder.resolve("lists"), lists));
    assertEquals(theirs, ours);
  }

  private static void assertArray(String expected, Object[] nested) {
    assertEquals(expected, NumPyArray.of(nested).toString());
  }

  @Test
  void oneAxisAndTheDepthOfNothing() {
    assertArray("int32(3,)", new Integer[] {1, 2, 3});
    assertArray("int32(2,)", new Object[] {1, 2});
    assertArray("float32(2, 1)", new Object[] {new float[1], new Float[] {2f}});
    assertArray("bool(0,)", new Boolean[0]);
    assertArray("float32(0, 0)", new float[0][]);
    assertArray("float32(0, 0)", new float[0][3]);
    assertArray("float32(3, 0)", new float[3][0]);
    assertArray("int64(2, 0, 0)", new long[2][0][5]);
    assertArray("int64(2, 0)", new Object[] {new long[0], new Long[0]});
    assertArray("int64(2, 0, 0)", new Object[] {new long[0][], new long[0][3]});
  }

  @Test
  void theResultIsACopy() {
    float[][] rows = {{1}, {2}};
    NumPyArray array = NumPyArray.of(rows);
    rows[1][0] = 9;
    assertEquals(2f, array.toHost().get(1));
  }

  private static void assertRagged(String message, Object... nested) {
    ShapeException e = assertThrows(ShapeException.class, () -> NumPyArray.of(nested));
    assertEquals("of: ragged: " + message + "; pad the rows or pass each alone", e.getMessage());
  }

  @Test
  void raggedRows() {
    assertRagged(
        "[2][1] has 3 elements, [0][0] has 4",
        new int[2][4],
        new int[2][4],
        new int[][] {new int[4], new int[3]});
    assertRagged("[1] has 1 elements, [0] has 2", new double[2], new double[1]);
    assertRagged("[1] has 0 elements, [0] has 2", new double[2], new double[0]);
    assertRagged("[1] has 2 elements, [0] has 0", new double[0], new double[2]);
    assertRagged("[1] is a Integer, [0] has 1 elements", new int[1], 1);
    assertRagged("[1] is a int[], [0] is a number", 1, new int[1]);
    assertRagged("[1] is a int[], [0] is deeper", new int[1][1], new int[1]);
    assertRagged("[1][0] is a int[], [0][0] is a number", new int[1], new int[1][1]);
    assertRagged("[1] is an empty int[], [0] has another depth", new int[0][], new int[0]);
    assertRagged("[1] is an empty int[][], [0] has another depth", new int[0], new int[0][]);
  }

  private static void assertNull(String message, @Nullable Object... nested) {
    @SuppressWarnings("NullAway") // What is tested.
    ArgumentException e = assertThrows(ArgumentException.class, () -> NumPyArray.of(nested));
    assertEquals(message, e.getMessage());
  }

  @Test
  void nullRows() {
    assertNull("of: [0] is null; fill it", (Object[]) new float[3][]);
    assertNull("of: [1] is null; fill it", new float[2], null);
    assertNull("of: [1][2] is null; fill it", new Integer[] {1, 2, 3}, new Integer[] {1, 2, null});
  }

  private static void assertRefused(String message, Object... nested) {
    DTypeException e = assertThrows(DTypeException.class, () -> NumPyArray.of(nested));
    assertEquals("of: " + message, e.getMessage());
  }

  @Test
  void classesThatDifferOrHaveNoDtype() {
    String advice = "; convert one, so that all have one class";
    assertRefused("[1] is of double, [0] of float32" + advice, new float[2], new double[2]);
    assertRefused("[1] is of Double, [0] of int32" + advice, 1, 2.0);
    assertRefused("[1][0] is of Long, [0][0] of int32" + advice, new int[1], new Long[] {1L});
    assertRefused("[1] is of int, [0] of float32" + advice, new float[0], new int[0]);
    assertRefused("[1] is of int, [0] of float32" + advice, new float[0][], new int[0][]);
    assertRefused("[1] is of String, [0] of int32" + advice, 1, "2");
    String numbers = ", which has no dtype; pass numbers or truth values";
    assertRefused("[0][0] is a String" + numbers, (Object[]) new String[][] {{"1"}});
    assertRefused("[0] is a NumPyArray" + numbers, NumPyArray.of(new float[1], 1));
    assertRefused("an empty array of char" + numbers, (Object[]) new char[1][0]);
    assertRefused("an empty array of Object" + numbers);
  }

  @Test
  void arraysThatHoldThemselvesAndDepth() {
    Object[] self = {1};
    self[0] = self;
    ShapeException e = assertThrows(ShapeException.class, () -> NumPyArray.of(self));
    assertEquals("of: arrays in arrays; at most 64 levels are read", e.getMessage());
    // Past the first element it is only an array where a number should be.
    Object[] later = {1, 2};
    later[1] = later;
    assertRagged("[1] is a Object[], [0] is a number", later);
    Object[] deep = {1};
    for (int i = 1; i < 64; i++) {
      deep = new Object[] {deep};
    }
    assertEquals(64, NumPyArray.of(deep).shape().rank());
    Object[] deeper = {deep};
    assertThrows(ShapeException.class, () -> NumPyArray.of(deeper));
    Object[] nothing = (Object[]) Array.newInstance(int.class, new int[65]);
    assertThrows(ShapeException.class, () -> NumPyArray.of(nothing));
  }
}
