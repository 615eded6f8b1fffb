package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.cotangent.backend.LoadedProgram.Slice;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.IndexException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.BodyBuilder;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** What loaded programs are made of: parameters that follow buffers, times, reports. */
class LoadedProgramTest {
  /** Memory is a number; none of it is there. */
  private static final class Numbers implements DeviceMemory.Driver<Long> {
    private long next;

    @Override
    public Long allocate(long bytes) {
      next += 1000;
      return next;
    }

    @Override
    public void settle() {}

    @Override
    public void free(Long memory, long bytes) {}

    @Override
    public void write(Long memory, long offset, MemorySegment source) {}

    @Override
    public void read(Long memory, long offset, MemorySegment target) {}

    @Override
    public void close() {}
  }

  private final DeviceMemory<Long> memory = memory();
  private final Bindings<Long> bindings = new Bindings<>(program(), memory);
  private final List<String> calls = new ArrayList<>();
  private final Region region = region(64);

  private static DeviceMemory<Long> memory() {
    return new DeviceMemory<>("toy", 64, 1 << 20, 0L, new Numbers());
  }

  private Region region(long bytes) {
    return Objects.requireNonNull(memory.allocate(bytes));
  }

  private static LoopKernel kernel(String label) {
    BodyBuilder builder = new BodyBuilder();
    Operand operand = new Operand(0, DType.FLOAT32, Layout.contiguous(Shape.of(3)));
    return new LoopKernel(
        label,
        Origin.UNKNOWN,
        Shape.of(3),
        List.of(operand),
        List.of(),
        builder.build(builder.input(DType.FLOAT32)),
        List.of(operand));
  }

  private static Program program() {
    return new Program(
        new GraphBuilder().build("test", List.of()),
        List.of(),
        List.of(new Buffer(16, new Storage.Input(0)), new Buffer(40, new Storage.Output(0))),
        List.of(kernel("first"), kernel("second"), kernel("third")),
        List.of(-1, -1, -1),
        new MemoryPlan(0, 0, 0, 0, List.of()),
        Check.NOTHING);
  }

  private void follow(int buffer, String name) {
    bindings.follow(buffer, (base, offset) -> calls.add(name + " at " + (base + offset)));
  }

  @Test
  void onlyWhatMovesIsSet() {
    follow(0, "a");
    follow(1, "b");
    follow(0, "c");
    bindings.bind(List.of(new Slice(region, 8), new Slice(region, 24)));
    assertEquals(List.of("a at 1008", "c at 1008", "b at 1024"), calls);
    calls.clear();
    bindings.bind(List.of(new Slice(region, 8), new Slice(region, 24)));
    assertEquals(List.of(), calls);
    bindings.bind(List.of(new Slice(region, 8), new Slice(region(64), 24)));
    assertEquals(List.of("b at 2024"), calls);
    calls.clear();
    bindings.bind(List.of(new Slice(region, 48), new Slice(region(64), 0)));
    assertEquals(List.of("a at 1048", "c at 1048", "b at 3000"), calls);
  }

  @Test
  void slicesLieInsideTheirRegion() {
    for (long offset : new long[] {-8, 4, 56, Long.MAX_VALUE - 7}) {
      ArgumentException error =
          assertThrows(
              ArgumentException.class,
              () -> bindings.bind(List.of(new Slice(region, offset), new Slice(region, 0))));
      assertEquals(
          "run: buffer 0 of 16 bytes at offset "
              + offset
              + " of a region of 64 bytes; offsets are multiples of 8",
          error.getMessage());
    }
    ArgumentException error =
        assertThrows(ArgumentException.class, () -> bindings.bind(List.of(new Slice(region, 0))));
    assertEquals("run: 1 slices for the 2 buffers of the program", error.getMessage());
    Region freed = region(64);
    memory.free(freed);
    assertThrows(
        ClosedException.class,
        () -> bindings.bind(List.of(new Slice(freed, 0), new Slice(region, 0))));
    Region strange = Objects.requireNonNull(memory().allocate(64));
    assertThrows(
        DeviceException.class,
        () -> bindings.bind(List.of(new Slice(strange, 0), new Slice(region, 0))));
  }

  @Test
  void halfDoneIsDoneAgain() {
    boolean[] fails = {false};
    follow(0, "a");
    bindings.follow(
        0,
        (_, _) -> {
          if (fails[0]) {
            throw new DeviceException("lost");
          }
        });
    List<Slice> slices = List.of(new Slice(region, 0), new Slice(region, 16));
    List<Slice> others = List.of(new Slice(region, 8), new Slice(region, 16));
    bindings.bind(slices);
    fails[0] = true;
    assertThrows(DeviceException.class, () -> bindings.bind(others));
    fails[0] = false;
    bindings.bind(slices);
    bindings.bind(slices);
    assertEquals(List.of("a at 1000", "a at 1008", "a at 1000"), calls);
  }

  @Test
  void aKernelOfSeveralLaunchesRanOnce() {
    KernelTimes times =
        new KernelTimes(program(), List.of(List.of("x", "y"), List.of(), List.of("z")));
    times.add(3, 4, 50);
    times.add(1, 2, 60);
    assertEquals(
        List.of(
            new KernelTime("first", 2, 10),
            new KernelTime("second", 0, 0),
            new KernelTime("third", 2, 110)),
        times.list());
  }

  @Test
  void theFirstReportIsThrown() {
    Report first = (position, value) -> new IndexException("a " + position + " " + value);
    Report second = (position, value) -> new IndexException("b " + position + " " + value);
    Reports reports = new Reports(List.of(first, first, second, first));
    assertEquals(4, reports.words());
    assertEquals(List.of(0, 2), List.of(reports.word(first), reports.word(second)));
    reports.requireNone(-1, 7, -1, 0);
    assertEquals(
        "b 0 5",
        assertThrows(IndexException.class, () -> reports.requireNone(-1, 7, 0, 5)).getMessage());
    assertEquals(
        "a 3 7",
        assertThrows(IndexException.class, () -> reports.requireNone(3, 7, 0, 5)).getMessage());
    new Reports(List.of()).requireNone();
  }
}
