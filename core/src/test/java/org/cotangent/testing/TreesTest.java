package org.cotangent.testing;

import static org.cotangent.testing.FaceErrors.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.io.TreeFormat;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Everything that may hold tensors: taken apart in order, and put together as the class it was. */
class TreesTest {
  private static Device device;
  private static Scope scope;
  private static Tensor one;
  private static Tensor two;

  enum Color {
    RED,
    GREEN
  }

  record Dense(Tensor w, Tensor b) {}

  record Net(List<Dense> layers, int depth) {}

  record Generic<T>(T part, Optional<T> more) {}

  record Everything(
      byte a,
      short b,
      int c,
      long d,
      float e,
      double f,
      char g,
      boolean h,
      String i,
      Color j,
      DType k,
      Shape l,
      Class<?> m,
      Tensor n) {}

  private record Hidden(Tensor only) {}

  record Nothing() {}

  /** What a Kotlin data class or Scala case class is to Java. */
  private static final class Point {
    private final Tensor x;
    private final List<Tensor> rest;

    Point(Tensor x, List<Tensor> rest) {
      this.x = x;
      this.rest = rest;
    }
  }

  private static final class Unknown {}

  @BeforeAll
  static void open() {
    device = Device.cpu();
    scope = device.open();
    one = device.scalar(1);
    two = device.scalar(2);
  }

  @AfterAll
  static void close() {
    scope.close();
    device.close();
  }

  // ---- round trips

  private static Map<String, Tensor> backwards(Map<String, Tensor> map) {
    Map<String, Tensor> tree = new TreeMap<>(Comparator.reverseOrder());
    tree.putAll(map);
    return tree;
  }

  private static DynamicTest roundTrip(String name, Object tree, int leaves) {
    return dynamicTest(
        name,
        () -> {
          List<Tensor> before = Trees.leaves(tree);
          assertEquals(leaves, before.size());
          Object same = Trees.map(tree, UnaryOperator.identity());
          assertSame(tree.getClass(), same.getClass());
          assertEquals(before, Trees.leaves(same));
          if (!(tree instanceof Object[])) {
            assertEquals(tree, same);
          }
          // Through a compiled function, as argument and as result.
          try (var program = device.compiler().compile((Object all) -> all, tree)) {
            Object result = program.run(tree);
            assertSame(tree.getClass(), result.getClass());
            assertEquals(
                before.stream().map(Tensor::item).toList(),
                Trees.leaves(result).stream().map(Tensor::item).toList());
          }
        });
  }

  @TestFactory
  @SuppressWarnings("JdkObsolete") // a LinkedList is a list, too
  Stream<DynamicTest> whatWentInComesOut() {
    return Stream.of(
        roundTrip("tensor", one, 1),
        roundTrip("record", new Dense(one, two), 2),
        roundTrip(
            "nested records", new Net(List.of(new Dense(one, two), new Dense(two, one)), 2), 4),
        roundTrip("generic record", new Generic<>(one, Optional.of(two)), 2),
        roundTrip(
            "record in generic record", new Generic<>(new Dense(one, two), Optional.empty()), 2),
        roundTrip("private record", new Hidden(one), 1),
        roundTrip("empty record", new Nothing(), 0),
        roundTrip(
            "record of statics",
            new Everything(
                (byte) 1,
                (short) 2,
                3,
                4,
                5,
                Double.NaN,
                'g',
                true,
                "i",
                Color.GREEN,
                DType.BOOL,
                Shape.of(2),
                List.class,
                one),
            1),
        roundTrip("key", device.key(1), 1),
        roundTrip("ArrayList", new ArrayList<>(List.of(one, two)), 2),
        roundTrip("LinkedList", new LinkedList<>(List.of(one, two)), 2),
        roundTrip("empty ArrayList", new ArrayList<>(), 0),
        roundTrip("array of tensors", new Tensor[] {one, two}, 2),
        roundTrip("array of records", new Dense[] {new Dense(one, two)}, 2),
        roundTrip("array of arrays", new Tensor[][] {{one}, {}, {two, one}}, 3),
        roundTrip("HashMap", new HashMap<>(Map.of("b", one, "a", two)), 2),
        roundTrip("LinkedHashMap", new LinkedHashMap<>(Map.of("b", one, "a", two)), 2),
        roundTrip("TreeMap", new TreeMap<>(Map.of("b", one, "a", two)), 2),
        roundTrip("present Optional", Optional.of(one), 1),
        roundTrip("empty Optional", Optional.empty(), 0),
        roundTrip("string", "static", 0),
        roundTrip("mixed keys", new HashMap<Object, Object>(Map.of(1, one, 2L, two, "s", one)), 3));
  }

  /**
   * Of the JDK's immutable lists and maps only the nature is kept, as their classes are its own.
   */
  @Test
  void immutableListsAndMapsComeBackImmutable() {
    for (List<Tensor> list :
        List.of(
            List.<Tensor>of(),
            List.of(one),
            List.of(one, two, one),
            Collections.unmodifiableList(new ArrayList<>(List.of(one))),
            Collections.nCopies(1, one).stream().toList(),
            Collections.singletonList(one))) {
      List<Tensor> same = Trees.map(list, t -> t);
      assertEquals(list, same);
      assertThrows(UnsupportedOperationException.class, () -> same.add(two));
    }
    for (Map<String, Tensor> map :
        List.of(
            Map.<String, Tensor>of(),
            Map.of("a", one),
            Map.of("b", one, "a", two),
            Collections.unmodifiableMap(new HashMap<>(Map.of("a", one))),
            Collections.singletonMap("a", one))) {
      Map<String, Tensor> same = Trees.map(map, t -> t);
      assertEquals(map, same);
      assertThrows(UnsupportedOperationException.class, () -> same.put("c", two));
    }
  }

  @Test
  void mapKeysAreSorted() {
    assertEquals(List.of(two, one), Trees.leaves(new LinkedHashMap<>(Map.of("b", one, "a", two))));
    assertEquals(List.of(two, one), Trees.leaves(Map.of(10, one, 9, two)));
    assertEquals(List.of(two, one), Trees.leaves(Map.of(Color.GREEN, one, Color.RED, two)));
    assertEquals(List.of(two, one), Trees.leaves(backwards(Map.of("b", one, "a", two))));
  }

  @Test
  void mapsKeepTheirOwnOrder() {
    Map<String, Tensor> linked = new LinkedHashMap<>();
    linked.put("z", one);
    linked.put("a", two);
    assertEquals("[z, a]", Trees.map(linked, t -> t).keySet().toString());
    Map<String, Tensor> tree = backwards(linked);
    tree.put("m", one);
    assertEquals("[z, m, a]", Trees.map(tree, t -> t).keySet().toString());
    // A walk over a Map.of would otherwise differ from JVM to JVM.
    Map<String, Tensor> immutable = Map.of("z", one, "a", two, "m", one, "b", two, "y", one);
    assertEquals("[a, b, m, y, z]", Trees.map(immutable, t -> t).keySet().toString());
  }

  @Test
  void mapsOfSeveralTrees() {
    Dense a = new Dense(one, two);
    Dense sum = Trees.map(a, a, Tensor::add);
    assertEquals(2, sum.w().item());
    assertEquals(4, sum.b().item());
    Dense all = Trees.map(a, a, sum, (x, y, z) -> x.add(y).add(z));
    assertEquals(8, all.b().item());
  }

  @Test
  void aRegisteredClassIsATree() {
    Trees.register(
        Point.class,
        point -> List.of(point.x, point.rest),
        parts -> {
          @SuppressWarnings("unchecked")
          List<Tensor> rest = (List<Tensor>) parts.get(1);
          return new Point((Tensor) parts.get(0), rest);
        });
    Point point = new Point(one, List.of(two, one));
    Point doubled = Trees.map(point, t -> t.mul(2));
    assertEquals(List.of(2.0, 4.0, 2.0), Trees.leaves(doubled).stream().map(Tensor::item).toList());
    assertEquals(4, Trees.map(Optional.of(point), t -> t.mul(2)).orElseThrow().rest.get(0).item());
  }

  @Test
  void aHundredThousandElements() {
    List<Tensor> many = Collections.nCopies(100_000, one);
    List<Tensor> list = new ArrayList<>(many);
    assertEquals(100_000, Trees.leaves(list).size());
    assertEquals(list, Trees.map(list, list, (a, b) -> b));
    assertThrows(
        ArgumentException.class,
        () -> Trees.map(list, new ArrayList<>(many.subList(1, many.size())), (a, b) -> b));
  }

  /** A compiled function keeps structures, and these must not keep tensors. */
  @Test
  void aStructureDoesNotKeepTensorsAlive() throws InterruptedException {
    List<Object> programs = new ArrayList<>();
    WeakReference<Tensor> gone = compileTrees(programs);
    for (int i = 0; i < 100 && gone.get() != null; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertNull(gone.get());
    assertEquals(10, programs.size());
  }

  private static WeakReference<Tensor> compileTrees(List<Object> programs) {
    Tensor local = device.tensor(new double[] {1});
    List<Object> trees =
        List.of(
            local,
            new Dense(local, local),
            new ArrayList<>(List.of(local)),
            List.of(local),
            new Tensor[] {local},
            Optional.of(local),
            new HashMap<>(Map.of("a", local)),
            new LinkedHashMap<>(Map.of("a", local)),
            new TreeMap<>(Map.of("a", local)),
            Map.of("a", local));
    for (Object tree : trees) {
      programs.add(device.compiler().compile((Object all) -> all, tree));
    }
    local.close();
    return new WeakReference<>(local);
  }

  // ---- what is no tree

  @TestFactory
  Stream<DynamicTest> whatIsNoTree() {
    List<Object> itself = new ArrayList<>();
    itself.add(one);
    itself.add(itself);
    Object nested = one;
    for (int i = 0; i < 300; i++) {
      nested = Optional.of(nested);
    }
    Object deep = nested;
    Map<Object, Tensor> byTensor = new HashMap<>();
    byTensor.put(1.5, one);
    Runnable lambda = () -> {};
    return FaceErrors.tests(
        List.of(
            row(
                ArgumentException.class,
                "leaves: .layers[1].w is null; use Optional for what may be absent",
                () -> Trees.leaves(new Net(List.of(new Dense(one, two), new Dense(null, two)), 2))),
            row(
                ArgumentException.class,
                "leaves: [a][1].get() is a long[]; make a tensor of it by device.tensor(...)",
                () -> Trees.leaves(Map.of("a", List.of(one, Optional.of(new long[3]))))),
            row(
                ArgumentException.class,
                "leaves: [1] is a function; a tree holds data: use functions outside of it",
                () -> Trees.leaves(List.of(one, lambda))),
            row(
                ArgumentException.class,
                "leaves: .part is a function; a tree holds data: use functions outside of it",
                () ->
                    Trees.leaves(
                        new Generic<UnaryOperator<Tensor>>(Tensor::exp, Optional.empty()))),
            row(
                ArgumentException.class,
                "leaves: [0] is a org.cotangent.testing.TreesTest$Unknown, which is no tree; make"
                    + " it a record, or Trees.register it",
                () -> Trees.leaves(new Object[] {new Unknown()})),
            row(
                ArgumentException.class,
                "leaves: the tree is a java.util.ArrayDeque, which is no tree; make it a record,"
                    + " or Trees.register it",
                () -> Trees.leaves(new ArrayDeque<>(List.of(one)))),
            row(
                ArgumentException.class,
                "leaves: the tree is a java.util.Arrays$ArrayList; use List.of or ArrayList, or"
                    + " Trees.register",
                () -> Trees.leaves(Arrays.asList(one, two))),
            row(
                ArgumentException.class,
                "leaves: the tree has the key 1.5; keys are strings, integers, longs or enums",
                () -> Trees.leaves(byTensor)),
            row(
                ArgumentException.class,
                "leaves: the tree is nested deeper than 200: does it contain itself?",
                () -> Trees.leaves(itself)),
            row(
                ArgumentException.class,
                "leaves: the tree is nested deeper than 200: does it contain itself?",
                () -> Trees.leaves(deep)),
            row(
                ArgumentException.class,
                "map: trees differ: .layers is a list of 1, not a list of 2",
                () ->
                    Trees.map(
                        new Net(List.of(new Dense(one, two), new Dense(one, two)), 2),
                        new Net(List.of(new Dense(one, two)), 2),
                        Tensor::add)),
            row(
                ArgumentException.class,
                "map: trees differ: .depth is 3, not 2",
                () -> Trees.map(new Net(List.of(), 2), new Net(List.of(), 3), Tensor::add)),
            row(
                ArgumentException.class,
                "map: trees differ: it is a list of 2, not a Tensor[2]",
                () -> Trees.<Object>map(new Tensor[] {one, two}, List.of(one, two), Tensor::add)),
            row(
                ArgumentException.class,
                "map: trees differ: [0] is a HashMap with keys [a], not a map with keys [a]",
                () ->
                    Trees.map(
                        List.of(Map.of("a", one)),
                        List.<Map<String, Tensor>>of(new HashMap<>(Map.of("a", one))),
                        Tensor::add))),
        device);
  }

  @Test
  void aRecordsOwnExceptionComesOutAsItIs() {
    record Checked(Tensor t) {
      Checked {
        if (t.rank() != 0) {
          throw new IllegalStateException("a scalar, please");
        }
      }
    }
    assertThrows(IllegalStateException.class, () -> Trees.map(new Checked(one), t -> t.reshape(1)));
  }

  /** The line of an error is the user's, however deep in the writer it is found. */
  @Test
  void errorsOfFilesNameTheUsersLine() throws IOException {
    Path folder = Files.createTempDirectory("trees");
    for (TreeFormat format : TreeFormat.values()) {
      Tensor closed = device.ones(DType.FLOAT32, 2);
      closed.close();
      ClosedException error =
          assertThrows(
              ClosedException.class, () -> format.write(folder.resolve("tree"), List.of(closed)));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.endsWith("(at " + FaceErrors.line(error) + ")"), message);
    }
    // Nothing is left in it.
    Files.delete(folder);
  }

  /** Names in files: of components, numbers and keys; what an Optional holds is called as it. */
  @Test
  void names() {
    Net net = new Net(List.of(new Dense(one, two), new Dense(two, one)), 2);
    assertEquals(List.of("layers.0.w", "layers.0.b", "layers.1.w", "layers.1.b"), Trees.names(net));
    assertEquals(
        List.of("part.data", "more.0.GREEN", "more.1"),
        Trees.names(
            new Generic<Object>(
                new Key(one), Optional.of(List.of(Map.of(Color.GREEN, two), one)))));
    assertEquals(List.of("3", "a.b[.c"), Trees.names(Map.of(3, one, "a.b[.c", two)));
    assertEquals(List.of("tensor"), Trees.names(Optional.of(Optional.of(one))));
    assertEquals(List.of(), Trees.names(List.of("static")));
    ArgumentException clash =
        assertThrows(
            ArgumentException.class,
            () ->
                Trees.names(Map.of("a", List.of(one, Map.of("b", one)), "a.1", Map.of("b", two))));
    assertEquals(
        "names: [a][1][b] and [a.1][b] are both called 'a.1.b'; use keys without dots that differ"
            + " as texts (at "
            + FaceErrors.line(clash)
            + ")",
        clash.getMessage());
    assertThrows(ArgumentException.class, () -> Trees.names(Map.of(1, one, "1", two)));
    assertThrows(ArgumentException.class, () -> Trees.names(Map.of("", one, "tensor", two)));
  }

  @Test
  void aKeyIsPartOfAState() {
    record State(Key key, Tensor x) {}
    State state = new State(device.key(1), one);
    try (var program =
        device
            .compiler()
            .compile(
                (State s) ->
                    new State(
                        s.key().fold(1), s.x().add(s.key().uniform(DType.FLOAT64, Shape.of()))),
                state)) {
      State next = program.run(program.run(state));
      assertArrayEquals(
          new long[] {device.key(1).fold(1).fold(1).data().toLongArray()[0]},
          next.key().data().toLongArray());
    }
  }
}
