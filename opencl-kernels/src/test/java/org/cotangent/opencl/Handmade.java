package org.cotangent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.cotangent.backend.Backend;
import org.cotangent.backend.Buffer;
import org.cotangent.backend.Check;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.MemoryPlan;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Storage;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.testing.ProgramInterpreter;

/**
 * One kernel, written by hand, with contents of its buffers.
 *
 * @param kernel whose buffers are numbered from 0 on, each of one operand
 * @param contents of each buffer, the results' included
 */
record Handmade(Kernel kernel, List<MemorySegment> contents) {
  /** {@return a kernel with random contents: of either sign, -0 and integers that overflow too} */
  static Handmade random(Kernel kernel) {
    SplittableRandom random = new SplittableRandom(1);
    List<Operand> operands =
        Stream.concat(kernel.inputs().stream(), kernel.outputs().stream()).toList();
    List<MemorySegment> contents = new ArrayList<>();
    for (int b = 0; b < operands.size(); b++) {
      Operand operand = operands.get(b);
      if (operand.buffer() != b) {
        throw new IllegalArgumentException(operand + " is not in buffer " + b);
      }
      long elements = operand.layout().extent();
      MemorySegment segment =
          Arena.ofAuto().allocate(elements * operand.dtype().bytes(), Long.BYTES);
      for (long i = 0; i < elements; i++) {
        double value = random.nextInt(16) == 0 ? -0.0 : random.nextDouble(-2, 2);
        switch (operand.dtype()) {
          case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
          case FLOAT64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
          case INT32 -> segment.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt());
          case INT64 -> segment.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong());
          case FLOAT16, BFLOAT16, INT8, INT16, UINT8 ->
              throw new AssertionError("no kernel computes with it");
          case BOOL -> segment.setAtIndex(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(2));
        }
      }
      contents.add(segment);
    }
    return new Handmade(kernel, contents);
  }

  private Program program(long workspace) {
    List<Buffer> buffers = new ArrayList<>();
    int inputs = kernel.inputs().size();
    for (int b = 0; b < contents.size(); b++) {
      Storage storage = b < inputs ? new Storage.Input(b) : new Storage.Output(b - inputs);
      buffers.add(new Buffer(contents.get(b).byteSize(), storage));
    }
    if (workspace > 0) {
      buffers.add(new Buffer(workspace, new Storage.Scratch(0)));
    }
    return new Program(
        new GraphBuilder().build("handmade", List.of()),
        List.of(),
        buffers,
        List.of(kernel),
        List.of(workspace > 0 ? contents.size() : -1),
        new MemoryPlan(0, 0, 0, 0, List.of()),
        Check.NOTHING);
  }

  /** {@return the results by {@link ProgramInterpreter}} */
  List<MemorySegment> interpreted() {
    List<MemorySegment> copies =
        contents.stream()
            .map(segment ->
                Arena.ofAuto().allocate(segment.byteSize(), Long.BYTES).copyFrom(segment))
            .toList();
    ProgramInterpreter.run(program(0), copies);
    return results(copies);
  }

  /** {@return the results on a backend} */
  List<MemorySegment> run(Backend backend) {
    RawMemory memory = backend.memory();
    Program program = program(backend.workspace(kernel));
    List<LoadedProgram.Slice> slices = new ArrayList<>();
    for (Buffer buffer : program.buffers()) {
      long bytes = Math.max(1, Math.ceilDiv(buffer.bytes(), memory.alignment()));
      slices.add(
          new LoadedProgram.Slice(
              Objects.requireNonNull(memory.allocate(bytes * memory.alignment())), 0));
    }
    for (int b = 0; b < contents.size(); b++) {
      memory.write(slices.get(b).region(), 0, contents.get(b));
    }
    try (LoadedProgram loaded = backend.load(program)) {
      loaded.run(slices);
    }
    List<MemorySegment> after = new ArrayList<>();
    for (int b = 0; b < contents.size(); b++) {
      MemorySegment segment = Arena.ofAuto().allocate(contents.get(b).byteSize(), Long.BYTES);
      memory.read(slices.get(b).region(), 0, segment);
      after.add(segment);
    }
    slices.forEach(slice -> memory.free(slice.region()));
    return results(after);
  }

  private List<MemorySegment> results(List<MemorySegment> buffers) {
    return buffers.subList(kernel.inputs().size(), buffers.size());
  }
}
