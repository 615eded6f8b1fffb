package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written to streams, archives and other processes' memory. */
class ExportTest {
  private static final List<Shape> SHAPES =
      List.of(Shape.of(), Shape.of(0), Shape.of(1), Shape.of(3, 0), Shape.of(37, 5, 3));

  /** Room for the largest array in each order. */
  private static final long SLOT = 16384;

  @Test
  void severalInOneStream(@TempDir Path folder) throws Exception {
    List<Boolean> closed = new ArrayList<>();
    Path file = folder.resolve("several");
    List<HostArray> arrays = new ArrayList<>();
    try (OutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed.add(true);
          }
        }) {
      for (DType dtype : RealNumPy.DTYPES) {
        for (Shape shape : SHAPES) {
          arrays.add(NumPyReadsTest.sample(dtype, shape));
          NumPy.write(out, arrays.getLast());
          NumPy.write(out, arrays.getLast(), Order.FORTRAN);
        }
      }
      assertEquals(List.of(), closed);
      Files.write(file, ((ByteArrayOutputStream) out).toByteArray());
    }
    try (InputStream in = Files.newInputStream(file)) {
      for (HostArray array : arrays) {
        for (Order order : Order.values()) {
          NumPyArray read = NumPyArray.read(in, "several");
          boolean both = Reorder.isSame(read.shape());
          assertEquals(both ? Order.C : order, read.order());
          assertArrayEquals(NumPyReadsTest.bytes(array), NumPyReadsTest.bytes(read.toHost()));
        }
      }
      assertEquals(-1, in.read());
    }
    List<String> output =
        RealNumPy.run(
            NumPyReadsTest.EXPECTED
                + """
                count = 0
                with open(sys.argv[1], 'rb') as f:
                    for dtype in sys.argv[2].split('|'):
                        for shape in (), (0,), (1,), (3, 0), (37, 5, 3):
                            for order in 'CF':
                                got, want = np.load(f), expected(dtype, shape, order)
                                assert got.dtype == want.dtype and got.shape == want.shape
                                assert got.flags.f_contiguous == want.flags.f_contiguous
                                assert np.array_equal(got, want), (dtype, shape, order)
                                count += 1
                    assert f.read() == b''
                print(count)
                """,
            file,
            Path.of(
                RealNumPy.DTYPES.stream().map(DType::toString).collect(Collectors.joining("|"))));
    assertEquals(List.of(Integer.toString(2 * arrays.size())), output);
  }

  @Test
  void aStreamThatFails() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space left");
          }
        };
    HostArray array = NumPyReadsTest.sample(DType.FLOAT32, Shape.of(2));
    FormatException e = assertThrows(FormatException.class, () -> NumPy.write(full, array));
    assertEquals("write: the stream fails: no space left", e.getMessage());
    long[] ones = new long[65];
    Arrays.fill(ones, 1);
    HostArray deep = NumPyReadsTest.sample(DType.INT8, Shape.of(ones));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThrows(ShapeException.class, () -> NumPy.write(out, deep));
    assertEquals(0, out.size());
  }

  @Test
  void archivesInFortranOrder(@TempDir Path folder) throws Exception {
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    for (DType dtype : RealNumPy.DTYPES) {
      arrays.put(dtype.toString(), NumPyReadsTest.sample(dtype, Shape.of(5, 7)));
    }
    Path stored = folder.resolve("stored.npz");
    Path deflated = folder.resolve("deflated.npz");
    NumPy.savez(stored, arrays, Order.FORTRAN);
    NumPy.savezCompressed(deflated, arrays, Order.FORTRAN);
    List<String> output =
        RealNumPy.run(
            NumPyReadsTest.EXPECTED
                + """
                for file in sys.argv[1:]:
                    assert zipfile.ZipFile(file).testzip() is None
                    with np.load(file) as npz:
                        for name in npz.files:
                            assert np.isfortran(npz[name]), name
                            assert np.array_equal(npz[name], expected(name, (5, 7))), name
                        print(len(npz.files), npz.zip.infolist()[0].compress_type)
                """,
            stored,
            deflated);
    int count = arrays.size();
    assertEquals(List.of(count + " 0", count + " 8"), output);
  }

  private interface Job {
    void run(String name, MemorySegment memory) throws Exception;
  }

  private static void inSharedMemory(long bytes, Job job) throws Exception {
    String name = "cotangent-" + UUID.randomUUID();
    Path file = Path.of("/dev/shm", name);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      job.run(name, channel.map(MapMode.READ_WRITE, 0, bytes, arena));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Opens the memory that Java made; without the tracker, which would delete it. */
  private static final String OPEN =
      """
      import ctypes
      from multiprocessing import resource_tracker, shared_memory
      shm = shared_memory.SharedMemory(name=sys.argv[1])
      resource_tracker.unregister(shm._name, 'shared_memory')
      """;

  /** A computed tensor goes to a Python process, which changes it in place. */
  @Test
  void aTensorInSharedMemory() throws Exception {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor x = device.tensor(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Tensor y = x.matmul(x.transpose());
      HostArray host = y.toHost();
      inSharedMemory(
          host.data().byteSize(),
          (name, memory) -> {
            memory.copyFrom(host.data());
            String script =
                "import sys, numpy as np\n"
                    + OPEN
                    + """
                    a = np.ndarray((2, 2), 'f8', buffer=shm.buf)
                    print(a.tolist())
                    a *= 10
                    del a
                    shm.close()
                    """;
            assertEquals(
                List.of("[[14.0, 32.0], [32.0, 77.0]]"), RealNumPy.run(script, Path.of(name)));
            assertArrayEquals(
                new double[] {140, 320, 320, 770}, memory.toArray(ValueLayout.JAVA_DOUBLE));
          });
    }
  }

  private static String python(Map<String, Object> fields) {
    return fields.entrySet().stream()
        .map(field -> "'" + field.getKey() + "': " + python(field.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String python(Object value) {
    return switch (value) {
      case List<?> list ->
          list.stream()
              .map(ExportTest::python)
              .collect(Collectors.joining(", ", "(", ",)"))
              .replace("(,)", "()");
      case Boolean truth -> truth ? "True" : "False";
      case String text -> "'" + text + "'";
      default -> value.toString();
    };
  }

  /**
   * NumPy itself takes our dictionaries as {@code __array_interface__}. In its own process the
   * pages lie at another address, so the script moves it by as much.
   */
  @Test
  void realNumPyTakesTheFields(@TempDir Path folder) throws Exception {
    List<HostArray> arrays = new ArrayList<>();
    for (DType dtype : RealNumPy.DTYPES) {
      SHAPES.forEach(shape -> arrays.add(NumPyReadsTest.sample(dtype, shape)));
    }
    inSharedMemory(
        SLOT * arrays.size(),
        (name, memory) -> {
          List<String> lines = new ArrayList<>();
          for (int i = 0; i < arrays.size(); i++) {
            HostArray array = arrays.get(i);
            TensorType type = array.type();
            MemorySegment place = memory.asSlice(SLOT * i, array.data().byteSize());
            place.copyFrom(array.data());
            HostArray shared = new HostArray(type, i % 2 == 0 ? place : place.asReadOnly());
            Map<String, Object> fields = ArrayInterface.of(shared).fields();
            lines.add("%s\t%s\tC\t%s".formatted(type.dtype(), type.shape(), python(fields)));
            if (type.shape().size() > 1) {
              // Once more in Fortran order, which takes strides to say.
              MemorySegment fortran = memory.asSlice(SLOT * i + SLOT / 2, place.byteSize());
              Reorder.cToFortran(array.data(), fortran, type.shape(), type.dtype().bytes());
              lines.add(
                  "%s\t%s\tF\t%s"
                      .formatted(
                          type.dtype(),
                          type.shape(),
                          python(inFortranOrder(type, memory, fortran))));
            }
          }
          Path list = Files.write(folder.resolve("fields"), lines);
          List<String> output =
              RealNumPy.run(
                  NumPyReadsTest.EXPECTED
                      + OPEN
                      + """
                      base = ctypes.addressof(ctypes.c_char.from_buffer(shm.buf))
                      class Shared: pass
                      for line in open(sys.argv[2]):
                          dtype, shape, order, fields = line.strip().split("\\t")
                          shared = Shared()
                          fields = eval(fields)
                          address, readonly = fields['data']
                          fields['data'] = (address - int(sys.argv[3]) + base, readonly)
                          shared.__array_interface__ = fields
                          got, want = np.asarray(shared), expected(dtype, eval(shape), order)
                          assert got.dtype == want.dtype and got.shape == want.shape, line
                          assert got.size == 0 or got.strides == want.strides, line
                          assert got.flags.writeable != readonly, line
                          assert got.ctypes.data == fields['data'][0], line
                          assert np.array_equal(got, want), line
                      print(len(open(sys.argv[2]).readlines()), got.base is shared)
                      """,
                  Path.of(name),
                  list,
                  Path.of(Long.toString(memory.address())));
          assertEquals(List.of(lines.size() + " True"), output);
        });
  }

  private static Map<String, Object> inFortranOrder(
      TensorType type, MemorySegment memory, MemorySegment at) {
    List<Long> strides = new ArrayList<>();
    long stride = type.dtype().bytes();
    for (long dim : type.shape().dims()) {
      strides.add(stride);
      stride *= dim;
    }
    return new ArrayInterface(
            type.shape(),
            NumPyDType.of(type.dtype()),
            strides,
            memory,
            at.address() - memory.address())
        .fields();
  }

  @Test
  void fieldsReadBackGiveTheSameArray() {
    HostArray host = NumPyReadsTest.sample(DType.INT16, Shape.of(3, 4));
    ArrayInterface whole = ArrayInterface.of(host);
    Map<String, Object> fields = whole.fields();
    assertEquals(List.of("version", "shape", "typestr", "data"), List.copyOf(fields.keySet()));
    assertEquals(List.of(host.data().address(), false), fields.get("data"));
    assertArrayEquals(
        NumPyReadsTest.bytes(host),
        NumPyReadsTest.bytes(ArrayInterface.of(fields, host.data(), 0).toNumPyArray().toHost()));
    // Rows from the last to the first.
    ArrayInterface flipped =
        new ArrayInterface(
            Shape.of(3, 4), whole.dtype(), List.of(-8L, 2L), host.data().asReadOnly(), 16);
    fields = flipped.fields();
    assertEquals(List.of(-8L, 2L), fields.get("strides"));
    assertEquals(List.of(host.data().address() + 16, true), fields.get("data"));
    assertEquals(flipped, ArrayInterface.of(fields, flipped.memory(), 16));
    ArrayInterface empty =
        new ArrayInterface(Shape.of(0, 3), whole.dtype(), List.of(2L, 2L), host.data(), 0);
    assertFalse(empty.fields().containsKey("strides"));
  }

  @Test
  void memoryWithoutAnAddress() {
    TensorType type = new TensorType(DType.INT32, Shape.of(2));
    ArrayInterface heap = ArrayInterface.of(new HostArray(type, MemorySegment.ofArray(new int[2])));
    ArgumentException e = assertThrows(ArgumentException.class, heap::fields);
    assertEquals(
        "arrayInterface: the memory is on the Java heap and has no address; copy it to an arena:"
            + " arena.allocate(bytes, 64).copyFrom(memory)",
        e.getMessage());
    ArrayInterface closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = ArrayInterface.of(new HostArray(type, arena.allocate(8)));
      assertEquals(8, closed.memory().byteSize());
    }
    assertThrows(ClosedException.class, closed::fields);
  }

  @Test
  void bfloat16GoesAsTwoBytes() {
    ArrayInterface bits = ArrayInterface.of(NumPyReadsTest.sample(DType.BFLOAT16, Shape.of(2)));
    assertEquals("|V2", bits.fields().get("typestr"));
  }
}
