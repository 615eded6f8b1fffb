package org.cotangent.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.Compiled2;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.nn.Activations;
import org.cotangent.nn.Dropout;
import org.cotangent.numpy.NumPy;
import org.cotangent.numpy.Order;
import org.cotangent.optim.Adam;
import org.cotangent.optim.Optimizer;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Trees of tensors come back from files as they were, or with an error that says why not. */
class TreeFormatTest {
  record Dense(Tensor w, Optional<Tensor> b) {}

  record Net(List<Dense> layers, Map<String, Tensor> tables, String activation) {}

  record Training(Net net, Optimizer.State<Net> state, Key key) {}

  @TempDir private Path folder;
  private Device device;
  private Scope scope;

  @BeforeEach
  void open() {
    device = Device.cpu();
    scope = device.open();
  }

  @AfterEach
  void close() {
    scope.close();
    device.close();
  }

  private Path path(TreeFormat format) {
    return folder.resolve("tree." + format);
  }

  private static Stream<DynamicTest> both(Function<TreeFormat, Executable> test) {
    return Stream.of(TreeFormat.values())
        .map(format -> dynamicTest(format.toString(), test.apply(format)));
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.toHost().data().toArray(ValueLayout.JAVA_BYTE);
  }

  static void assertSame(Object expected, Object actual) {
    List<Tensor> before = Trees.leaves(expected);
    List<Tensor> after = Trees.leaves(actual);
    assertEquals(Trees.names(expected), Trees.names(actual));
    for (int i = 0; i < before.size(); i++) {
      assertEquals(before.get(i).type(), after.get(i).type());
      assertArrayEquals(bytes(before.get(i)), bytes(after.get(i)), Trees.names(expected).get(i));
    }
  }

  /** Random bits, so that every NaN, -0 and subnormal is there. */
  private Map<String, Tensor> everything() {
    Random random = new Random(11);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Shape shape : List.of(Shape.SCALAR, Shape.of(0), Shape.of(3, 0, 2), Shape.of(1_009, 3))) {
      for (DType dtype : DType.values()) {
        HostArray data = SafetensorsReferenceTest.random(dtype, shape, random);
        tensors.put(dtype.toString() + shape, device.tensor(data));
      }
    }
    return tensors;
  }

  @TestFactory
  Stream<DynamicTest> everyDTypeComesBackBitForBit() {
    return both(format ->
        () -> {
          Map<String, Tensor> tree = everything();
          format.write(path(format), tree);
          Map<String, Tensor> like = Trees.map(tree, Tensor::zerosLike);
          try (Device other = Device.cpu();
              Scope _ = other.open()) {
            Map<String, Tensor> read = format.read(other, path(format), like);
            assertSame(tree, read);
            read.values().forEach(tensor -> assertEquals(other, tensor.device()));
          }
        });
  }

  /** As on a device, so in the file: a view is written in the order of its elements. */
  @TestFactory
  Stream<DynamicTest> viewsAreWrittenInTheirOwnOrder() {
    return both(format ->
        () -> {
          Tensor x = device.arange(DType.FLOAT32, 12).reshape(3, 4);
          List<Tensor> tree = List.of(x.transpose(), x.slice(1, 1, 4), x.broadcastTo(2, 3, 4));
          format.write(path(format), tree);
          assertSame(tree, format.read(device, path(format), tree));
        });
  }

  private Net net() {
    Key key = device.key(5);
    return new Net(
        List.of(
            new Dense(
                key.normal(DType.FLOAT32, Shape.of(4, 8)),
                Optional.of(device.zeros(DType.FLOAT32, 8))),
            new Dense(key.fold(1).normal(DType.FLOAT32, Shape.of(8, 2)), Optional.empty())),
        Map.of("scale", device.ones(DType.FLOAT32, 2)),
        "gelu");
  }

  @TestFactory
  Stream<DynamicTest> aTreeComesBackAsItsClasses() {
    return both(format ->
        () -> {
          Net net = net();
          format.write(path(format), net);
          Net read = format.read(device, path(format), Trees.map(net, Tensor::zerosLike));
          assertSame(net, read);
          assertEquals("gelu", read.activation());
          assertEquals(
              List.of("layers.0.b", "layers.0.w", "layers.1.w", "tables.scale"),
              format.read(device, path(format)).keySet().stream().sorted().toList());
          // What is the whole tree has a name as well.
          format.write(path(format), device.key(3).data());
          SequencedMap<String, Tensor> one = format.read(device, path(format));
          assertEquals("{tensor=3}", one.toString());
          format.write(path(format), List.of());
          assertEquals(List.of(), format.read(device, path(format), List.of()));
          assertEquals(Map.of(), format.read(device, path(format)));
        });
  }

  // ---- training goes on

  private static Tensor loss(Net net, Tensor x, Tensor y, Key key) {
    Tensor h = x.matmul(net.layers().getFirst().w()).add(net.layers().getFirst().b().orElseThrow());
    h = Dropout.dropout(Activations.gelu(h), 0.3, key);
    Tensor z = h.matmul(net.layers().getLast().w());
    return z.mul(net.tables().getOrDefault("scale", z)).sub(y).square().mean();
  }

  private static Training step(Training at, Tensor x) {
    Tensor y = x.slice(1, 0, 2).sin();
    Key use = at.key().fold(1);
    Net grad = Cotangent.grad(n -> loss(n, x, y, use), at.net());
    Optimizer.Update<Net> next = Adam.of(0.01).withAmsgrad().step(at.net(), grad, at.state());
    return new Training(next.parameters(), next.state(), at.key().fold(0));
  }

  @TestFactory
  Stream<DynamicTest> trainingGoesOnWithTheSameBits() {
    return both(format ->
        () -> {
          Net net = net();
          Training at = new Training(net, Adam.of(0.01).withAmsgrad().start(net), device.key(9));
          Tensor x = device.key(2).normal(DType.FLOAT32, Shape.of(16, 4));
          Training later;
          try (Compiled2<Training, Tensor, Training> step =
              device.compiler().compile(TreeFormatTest::step, at, x)) {
            for (int i = 0; i < 4; i++) {
              at = step.run(at, x);
            }
            format.write(path(format), at);
            later = at;
            for (int i = 0; i < 4; i++) {
              later = step.run(later, x);
            }
          }
          try (Device other = Device.cpu();
              Scope _ = other.open()) {
            Training again = format.read(other, path(format), at);
            Tensor same = other.tensor(x.toHost());
            try (Compiled2<Training, Tensor, Training> step =
                other.compiler().compile(TreeFormatTest::step, again, same)) {
              for (int i = 0; i < 4; i++) {
                again = step.run(again, same);
              }
            }
            assertSame(later, again);
            assertFalse(
                Arrays.equals(
                    bytes(Trees.leaves(at).getFirst()), bytes(Trees.leaves(again).getFirst())));
          }
        });
  }

  // ---- files that are not what is wanted

  private void assertRefused(
      Class<? extends CotangentException> type, String message, TreeFormat format, Object example) {
    long live = device.memory().liveBlocks();
    CotangentException error = assertThrows(type, () -> format.read(device, path(format), example));
    assertEquals("read: " + path(format) + ": " + message, error.getMessage());
    assertEquals(live, device.memory().liveBlocks());
  }

  @TestFactory
  Stream<DynamicTest> whatTheExampleDoesNotFit() {
    return both(format ->
        () -> {
          Tensor w = device.ones(DType.FLOAT32, 2, 3);
          Tensor b = device.ones(DType.BFLOAT16, 3);
          format.write(path(format), Map.of("a", w, "b", b));
          assertRefused(
              FormatException.class,
              "no 'v', which is float32(2, 3) in the example; it has [a, b]; pass an example of the"
                  + " tree that was written, or read(device, path) for whatever is there",
              format,
              new LinkedHashMap<>(Map.of("b", b, "v", w, "a", w)));
          assertRefused(
              FormatException.class,
              "it has [a], which the example has not; pass an example of the tree that was written,"
                  + " or read(device, path) for whatever is there",
              format,
              Map.of("b", b));
          assertRefused(
              ShapeException.class,
              "'a' is float32(2, 3), and float32(3, 2) in the example; pass an example of that"
                  + " shape",
              format,
              Map.of("b", b, "a", device.ones(DType.FLOAT32, 3, 2)));
          assertRefused(
              DTypeException.class,
              "'a' is float32(2, 3), and bfloat16(2, 3) in the example; pass an example of that"
                  + " dtype, and cast what is read to bfloat16",
              format,
              Map.of("b", b, "a", w.cast(DType.BFLOAT16)));
          assertRefused(
              DTypeException.class,
              "'b' is "
                  + (format == TreeFormat.NPZ ? "void16" : "bfloat16")
                  + "(3,), and float16(3,) in the example; pass an example of that dtype, and cast"
                  + " what is read to float16",
              format,
              Map.of("b", b.cast(DType.FLOAT16), "a", w));
          List<Tensor> many = Stream.generate(() -> b).limit(10).toList();
          format.write(path(format), many);
          assertRefused(
              FormatException.class,
              "it has [1, 2, 3, 4, 5, 6, 7, 8] and 1 more, which the example has not; pass an"
                  + " example of the tree that was written, or read(device, path) for whatever is"
                  + " there",
              format,
              many.subList(0, 1).stream().toList());
        });
  }

  @Test
  void dtypesThatTheEngineHasNot() throws IOException {
    Path file = path(TreeFormat.SAFETENSORS);
    String header = "{\"w\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    Files.write(file, SafetensorsTest.file(header, 4));
    String message =
        ": 'w' is uint32(1,), a dtype that the engine has not; open the file with Safetensors.open"
            + " and pass what get('w') returns to device.tensor(array, dtype)";
    CotangentException error =
        assertThrows(DTypeException.class, () -> TreeFormat.SAFETENSORS.read(device, file));
    assertEquals("read: " + file + message, error.getMessage());
    try (Safetensors tensors = Safetensors.open(file)) {
      assertEquals("[0]", device.tensor(tensors.get("w"), DType.INT64).toString());
    }
    // The two bytes of bfloat16 say what they mean in one format, and not in the other.
    Tensor b = device.ones(DType.BFLOAT16, 2);
    TreeFormat.SAFETENSORS.write(file, b);
    assertSame(Map.of("tensor", b), TreeFormat.SAFETENSORS.read(device, file));
    Path npz = path(TreeFormat.NPZ);
    TreeFormat.NPZ.write(npz, b);
    error = assertThrows(DTypeException.class, () -> TreeFormat.NPZ.read(device, npz));
    assertEquals(
        "read: "
            + npz
            + ": 'tensor' is void16(2,), a dtype that the engine has not; open the file with"
            + " Npz.open and pass what get('tensor') returns to device.tensor(array, dtype)",
        error.getMessage());
    assertSame(b, TreeFormat.NPZ.read(device, npz, b));
  }

  /** NumPy's own bytes and order are taken, and what is no 0 is true. */
  @Test
  void whatNumPyWroteIsRead() {
    Path npz = path(TreeFormat.NPZ);
    HostArray x = device.arange(DType.FLOAT64, 6).reshape(2, 3).toHost();
    NumPy.savezCompressed(npz, Map.of("x", x), Order.FORTRAN);
    Map<String, Tensor> tree = Map.of("x", device.tensor(x));
    assertSame(tree, TreeFormat.NPZ.read(device, npz, tree));
  }

  @TestFactory
  Stream<DynamicTest> aTensorThatCannotBeMadeClosesThoseBefore() {
    return both(format ->
        () -> {
          List<Tensor> tree =
              List.of(device.ones(DType.FLOAT64, 1000), device.ones(DType.INT8, 100_000));
          format.write(path(format), tree);
          Device small = Device.cpu(DeviceOptions.DEFAULT.memoryLimit(50_000));
          try (small) {
            assertThrows(DeviceMemoryException.class, () -> format.read(small, path(format), tree));
            assertThrows(DeviceMemoryException.class, () -> format.read(small, path(format)));
            assertEquals(0, small.memory().liveBlocks());
            assertTrue(small.memory().peakLiveBytes() >= 8000);
          }
          assertThrows(ClosedException.class, () -> format.read(small, path(format), tree));
        });
  }

  @Test
  void damageIsSeenByTheArchivesChecksums() throws IOException {
    Path file = path(TreeFormat.NPZ);
    TreeFormat.NPZ.write(file, List.of(device.ones(DType.INT8, 1000)));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 400] ^= 1;
    Files.write(file, bytes);
    assertThrows(FormatException.class, () -> TreeFormat.NPZ.read(device, file));
  }

  // ---- trees that cannot be written

  @TestFactory
  Stream<DynamicTest> aFailureLeavesTheOldFileAndNothingElse() {
    return both(format ->
        () -> {
          Path file = path(format);
          Tensor x = device.ones(DType.FLOAT32, 100_000);
          Tensor closed = device.ones(DType.FLOAT32, 5);
          closed.close();
          Files.writeString(file, "old");
          List<Executable> failing = new ArrayList<>();
          failing.add(() -> format.write(file, List.of(x, closed)));
          failing.add(() -> format.write(file, Map.of("a.b", x, "a", Map.of("b", x))));
          failing.add(() -> format.write(file, Map.of("\ud83d", x)));
          failing.add(() -> format.write(file, x.reshape(shapeOfAxes(65))));
          failing.add(() -> format.write(file, List.of(new Object())));
          failing.add(() -> format.write(folder.resolve("no").resolve("where"), x));
          failing.add(() -> format.write(folder, x));
          failing.add(() ->
              Cotangent.grad(
                  t -> {
                    format.write(file, t);
                    return t.sum();
                  },
                  x));
          List<Class<?>> kinds = new ArrayList<>();
          for (Executable failure : failing) {
            kinds.add(assertThrows(CotangentException.class, failure).getClass());
            assertEquals("old", Files.readString(file));
            try (Stream<Path> files = Files.list(folder)) {
              assertTrue(files.noneMatch(path -> path.toString().endsWith(".tmp")));
            }
          }
          assertEquals(
              List.of(
                  ClosedException.class,
                  ArgumentException.class,
                  ArgumentException.class,
                  ShapeException.class,
                  ArgumentException.class,
                  FormatException.class,
                  FormatException.class,
                  TraceException.class),
              kinds);
        });
  }

  private static long[] shapeOfAxes(int rank) {
    long[] dims = new long[rank];
    Arrays.fill(dims, 1);
    dims[0] = 100_000;
    return dims;
  }

  @TestFactory
  @SuppressWarnings("NullAway") // Callers without null checks.
  Stream<DynamicTest> nullEverywhere() {
    Path file = folder.resolve("x");
    return both(format ->
        () -> {
          List<Executable> calls =
              List.of(
                  () -> format.write(null, List.of()),
                  () -> format.write(file, null),
                  () -> format.read(null, file),
                  () -> format.read(device, null),
                  () -> format.read(null, file, List.of()),
                  () -> format.read(device, null, List.of()),
                  () -> format.read(device, file, null));
          calls.forEach(call -> assertThrows(ArgumentException.class, call));
          assertFalse(Files.exists(file));
        });
  }
}
