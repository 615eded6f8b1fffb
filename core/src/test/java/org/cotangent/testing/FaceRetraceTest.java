package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** A compiled function that is traced again says what changed. */
class FaceRetraceTest {
  enum Mode {
    TRAIN,
    TEST
  }

  record Layer(Tensor w, Optional<Tensor> bias) {}

  record Model(List<Layer> layers, Map<String, Tensor> rest, double rate, Mode mode) {}

  @Test
  void theLogSaysWhatChanged() {
    try (FaceLog log = new FaceLog("org.cotangent.compile");
        Device device = Device.cpu();
        Scope _ = device.open()) {
      Tensor a = device.zeros(DType.FLOAT32, 2, 3);
      Tensor b = device.zeros(DType.FLOAT32, 3);
      Layer plain = new Layer(a, Optional.empty());
      Model model = new Model(List.of(plain, plain), Map.of("k", a), 0.1, Mode.TRAIN);
      var step =
          device
              .compiler()
              .name("step")
              .compile((Model m, Tensor t) -> m.layers().getLast().w().add(t), model, b);
      step.run(model, b);
      assertEquals(List.of(), log.take());

      step.run(model, device.zeros(DType.FLOAT32, 1));
      expect(log, "argument 1 was float32(3,) and is float32(1,)");
      step.run(model, b);
      expect(log);
      Layer wide = new Layer(device.zeros(DType.FLOAT32, 5, 3), Optional.empty());
      step.run(new Model(List.of(plain, wide), Map.of("k", a), 0.1, Mode.TRAIN), b);
      expect(log, "argument 0.layers[1].w was float32(2, 3) and is float32(5, 3)");
      step.run(model, b);
      step.run(
          new Model(List.of(plain, plain), Map.of("k", a.cast(DType.INT32)), 0.1, Mode.TRAIN), b);
      expect(log, "argument 0.rest[k] was float32(2, 3) and is int32(2, 3)");
      step.run(model, b);
      step.run(model, device.zeros(DType.FLOAT32, 6).slice(0, 0, 6, 2));
      expect(log, "argument 1 had strides [1]+0 and has [2]+0");
      step.run(model, b);
      step.run(new Model(model.layers(), model.rest(), 0.2, Mode.TRAIN), b);
      expect(log, "argument 0.rate was 0.1 and is 0.2; pass a tensor where values change");
      step.run(model, b);
      step.run(new Model(model.layers(), model.rest(), 0.1, Mode.TEST), b);
      expect(log, "argument 0.mode was TRAIN and is TEST; pass a tensor where values change");
      step.run(model, b);
      step.run(new Model(List.of(plain, plain, plain), model.rest(), 0.1, Mode.TRAIN), b);
      expect(log, "argument 0.layers was a list of 2 and is a list of 3");
      step.run(model, b);
      Layer biased = new Layer(a, Optional.of(b));
      step.run(new Model(List.of(plain, biased), model.rest(), 0.1, Mode.TRAIN), b);
      expect(log, "argument 0.layers[1].bias was an empty Optional and is a present Optional");
      step.run(model, b);
      step.run(new Model(model.layers(), Map.of("j", a), 0.1, Mode.TRAIN), b);
      expect(log, "argument 0.rest was a map with keys [k] and is a map with keys [j]");
      step.close();
    }
  }

  private static void expect(FaceLog log, String... changes) {
    assertEquals(
        List.of(changes).stream().map(change -> "step is traced again: " + change).toList(),
        log.take());
  }
}
