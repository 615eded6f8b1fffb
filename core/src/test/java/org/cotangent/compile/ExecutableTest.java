package org.cotangent.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Set;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.Check;
import org.cotangent.backend.FusionLimits;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.Reclaimer;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.graph.Constant;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.Value;
import org.cotangent.op.Add;
import org.cotangent.testing.ForwardingBackend;
import org.cotangent.testing.InterpreterBackend;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is loaded into a device is closed there, once, whatever goes wrong. */
class ExecutableTest {
  private static final TensorType TYPE = new TensorType(DType.FLOAT32, Shape.of(1000));

  private final DeviceMemoryException full = new DeviceMemoryException("load: no room");

  /** Counts programs; has no room for the first ones. */
  private final class Counting extends ForwardingBackend {
    private int attempts;
    private int refusals;
    private int closes;

    Counting() {
      super(new InterpreterBackend(new FusionLimits(128, 64, true)));
    }

    @Override
    public LoadedProgram load(Program program) {
      attempts++;
      if (attempts <= refusals) {
        throw full;
      }
      LoadedProgram loaded = super.load(program);
      return new LoadedProgram() {
        @Override
        public void run(List<Slice> buffers) {
          loaded.run(buffers);
        }

        @Override
        public void close() {
          closes++;
          loaded.close();
        }
      };
    }
  }

  private final Counting backend = new Counting();
  private CachingAllocator allocator = allocator(Long.MAX_VALUE);

  @AfterEach
  void close() {
    allocator.close();
    backend.close();
  }

  private CachingAllocator allocator(long limit) {
    return new CachingAllocator(backend.memory(), limit, Reclaimer.NONE);
  }

  /** Adds a constant. */
  private Executable load() {
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.parameter(TYPE);
    Value constant = builder.value(new Constant(HostArray.allocate(TYPE)));
    var graph = builder.build("sum", List.of(builder.value(new Add(), x, constant)));
    Program program =
        new Pipeline(backend)
            .compile(
                graph,
                List.of(Layout.contiguous(TYPE.shape())),
                new CompileOptions(Set.of(), Check.NOTHING));
    return new Executable(backend, allocator, program);
  }

  @Test
  void aProgramIsClosedWhenNobodyHoldsIt() {
    Executable program = load();
    program.retain();
    program.close();
    assertEquals(0, backend.closes);
    program.release();
    assertEquals(1, backend.closes);
    program.close();
    assertEquals(1, backend.closes);
    assertEquals(0, allocator.statistics().liveBlocks());
  }

  @Test
  void aProgramIsClosedWhoseConstantsFindNoPlace() {
    allocator = allocator(TYPE.bytes() / 2);
    assertThrows(DeviceMemoryException.class, this::load);
    assertEquals(1, backend.closes);
    assertEquals(0, allocator.statistics().liveBlocks());
  }

  @Test
  void cachesMakeRoomForAProgram() {
    allocator.allocate(1 << 20, "before").release();
    backend.refusals = 1;
    Executable program = load();
    assertEquals(2, backend.attempts);
    program.close();
    assertEquals(1, backend.closes);
  }

  @Test
  void whereNoCacheHasAnyAProgramIsRefusedAtOnce() {
    backend.refusals = 2;
    assertSame(full, assertThrows(DeviceMemoryException.class, this::load));
    assertEquals(1, backend.attempts);
    assertEquals(0, backend.closes);
  }
}
