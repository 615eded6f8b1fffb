package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written here NumPy reads, and would have written with the same bytes. */
class NumPyReadsTest {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(),
          Shape.of(0),
          Shape.of(1),
          Shape.of(7),
          Shape.of(0, 3),
          Shape.of(1, 5),
          Shape.of(2, 3),
          Shape.of(37, 41),
          Shape.of(1, 64, 33),
          Shape.of(2, 3, 5, 7),
          Shape.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2));

  /** Element k is 37 k mod 101 - 50, quartered in floats; in bool whether 3 divides k. */
  static HostArray sample(DType dtype, Shape shape) {
    HostArray array = HostArray.allocate(new TensorType(dtype, shape));
    for (long k = 0; k < shape.size(); k++) {
      long value = 37 * k % 101 - 50;
      array.set(
          k,
          dtype == DType.BOOL
              ? (Object) (k % 3 == 0)
              : dtype.isFloating() ? dtype.rounded(value * 0.25) : dtype.value(value));
    }
    return array;
  }

  static final String EXPECTED =
      """
      import io, sys, zipfile, numpy as np
      def expected(dtype, shape, order='C'):
          k = np.arange(int(np.prod(shape)))
          v = k % 3 == 0 if dtype == 'bool' else 37 * k % 101 - 50
          v = v * 0.25 if dtype.startswith('float') else v
          return np.array(v.astype(dtype).reshape(shape), order=order)
      """;

  @Test
  void npyInBothOrders(@TempDir Path folder) throws Exception {
    List<String> manifest = new ArrayList<>();
    for (DType dtype : RealNumPy.DTYPES) {
      for (Shape shape : SHAPES) {
        for (Order order : Order.values()) {
          Path file = folder.resolve(manifest.size() + ".npy");
          HostArray array = sample(dtype, shape);
          NumPy.save(file, array, order);
          manifest.add(file + "|" + dtype + "|" + shape + "|" + order.toString().charAt(0));
          assertArrayEquals(bytes(array), bytes(NumPyArray.load(file).toHost()), manifest::getLast);
        }
      }
    }
    Path list = Files.write(folder.resolve("manifest"), manifest);
    List<String> output =
        RealNumPy.run(
            EXPECTED
                + """
                count = 0
                for line in open(sys.argv[1]):
                    file, dtype, shape, order = line.strip().split('|')
                    want = expected(dtype, eval(shape), order)
                    got = np.load(file, allow_pickle=False)
                    assert got.dtype == want.dtype and got.shape == want.shape, line
                    assert got.flags.c_contiguous == want.flags.c_contiguous, line
                    assert got.flags.f_contiguous == want.flags.f_contiguous, line
                    assert np.array_equal(got, want), line
                    bytes = io.BytesIO()
                    np.save(bytes, want)
                    assert open(file, 'rb').read() == bytes.getvalue(), line
                    count += 1
                print(count)
                """,
            list);
    assertEquals(List.of(Integer.toString(manifest.size())), output);
  }

  /** Headers of every length modulo the alignment, also those that fit it exactly. */
  @Test
  void headersOfEveryLength() throws Exception {
    List<String> expected =
        RealNumPy.run(
            """
            import io, numpy as np
            for rank in range(65):
                for last in 1, 12, 345:
                    out = io.BytesIO()
                    shape = (1,) * (rank - 1) + (last,) if rank else ()
                    np.lib.format.write_array_header_1_0(
                        out, {'descr': '<f8', 'fortran_order': False, 'shape': shape})
                    print(out.getvalue().hex())
            """);
    NumPyDType dtype = NumPyDType.parse("<f8");
    List<String> actual = new ArrayList<>();
    for (int rank = 0; rank <= 64; rank++) {
      for (long last : new long[] {1, 12, 345}) {
        long[] dims = new long[rank];
        Arrays.fill(dims, 1);
        Shape shape = rank == 0 ? Shape.SCALAR : Shape.of(dims).with(rank - 1, last);
        actual.add(HexFormat.of().formatHex(NpyHeader.format(dtype, Order.C, shape)));
      }
    }
    assertEquals(expected, actual);
  }

  @Test
  void npzStoredAndDeflated(@TempDir Path folder) throws Exception {
    Map<String, HostArray> arrays = new TreeMap<>();
    for (DType dtype : RealNumPy.DTYPES) {
      arrays.put("größe/" + dtype, sample(dtype, Shape.of(37, 41)));
      arrays.put(dtype + "-empty", sample(dtype, Shape.of(0, 3)));
      arrays.put(dtype + ".npy", sample(dtype, Shape.of()));
    }
    Path stored = folder.resolve("stored.npz");
    Path deflated = folder.resolve("deflated.npz");
    NumPy.savez(stored, arrays);
    NumPy.savezCompressed(deflated, arrays);
    for (Path file : List.of(stored, deflated)) {
      try (Npz npz = Npz.open(file)) {
        assertEquals(List.copyOf(arrays.keySet()), npz.names());
        for (Map.Entry<String, HostArray> entry : arrays.entrySet()) {
          HostArray again = npz.get(entry.getKey()).toHost();
          assertArrayEquals(bytes(entry.getValue()), bytes(again), entry.getKey());
        }
      }
    }
    List<String> output =
        RealNumPy.run(
            EXPECTED
                + """
                for file in sys.argv[1:]:
                    assert zipfile.ZipFile(file).testzip() is None
                    with np.load(file, allow_pickle=False) as npz:
                        for name in npz.files:
                            dtype = name.split('/')[-1].split('-')[0].split('.')[0]
                            shape = ((37, 41) if '/' in name else (0, 3) if '-' in name else ())
                            got = npz[name + '.npy' if name.endswith('.npy') else name]
                            assert got.dtype == dtype and got.shape == shape, name
                            assert np.array_equal(got, expected(dtype, shape)), name
                        print(len(npz.files), npz.zip.infolist()[0].compress_type)
                """,
            stored,
            deflated);
    int count = 3 * RealNumPy.DTYPES.size();
    assertEquals(List.of(count + " 0", count + " 8"), output);
  }

  static byte[] bytes(HostArray array) {
    return array.data().toArray(ValueLayout.JAVA_BYTE);
  }
}
