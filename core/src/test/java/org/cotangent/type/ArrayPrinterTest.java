package org.cotangent.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Literal examples, and thousands of random arrays against NumPy itself where it is installed. */
class ArrayPrinterTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final long SEED = 20250917;

  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  /** Empty, primes, one under and over a line, and one under and over the threshold. */
  private static final List<Shape> SHAPES =
      List.of(
          Shape.SCALAR,
          Shape.of(0),
          Shape.of(0, 3),
          Shape.of(3, 0),
          Shape.of(2, 0, 5),
          Shape.of(1),
          Shape.of(2),
          Shape.of(3),
          Shape.of(7),
          Shape.of(17),
          Shape.of(37),
          Shape.of(101),
          Shape.of(1, 1),
          Shape.of(1, 7),
          Shape.of(7, 1),
          Shape.of(2, 3),
          Shape.of(5, 13),
          Shape.of(3, 29),
          Shape.of(1, 1, 1),
          Shape.of(2, 3, 5),
          Shape.of(3, 1, 23),
          Shape.of(1, 2, 1, 3),
          Shape.of(2, 3, 2, 5),
          Shape.of(2, 1, 2, 1, 11),
          Shape.of(1, 1, 1, 1, 1, 1, 40));

  private static final List<Shape> LARGE_SHAPES =
      List.of(
          Shape.of(1000),
          Shape.of(1001),
          Shape.of(10, 10, 10),
          Shape.of(7, 11, 13),
          Shape.of(1, 1001),
          Shape.of(1001, 1),
          Shape.of(6, 167),
          Shape.of(7, 167),
          Shape.of(167, 6),
          Shape.of(167, 7),
          Shape.of(2, 503),
          Shape.of(5, 3, 7, 11),
          Shape.of(2, 2, 3, 8, 13),
          Shape.of(1009, 2, 3),
          Shape.of(65537));

  private static final ToDoubleFunction<Random> SPECIAL = oneOf(NAN, INF, -INF, -0.0, 0, 1, -2.5);

  /** How the elements of a random array are drawn. */
  private static final List<ToDoubleFunction<Random>> SOURCES =
      List.of(
          random -> random.nextInt(10),
          random -> random.nextInt(-1000, 1001),
          Random::nextDouble,
          Random::nextGaussian,
          random -> random.nextInt(-999, 1000) / 100.0,
          // Around the bounds of exponents: of arrays, then of scalars.
          oneOf(1e8, 99999999, 99999999.6, 1e5, 1000, 1.001, 1, 1.1e-4),
          oneOf(1e16, 1.5e16, 9e15, 123456789012.5, 1e-4 + 1e-11, 9.9e-5),
          // Integers that float32 holds only in part: digits beyond the shortest ones.
          random -> 1e6 + random.nextInt(98_000_000),
          // Powers of two, whose neighbours are not equally far.
          random -> Math.scalb(1.0, random.nextInt(-40, 20)),
          random -> Math.scalb(1.0, random.nextInt(-149, 128)),
          random -> Math.scalb(1.0, random.nextInt(-1074, 1024)),
          // Every exponent, subnormals and infinities included.
          random -> Double.longBitsToDouble(random.nextLong()),
          random -> Float.intBitsToFloat(random.nextInt()),
          random -> random.nextGaussian() * Math.pow(10, random.nextInt(-8, 9)),
          random -> random.nextGaussian() * 1e30,
          random -> random.nextGaussian() * 1e-30,
          random -> Float.MIN_VALUE * random.nextInt(1000),
          random -> Double.MIN_VALUE * random.nextInt(1000),
          SPECIAL,
          oneOf(NAN, INF),
          oneOf(NAN, -INF));

  private static ToDoubleFunction<Random> oneOf(double... values) {
    return random -> values[random.nextInt(values.length)];
  }

  private static Arguments example(String expected, DType dtype, Shape shape, Object... elements) {
    return Arguments.of(new TensorType(dtype, shape), Arrays.asList(elements), expected);
  }

  private static Arguments floats(String expected, Object... elements) {
    return example(expected, DType.FLOAT32, Shape.of(elements.length), elements);
  }

  private static Arguments doubles(String expected, Object... elements) {
    return example(expected, DType.FLOAT64, Shape.of(elements.length), elements);
  }

  static Stream<Arguments> examples() {
    return Stream.of(
        example("1.0", DType.FLOAT32, Shape.SCALAR, 1f),
        example("-0.0", DType.FLOAT64, Shape.SCALAR, -0.0),
        example("1e-05", DType.FLOAT32, Shape.SCALAR, 1e-5f),
        example("1e+16", DType.FLOAT64, Shape.SCALAR, 1e16),
        example("9999999999999998.0", DType.FLOAT64, Shape.SCALAR, Math.nextDown(1e16)),
        // 1e23 lies halfway between two doubles.
        example("1e+23", DType.FLOAT64, Shape.SCALAR, 1e23),
        // The neighbour below a power of two is closer: 1.2621774e-29 would be too far.
        example("1.2621775e-29", DType.FLOAT32, Shape.SCALAR, 0x1p-96f),
        example("5e-324", DType.FLOAT64, Shape.SCALAR, Double.MIN_VALUE),
        example("3.141592653589793", DType.FLOAT64, Shape.SCALAR, Math.PI),
        example("67108870.0", DType.FLOAT32, Shape.SCALAR, 8 + 0x1p26f),
        example("True", DType.BOOL, Shape.SCALAR, true),
        example("-7", DType.INT64, Shape.SCALAR, -7L),
        example("[]", DType.FLOAT32, Shape.of(0)),
        example("[]", DType.INT32, Shape.of(0, 3)),
        floats("[1.]", 1f),
        floats("[1.  0.5]", 1f, 0.5f),
        floats("[ 1.   -0.25]", 1f, -0.25f),
        floats("[-0.  0.]", -0f, 0f),
        floats("[0.1 0.2]", 0.1f, 0.2f),
        doubles("[0.33333333]", 1 / 3.0),
        doubles("[1.]", 0.999999999),
        doubles("[3.14159265e+00 1.00000000e-10]", Math.PI, 1e-10),
        doubles("[99999999.]", 99999999.0),
        doubles("[1.e+08]", 1e8),
        doubles("[1.e-05]", 1e-5),
        doubles("[0.0001]", 1e-4),
        // The float32 nearest to 1e-4 is less than 1e-4.
        floats("[1.e-04]", 1e-4f),
        // 3e-45 would identify it, but all get as many digits as the longest needs.
        floats("[1.2345678e+00 2.8025969e-45]", 1.2345678f, 2 * Float.MIN_VALUE),
        // A ratio of 1000 as float32, of 1000.00002 as float64.
        floats("[   1.2697867 1269.7867   ]", 1.2697867f, 1269.7867f),
        doubles("[1.000e+00 1.001e+03]", 1.0, 1001.0),
        // 6710887e1 would identify it, but in an array whole digits are never left out.
        floats("[67108872.]", 8 + 0x1p26f),
        doubles("[ 1. nan inf]", 1.0, NAN, INF),
        doubles("[ 0.5  nan -inf]", 0.5, NAN, -INF),
        doubles("[nan]", NAN),
        example("[  1 -23]", DType.INT32, Shape.of(2), 1, -23),
        example("[ True False]", DType.BOOL, Shape.of(2), true, false),
        example("[[1 2]\n [3 4]]", DType.INT64, Shape.of(2, 2), 1L, 2L, 3L, 4L),
        example("[[[1]\n  [2]]\n\n [[3]\n  [4]]]", DType.INT32, Shape.of(2, 2, 1), 1, 2, 3, 4));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void printsAsNumPy(TensorType type, List<?> elements, String expected) {
    assertEquals(expected, ArrayPrinter.print(type, index -> elements.get((int) index)));
  }

  @Test
  void printsTheExampleOfItsJavadoc() {
    TensorType type = new TensorType(DType.FLOAT32, Shape.of(2, 3));
    float[] elements = {0, 1, 2, 3, 4.5f, Float.NaN};
    String text = ArrayPrinter.print(type, index -> elements[(int) index]);
    assertEquals("[[0.  1.  2. ]\n [3.  4.5 nan]]", text);
  }

  @Test
  void wrapsAt75Columns() {
    TensorType type = new TensorType(DType.INT64, Shape.of(30));
    assertEquals(
        "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
            + " 24 25 26 27 28 29]",
        ArrayPrinter.print(type, index -> index));
  }

  @Test
  void readsOnlyTheCornersOfALargeArray() {
    TensorType type = new TensorType(DType.INT64, Shape.of(1L << 20, 1L << 20, 2));
    AtomicInteger reads = new AtomicInteger();
    String text =
        ArrayPrinter.print(
            type,
            index -> {
              reads.incrementAndGet();
              return index >> 20;
            });
    assertEquals(6 * 6 * 2, reads.get());
    String first =
        """
        [[[      0       0]
          [      0       0]
          [      0       0]
          ...
          [      1       1]
          [      1       1]
          [      1       1]]

         [[      2       2]
        """;
    assertTrue(text.startsWith(first), text);
    assertTrue(text.contains("]]\n\n ...\n\n [[2097146 2097146]"), text);
    assertTrue(text.endsWith("  [2097151 2097151]]]"), text);
  }

  @Test
  void agreesWithNumPy(@TempDir Path folder) throws IOException, InterruptedException {
    List<HostArray> arrays = randomArrays();
    List<String> expected = printedByNumPy(arrays, folder);
    assertEquals(arrays.size(), expected.size());
    for (int i = 0; i < arrays.size(); i++) {
      HostArray array = arrays.get(i);
      String message = "array " + i + " of seed " + SEED + ", " + array.type();
      assertEquals(expected.get(i), ArrayPrinter.print(array), message);
    }
  }

  private static List<HostArray> randomArrays() {
    Random random = new Random(SEED);
    List<HostArray> arrays = new ArrayList<>();
    for (DType dtype : DType.values()) {
      if (dtype == DType.BFLOAT16) {
        continue; // NumPy has none.
      }
      for (ToDoubleFunction<Random> source : SOURCES) {
        for (Shape shape : SHAPES) {
          for (int copies = shape.rank() == 0 ? 12 : 1; copies > 0; copies--) {
            arrays.add(random(new TensorType(dtype, shape), source, random));
          }
        }
        for (Shape shape : LARGE_SHAPES) {
          if (random.nextInt(3) == 0) {
            arrays.add(random(new TensorType(dtype, shape), source, random));
          }
        }
      }
    }
    return arrays;
  }

  private static HostArray random(TensorType type, ToDoubleFunction<Random> source, Random random) {
    HostArray array = HostArray.allocate(type);
    // Some arrays are salted, for a nan among ordinary numbers.
    boolean salted = random.nextInt(4) == 0;
    for (long i = 0; i < type.shape().size(); i++) {
      boolean special = salted && random.nextInt(6) == 0;
      double value = (special ? SPECIAL : source).applyAsDouble(random);
      array.set(
          i,
          type.dtype() == DType.BOOL
              ? (Object) (value > 0.5)
              : type.dtype().isFloating()
                  ? type.dtype().rounded(value)
                  : type.dtype().value((long) value));
    }
    return array;
  }

  /** One process for all: raw data in one file, a line for each array in another. */
  private static List<String> printedByNumPy(List<HostArray> arrays, Path folder)
      throws IOException, InterruptedException {
    // From NumPy 2.3 on, float32 has a lower bound of exponents; the option restores the old one.
    String script =
        """
        import os, sys
        try:
            import numpy as np
        except ImportError:
            sys.exit(3)
        if tuple(map(int, np.__version__.split('.')[:2])) >= (2, 3):
            np.set_printoptions(legacy='2.2')
        os.chdir(sys.argv[1])
        data = open('data', 'rb').read()
        offset = 0
        with open('printed', 'w', encoding='utf-8') as out:
            for line in open('index'):
                dtype, *shape = line.split()
                shape = tuple(map(int, shape))
                size = int(np.prod(shape, dtype=np.int64))
                a = np.frombuffer(data, dtype, size, offset) if size else np.zeros(0, dtype)
                offset += a.nbytes
                out.write(str(a.reshape(shape)) + '\\0')
        """;
    try (var data = Files.newOutputStream(folder.resolve("data"))) {
      for (HostArray array : arrays) {
        data.write(array.data().toArray(ValueLayout.JAVA_BYTE));
      }
    }
    Files.write(folder.resolve("index"), arrays.stream().map(ArrayPrinterTest::line).toList());
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no comparison with NumPy: no " + PYTHON);
    Process python =
        new ProcessBuilder(PYTHON, "-c", script, folder.toString()).inheritIO().start();
    if (!python.waitFor(60, TimeUnit.SECONDS)) {
      python.destroyForcibly();
    }
    int code = python.waitFor();
    assumeTrue(code != 3, "no comparison with NumPy: apt-get install python3-numpy");
    assertEquals(0, code, "exit code of " + PYTHON);
    String printed = Files.readString(folder.resolve("printed"), StandardCharsets.UTF_8);
    return List.of(printed.substring(0, printed.length() - 1).split("\0", -1));
  }

  private static String line(HostArray array) {
    String dims =
        Arrays.stream(array.type().shape().dims())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(" "));
    return array.type().dtype() + " " + dims;
  }
}
