package org.cotangent.benchmarks.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.cotangent.benchmarks.engine.Computation;
import org.cotangent.benchmarks.engine.Engine;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;

/** DJL on PyTorch, op by op, as it works. */
public final class DjlEngine implements Engine {
  static {
    // Natives come from the jars; nobody is told.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    String threads = Integer.toString(Runtime.getRuntime().availableProcessors());
    System.setProperty("ai.djl.pytorch.num_threads", threads);
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
  }

  /** Made by the service loader. */
  public DjlEngine() {}

  @Override
  public String name() {
    return "djl";
  }

  @Override
  public Optional<String> unavailable(String device) {
    try {
      var _ = ai.djl.engine.Engine.getEngine("PyTorch");
      return Optional.empty();
    } catch (RuntimeException | LinkageError e) {
      return Optional.of("PyTorch does not load: " + e);
    }
  }

  @Override
  public String description(String device) {
    String told = ai.djl.engine.Engine.getEngine("PyTorch").toString().replaceAll("\\s+", " ");
    // Its library lies in the user's own folder, whose name is nobody's business.
    return "DJL, " + told.replaceAll("\\S*[/\\\\]", "");
  }

  @Override
  public boolean does(Task task) {
    return true;
  }

  @Override
  public Computation open(String device, Task task) {
    NDManager manager = NDManager.newBaseManager("PyTorch");
    TensorType type = new TensorType(task.dtype(), task.shape());
    if (task instanceof Import file) {
      return Computation.reading(
          file,
          path -> load(manager, path),
          NDArray::close,
          last -> copy(last, type),
          manager::close);
    }
    List<NDArray> inputs = task.inputs().stream().map(array -> array(manager, array)).toList();
    Supplier<NDArray> run =
        switch (task) {
          case Addition addition -> addition(addition, inputs);
          case Product product -> product(product, inputs);
          case Chain chain -> chain(chain, inputs);
          case Perceptron _ -> new Steps(inputs);
          case Import _ -> throw new IllegalArgumentException(task.title());
        };
    return Computation.keeping(run, NDArray::close, last -> copy(last, type), manager::close);
  }

  private static NDArray load(NDManager manager, Path path) {
    try (InputStream file = Files.newInputStream(path)) {
      return NDList.decode(manager, file).singletonOrThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HostArray copy(NDArray result, TensorType type) {
    HostArray copy = HostArray.allocate(type);
    copy.data().copyFrom(MemorySegment.ofBuffer(result.toByteBuffer()));
    return copy;
  }

  private static NDArray array(NDManager manager, HostArray array) {
    Shape shape = new Shape(array.type().shape().dims());
    DataType dtype =
        switch (array.type().dtype()) {
          case FLOAT32 -> DataType.FLOAT32;
          case FLOAT64 -> DataType.FLOAT64;
          default -> DataType.INT32;
        };
    ByteBuffer data =
        ByteBuffer.allocateDirect((int) array.type().bytes()).order(ByteOrder.nativeOrder());
    MemorySegment.ofBuffer(data).copyFrom(array.data());
    return manager.create(data, shape, dtype);
  }

  private static Supplier<NDArray> addition(Addition addition, List<NDArray> in) {
    NDArray a = in.getFirst();
    NDArray b = in.getLast();
    return switch (addition.operands()) {
      case SAME, ROW, COLUMN -> () -> a.add(b);
      case SCALAR -> () -> a.add(Addition.SCALAR);
      case STRIDED -> {
        NDArray view = b.transpose();
        yield () -> a.add(view);
      }
    };
  }

  private static Supplier<NDArray> product(Product product, List<NDArray> in) {
    boolean left = product.transposed() == Product.Transposed.LEFT;
    boolean right = product.transposed() == Product.Transposed.RIGHT;
    NDArray a = left ? in.get(0).swapAxes(-2, -1) : in.get(0);
    NDArray b = right ? in.get(1).swapAxes(-2, -1) : in.get(1);
    return () -> a.matMul(b);
  }

  private static Supplier<NDArray> chain(Chain chain, List<NDArray> in) {
    NDArray x = in.getFirst();
    return switch (chain.kind()) {
      // Its op is the other form, by erf.
      case GELU -> () -> gelu(x);
      case SOFTMAX -> () -> x.softmax(1);
      case LAYER_NORM -> {
        Shape row = new Shape(chain.columns());
        yield () -> {
          try (NDList result =
              x.getNDArrayInternal()
                  .layerNorm(x, row, in.get(1), in.get(2), (float) Chain.EPSILON)) {
            NDArray kept = result.singletonOrThrow();
            kept.attach(x.getManager());
            result.clear();
            return kept;
          }
        };
      }
    };
  }

  private static NDArray gelu(NDArray x) {
    try (NDArray cube = x.mul(x)) {
      NDArray inner = cube.muli(x).muli(Chain.CUBIC).addi(x).muli(Chain.SCALE);
      return inner.tanh().addi(1).muli(x).muli(0.5);
    }
  }

  /** Steps of training, with PyTorch's gradients and changes in place. */
  private static final class Steps implements Supplier<NDArray> {
    private final NDArray x;
    private final NDArray labels;
    private final List<NDArray> weights;

    Steps(List<NDArray> inputs) {
      this.x = inputs.get(0);
      this.labels = inputs.get(1);
      this.weights = inputs.subList(2, inputs.size());
      weights.forEach(weight -> weight.setRequiresGradient(true));
    }

    @Override
    public NDArray get() {
      NDManager outer = x.getManager();
      try (NDManager step = outer.newSubManager()) {
        NDArray loss;
        NDArray batch = x.duplicate();
        batch.attach(step);
        try (GradientCollector collector =
            ai.djl.engine.Engine.getEngine("PyTorch").newGradientCollector()) {
          loss = loss(batch);
          collector.backward(loss);
        }
        for (NDArray weight : weights) {
          try (NDArray gradient = weight.getGradient()) {
            gradient.attach(step);
            weight.subi(gradient.muli(Perceptron.RATE));
            gradient.muli(0);
          }
        }
        loss.attach(outer);
        return loss;
      }
    }

    private NDArray loss(NDArray batch) {
      NDArray h = batch;
      for (int i = 0; i < weights.size(); i += 2) {
        h = h.matMul(weights.get(i)).addi(weights.get(i + 1));
        h = i + 2 < weights.size() ? h.getNDArrayInternal().relu() : h;
      }
      return h.logSoftmax(1).mul(labels).sum().neg().div(labels.size(0));
    }
  }
}
