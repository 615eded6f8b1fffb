package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Check;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.Report;
import org.cotangent.backend.Storage;
import org.cotangent.cuda.driver.TensorMap;
import org.cotangent.cuda.machine.PtxMachine;
import org.cotangent.cuda.machine.PtxMemory;
import org.cotangent.cuda.machine.PtxTensorMap;
import org.cotangent.error.CotangentException;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Origin;
import org.cotangent.testing.ProgramInterpreter;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/** Buffers for launches written by hand, each an allocation that ends with its last element. */
final class PtxRig {
  static final Origin ORIGIN = new Origin("test", "Foo.java:12");

  private final Kernels kernels;
  private final PtxMemory memory = new PtxMemory();
  private final List<Long> buffers = new ArrayList<>();
  private final Map<Report, Long> reports = new LinkedHashMap<>();

  /** For a chip without tensor cores. */
  PtxRig() {
    this(new Traits(70, 4, false));
  }

  /** For a device. */
  PtxRig(Traits traits) {
    kernels = new Kernels(traits);
  }

  /**
   * A buffer just large enough for a layout that starts at its first element, or later. Each of its
   * bytes is 1, an element of every dtype, so that what should be cleared is not by itself.
   */
  Operand operand(DType dtype, Layout layout) {
    Layout inside = layout.from(Math.min(0, layout.first()));
    long buffer = memory.allocate((int) (inside.extent() * dtype.bytes()));
    Arrays.fill(memory.at(buffer).array(), (byte) 1);
    buffers.add(buffer);
    return new Operand(buffers.size() - 1, dtype, inside);
  }

  Operand operand(DType dtype, Shape shape) {
    return operand(dtype, Layout.contiguous(shape));
  }

  /** Fills a buffer with small and odd values. */
  Operand random(Random random, DType dtype, Layout layout) {
    return filled(dtype, layout, () -> value(random, dtype));
  }

  /** Fills a buffer, gaps and all. */
  Operand filled(DType dtype, Layout layout, Supplier<Object> values) {
    Operand operand = operand(dtype, layout);
    ByteBuffer bytes = memory.at(buffers.get(operand.buffer()));
    for (int position = 0; position < bytes.capacity() / dtype.bytes(); position++) {
      put(bytes, dtype, position, values.get());
    }
    return operand;
  }

  private static Object value(Random random, DType dtype) {
    double any = random.nextInt(4) == 0 ? 1 / random.nextGaussian() : random.nextInt(-9, 10);
    return switch (dtype) {
      case BOOL -> random.nextBoolean();
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> dtype.rounded(any);
      case INT32, INT64, INT8, INT16, UINT8 ->
          dtype.value(random.nextInt(4) == 0 ? random.nextLong() : (long) any);
    };
  }

  void set(Operand operand, long linear, Object value) {
    int position = Math.toIntExact(operand.layout().position(linear));
    put(memory.at(buffers.get(operand.buffer())), operand.dtype(), position, value);
  }

  private static void put(ByteBuffer bytes, DType dtype, int position, Object value) {
    long bits = dtype.bits(value);
    int at = position * dtype.bytes();
    switch (dtype.bytes()) {
      case 1 -> bytes.put(at, (byte) bits);
      case 2 -> bytes.putShort(at, (short) bits);
      case 4 -> bytes.putInt(at, (int) bits);
      default -> bytes.putLong(at, bits);
    }
  }

  Object get(Operand operand, long linear) {
    return get(memory.at(buffers.get(operand.buffer())), operand, linear);
  }

  private static Object get(ByteBuffer bytes, Operand operand, long linear) {
    int at = Math.toIntExact(operand.layout().position(linear) * operand.dtype().bytes());
    return operand
        .dtype()
        .value(
            switch (operand.dtype().bytes()) {
              case 1 -> bytes.get(at);
              case 2 -> bytes.getShort(at);
              case 4 -> bytes.getInt(at);
              default -> bytes.getLong(at);
            });
  }

  /**
   * Runs a kernel, and compares its results, or its error, with those of {@link
   * ProgramInterpreter}.
   */
  void check(Kernel kernel, int mostBlocks) {
    Program program = program(kernel, Check.NOTHING);
    check(kernel, program, kernels.launches(program).getFirst(), mostBlocks);
  }

  /** The same of a kernel that a launch of the caller's choice computes. */
  void check(Kernel kernel, Launch launch, int mostBlocks) {
    check(kernel, program(kernel, Check.NOTHING), List.of(launch), mostBlocks);
  }

  /**
   * The same of a kernel that launches of the caller's choice compute.
   *
   * @param workspace bytes of it
   * @param launches for the buffer of the workspace
   */
  void check(Kernel kernel, long workspace, IntFunction<List<Launch>> launches, int mostBlocks) {
    int buffer = operand(DType.UINT8, Shape.of(workspace)).buffer();
    check(kernel, program(kernel, Check.NOTHING), launches.apply(buffer), mostBlocks);
  }

  private void check(Kernel kernel, Program program, List<Launch> launches, int mostBlocks) {
    List<ByteBuffer> expected = buffers.stream().map(memory::at).map(PtxRig::copy).toList();
    String error =
        error(() ->
            ProgramInterpreter.run(
                program, expected.stream().map(MemorySegment::ofBuffer).toList()));
    assertEquals(error, error(() -> run(launches, mostBlocks)), kernel.toString());
    for (Operand output : error.isEmpty() ? kernel.outputs() : List.<Operand>of()) {
      for (long i = 0; i < output.layout().shape().size(); i++) {
        Object wanted = get(expected.get(output.buffer()), output, i);
        assertEquals(wanted, get(output, i), kernel + ": " + output + " at " + i);
      }
    }
  }

  /** The message of an error, or nothing. */
  private static String error(Runnable runnable) {
    try {
      runnable.run();
      return "";
    } catch (CotangentException e) {
      return e.toString();
    }
  }

  /** Runs a kernel and searches its results. */
  void search(Check check, Kernel kernel, int mostBlocks) {
    run(kernels.launches(program(kernel, check)).getFirst(), mostBlocks);
  }

  /** Runs a kernel. */
  void run(Kernel kernel) {
    run(launches(kernel), 1);
  }

  /** The launches of a kernel, with a workspace of its own. */
  List<Launch> launches(Kernel kernel) {
    return kernels.launches(program(kernel, Check.NOTHING)).getFirst();
  }

  private static ByteBuffer copy(ByteBuffer bytes) {
    ByteBuffer copy = ByteBuffer.allocateDirect(bytes.capacity()).order(bytes.order());
    return copy.put(bytes.duplicate().clear()).clear();
  }

  private Program program(Kernel kernel, Check check) {
    int workspace = operand(DType.UINT8, Shape.of(Kernels.workspace(kernel))).buffer();
    return new Program(
        new GraphBuilder().build("test", List.of()),
        List.of(),
        IntStream.range(0, buffers.size())
            .mapToObj(b -> new Buffer(memory.at(buffers.get(b)).capacity(), new Storage.Input(b)))
            .toList(),
        List.of(kernel),
        List.of(workspace),
        new MemoryPlan(0, 0, 0, 0, List.of()),
        check);
  }

  /** Throws what its kernels report. */
  void run(List<Launch> launches, int mostBlocks) {
    reports.clear();
    launches.forEach(launch -> run(launch, mostBlocks));
    requireNoReport();
  }

  /** Where launches report, with words that they have to overwrite. */
  private long status(Report report) {
    return reports.computeIfAbsent(
        report,
        _ -> {
          long words = memory.allocate(Report.WORDS * Long.BYTES);
          memory.at(words).putLong(0, Long.MAX_VALUE);
          return words;
        });
  }

  /** Throws the first report there is. */
  private void requireNoReport() {
    reports.forEach((report, words) -> {
      long position = memory.at(words).getLong(0);
      if (position >= 0) {
        throw report.of(position, memory.at(words).getLong(Long.BYTES));
      }
    });
  }

  /** Runs a launch, with fewer blocks if it has many. */
  void run(Launch launch, int mostBlocks) {
    List<MemorySegment> parameters =
        launch.arguments().stream()
            .map(argument ->
                switch (argument) {
                  case Argument.Memory memory -> number(address(memory));
                  case Argument.Tensor(Argument.Memory memory, TensorMap map) ->
                      PtxTensorMap.bits(map, address(memory));
                  case Argument.Int64(long value) -> number(value);
                  case Argument.Status(Report report) -> number(status(report));
                })
            .toList();
    Source source = launch.source();
    PtxMachine machine = new PtxMachine(Source.module(List.of(source)));
    machine.launch(
        source.function(),
        memory,
        Math.min(mostBlocks, launch.blocks()),
        launch.threads(),
        source.shared(),
        parameters);
  }

  private long address(Argument.Memory place) {
    return buffers.get(place.buffer()) + place.offset();
  }

  private static MemorySegment number(long value) {
    return MemorySegment.ofArray(new long[] {value});
  }
}
