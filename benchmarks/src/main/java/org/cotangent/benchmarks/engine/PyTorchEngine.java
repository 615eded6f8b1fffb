package org.cotangent.benchmarks.engine;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cotangent.benchmarks.peer.PyTorch;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.HostArray;

/** PyTorch of the machine, as its users run it: from Python, op by op. */
public final class PyTorchEngine implements Engine {
  /** Made by the service loader. */
  public PyTorchEngine() {}

  @Override
  public String name() {
    return "pytorch";
  }

  @Override
  public List<String> devices() {
    return List.of("cpu", "cuda");
  }

  @Override
  public Optional<String> unavailable(String device) {
    return PyTorch.unavailable(device);
  }

  @Override
  public boolean isClocked() {
    return true;
  }

  @Override
  public String description(String device) {
    return PyTorch.description(device);
  }

  @Override
  public boolean does(Task task) {
    return true;
  }

  @Override
  public Computation open(String device, Task task) {
    Map<String, String> parameters = new LinkedHashMap<>(task.parameters());
    switch (task) {
      case Addition _ -> parameters.put("scalar", Integer.toString(Addition.SCALAR));
      case Chain _ -> parameters.put("epsilon", Double.toString(Chain.EPSILON));
      case Perceptron _ -> parameters.put("rate", Double.toString(Perceptron.RATE));
      case Product _ -> {}
      case Import file -> {
        Path saved = file.save();
        parameters.put("file", saved.toString());
        try {
          return clocked(
              new PyTorch(device, task.suite(), parameters, List.of()), () -> Import.delete(saved));
        } catch (RuntimeException e) {
          Import.delete(saved);
          throw e;
        }
      }
    }
    return clocked(new PyTorch(device, task.suite(), parameters, task.inputs()), () -> {});
  }

  private static Clocked clocked(PyTorch torch, Runnable close) {
    return new Clocked() {
      @Override
      public double seconds(long runs) {
        return torch.run(runs);
      }

      @Override
      public HostArray result() {
        return torch.result();
      }

      @Override
      public void close() {
        try (torch) {
          close.run();
        }
      }
    };
  }
}
