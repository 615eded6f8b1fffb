package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** NumPy has no bfloat16: ml_dtypes saves it as two bytes of no stated meaning, {@code V2}. */
class Bfloat16Test {
  @TempDir Path folder;

  /** All 65,536 of them, in the order of their bits. */
  private static HostArray all() {
    HostArray array = HostArray.allocate(new TensorType(DType.BFLOAT16, Shape.of(256, 256)));
    for (int bits = 0; bits < 1 << 16; bits++) {
      array.data().setAtIndex(ValueLayout.JAVA_SHORT, bits, (short) bits);
    }
    return array;
  }

  @Test
  void whatNumPySavesIsTakenForItByName() throws Exception {
    RealNumPy.run(
        """
        import sys, numpy as np
        bits = np.arange(1 << 16, dtype='u2').reshape(256, 256)
        np.save(sys.argv[1] + '/c.npy', bits.view('V2'))
        np.save(sys.argv[1] + '/f.npy', np.asfortranarray(bits).view('V2'))
        np.save(sys.argv[1] + '/marked.npy', bits.view('>V2'))
        """,
        folder);
    for (String file : List.of("c.npy", "f.npy", "marked.npy")) {
      Path path = folder.resolve(file);
      for (NumPyArray array : List.of(NumPyArray.load(path), NumPyArray.map(path))) {
        assertEquals("void16", array.dtype().toString());
        HostArray expected = all();
        assertArrayEquals(bytes(expected), bytes(array.toHost(DType.BFLOAT16)), file);
        assertArrayEquals(bytes(expected), bytes(array.cast(DType.BFLOAT16)), file);
        HostArray target = HostArray.allocate(expected.type());
        array.copyTo(target);
        assertArrayEquals(bytes(expected), bytes(target), file);
      }
    }
    assertEquals(
        Optional.of(NumPyDType.Element.VOID16),
        NumPyArray.introspect(folder.resolve("c.npy")).dtype().map(NumPyDType::element));
  }

  @Test
  void withoutADTypeItIsAnError() {
    NumPyArray array = saved();
    DTypeException e = assertThrows(DTypeException.class, array::toHost);
    assertEquals(
        "toHost: void16 ('V2') does not say what its two bytes mean; if they are bfloat16, as"
            + " ml_dtypes saves it, pass the dtype argument: bfloat16",
        e.getMessage());
    e = assertThrows(DTypeException.class, array::engineDType);
    assertTrue(String.valueOf(e.getMessage()).startsWith("dtype: void16"), e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(names = "BFLOAT16", mode = EnumSource.Mode.EXCLUDE)
  void asAnotherDTypeItIsAnError(DType dtype) {
    NumPyArray array = saved();
    String rest =
        ": void16 ('V2') to "
            + dtype
            + ": two bytes do not say what they mean; if they are bfloat16, as ml_dtypes saves it,"
            + " ask for bfloat16 and cast the tensor";
    DTypeException e = assertThrows(DTypeException.class, () -> array.toHost(dtype));
    assertEquals("toHost" + rest, e.getMessage());
    e = assertThrows(DTypeException.class, () -> array.cast(dtype));
    assertEquals("cast" + rest, e.getMessage());
    HostArray target = HostArray.allocate(new TensorType(dtype, array.shape()));
    e = assertThrows(DTypeException.class, () -> array.copyTo(target));
    assertEquals("copyTo" + rest, e.getMessage());
  }

  private NumPyArray saved() {
    Path path = folder.resolve("saved.npy");
    NumPy.save(path, all());
    return NumPyArray.load(path);
  }

  /** The header is the one that ml_dtypes 0.6 under NumPy 2.4 writes. */
  @Test
  void itIsSavedAsMlDtypesSavesIt() throws Exception {
    Path path = folder.resolve("a.npy");
    NumPy.save(path, all());
    byte[] file = Files.readAllBytes(path);
    assertEquals(
        "\u0093NUMPY\u0001\0v\0{'descr': '<V2', 'fortran_order': False, 'shape': (256, 256), }"
            + " ".repeat(54)
            + "\n",
        new String(file, 0, 128, StandardCharsets.ISO_8859_1));
    Path fortran = folder.resolve("f.npy");
    NumPy.save(fortran, all(), Order.FORTRAN);
    Path npz = folder.resolve("a.npz");
    NumPy.savez(npz, Map.of("x", all()));
    List<String> read =
        RealNumPy.run(
            """
            import sys, numpy as np
            bits = np.arange(1 << 16, dtype='u2').reshape(256, 256)
            for a in np.load(sys.argv[1]), np.load(sys.argv[2]), np.load(sys.argv[3])['x']:
                print(a.dtype.str, a.flags.c_contiguous, np.array_equal(a.view('u2'), bits))
            """,
            path,
            fortran,
            npz);
    assertEquals(List.of("|V2 True True", "|V2 False True", "|V2 True True"), read);
    for (Path again : List.of(path, fortran)) {
      assertArrayEquals(bytes(all()), bytes(NumPyArray.load(again).toHost(DType.BFLOAT16)));
    }
    try (Npz archive = Npz.open(npz)) {
      assertArrayEquals(bytes(all()), bytes(archive.get("x").toHost(DType.BFLOAT16)));
    }
  }

  @Test
  void otherRawBytesAreNotRead() {
    for (String descr : List.of("V", "|V1", "V3", "<V4", "V8", "void")) {
      DTypeException e = assertThrows(DTypeException.class, () -> NumPyDType.parse(descr));
      assertTrue(String.valueOf(e.getMessage()).contains("raw bytes"), e.getMessage());
    }
    assertEquals(
        1,
        Stream.of("V2", "|V2", "<V2", ">V2", "=V2", "V02")
            .map(NumPyDType::parse)
            .distinct()
            .count());
    assertEquals("|V2", NumPyDType.of(DType.BFLOAT16).descr());
  }

  private static byte[] bytes(HostArray array) {
    return NumPyReadsTest.bytes(array);
  }
}
