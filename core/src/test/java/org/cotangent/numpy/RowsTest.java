package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Some rows of an array, against indexing of the whole. */
class RowsTest {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(7),
          Shape.of(7, 1),
          Shape.of(1, 5),
          Shape.of(7, 3),
          Shape.of(131, 37),
          Shape.of(7, 0, 2),
          Shape.of(13, 5, 1, 3));

  @TempDir Path folder;

  /** Repeated, descending, neighbouring; the first and the last. */
  private static long[] someRows(Shape shape) {
    long rows = shape.dim(0);
    return LongStream.of(rows - 1, 0, 1, 2, 2, 5, 4, 3, 4, 5, 0, rows - 1)
        .map(row -> row % rows)
        .toArray();
  }

  private static List<Object> expected(HostArray whole, long... rows) {
    Shape shape = whole.type().shape();
    long width = shape.size() / shape.dim(0);
    return LongStream.of(rows)
        .flatMap(row -> LongStream.range(row * width, (row + 1) * width))
        .mapToObj(whole::get)
        .toList();
  }

  private static List<Object> list(HostArray array) {
    return LongStream.range(0, array.type().shape().size()).mapToObj(array::get).toList();
  }

  private static HostArray rowsOf(NumPyArray array, DType dtype, long... rows) {
    Shape shape = array.shape().with(0, rows.length);
    HostArray target = HostArray.allocate(new TensorType(dtype, shape));
    array.toHost(rows, target);
    return target;
  }

  @ParameterizedTest
  @EnumSource(names = "BFLOAT16", mode = EnumSource.Mode.EXCLUDE)
  void rowsAreThoseOfTheWhole(DType dtype) {
    for (Shape shape : SHAPES) {
      for (Order order : Order.values()) {
        HostArray whole = NumPyReadsTest.sample(dtype, shape);
        Path path = folder.resolve("a.npy");
        NumPy.save(path, whole, order);
        for (NumPyArray array : List.of(NumPyArray.load(path), NumPyArray.map(path))) {
          long[] some = someRows(shape);
          NumPyArray taken = array.take(some);
          assertEquals(array.dtype(), taken.dtype());
          assertEquals(shape.with(0, some.length), taken.shape());
          assertFalse(taken.data().isMapped());
          assertEquals(expected(whole, some), list(taken.toHost()), array::toString);
          long last = shape.dim(0);
          long first = last / 3;
          assertEquals(
              expected(whole, LongStream.range(first, last).toArray()),
              list(array.rows(first, last).toHost()),
              array::toString);
          assertEquals(expected(whole, some), list(rowsOf(array, dtype, some)));
          assertEquals(shape.with(0, 0), array.rows(last, last).toHost().type().shape());
          assertEquals(shape.with(0, 0), array.take().toHost().type().shape());
        }
      }
    }
  }

  /** Foreign byte orders, bools that are not 0 or 1, and dtypes that are converted. */
  static Stream<Arguments> foreign() {
    return Stream.of(
        Arguments.of("'>f4'", DType.FLOAT32),
        Arguments.of("'<f4'", DType.FLOAT64),
        Arguments.of("'>i2'", DType.INT16),
        Arguments.of("'<u2'", DType.INT32),
        Arguments.of("'>u4'", DType.INT64),
        Arguments.of("'|u1'", DType.FLOAT32),
        Arguments.of("'>f2'", DType.FLOAT32),
        Arguments.of("'|b1'", DType.BOOL));
  }

  @ParameterizedTest
  @MethodSource("foreign")
  void rowsAreConvertedLikeTheWhole(String descr, DType dtype) throws IOException {
    Shape shape = Shape.of(37, 11);
    byte[] data = new byte[(int) shape.size() * 8];
    for (int i = 0; i < data.length; i++) {
      // In the upper byte of no float the exponent of NaN, whose bits a conversion may change.
      data[i] = (byte) (i * 37 % 60);
    }
    int bytes = descr.charAt(3) - '0';
    for (String fortran : List.of("False", "True")) {
      Path path = folder.resolve("a.npy");
      Files.write(
          path,
          NpyBytes.file(
              1,
              NpyBytes.header(descr, fortran, shape.toString()),
              Arrays.copyOf(data, (int) shape.size() * bytes)));
      for (NumPyArray array : List.of(NumPyArray.load(path), NumPyArray.map(path))) {
        long[] some = someRows(shape);
        HostArray whole = array.toHost(dtype);
        assertEquals(expected(whole, some), list(rowsOf(array, dtype, some)), array::toString);
        assertEquals(expected(whole, some), list(array.take(some).toHost(dtype)));
      }
    }
  }

  @Test
  void numPyTakesTheSame() throws Exception {
    List<Path> arguments = new ArrayList<>();
    StringBuilder mine = new StringBuilder();
    for (DType dtype : List.of(DType.FLOAT64, DType.UINT8)) {
      for (Order order : Order.values()) {
        Path path = folder.resolve(dtype + "-" + order + ".npy");
        NumPy.save(path, NumPyReadsTest.sample(dtype, Shape.of(37, 4, 3)), order);
        arguments.add(path);
        NumPyArray mapped = NumPyArray.map(path);
        for (NumPyArray some : List.of(mapped.take(36, 0, 0, 17, 18), mapped.rows(3, 20))) {
          mine.append(
              list(some.toHost(DType.FLOAT64)).stream()
                  .map(Object::toString)
                  .collect(Collectors.joining(" ", "", "\n")));
        }
      }
    }
    List<String> output =
        RealNumPy.run(
            """
            import sys, numpy as np
            for path in sys.argv[1:]:
                a = np.load(path)
                for rows in a.take([36, 0, 0, 17, 18], axis=0), a[3:20]:
                    print(*[float(x) for x in rows.ravel()])
            """,
            arguments.toArray(Path[]::new));
    assertEquals(mine.toString().lines().toList(), output);
  }

  @Test
  void aValueThatDoesNotFitIsNamedByItsPlaceInTheWhole() {
    HostArray whole = HostArray.allocate(new TensorType(DType.INT64, Shape.of(50, 30, 2)));
    whole.set((43 * 30 + 21) * 2 + 1, 1L << 40);
    for (Order order : Order.values()) {
      Path path = folder.resolve("a.npy");
      NumPy.save(path, whole, order);
      for (NumPyArray array : List.of(NumPyArray.load(path), NumPyArray.map(path))) {
        rowsOf(array, DType.INT32, 3, 42, 44, 49);
        assertMessage(
            "toHost: int64 to int32: element (43, 21, 1) = 1099511627776 is out of range",
            "ask for int64",
            assertThrows(
                DTypeException.class, () -> rowsOf(array, DType.INT32, 3, 42, 43, 44, 49)));
      }
    }
  }

  @Test
  void aFileThatIsShortenedUnderneathIsAnError() throws IOException {
    for (Order order : Order.values()) {
      Path path = folder.resolve(order + ".npy");
      NumPy.save(path, NumPyReadsTest.sample(DType.FLOAT64, Shape.of(1 << 13, 61)), order);
      NumPyArray mapped = NumPyArray.map(path);
      long[] rows = LongStream.range(0, 128).map(i -> (1 << 13) - 1 - 3 * i).toArray();
      double sum = 0;
      // Until the loops are compiled: they are what would end the process.
      for (int round = 0; round < 200; round++) {
        sum += rowsOf(mapped, DType.FLOAT32, rows).getDouble(round);
        sum += rowsOf(mapped, DType.FLOAT64, rows).getDouble(round);
        sum += mapped.rows(8000, 8100).toHost().getDouble(round);
      }
      assertTrue(Double.isFinite(sum));
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        file.setLength(1 << 20);
      }
      for (int round = 0; round < 5; round++) {
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
          assertMessage(
              "map: the array cannot be read",
              "its file was shortened",
              assertThrows(FormatException.class, () -> rowsOf(mapped, dtype, rows)));
        }
        assertThrows(FormatException.class, () -> mapped.rows(8000, 8100));
        assertThrows(FormatException.class, () -> mapped.take(8000, 8100));
      }
    }
  }

  static Stream<Arguments> errors() {
    NumPyArray array = NumPyArray.of(new int[15], 5, 3);
    NumPyArray scalar = NumPyArray.of(new int[] {1});
    return Stream.of(
        Arguments.of(
            IndexException.class,
            "rows: 3 to 6 is out of range for the 5 rows of int32(5, 3)",
            (Runnable) () -> array.rows(3, 6)),
        Arguments.of(
            IndexException.class,
            "rows: 3 to 2 is out of range for the 5 rows of int32(5, 3)",
            (Runnable) () -> array.rows(3, 2)),
        Arguments.of(
            IndexException.class,
            "rows: -1 to 2 is out of range for the 5 rows of int32(5, 3)",
            (Runnable) () -> array.rows(-1, 2)),
        Arguments.of(
            IndexException.class,
            "take: index 5 at position 1 is out of range for the 5 rows of int32(5, 3)",
            (Runnable) () -> array.take(4, 5)),
        Arguments.of(
            IndexException.class,
            "toHost: index -1 at position 0 is out of range for the 5 rows of int32(5, 3)",
            (Runnable) () -> rowsOf(array, DType.INT32, -1)),
        Arguments.of(
            ShapeException.class,
            "take: int32() is a scalar and has no rows; use toHost for its value",
            (Runnable) scalar::take),
        Arguments.of(
            ShapeException.class,
            "rows: int32() is a scalar and has no rows; use toHost for its value",
            (Runnable) () -> scalar.rows(0, 0)),
        Arguments.of(
            ShapeException.class,
            "toHost: 2 rows of int32(5, 3) have shape (2, 3), the target is int32(2, 4);"
                + " pass one of that shape",
            (Runnable)
                () ->
                    array.toHost(
                        new long[2],
                        HostArray.allocate(new TensorType(DType.INT32, Shape.of(2, 4))))),
        Arguments.of(
            DTypeException.class,
            "toHost: int32 to bool does not keep values;"
                + " cast(bool) gives whether each is not 0",
            (Runnable) () -> rowsOf(array, DType.BOOL, 1)));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void wrongArguments(Class<? extends CotangentException> type, String message, Runnable call) {
    assertEquals(message, assertThrows(type, call::run).getMessage());
  }

  @Test
  @SuppressWarnings("NullAway") // callers without null checks
  void nulls() {
    NumPyArray array = NumPyArray.of(new int[] {1}, 1);
    assertThrows(ArgumentException.class, () -> array.take((long[]) null));
    assertThrows(ArgumentException.class, () -> array.toHost(null, array.toHost()));
    assertThrows(ArgumentException.class, () -> array.toHost(new long[1], null));
  }
}
