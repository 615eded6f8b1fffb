package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.cotangent.Compiled3;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.LoadedProgram;
import org.cotangent.backend.Program;
import org.cotangent.backend.RawMemory;
import org.cotangent.backend.Region;
import org.cotangent.cpu.CpuBackend;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two training steps, with all that belongs to them, in which the n-th call of the backend fails,
 * for every n: the error is the engine's own, nothing is lost, and the same device then takes the
 * same steps with the same bits.
 */
@Timeout(300)
class FailureInjectionTest {
  /** In what way a call fails. */
  enum Way {
    /** With an exception, instead of what it should do. */
    BEFORE,
    /** With an exception, when it is done: of a run, when all results are written. */
    AFTER,
    /** There is no memory, once: what is asked for a second time is there. */
    REFUSED
  }

  /** A CPU whose n-th call fails. */
  private static final class Failing extends ForwardingBackend {
    private final Way way;
    private final RawMemory memory;

    /** The call that fails, from 1 on; 0 for none. */
    private long failing;

    private long calls;

    Failing(Way way) {
      super(new CpuBackend(new BackendOptions(2)));
      this.way = way;
      this.memory = new Memory(super.memory());
    }

    private void around(String call, Runnable action) {
      boolean fails = ++calls == failing && way != Way.REFUSED;
      if (fails && way == Way.BEFORE) {
        throw new DeviceException("injected: " + call);
      }
      action.run();
      if (fails) {
        throw new DeviceException("injected: " + call);
      }
    }

    @Override
    public RawMemory memory() {
      return memory;
    }

    @Override
    public LoadedProgram load(Program program) {
      if (way == Way.BEFORE) {
        around("load", () -> {});
      }
      return super.load(program);
    }

    @Override
    protected void run(Program program, LoadedProgram loaded, List<LoadedProgram.Slice> buffers) {
      around("run of " + program.source().name(), () -> loaded.run(buffers));
    }

    private final class Memory extends ForwardingMemory {
      Memory(RawMemory memory) {
        super(memory);
      }

      @Override
      public @Nullable Region allocate(long bytes) {
        if (way == Way.BEFORE) {
          around("allocate", () -> {});
        } else if (way == Way.REFUSED && ++calls == failing) {
          return null;
        }
        return super.allocate(bytes);
      }

      @Override
      public void write(Region region, long offset, MemorySegment source) {
        around("write", () -> super.write(region, offset, source));
      }

      @Override
      public void fill(Region region, long offset, long bytes, Consumer<MemorySegment> filler) {
        around("fill", () -> super.fill(region, offset, bytes, filler));
      }

      @Override
      public void read(Region region, long offset, MemorySegment target) {
        around("read", () -> super.read(region, offset, target));
      }
    }
  }

  record Net(Tensor w, Tensor b) {}

  record State(Net net, Key key) {}

  record Step(State state, Tensor loss) {}

  private static Step step(State state, Tensor x, Tensor y, Tensor scale) {
    Tensor noisy = x.add(state.key().normal(x.dtype(), x.shape()).mul(scale.frozen()));
    var loss =
        Cotangent.valueAndGrad(
            net -> noisy.matmul(net.w()).add(net.b()).softmax(1).sub(y).square().mean(),
            state.net());
    Net next =
        new Net(
            state.net().w().sub(loss.grad().w().mul(0.5)),
            state.net().b().sub(loss.grad().b().mul(0.5)));
    return new Step(new State(next, state.key().fold(1)), loss.value());
  }

  /** Data, a compiled step with a constant, two runs that donate, eager ops and reads. */
  private static List<float[]> train(Device device) {
    List<float[]> results = new ArrayList<>();
    try (Scope _ = device.open()) {
      Tensor x = device.key(3).uniform(DType.FLOAT32, Shape.of(33, 7));
      Tensor y = device.key(4).uniform(DType.FLOAT32, Shape.of(33, 5));
      Tensor scale = device.scalar(DType.FLOAT32, 0.1);
      Net net =
          new Net(
              device.tensor(new float[35]).reshape(7, 5).copy(), device.zeros(DType.FLOAT32, 5));
      State state = new State(net, device.key(1));
      try (Compiled3<State, Tensor, Tensor, Step> step =
          device
              .compiler()
              .donate(0)
              .compile((State s, Tensor a, Tensor b) -> step(s, a, b, scale), state, x, y)) {
        for (int i = 0; i < 2; i++) {
          try (Scope inner = device.open()) {
            Step done = step.run(state, x, y);
            state = inner.keep(done.state());
            results.add(new float[] {(float) done.loss().item()});
          }
        }
      }
      results.add(state.net().w().toFloatArray());
      results.add(state.net().b().slice(0, 1, 4).add(1).toFloatArray());
      Tensor rows = device.tensor(new int[] {2, 0, 1});
      try (var take =
          device.compiler().compile((Tensor p, Tensor i) -> p.take(i, 0).sum(0), x, rows)) {
        Tensor sums = take.run(x, rows);
        take.runInto(sums, x, rows);
        results.add(sums.toFloatArray());
      }
    }
    return results;
  }

  private static void assertSame(List<float[]> expected, List<float[]> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyCallFailsOnce(Way way) {
    List<float[]> expected;
    long liveBlocks;
    long calls;
    Failing sound = new Failing(way);
    try (Device device = Device.with("sound", sound, DeviceOptions.DEFAULT)) {
      expected = train(device);
      calls = sound.calls;
      // Constants of the eager ops' programs.
      liveBlocks = device.memory().liveBlocks();
    }
    assertTrue(calls >= (way == Way.REFUSED ? 1 : 20), "calls: " + calls);
    for (long n = 1; n <= calls; n++) {
      Failing backend = new Failing(way);
      backend.failing = n;
      try (Device device = Device.with("failing", backend, DeviceOptions.DEFAULT)) {
        if (way == Way.REFUSED) {
          assertSame(expected, train(device));
        } else {
          CotangentException error =
              assertThrows(CotangentException.class, () -> train(device), "call " + n);
          assertEquals(DeviceException.class, error.getClass(), "call " + n);
          assertTrue(String.valueOf(error.getMessage()).contains("injected: "), error::toString);
          assertTrue(device.memory().liveBlocks() <= liveBlocks, "something is live: call " + n);
        }
        assertTrue(backend.calls >= n, "the call was made");
        assertSame(expected, train(device));
        assertEquals(liveBlocks, device.memory().liveBlocks(), "call " + n);
      }
    }
  }

  @Test
  void theStepsTrain() {
    try (Device device = Device.cpu(DeviceOptions.DEFAULT)) {
      List<float[]> results = train(device);
      assertTrue(results.get(1)[0] < results.get(0)[0], "the loss falls");
    }
  }
}
