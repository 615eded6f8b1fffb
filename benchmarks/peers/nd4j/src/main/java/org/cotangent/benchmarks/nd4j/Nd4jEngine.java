package org.cotangent.benchmarks.nd4j;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.cotangent.benchmarks.engine.Computation;
import org.cotangent.benchmarks.engine.Engine;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** ND4J, into arrays that are there where its ops allow it. */
public final class Nd4jEngine implements Engine {
  /** Made by the service loader. */
  public Nd4jEngine() {}

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public List<String> devices() {
    return List.of("cpu");
  }

  @Override
  public Optional<String> unavailable(String device) {
    try {
      var _ = Nd4j.getBackend();
      return Optional.empty();
    } catch (RuntimeException | LinkageError e) {
      return Optional.of("ND4J does not load: " + e);
    }
  }

  @Override
  public String description(String device) {
    return "ND4J 1.0.0-M2.1, "
        + Nd4j.getBackend().getClass().getSimpleName()
        + ", avx512, BLAS of "
        + Nd4j.factory().blas().getBlasVendor()
        + ", "
        + Nd4j.factory().blas().getMaxThreads()
        + " threads";
  }

  /** Its layer norm adds nothing to the variance, so it is another function. */
  @Override
  public boolean does(Task task) {
    return !(task instanceof Chain chain && chain.kind() == Chain.Kind.LAYER_NORM);
  }

  @Override
  public Computation open(String device, Task task) {
    List<INDArray> inputs = task.inputs().stream().map(Nd4jEngine::array).toList();
    return new Running(
        new TensorType(task.dtype(), task.shape()),
        switch (task) {
          case Addition addition -> addition(addition, inputs);
          case Product product -> product(product, inputs);
          case Chain chain -> chain(chain.kind(), inputs.getFirst());
          case Perceptron _ -> new Steps(inputs);
        });
  }

  private static DataType type(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> DataType.FLOAT;
      case FLOAT64 -> DataType.DOUBLE;
      default -> DataType.INT32;
    };
  }

  private static INDArray array(HostArray array) {
    long[] dims = array.type().shape().dims();
    MemorySegment data = array.data();
    return switch (array.type().dtype()) {
      case FLOAT32 ->
          Nd4j.create(data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), dims, DataType.FLOAT);
      case FLOAT64 ->
          Nd4j.create(data.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED), dims, DataType.DOUBLE);
      default -> Nd4j.create(data.toArray(ValueLayout.JAVA_INT_UNALIGNED), dims, DataType.INT32);
    };
  }

  private static Supplier<INDArray> addition(Addition addition, List<INDArray> in) {
    INDArray a = in.getFirst();
    INDArray b = in.getLast();
    INDArray sum = Nd4j.createUninitialized(type(addition.dtype()), a.shape());
    return switch (addition.operands()) {
      case SAME, ROW, COLUMN -> () -> a.add(b, sum);
      case SCALAR -> () -> a.add(Addition.SCALAR, sum);
      case STRIDED -> {
        INDArray view = b.transpose();
        yield () -> a.add(view, sum);
      }
    };
  }

  private static Supplier<INDArray> product(Product product, List<INDArray> in) {
    boolean left = product.transposed() == Product.Transposed.LEFT;
    boolean right = product.transposed() == Product.Transposed.RIGHT;
    INDArray result =
        Nd4j.createUninitialized(type(product.dtype()), product.shape().dims());
    return () -> Nd4j.matmul(in.get(0), in.get(1), result, left, right, false);
  }

  private static Supplier<INDArray> chain(Chain.Kind kind, INDArray x) {
    return switch (kind) {
      // Its op is off by up to 0.005.
      case GELU -> () -> gelu(x);
      case SOFTMAX -> () -> Nd4j.nn().softmax(x, 1);
      case LAYER_NORM -> throw new IllegalArgumentException("layer norm");
    };
  }

  private static INDArray gelu(INDArray x) {
    INDArray inner = x.mul(x).muli(x).muli(Chain.CUBIC).addi(x).muli(Chain.SCALE);
    return Transforms.tanh(inner, false).addi(1).muli(x).muli(0.5);
  }

  /** Steps of training by hand: its own gradients, of SameDiff, take several times as long. */
  private static final class Steps implements Supplier<INDArray> {
    private final INDArray x;
    private final INDArray labels;
    private final List<INDArray> weights;

    Steps(List<INDArray> inputs) {
      this.x = inputs.get(0);
      this.labels = inputs.get(1);
      this.weights = inputs.subList(2, inputs.size());
    }

    @Override
    public INDArray get() {
      List<INDArray> layers = new ArrayList<>(List.of(x));
      for (int i = 0; i < weights.size(); i += 2) {
        INDArray h = layers.getLast().mmul(weights.get(i)).addiRowVector(weights.get(i + 1));
        layers.add(i + 2 < weights.size() ? Transforms.relu(h, false) : h);
      }
      INDArray logs = Nd4j.nn().logSoftmax(layers.getLast(), 1);
      INDArray loss = logs.mul(labels).sum().negi().divi(Perceptron.BATCH);
      INDArray gradient = Transforms.exp(logs, false).subi(labels).divi(Perceptron.BATCH);
      for (int i = weights.size() - 2; i >= 0; i -= 2) {
        INDArray before = layers.get(i / 2);
        INDArray w = weights.get(i);
        INDArray change = Nd4j.gemm(before, gradient, true, false);
        INDArray back = i == 0 ? gradient : Nd4j.gemm(gradient, w, false, true);
        w.subi(change.muli(Perceptron.RATE));
        weights.get(i + 1).subi(gradient.sum(0).muli(Perceptron.RATE));
        gradient = i == 0 ? back : back.muli(before.gt(0).castTo(DataType.FLOAT));
      }
      return loss;
    }
  }

  /** A computation, and the last of its results. */
  private static final class Running implements Computation {
    private final TensorType type;
    private final Supplier<INDArray> run;
    private @Nullable INDArray last;

    Running(TensorType type, Supplier<INDArray> run) {
      this.type = type;
      this.run = run;
    }

    @Override
    public void run() {
      last = run.get();
    }

    @Override
    public HostArray result() {
      if (last == null) {
        throw new IllegalStateException("result before a run");
      }
      INDArray c = last.dup('c');
      MemorySegment data =
          switch (type.dtype()) {
            case FLOAT32 -> MemorySegment.ofArray(c.data().asFloat());
            case FLOAT64 -> MemorySegment.ofArray(c.data().asDouble());
            default -> MemorySegment.ofArray(c.data().asInt());
          };
      return new HostArray(type, data);
    }

    @Override
    public void close() {}
  }
}
