package org.cotangent.benchmarks.nd4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cotangent.benchmarks.engine.Computation;
import org.cotangent.benchmarks.engine.Engine;
import org.cotangent.benchmarks.task.Addition;
import org.cotangent.benchmarks.task.Chain;
import org.cotangent.benchmarks.task.Import;
import org.cotangent.benchmarks.task.Perceptron;
import org.cotangent.benchmarks.task.Product;
import org.cotangent.benchmarks.task.Task;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinearDerivative;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LogSoftMax;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J, into arrays that are there where its ops allow it. */
public final class Nd4jEngine implements Engine {
  /** Made by the service loader. */
  public Nd4jEngine() {}

  @Override
  public String name() {
    return "nd4j";
  }

  /** Its OpenBLAS, of 2021, takes kernels of 2007 for processors that are newer than it. */
  @Override
  public Map<String, String> environment() {
    return hasAvx512() ? Map.of("OPENBLAS_CORETYPE", "SkylakeX") : Map.of();
  }

  private static boolean hasAvx512() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" avx512f "));
    } catch (IOException | UncheckedIOException _) {
      return false;
    }
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
        + " for avx512, "
        + openBlas("openblas_get_config")
        + ", kernels "
        + openBlas("openblas_get_corename")
        + ", "
        + Nd4j.factory().blas().getMaxThreads()
        + " threads";
  }

  /**
   * {@return what its OpenBLAS says of itself; of processors newer than it, it takes old kernels}
   */
  @SuppressWarnings("restricted")
  private static String openBlas(String function) {
    // ND4J has loaded it for this class loader.
    MemorySegment address = SymbolLookup.loaderLookup().findOrThrow(function);
    MethodHandle handle =
        Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(ValueLayout.ADDRESS));
    try {
      MemorySegment characters = (MemorySegment) handle.invokeExact();
      return characters.reinterpret(Long.MAX_VALUE).getString(0).strip();
    } catch (Throwable e) {
      throw new IllegalStateException(function + ": the call failed", e);
    }
  }

  /** Its layer norm adds nothing to the variance, so it is another function. */
  @Override
  public boolean does(Task task) {
    return !(task instanceof Chain chain && chain.kind() == Chain.Kind.LAYER_NORM);
  }

  @Override
  public Computation open(String device, Task task) {
    TensorType type = new TensorType(task.dtype(), task.shape());
    if (task instanceof Import file) {
      return Computation.reading(
          file,
          path -> Nd4j.createFromNpyFile(path.toFile()),
          INDArray::close,
          last -> copy(last, type),
          () -> {});
    }
    List<INDArray> inputs = task.inputs().stream().map(Nd4jEngine::array).toList();
    Supplier<INDArray> run =
        switch (task) {
          case Addition addition -> addition(addition, inputs);
          case Product product -> product(product, inputs);
          case Chain chain -> chain(chain.kind(), inputs.getFirst());
          case Perceptron _ -> new Steps(inputs);
          case Import _ -> throw new IllegalArgumentException(task.title());
        };
    // Results are arrays that the next run writes to.
    return Computation.keeping(run, _ -> {}, last -> copy(last, type), () -> {});
  }

  private static HostArray copy(INDArray result, TensorType type) {
    INDArray c = result.dup('c');
    MemorySegment data =
        switch (type.dtype()) {
          case FLOAT32 -> MemorySegment.ofArray(c.data().asFloat());
          case FLOAT64 -> MemorySegment.ofArray(c.data().asDouble());
          default -> MemorySegment.ofArray(c.data().asInt());
        };
    return new HostArray(type, data);
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
    INDArray result = Nd4j.createUninitialized(type(product.dtype()), product.shape().dims());
    return () -> Nd4j.matmul(in.get(0), in.get(1), result, left, right, false);
  }

  private static Supplier<INDArray> chain(Chain.Kind kind, INDArray x) {
    INDArray result = x.ulike();
    return switch (kind) {
      // Its op is off by up to 0.01.
      case GELU -> () -> gelu(x, result);
      case SOFTMAX -> () -> Nd4j.exec(new SoftMax(x, result, 1))[0];
      case LAYER_NORM -> throw new IllegalArgumentException("layer norm");
    };
  }

  private static INDArray gelu(INDArray x, INDArray result) {
    x.mul(x, result).muli(x).muli(Chain.CUBIC).addi(x).muli(Chain.SCALE);
    return Nd4j.getExecutioner().exec(new Tanh(result, result)).addi(1).muli(x).muli(0.5);
  }

  /**
   * Steps of training by hand, into arrays that are there: its own gradients, of SameDiff, take
   * several times as long.
   */
  private static final class Steps implements Supplier<INDArray> {
    private final INDArray labels;
    private final List<Layer> layers = new ArrayList<>();
    private final INDArray logs;
    private final INDArray gradient;
    private final INDArray products;
    private final INDArray loss = Nd4j.scalar(0f);

    /** What a layer has, and room for what a step makes of it. */
    private record Layer(
        INDArray x,
        INDArray weights,
        INDArray bias,
        INDArray result,
        INDArray back,
        INDArray weightsChange,
        INDArray biasChange) {
      static Layer of(INDArray x, INDArray weights, INDArray bias) {
        INDArray result = Nd4j.createUninitialized(DataType.FLOAT, x.size(0), weights.size(1));
        return new Layer(x, weights, bias, result, x.ulike(), weights.ulike(), bias.ulike());
      }

      void forward() {
        INDArray _ = Nd4j.matmul(x, weights, result, false, false, false);
        INDArray _ = result.addiRowVector(bias);
      }

      void update(INDArray gradient) {
        INDArray _ = Nd4j.matmul(x, gradient, weightsChange, true, false, false);
        INDArray _ = gradient.sum(biasChange, 0);
        INDArray _ = weights.subi(weightsChange.muli(Perceptron.RATE));
        INDArray _ = bias.subi(biasChange.muli(Perceptron.RATE));
      }

      /** {@return the gradient of what goes in, before the ReLU that made it} */
      INDArray backward(INDArray gradient) {
        INDArray _ = Nd4j.matmul(gradient, weights, back, false, true, false);
        return Nd4j.exec(new RectifiedLinearDerivative(x, back, back))[0];
      }
    }

    Steps(List<INDArray> inputs) {
      this.labels = inputs.get(1);
      INDArray x = inputs.get(0);
      for (int i = 2; i < inputs.size(); i += 2) {
        layers.add(Layer.of(x, inputs.get(i), inputs.get(i + 1)));
        x = layers.getLast().result();
      }
      this.logs = x.ulike();
      this.gradient = x.ulike();
      this.products = x.ulike();
    }

    @Override
    public INDArray get() {
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = layers.get(i);
        layer.forward();
        if (i + 1 < layers.size()) {
          var _ = Nd4j.getExecutioner().exec(new RectifiedLinear(layer.result(), layer.result()));
        }
      }
      var _ = Nd4j.exec(new LogSoftMax(layers.getLast().result(), logs));
      logs.mul(labels, products).sum(loss, 0, 1).divi(-labels.size(0));
      INDArray change = Nd4j.getExecutioner().exec(new Exp(logs, gradient));
      change.subi(labels).divi(labels.size(0));
      for (int i = layers.size() - 1; i >= 0; i--) {
        Layer layer = layers.get(i);
        // The weights that went forward, so before they change.
        INDArray back = i == 0 ? change : layer.backward(change);
        layer.update(change);
        change = back;
      }
      return loss;
    }
  }
}
