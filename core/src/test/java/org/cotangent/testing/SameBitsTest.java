package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.DeviceOptions;
import org.cotangent.Key;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.nn.Activations;
import org.cotangent.nn.Attention;
import org.cotangent.nn.Dropout;
import org.cotangent.nn.Embeddings;
import org.cotangent.nn.Losses;
import org.cotangent.nn.Normalization;
import org.cotangent.op.Sample;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same bits in JVMs that differ in threads, in vectors, and in whether anything is compiled: of
 * a transformer that trains, before C2 has compiled its kernels and after, and of the op table.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SameBitsTest {
  /** A JVM: its flags, the threads of its device, training steps, and each how many-th sample. */
  private record Setting(List<String> flags, int threads, int steps, int samples) {}

  private static final List<Setting> SETTINGS =
      List.of(
          new Setting(List.of("-Dcotangent.prove=false"), 2, 300, 3),
          new Setting(List.of(), 1, 300, 3),
          new Setting(List.of("-Dcotangent.fuse=false"), 8, 100, 3),
          new Setting(bits(128), 1, 100, 3),
          new Setting(bits(256), 8, 100, 3),
          new Setting(List.of("-Dcotangent.vector=false"), 2, 100, 3),
          new Setting(List.of("-Xint"), 2, 3, 60));

  private static List<String> bits(int width) {
    return List.of("-Dcotangent.prove=false", "-Dcotangent.vector.bits=" + width);
  }

  record Block(
      Tensor table, Tensor qkv, Tensor out, Tensor up, Tensor down, Tensor scale, Tensor shift) {}

  record State(Block weights, Key key) {}

  private static final int TOKENS = 19;
  private static final int WIDTH = 36;
  private static final int HEADS = 3;
  private static final int VOCABULARY = 50;

  private static Tensor heads(Tensor x) {
    return x.reshape(4, TOKENS, HEADS, WIDTH / HEADS).transpose(0, 2, 1, 3);
  }

  private static Tensor loss(Block w, Tensor tokens, Tensor targets, Key key) {
    Tensor x = Embeddings.embedding(w.table(), tokens);
    Tensor h = Normalization.layerNorm(x, w.scale(), w.shift(), 1e-5);
    Tensor all = h.matmul(w.qkv());
    Tensor seen =
        Attention.causalAttention(
            heads(all.slice(2, 0, WIDTH)),
            heads(all.slice(2, WIDTH, 2 * WIDTH)),
            heads(all.slice(2, 2 * WIDTH, 3 * WIDTH)));
    x = x.add(seen.transpose(0, 2, 1, 3).reshape(4, TOKENS, WIDTH).matmul(w.out()));
    h = Normalization.layerNorm(x, w.scale(), w.shift(), 1e-5);
    h = Dropout.dropout(Activations.gelu(h.matmul(w.up())), 0.1, key).matmul(w.down());
    Tensor logits = x.add(h).reshape(4 * TOKENS, WIDTH).matmul(w.table().transpose());
    return Losses.softmaxCrossEntropy(logits, targets);
  }

  private static State step(State state, Tensor tokens, Tensor targets) {
    Block grad = Cotangent.grad(w -> loss(w, tokens, targets, state.key()), state.weights());
    return new State(
        Trees.map(state.weights(), grad, (w, g) -> w.sub(g.mul(0.05))), state.key().fold(1));
  }

  private static void train(Device device, int steps) {
    try (Scope scope = device.open()) {
      List<Tensor> made = new ArrayList<>();
      int[][] shapes = {
        {VOCABULARY, WIDTH}, {WIDTH, 3 * WIDTH}, {WIDTH, WIDTH}, {WIDTH, 70}, {70, WIDTH}
      };
      for (int[] shape : shapes) {
        made.add(
            device
                .key(made.size())
                .normal(DType.FLOAT32, Shape.of(shape[0], shape[1]))
                .mul(0.1)
                .copy());
      }
      State state =
          new State(
              new Block(
                  made.get(0),
                  made.get(1),
                  made.get(2),
                  made.get(3),
                  made.get(4),
                  device.ones(DType.FLOAT32, WIDTH),
                  device.zeros(DType.FLOAT32, WIDTH)),
              device.key(9));
      Tensor tokens = device.key(10).randint(0, VOCABULARY, DType.INT32, Shape.of(4, TOKENS));
      Tensor targets = tokens.reshape(4 * TOKENS);
      try (var step =
          device.compiler().donate(0).compile(SameBitsTest::step, state, tokens, targets)) {
        for (int i = 1; i <= steps; i++) {
          try (Scope inner = device.open()) {
            state = inner.keep(step.run(state, tokens, targets));
          }
          if (i == 1 || i == 3 || i % 100 == 0) {
            CRC32C sum = new CRC32C();
            Trees.leaves(state).forEach(leaf -> update(sum, leaf.toHost()));
            System.out.println("step " + i + ": " + sum.getValue());
          }
        }
      }
      scope.keep(state);
      Trees.leaves(state).forEach(Tensor::close);
    }
  }

  private static void update(CRC32C sum, HostArray array) {
    sum.update(array.data().asByteBuffer());
  }

  /** Run in a JVM of its own: prints sums of bits, each with what they are of. */
  public static void main(String... args) {
    int threads = Integer.parseInt(args[0]);
    int each = Integer.parseInt(args[2]);
    try (Device device = Device.cpu(DeviceOptions.DEFAULT.threads(threads))) {
      train(device, Integer.parseInt(args[1]));
      OpTable.samples()
          .forEach((op, samples) -> {
            for (int i = 0; i < samples.size(); i += each) {
              Sample sample = samples.get(i);
              CRC32C sum = new CRC32C();
              OpTable.results(device, sample).forEach(result -> update(sum, result));
              System.out.println(op + " " + i + " " + sample + ": " + sum.getValue());
            }
          });
    }
  }

  private static Map<String, String> sums(Setting setting) throws Exception {
    Process process =
        SameTextTest.Jvm.start(
            setting.flags(),
            SameBitsTest.class,
            String.valueOf(setting.threads()),
            String.valueOf(setting.steps()),
            String.valueOf(setting.samples()));
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> setting + "\n" + text);
    Map<String, String> sums = new LinkedHashMap<>();
    text.lines()
        .forEach(line -> {
          int end = line.lastIndexOf(": ");
          sums.put(line.substring(0, end), line.substring(end + 2));
        });
    return sums;
  }

  @Test
  void allSettingsAgree() throws Exception {
    Map<String, String> first = sums(SETTINGS.getFirst());
    assertTrue(first.size() > 300, "sums: " + first.size());
    for (Setting setting : SETTINGS.subList(1, SETTINGS.size())) {
      Map<String, String> sums = sums(setting);
      assertTrue(sums.containsKey("step 3") && sums.size() > 60, setting::toString);
      sums.forEach((what, sum) -> assertEquals(first.get(what), sum, () -> setting + ": " + what));
    }
  }
}
