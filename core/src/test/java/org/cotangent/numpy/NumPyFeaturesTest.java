package org.cotangent.numpy;

import static org.cotangent.numpy.NpyBytes.file;
import static org.cotangent.numpy.NpyBytes.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.Batch;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.DTypeException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's table of what the import does beside its peers. Each row has a check here of what it
 * says of us; the tests of this package look closer. What is said of the others was seen by running
 * the versions that the README names on such files or, for DJL's PyTorch engine, in its sources.
 * Run with {@code -Dcotangent.readme.write} to write the table again.
 */
class NumPyFeaturesTest {
  private static final Path README =
      Path.of(System.getProperty("cotangent.basedir", ".")).resolve("../README.md");

  private static final String START = "<!-- numpy: written by NumPyFeaturesTest -->\n";
  private static final String END = "<!-- end of numpy -->\n";

  /** Shows that a row is true of us. */
  @FunctionalInterface
  private interface Check {
    void run(Path folder) throws IOException;
  }

  /** A row of the table; empty where nothing is known of a peer. */
  private record Feature(
      String name,
      String here,
      String numpy,
      String nd4j,
      String djl,
      String tensorflow,
      Check check) {
    private String row() {
      return Stream.of(name, here, numpy, nd4j, djl, tensorflow)
          .map(cell -> cell.isEmpty() ? "–" : cell)
          .collect(Collectors.joining(" | ", "| ", " |"));
    }
  }

  private static final List<Feature> FEATURES =
      List.of(
          new Feature(
              "`.npy` 1.0, 2.0 and 3.0",
              "yes",
              "yes",
              "1.0; an error for the others",
              "yes",
              "no reader",
              NumPyFeaturesTest::versions),
          new Feature(
              "Fortran order",
              "yes",
              "yes",
              "read as C order: wrong values",
              "refused",
              "",
              NumPyFeaturesTest::orders),
          new Feature(
              "big-endian",
              "yes",
              "yes",
              "ends the process",
              "not swapped: wrong values",
              "",
              NumPyFeaturesTest::byteOrders),
          new Feature(
              "float16 to 64, int8 to 64, uint8 and bool keep their dtype",
              "yes",
              "yes",
              "yes",
              "yes",
              "",
              NumPyFeaturesTest::dtypes),
          new Feature(
              "uint16, uint32, uint64",
              "into int32 and int64, each value checked",
              "yes",
              "uint16; uint32 an error, uint64 shows 2^64 - 1 as -1",
              "read; the engine decides",
              "",
              NumPyFeaturesTest::unsigned),
          new Feature(
              "narrowing",
              "the first value that does not fit is named; else `cast`",
              "`astype` wraps",
              "`castTo` wraps",
              "",
              "",
              NumPyFeaturesTest::narrowing),
          new Feature(
              "0-d and empty arrays", "yes", "yes", "yes", "yes", "", NumPyFeaturesTest::empty),
          new Feature(
              "over 2 GiB", "yes", "yes", "from files", "an error", "", NumPyFeaturesTest::large),
          new Feature(
              "arrays that stay in their files",
              "yes; a file shortened meanwhile is an error",
              "yes; then a bus error",
              "",
              "",
              "",
              NumPyFeaturesTest::mapped),
          new Feature(
              "tensors on such files, without a copy",
              "`device.view`, read-only",
              "`np.memmap`",
              "",
              "",
              "",
              NumPyFeaturesTest::viewed),
          new Feature(
              "batches of rows, shuffled",
              "`device.batches`, of files of any size, read ahead by a thread",
              "",
              "in memory",
              "in memory",
              "in memory",
              NumPyFeaturesTest::batches),
          new Feature(
              "truncated files",
              "an error that counts bytes",
              "an error",
              "read on beyond the end",
              "an error",
              "",
              NumPyFeaturesTest::truncated),
          new Feature(
              "pickled objects, complex numbers, dates",
              "refused by name, with what to do",
              "yes; pickles if allowed",
              "ends the process",
              "refused",
              "",
              NumPyFeaturesTest::foreign),
          new Feature(
              "`.npz`, stored and deflated",
              "yes",
              "yes",
              "stored",
              "yes",
              "",
              NumPyFeaturesTest::archives),
          new Feature(
              "what a file holds, without reading it",
              "`introspect`",
              "`np.lib.format`",
              "",
              "",
              "",
              NumPyFeaturesTest::introspection),
          new Feature(
              "several arrays in one stream",
              "yes",
              "yes",
              "one; takes the whole stream",
              "yes",
              "",
              NumPyFeaturesTest::streams),
          new Feature(
              "`__array_interface__`, in and out",
              "yes, in any strides; never outside of the memory",
              "yes",
              "",
              "",
              "",
              NumPyFeaturesTest::arrayInterface),
          new Feature("DLPack, in", "yes", "yes", "", "", "", NumPyFeaturesTest::dlpack),
          new Feature(
              "nested Java arrays",
              "any depth; a ragged row is an error that names it",
              "lists; ragged is an error",
              "ragged is an error",
              "2 axes; a short row shifts the next",
              "ragged is an error",
              NumPyFeaturesTest::nested),
          new Feature(
              "`java.nio` buffers, memory segments",
              "yes, in either byte order",
              "`np.frombuffer`",
              "buffers of bytes",
              "buffers",
              "buffers",
              NumPyFeaturesTest::buffers),
          new Feature(
              "objects of your own",
              "`ArrayLike`",
              "`__array__`",
              "",
              "",
              "",
              NumPyFeaturesTest::like),
          new Feature(
              "writes `.npy`",
              "in C and Fortran order",
              "in C and Fortran order",
              "C order; wrong values of others",
              "",
              "",
              NumPyFeaturesTest::save),
          new Feature(
              "writes `.npz`",
              "stored and deflated",
              "stored and deflated",
              "",
              "deflated",
              "",
              NumPyFeaturesTest::saveArchives));

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> whatTheTableSaysOfUsIsSo() {
    return FEATURES.stream()
        .map(feature -> dynamicTest(feature.name(), () -> feature.check().run(folder)));
  }

  @Tag("development")
  @Test
  void theReadmeHasTheTable() throws IOException {
    StringBuilder table =
        new StringBuilder(
            """

            | | Cotangent | NumPy | ND4J | DJL | TensorFlow Java |
            |---|---|---|---|---|---|
            """);
    for (Feature feature : FEATURES) {
      table.append(feature.row()).append('\n');
    }
    table.append('\n');
    String readme = Files.readString(README);
    int start = readme.indexOf(START) + START.length();
    int end = readme.indexOf(END);
    assertTrue(start >= START.length() && end >= start, "the README lacks the marks of the table");
    if (System.getProperty("cotangent.readme.write") != null) {
      Files.writeString(README, readme.substring(0, start) + table + readme.substring(end));
    } else {
      assertLinesMatch(
          table.toString().lines(),
          readme.substring(start, end).lines(),
          "run: mvn test -pl core -Dtest=NumPyFeaturesTest -DplainTwin.skip"
              + " -Dcotangent.readme.write");
    }
  }

  private static List<Object> elements(HostArray array) {
    return LongStream.range(0, array.type().shape().size()).mapToObj(array::get).toList();
  }

  private static NumPyArray read(byte[] bytes) {
    return NumPyArray.read(new ByteArrayInputStream(bytes), "bytes");
  }

  private static NumPyArray read(String descr, String shape, String hex) {
    return read(file(1, header("'" + descr + "'", "False", shape), HexFormat.of().parseHex(hex)));
  }

  private static void versions(Path folder) {
    for (int version = 1; version <= 3; version++) {
      byte[] bytes = file(version, header("'<i2'", "False", "(2,)"), new byte[] {1, 0, 2, 0});
      assertEquals(List.of(1, 2), elements(read(bytes).toHost()));
    }
  }

  private static void orders(Path folder) {
    byte[] columns = {0, 3, 1, 4, 2, 5};
    assertEquals(
        List.of(0, 1, 2, 3, 4, 5),
        elements(read(file(1, header("'|i1'", "True", "(2, 3)"), columns)).toHost()));
  }

  private static void byteOrders(Path folder) {
    assertEquals(List.of(258), elements(read(">i4", "(1,)", "00000102").toHost()));
    assertEquals(List.of(1.0), elements(read(">f8", "(1,)", "3ff0000000000000").toHost()));
  }

  private static void dtypes(Path folder) {
    List.of("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1")
        .forEach(code -> {
          NumPyArray array = read("<" + code, "(1,)", "00".repeat(code.charAt(1) - '0'));
          assertEquals(array.dtype().toString(), array.toHost().type().dtype().toString());
        });
  }

  private static void unsigned(Path folder) {
    assertEquals(List.of(65535), elements(read("<u2", "(1,)", "ffff").toHost(DType.INT32)));
    assertEquals(
        List.of(4294967295L), elements(read("<u4", "(1,)", "ffffffff").toHost(DType.INT64)));
    NumPyArray large = read("<u8", "(1,)", "ff".repeat(8));
    DTypeException e = assertThrows(DTypeException.class, () -> large.toHost(DType.INT64));
    Messages.assertMessage("toHost", "18446744073709551615", e);
    assertThrows(DTypeException.class, large::toHost);
  }

  private static void narrowing(Path folder) {
    NumPyArray array = NumPyArray.of(new short[] {1, 2, 300}, 3);
    DTypeException e = assertThrows(DTypeException.class, () -> array.toHost(DType.INT8));
    Messages.assertMessage("toHost", "element (2,) = 300", e);
    assertEquals(List.of(1, 2, 44), elements(array.cast(DType.INT8)));
  }

  private static void empty(Path folder) {
    assertEquals(List.of(7), elements(read("|i1", "()", "07").toHost()));
    assertEquals(Shape.of(0, 3), read("<f8", "(0, 3)", "").toHost().type().shape());
  }

  private static void large(Path folder) throws IOException {
    long size = (2L << 30) + 5;
    Path path = folder.resolve("large.npy");
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.write(file(1, header("'|u1'", "False", "(" + size + ",)"), new byte[0]));
      sparse.seek(sparse.length() + size - 1);
      sparse.write(7);
    }
    NumPyArray array = NumPyArray.map(path);
    assertEquals(Shape.of(size), array.shape());
    assertEquals(7, array.data().get(ValueLayout.JAVA_BYTE, size - 1));
  }

  private static void mapped(Path folder) throws IOException {
    Path path = folder.resolve("mapped.npy");
    NumPy.save(path, NumPyReadsTest.sample(DType.FLOAT64, Shape.of(1 << 16)));
    NumPyArray array = NumPyArray.map(path);
    assertTrue(array.data().isMapped());
    assertEquals(-12.5, array.toHost().get(0));
    try (RandomAccessFile shortened = new RandomAccessFile(path.toFile(), "rw")) {
      shortened.setLength(4096);
    }
    FormatException e = assertThrows(FormatException.class, array::toHost);
    Messages.assertMessage("map", "shortened", e);
  }

  private static void viewed(Path folder) {
    Path path = folder.resolve("viewed.npy");
    NumPy.save(path, NumPyReadsTest.sample(DType.FLOAT64, Shape.of(300, 7)), Order.FORTRAN);
    try (Device device = Device.cpu()) {
      try (Scope _ = device.open()) {
        NumPyArray array = NumPyArray.map(path);
        long before = device.memory().liveBytes();
        Tensor view = device.view(array);
        assertEquals(before, device.memory().liveBytes());
        assertEquals(device.tensor(array).sum(0).toString(), view.sum(0).toString());
      }
    }
  }

  private static void batches(Path folder) {
    Path path = folder.resolve("batches.npy");
    NumPy.save(path, NumPyReadsTest.sample(DType.INT32, Shape.of(10)));
    try (Device device = Device.cpu()) {
      try (Scope _ = device.open()) {
        NumPyArray array = NumPyArray.map(path);
        List<Integer> rows = new ArrayList<>();
        for (Batch batch : device.batches(3, array).shuffle(1).prefetch(2).epoch(0)) {
          HostArray batchRows = batch.tensor(0).toHost();
          for (long i = 0; i < batchRows.type().shape().size(); i++) {
            rows.add((Integer) batchRows.get(i));
          }
        }
        List<Integer> all =
            LongStream.range(0, 10).mapToObj(i -> (Integer) array.toHost().get(i)).toList();
        assertNotEquals(all, rows);
        assertEquals(all.stream().sorted().toList(), rows.stream().sorted().toList());
      }
    }
  }

  private static void truncated(Path folder) {
    FormatException e = assertThrows(FormatException.class, () -> read("<i4", "(2,)", "000000"));
    Messages.assertMessage("read", "has 8 bytes, 3 are there", e);
  }

  private static void foreign(Path folder) {
    Map<String, String> names = Map.of("|O", "object", "<c16", "complex", "<M8[D]", "datetime64");
    names.forEach((descr, name) -> {
      FormatException e = assertThrows(FormatException.class, () -> read(descr, "(1,)", ""));
      Messages.assertMessage("read", "dtype " + name, e);
      Messages.assertMessage("read", "in NumPy ", e);
    });
  }

  private static void archives(Path folder) {
    Path path = folder.resolve("a.npz");
    Map<String, HostArray> arrays = Map.of("x", NumPyReadsTest.sample(DType.INT32, Shape.of(3)));
    for (boolean compressed : new boolean[] {false, true}) {
      if (compressed) {
        NumPy.savezCompressed(path, arrays);
      } else {
        NumPy.savez(path, arrays);
      }
      try (Npz npz = Npz.open(path)) {
        assertEquals(List.of(-50, -13, 24), elements(npz.get("x").toHost()));
      }
    }
  }

  private static void introspection(Path folder) throws IOException {
    byte[] headerAlone = file(1, header("'<c16'", "True", "(1073741824, 1024)"), new byte[0]);
    Path path = Files.write(folder.resolve("x.npy"), headerAlone);
    assertEquals("<c16(1073741824, 1024) in Fortran order", NumPyArray.introspect(path).toString());
  }

  private static void streams(Path folder) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NumPy.write(out, NumPyReadsTest.sample(DType.INT32, Shape.of(3)));
    NumPy.write(out, NumPyReadsTest.sample(DType.BOOL, Shape.of(2)));
    try (InputStream in = new ByteArrayInputStream(out.toByteArray())) {
      assertEquals(List.of(-50, -13, 24), elements(NumPyArray.read(in, "two").toHost()));
      assertEquals(List.of(true, false), elements(NumPyArray.read(in, "two").toHost()));
    }
  }

  private static void arrayInterface(Path folder) {
    HostArray host = NumPyReadsTest.sample(DType.INT32, Shape.of(3));
    assertEquals(
        List.of(host.data().address(), false), ArrayInterface.of(host).fields().get("data"));
    Map<String, Object> backwards =
        Map.of("version", 3, "typestr", "<i4", "shape", List.of(3), "strides", List.of(-4));
    assertEquals(
        List.of(24, -13, -50),
        elements(ArrayInterface.of(backwards, host.data(), 8).toNumPyArray().toHost()));
    assertThrows(FormatException.class, () -> ArrayInterface.of(backwards, host.data(), 4));
  }

  private static void dlpack(Path folder) {
    MemorySegment memory = MemorySegment.ofArray(new int[] {1, 2, 3, 4});
    DlpackTensor tensor =
        new DlpackTensor(1, 0, 32, 1, List.of(2L), Optional.of(List.of(2L)), memory, 4);
    assertEquals(List.of(2, 4), elements(tensor.toNumPyArray().toHost()));
  }

  private static void nested(Path folder) {
    NumPyArray array = NumPyArray.of(new int[][][][] {{{{1, 2}}}, {{{3, 4}}}});
    assertEquals(Shape.of(2, 1, 1, 2), array.shape());
    assertEquals(List.of(1, 2, 3, 4), elements(array.toHost()));
    float[][] ragged = {{1, 2}, {3}};
    ShapeException e = assertThrows(ShapeException.class, () -> NumPyArray.of(ragged));
    Messages.assertMessage("of: ragged", "[1] has 1 elements", e);
  }

  private static void buffers(Path folder) {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {0, 0, 1, 2}).order(ByteOrder.BIG_ENDIAN);
    assertEquals(List.of(258), elements(NumPyArray.of(bytes.asIntBuffer(), 1).toHost()));
    NumPyArray segment =
        new NumPyArray(
            NumPyDType.parse(">i2"), Shape.of(2), Order.C, MemorySegment.ofBuffer(bytes));
    assertEquals(List.of(0, 258), elements(segment.toHost()));
  }

  private static void like(Path folder) {
    ArrayLike own = () -> NumPyArray.of(new double[] {2.5}, 1);
    assertEquals(List.of(2.5), elements(own.toNumPyArray().toHost()));
  }

  private static void save(Path folder) throws IOException {
    HostArray array = NumPyReadsTest.sample(DType.INT8, Shape.of(2, 2));
    Path path = folder.resolve("x.npy");
    NumPy.save(path, array, Order.C);
    assertEquals("cef318d8", data(path));
    NumPy.save(path, array, Order.FORTRAN);
    assertEquals("ce18f3d8", data(path));
    assertEquals(Order.FORTRAN, NumPyArray.load(path).order());
  }

  private static String data(Path path) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    return HexFormat.of().formatHex(bytes, 128, bytes.length);
  }

  private static void saveArchives(Path folder) throws IOException {
    Map<String, HostArray> arrays =
        Map.of("x", NumPyReadsTest.sample(DType.INT64, Shape.of(101, 8)));
    Path stored = folder.resolve("stored.npz");
    Path deflated = folder.resolve("deflated.npz");
    NumPy.savez(stored, arrays);
    NumPy.savezCompressed(deflated, arrays);
    assertTrue(Files.size(deflated) < Files.size(stored) / 2);
  }
}
