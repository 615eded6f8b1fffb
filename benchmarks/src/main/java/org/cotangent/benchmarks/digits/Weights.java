package org.cotangent.benchmarks.digits;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.numpy.Npz;
import org.cotangent.numpy.NumPy;
import org.cotangent.type.HostArray;

/**
 * A network as an {@code .npz} archive, {@code layers.0.w} and so on, for NumPy as much as for us.
 */
final class Weights {
  private Weights() {}

  static void save(Path file, Net net) {
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    for (int i = 0; i < net.layers().size(); i++) {
      arrays.put(name(i, "w"), net.layers().get(i).w().toHost());
      arrays.put(name(i, "b"), net.layers().get(i).b().toHost());
    }
    NumPy.savez(file, arrays);
  }

  static Net load(Device device, Path file) {
    try (Npz npz = Npz.open(file)) {
      List<Dense> layers = new ArrayList<>();
      for (int i = 0; npz.names().contains(name(i, "w")); i++) {
        Tensor w = device.tensor(npz.get(name(i, "w")));
        Tensor b = device.tensor(npz.get(name(i, "b")));
        layers.add(new Dense(w, b));
      }
      return new Net(List.copyOf(layers));
    }
  }

  private static String name(int layer, String part) {
    return "layers." + layer + "." + part;
  }

  /** Whether two networks agree in every bit. */
  static boolean same(Net a, Net b) {
    List<Tensor> left = Trees.leaves(a);
    List<Tensor> right = Trees.leaves(b);
    for (int i = 0; i < left.size(); i++) {
      if (left.get(i).toHost().data().mismatch(right.get(i).toHost().data()) >= 0) {
        return false;
      }
    }
    return left.size() == right.size();
  }
}
