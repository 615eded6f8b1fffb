package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.backend.CachingAllocator;
import org.cotangent.backend.MemoryStatistics;
import org.cotangent.backend.Reclaimer;
import org.cotangent.nn.Activations;
import org.cotangent.nn.Attention;
import org.cotangent.nn.Embeddings;
import org.cotangent.nn.Losses;
import org.cotangent.nn.Normalization;
import org.cotangent.optim.Adam;
import org.cotangent.optim.Optimizer;
import org.cotangent.testing.AllocationTrace.Call;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AllocationTraceTest {
  private static final long MIB = 1 << 20;

  @TempDir private static Path folder;

  private static List<AllocationTrace> record(Runnable work) throws Exception {
    Path file = folder.resolve("trace.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("org.cotangent.Block");
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    return AllocationTrace.read(file);
  }

  @Test
  void blocksAreRecordedInOrder() throws Exception {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(100 * MIB);
    CachingAllocator allocator = new CachingAllocator(memory, Long.MAX_VALUE, Reclaimer.NONE);
    var before = allocator.allocate(10, "before");
    List<AllocationTrace> traces =
        record(() -> {
          var first = allocator.allocate(100, "first");
          var second = allocator.allocate(3 * MIB, "second");
          allocator.allocate(0, "nothing").release();
          before.release();
          first.release();
          // Where the first one was.
          allocator.allocate(64, "third").release();
          second.release();
        });
    allocator.close();
    assertEquals(
        List.of(
            new AllocationTrace(
                List.of(
                    new Call(0, 100, true),
                    new Call(1, 3 * MIB, true),
                    new Call(0, 100, false),
                    new Call(2, 64, true),
                    new Call(2, 64, false),
                    new Call(1, 3 * MIB, false)))),
        traces);
    assertEquals(3 * MIB + 128, traces.getFirst().peak(64));
  }

  record Layer(Tensor mix, Tensor out, Tensor scale, Tensor shift, Tensor up, Tensor down) {}

  record Transformer(Tensor words, List<Layer> layers) {}

  record Training<M>(M model, Optimizer.State<M> memory) {}

  private static final int WIDTH = 512;
  private static final int HEADS = 8;
  private static final int WORDS = 8_000;
  private static final Optimizer ADAM = Adam.of(1e-3);

  private static Tensor matrix(Device device, long rows, long columns) {
    return device.zeros(DType.FLOAT32, rows, columns);
  }

  private static Transformer transformer(Device device) {
    List<Layer> layers =
        Stream.generate(() ->
                new Layer(
                    matrix(device, WIDTH, 3 * WIDTH),
                    matrix(device, WIDTH, WIDTH),
                    device.ones(DType.FLOAT32, WIDTH),
                    device.zeros(DType.FLOAT32, WIDTH),
                    matrix(device, WIDTH, 4 * WIDTH),
                    matrix(device, 4 * WIDTH, WIDTH)))
            .limit(3)
            .toList();
    return new Transformer(matrix(device, WORDS, WIDTH), layers);
  }

  private static Tensor heads(Tensor x) {
    long batch = x.shape().dim(0);
    long length = x.shape().dim(1);
    return x.reshape(batch, length, HEADS, WIDTH / HEADS).transpose(0, 2, 1, 3);
  }

  private static Tensor logits(Transformer model, Tensor x) {
    Tensor h = Embeddings.embedding(model.words(), x);
    for (Layer layer : model.layers()) {
      Tensor normal = Normalization.layerNorm(h, layer.scale(), layer.shift(), 1e-5);
      List<Tensor> parts =
          normal.matmul(layer.mix()).split(3, -1).stream().map(AllocationTraceTest::heads).toList();
      Tensor seen = Attention.causalAttention(parts.get(0), parts.get(1), parts.get(2));
      h = h.add(seen.transpose(0, 2, 1, 3).reshape(h.shape().dims()).matmul(layer.out()));
      h = h.add(Activations.geluTanh(h.matmul(layer.up())).matmul(layer.down()));
    }
    return h.matmul(model.words().transpose());
  }

  private static Tensor loss(Transformer model, Tensor x, Tensor y) {
    Tensor flat = logits(model, x).reshape(y.shape().size(), WORDS);
    return Losses.softmaxCrossEntropy(flat, y.reshape(y.shape().size()));
  }

  private static Training<Transformer> step(Training<Transformer> state, Tensor x, Tensor y) {
    Transformer slopes = Cotangent.grad(model -> loss(model, x, y), state.model());
    var next = ADAM.step(state.model(), slopes, state.memory());
    return new Training<>(next.parameters(), next.state());
  }

  private static Training<Transformer> training(Device device) {
    Transformer model = transformer(device);
    return new Training<>(model, ADAM.start(model));
  }

  /** Sentences of one length, and a shorter one now and then. */
  private static void sentences(Device device, boolean ofOneLength) {
    Random random = new Random(1);
    try (Scope _ = device.open()) {
      Training<Transformer> state = training(device);
      Tensor example = device.zeros(DType.INT32, 8, 64);
      try (var step =
          device.compiler().donate(0).compile(AllocationTraceTest::step, state, example, example)) {
        for (int i = 0; i < 60; i++) {
          int length = ofOneLength && i % 20 < 19 ? 200 : random.nextInt(20, 256);
          try (Scope inner = device.open()) {
            Tensor x = device.zeros(DType.INT32, 8, length);
            state = inner.keep(step.run(state, x, x));
            if (i % 10 == 9) {
              // An evaluation, op by op.
              logits(state.model(), device.zeros(DType.INT32, 16, length)).argmax(-1).close();
            }
          }
        }
      }
    }
  }

  /** Each op by itself, and what is no longer used closed late. */
  private static void opByOp(Device device) {
    Random random = new Random(2);
    try (Scope _ = device.open()) {
      Transformer model = transformer(device);
      for (int i = 0; i < 12; i++) {
        Tensor x = device.zeros(DType.INT32, random.nextInt(2, 9), random.nextInt(20, 256));
        try (Scope inner = device.open()) {
          Transformer old = model;
          Transformer slopes = Cotangent.grad(m -> loss(m, x, x), model);
          model = inner.keep(Trees.map(old, slopes, (w, g) -> w.sub(g.mul(0.1))));
          Trees.leaves(old).forEach(Tensor::close);
        }
        x.close();
      }
    }
  }

  private static Arguments run(String name, Consumer<Device> run, double most) {
    return Arguments.of(Named.of(name, run), most);
  }

  /** What trains, and how many times the most bytes lent at once may be reserved. */
  static Stream<Arguments> runs() {
    return Stream.of(
        run("sentences of one length", device -> sentences(device, true), 1.1),
        run("sentences of any length", device -> sentences(device, false), 1.1),
        // Parameters that stay lie in regions that gradients of any size shared before.
        run("op by op", AllocationTraceTest::opByOp, 2));
  }

  /** On a device that computes nothing, programs ask for the memory that they ask for anywhere. */
  @ParameterizedTest
  @MethodSource("runs")
  void trainingTakesLittleMoreThanItUses(Consumer<Device> run, double most) throws Exception {
    SimulatedMemory memory = SimulatedMemory.ofCapacity(100L << 30);
    List<MemoryStatistics> recorded = new ArrayList<>();
    List<AllocationTrace> traces =
        record(() -> {
          try (Device device =
              Device.with("null", new NullBackend(memory), DeviceOptions.DEFAULT)) {
            run.accept(device);
            recorded.add(device.memory());
          }
        });
    assertEquals(1, traces.size());
    AllocationTrace trace = traces.getFirst();
    assertTrue(trace.calls().size() > 500, trace.calls().size() + "");
    SimulatedMemory again = SimulatedMemory.ofCapacity(100L << 30);
    try (CachingAllocator allocator = new CachingAllocator(again, Long.MAX_VALUE, Reclaimer.NONE)) {
      trace.replay(allocator);
      MemoryStatistics replayed = allocator.statistics();
      assertEquals(recorded.getFirst().peakLiveBytes(), replayed.peakLiveBytes());
      assertEquals(recorded.getFirst().peakReservedBytes(), replayed.peakReservedBytes());
      assertEquals(trace.peak(64), replayed.peakLiveBytes());
      double share = (double) replayed.peakReservedBytes() / replayed.peakLiveBytes();
      assertTrue(share <= most, "reserved %.3f times what was lent".formatted(share));
    }
  }
}
