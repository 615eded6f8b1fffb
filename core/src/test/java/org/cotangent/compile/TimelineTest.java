package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.cotangent.Compiled1;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Storage;
import org.cotangent.backend.Timeline;
import org.cotangent.error.ClosedException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The picture of an arena, as the JDK's XML parser reads it, against the program. */
class TimelineTest {
  /** A rectangle: what its attributes say, and where it is drawn. */
  private record Drawn(
      int buffer,
      long offset,
      long bytes,
      int from,
      int to,
      double x,
      double y,
      double width,
      double height,
      String title) {
    static Drawn of(Xml rect) {
      return new Drawn(
          Integer.parseInt(rect.attribute("data-buffer")),
          Long.parseLong(rect.attribute("data-offset")),
          Long.parseLong(rect.attribute("data-bytes")),
          Integer.parseInt(rect.attribute("data-from")),
          Integer.parseInt(rect.attribute("data-to")),
          number(rect, "x"),
          number(rect, "y"),
          number(rect, "width"),
          number(rect, "height"),
          rect.text());
    }

    private static double number(Xml rect, String name) {
      return Double.parseDouble(rect.attribute(name));
    }

    boolean overlaps(Drawn other) {
      return from < other.to
          && other.from < to
          && offset < other.offset + other.bytes
          && other.offset < offset + bytes;
    }

    /** On the screen, by more than the last digit of its numbers. */
    boolean isDrawnOver(Drawn other) {
      double digit = 2e-4;
      return x + digit < other.x + other.width
          && other.x + digit < x + width
          && y + digit < other.y + other.height
          && other.y + digit < y + height;
    }
  }

  private static String heading(List<Xml> svg) {
    return svg.stream().filter(e -> e.name().equals("text")).findFirst().orElseThrow().text();
  }

  private static List<Xml> rectangles(List<Xml> svg, String kind) {
    assertEquals("svg", svg.getFirst().name());
    assertEquals("http://www.w3.org/2000/svg", svg.getFirst().attribute("xmlns"));
    return svg.stream()
        .filter(e -> e.name().equals("rect") && e.attribute("class").equals(kind))
        .toList();
  }

  /** The kernels that use each buffer of the arena, in order. */
  private static SortedMap<Integer, List<Integer>> uses(Program program) {
    SortedMap<Integer, List<Integer>> uses = new TreeMap<>();
    for (int k = 0; k < program.kernels().size(); k++) {
      Kernel kernel = program.kernels().get(k);
      int kernelNumber = k;
      Stream.concat(
              Stream.of(program.workspaces().get(k)),
              Stream.concat(kernel.inputs().stream(), kernel.outputs().stream())
                  .map(Operand::buffer))
          .filter(b -> b >= 0 && program.buffers().get(b).bytes() > 0)
          .filter(b -> program.buffers().get(b).storage() instanceof Storage.Scratch)
          .forEach(b -> uses.computeIfAbsent(b, _ -> new ArrayList<>()).add(kernelNumber));
    }
    return uses;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyBufferInItsPlaceAndNoTwoOverlap(long seed) throws Exception {
    Program program = PlannerTest.withWorkspaces(seed);
    List<Xml> svg = Xml.parse(Timeline.of(program).svg());
    List<Xml> kernels = rectangles(svg, "kernel");
    assertEquals(program.kernels().size(), kernels.size());
    List<Drawn> drawn = rectangles(svg, "buffer").stream().map(Drawn::of).toList();
    SortedMap<Integer, List<Integer>> uses = uses(program);
    assertTrue(uses.size() > 20, uses.size() + " buffers");
    assertEquals(List.copyOf(uses.keySet()), drawn.stream().map(Drawn::buffer).toList());
    int takenOver = 0;
    for (Drawn one : drawn) {
      List<Integer> own = uses.getOrDefault(one.buffer, List.of());
      assertEquals(new Storage.Scratch(one.offset), program.buffers().get(one.buffer).storage());
      assertEquals(program.buffers().get(one.buffer).bytes(), one.bytes);
      assertEquals(own.getFirst(), one.from);
      if (own.getLast() + 1 != one.to) {
        // Another one is written over it by its last kernel.
        assertEquals(own.getLast(), one.to);
        assertEquals(1, drawn.stream().filter(o -> follows(o, one)).count(), one.toString());
        takenOver++;
      }
      assertDrawn(one, program);
      assertTrue(one.title.startsWith("b" + one.buffer + ": " + one.bytes + " bytes"), one.title);
      String label = program.kernels().get(one.from).label();
      assertTrue(one.title.contains(", written by " + label), one.title);
      for (Drawn other : drawn) {
        assertTrue(one.buffer == other.buffer || !one.overlaps(other), () -> one + " and " + other);
        assertTrue(
            one.buffer == other.buffer || !one.isDrawnOver(other), () -> one + " and " + other);
      }
    }
    assertTrue(takenOver > 0, "no takeover with seed " + seed);
  }

  private static boolean follows(Drawn next, Drawn one) {
    return next.from == one.to && next.offset == one.offset && next.bytes == one.bytes;
  }

  /** In a field of 960 by 480 behind margins, kernels to the right and bytes downwards. */
  private static void assertDrawn(Drawn one, Program program) {
    double column = 960.0 / program.kernels().size();
    double scale = 480.0 / program.plan().scratch();
    assertEquals(20 + one.from * column, one.x, 1e-3);
    assertEquals((one.to - one.from) * column, one.width, 1e-3);
    assertEquals(40 + one.offset * scale, one.y, 1e-3);
    assertEquals(one.bytes * scale, one.height, 1e-3);
    assertTrue(one.y + one.height <= 520 + 1e-3, one.toString());
  }

  @Test
  void namesThatXmlHasOtherUsesFor() throws Exception {
    String name = "a<b>&\"c\" 'd' ]]> \u0001\ud800\uffff é\ud83d\ude00";
    Timeline timeline =
        new Timeline(name, 100, List.of(name), List.of(new Timeline.Life(3, 0, 100, 0, 1)));
    List<Xml> svg = Xml.parse(timeline.svg());
    String readable = "a<b>&\"c\" 'd' ]]> ??? é\ud83d\ude00";
    assertEquals(readable + ": arena of 100 bytes, kernels: 1", heading(svg));
    assertEquals("kernel 0: " + readable, rectangles(svg, "kernel").getFirst().text());
    assertEquals(
        "b3: 100 bytes at 0, kernels 0 to 0, written by " + readable,
        rectangles(svg, "buffer").getFirst().text());
  }

  @Test
  void ofACompiledFunction() throws Exception {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor x = device.ones(DType.FLOAT32, 16, 16);
      Compiled1<Tensor, Tensor> chain =
          device.compiler().name("chain").compile((Tensor t) -> t.matmul(t).sort(0).matmul(t), x);
      try (chain) {
        List<Xml> svg = Xml.parse(chain.timeline());
        long scratch = chain.plan().scratch();
        assertTrue(scratch > 0);
        List<Drawn> drawn = rectangles(svg, "buffer").stream().map(Drawn::of).toList();
        assertEquals(
            scratch,
            drawn.stream()
                .mapToLong(d -> Math.ceilDiv(d.offset + d.bytes, 128) * 128)
                .max()
                .orElse(0));
        String explained = chain.explain();
        for (Drawn one : drawn) {
          assertTrue(
              explained.contains(
                  "b%d: %d bytes, scratch at %d\n".formatted(one.buffer, one.bytes, one.offset)),
              one.toString());
        }
        assertTrue(heading(svg).startsWith("chain: arena of " + scratch + " bytes"), heading(svg));
        // The latest program's, as the plan is.
        chain.run(device.ones(DType.FLOAT32, 32, 32));
        String larger = heading(Xml.parse(chain.timeline()));
        assertTrue(chain.plan().scratch() > scratch);
        assertTrue(larger.startsWith("chain: arena of " + chain.plan().scratch()), larger);
      }
      ClosedException closed = assertThrows(ClosedException.class, chain::timeline);
      assertTrue(String.valueOf(closed.getMessage()).startsWith("timeline: chain was closed"));
      try (var one = device.compiler().compile((Tensor t) -> t.add(t), x)) {
        List<Xml> svg = Xml.parse(one.timeline());
        assertEquals(List.of(), rectangles(svg, "buffer"));
        assertEquals(1, rectangles(svg, "kernel").size());
      }
    }
  }
}
