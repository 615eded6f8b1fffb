package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What NumPy writes is read with the same dtype, shape, order and values. */
class ReadsNumPyTest {
  /** Prints a line for each file: file, dtype, shape, order, values in C order. */
  private static final String WRITE_ALL =
      """
      import sys, numpy as np
      folder = sys.argv[1]
      shapes = [(), (0,), (1,), (7,), (0, 3), (3, 0), (1, 1), (2, 3), (37, 41), (5, 1, 3),
                (2, 3, 5, 7)]
      def samples(dtype):
          if dtype.kind == 'b':
              return [True, False, False, True, True]
          if dtype.kind in 'iu':
              info = np.iinfo(dtype)
              return [info.min, info.max, 0, 1, 2, 3, 5, 7, 100, info.max // 3, info.min // 3]
          info = np.finfo(dtype)
          return [0.1, -0.0, np.nan, np.inf, -np.inf, info.max, info.min, info.tiny,
                  info.smallest_subnormal, 1, -2.5]
      def text(value):
          return str(int(value)) if value.dtype.kind in 'biu' else float(value).hex()
      number = 0
      for name in '?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'f4', 'f8':
          for mark in '<>':
              dtype = np.dtype(mark + name)
              for shape in shapes:
                  for order in 'CF':
                      size = int(np.prod(shape))
                      flat = np.resize(np.array(samples(dtype), dtype), size)
                      a = np.array(flat.reshape(shape), dtype, order=order)
                      file = f'{folder}/{number}.npy'
                      with open(file, 'wb') as out:
                          np.lib.format.write_array(out, a, version=(1 + number % 3, 0))
                      number += 1
                      fortran = a.flags.f_contiguous and not a.flags.c_contiguous
                      print(file, dtype.str, shape, 'FORTRAN' if fortran else 'C',
                            ' '.join(text(v) for v in flat), sep='|')
      """;

  @Test
  void everyDtypeByteOrderShapeOrderAndVersion(@TempDir Path folder) throws Exception {
    List<String> lines = RealNumPy.run(WRITE_ALL, folder);
    assertEquals(10 * 2 * 11 * 2, lines.size());
    for (String line : lines) {
      String[] fields = line.split("\\|(?!b1|i1|u1)", -1);
      NumPyArray array = NumPyArray.load(Path.of(fields[0]));
      assertEquals(fields[1], array.dtype().descr(), line);
      assertEquals(fields[2], array.shape().toString(), line);
      assertEquals(fields[3], array.order().toString(), line);
      List<String> values = fields[4].isEmpty() ? List.of() : List.of(fields[4].split(" "));
      assertValues(values, array, line);
      try (InputStream in = Files.newInputStream(Path.of(fields[0]))) {
        assertValues(values, NumPyArray.read(in, "stream"), line);
        assertEquals(-1, in.read());
      }
    }
  }

  private static void assertValues(List<String> expected, NumPyArray array, String line) {
    NumPyDType.Element element = array.dtype().element();
    DType wide = element.isFloating() ? DType.FLOAT64 : DType.INT64;
    HostArray widened = element == NumPyDType.Element.BOOL ? array.cast(wide) : array.toHost(wide);
    List<Object> values = elements(widened);
    assertEquals(expected.size(), values.size(), line);
    for (int i = 0; i < values.size(); i++) {
      assertEquals(number(expected.get(i), wide), values.get(i), line);
    }
    Optional<DType> own = element.engine();
    if (own.isPresent()) {
      assertEquals(own.get(), array.toHost().type().dtype());
      List<Object> again =
          elements(array.toHost()).stream()
              .map(value ->
                  switch (value) {
                    case Boolean b -> (Object) (b ? 1L : 0L);
                    case Integer i -> (Object) (long) i;
                    case Float f -> (Object) (double) f;
                    default -> value;
                  })
              .toList();
      assertEquals(values, again, line);
    } else {
      assertThrows(DTypeException.class, array::toHost);
      assertEquals(elements(array.toHost(element.nearest())).size(), values.size());
    }
  }

  private static List<Object> elements(HostArray array) {
    return LongStream.range(0, array.type().shape().size()).mapToObj(array::get).toList();
  }

  private static Object number(String text, DType dtype) {
    if (dtype == DType.INT64) {
      return Long.valueOf(text);
    }
    return switch (text) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.valueOf(text);
    };
  }

  @Test
  void archives(@TempDir Path folder) throws Exception {
    RealNumPy.run(
        """
        import sys, numpy as np
        folder = sys.argv[1]
        arrays = {'w': np.arange(6, dtype='>f8').reshape(2, 3), 'layer/b': np.array(7, 'u1'),
                  'größe': np.zeros((0, 3), 'f4'), 'f': np.asfortranarray(np.arange(2000)
                  .reshape(40, 50))}
        np.savez(folder + '/stored.npz', **arrays)
        np.savez_compressed(folder + '/deflated.npz', **arrays)
        np.savez(folder + '/empty.npz')
        np.savez(folder + '/positional.npz', np.arange(3))
        """,
        folder);
    for (String file : List.of("stored.npz", "deflated.npz")) {
      try (Npz npz = Npz.open(folder.resolve(file))) {
        assertEquals(List.of("w", "layer/b", "größe", "f"), npz.names());
        assertEquals(5.0, npz.get("w").toHost().get(5));
        assertEquals(7, npz.get("layer/b").toHost(DType.INT32).get(0));
        assertEquals("(0, 3)", npz.get("größe").shape().toString());
        List<Object> all = LongStream.range(0, 2000).mapToObj(i -> (Object) i).toList();
        assertEquals(all, elements(npz.get("f").toHost()));
      }
    }
    try (Npz npz = Npz.open(folder.resolve("empty.npz"))) {
      assertEquals(List.of(), npz.names());
    }
    try (Npz npz = Npz.open(folder.resolve("positional.npz"))) {
      assertEquals(List.of("arr_0"), npz.names());
    }
  }

  @Test
  void headersWrittenByOtherHands(@TempDir Path folder) throws Exception {
    byte[] data = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0};
    List<String> headers =
        List.of(
            "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3)}",
            "{\"shape\":(2,3,),\"fortran_order\":False,\"descr\":\"<i2\"}",
            " \t{ 'fortran_order' :\nFalse , 'shape' : ( +2 , (3) , ) , 'descr' : '<i2' , }\r\n\f ",
            "{'shape': (9,), 'descr': '<i2', 'fortran_order': False, 'shape': (2, 3)}");
    Path file = folder.resolve("a.npy");
    for (String header : headers) {
      for (int version = 1; version <= 3; version++) {
        Files.write(file, NpyBytes.file(version, header, data));
        NumPyArray array = NumPyArray.load(file);
        assertEquals("int16(2, 3)", array.toString());
        assertEquals(6, array.toHost(DType.INT32).get(5));
      }
    }
  }

  @Test
  void severalArraysInOneStreamAndBytesBehindAFile(@TempDir Path folder) throws Exception {
    byte[] one = NpyBytes.file(1, NpyBytes.header("'|u1'", "False", "(2,)"), new byte[] {1, 2});
    byte[] two = NpyBytes.file(2, NpyBytes.header("'|b1'", "False", "()"), new byte[] {9});
    byte[] both = ByteBuffer.allocate(one.length + two.length).put(one).put(two).array();
    InputStream in = new ByteArrayInputStream(both);
    assertEquals("uint8(2,)", NumPyArray.read(in, "stream").toString());
    NumPyArray bool = NumPyArray.read(in, "stream");
    assertEquals(true, bool.toHost().get(0));
    assertEquals(1, bool.toHost().data().get(ValueLayout.JAVA_BYTE, 0));
    Path file = Files.write(folder.resolve("both.npy"), both);
    assertEquals("uint8(2,)", NumPyArray.load(file).toString());
  }

  @Test
  void bitsOfNanSurviveWhereTheDtypeStays() {
    int[] bits = {0x7fa00001, 0xffc12345, 0x80000000};
    NumPyArray ints = NumPyArray.of(bits, 3);
    NumPyDType.Element element = NumPyDType.Element.FLOAT32;
    NumPyArray array =
        new NumPyArray(
            new NumPyDType(element, ints.dtype().byteOrder()), ints.shape(), Order.C, ints.data());
    HostArray host = array.toHost();
    assertArrayEquals(bits, host.data().toArray(ValueLayout.JAVA_INT));
  }

  @Test
  void dtypeNamesThatNumPyTakes() throws Exception {
    List<String> names =
        Stream.of(
                "<f4 >f4 =f4 |f4 f4 f d <d ? <? |b1 >b1 b1 b B h H >h i I l q p i1 |u1 u2 >u4 i8"
                    + " bool int8 int16 int32 int64 uint8 uint16 uint32 float32 float64 byte short"
                    + " intc int longlong ubyte ushort uintc single double float intp bool_ int_")
            .flatMap(all -> Stream.of(all.split(" ")))
            .toList();
    List<String> verdicts =
        RealNumPy.run(
            "import numpy as np\nfor n in '"
                + String.join(" ", names)
                + "'.split(): print(np.dtype(n).str)");
    assertEquals(verdicts, names.stream().map(n -> NumPyDType.parse(n).descr()).toList());
    assertTrue(NumPyDType.parse("=f8").isNative());
    assertEquals(NumPyDType.parse(">u1"), NumPyDType.parse("<u1"));
  }
}
