package org.cotangent.benchmarks.tensorflow;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** TensorFlow Java with graphs. Input is fed, so that nothing is folded into constants. */
public final class TensorFlowEngine implements Engine {
  /** Made by the service loader. */
  public TensorFlowEngine() {}

  @Override
  public String name() {
    return "tensorflow";
  }

  @Override
  public Optional<String> unavailable(String device) {
    try {
      var _ = TensorFlow.version();
      return Optional.empty();
    } catch (RuntimeException | LinkageError e) {
      return Optional.of("TensorFlow does not load: " + e);
    }
  }

  @Override
  public String description(String device) {
    return "TensorFlow " + TensorFlow.version() + ", graph mode, " + threads() + " threads";
  }

  private static int threads() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** It reads no such files. */
  @Override
  public boolean does(Task task) {
    return !(task instanceof Import);
  }

  @Override
  public Computation open(String device, Task task) {
    Built built = new Built(task);
    TensorType type = new TensorType(task.dtype(), task.shape());
    return Computation.keeping(built::run, Result::close, last -> copy(last, type), built::close);
  }

  private static HostArray copy(Result result, TensorType type) {
    byte[] bytes = new byte[(int) type.bytes()];
    var _ = result.get(0).asRawTensor().data().read(bytes);
    return new HostArray(type, MemorySegment.ofArray(bytes));
  }

  private static Class<? extends TNumber> type(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> TFloat32.class;
      case FLOAT64 -> TFloat64.class;
      default -> TInt32.class;
    };
  }

  private static Shape shape(HostArray array) {
    return Shape.of(array.type().shape().dims());
  }

  private static Tensor tensor(HostArray array) {
    ByteBuffer data =
        ByteBuffer.allocateDirect((int) array.type().bytes()).order(ByteOrder.nativeOrder());
    MemorySegment.ofBuffer(data).copyFrom(array.data());
    return Tensor.of(type(array.type().dtype()), shape(array), DataBuffers.of(data));
  }

  /** {@return the result of a task} */
  private static <T extends TNumber> Operand<T> build(
      Ops tf, Task task, Class<T> type, List<Placeholder<T>> in) {
    Operand<T> x = in.getFirst();
    return switch (task) {
      case Addition addition ->
          tf.math.add(
              x,
              switch (addition.operands()) {
                case SAME, ROW, COLUMN -> in.get(1);
                case SCALAR -> tf.dtypes.cast(tf.constant(Addition.SCALAR), type);
                case STRIDED -> tf.linalg.transpose(in.get(1), tf.constant(new int[] {1, 0}));
              });
      case Product product -> {
        boolean left = product.transposed() == Product.Transposed.LEFT;
        boolean right = product.transposed() == Product.Transposed.RIGHT;
        yield product.batch() == 1
            ? tf.linalg.matMul(x, in.get(1), MatMul.transposeA(left), MatMul.transposeB(right))
            : tf.train.batchMatMul(
                x, in.get(1), type, BatchMatMul.adjX(left), BatchMatMul.adjY(right));
      }
      case Chain chain -> chain(tf, chain, type, in);
      case Perceptron _, Import _ -> throw new IllegalArgumentException(task.title());
    };
  }

  private static <T extends TNumber> Operand<T> number(Ops tf, Class<T> type, double value) {
    return tf.dtypes.cast(tf.constant(value), type);
  }

  private static <T extends TNumber> Operand<T> chain(
      Ops tf, Chain chain, Class<T> type, List<Placeholder<T>> in) {
    Operand<T> x = in.getFirst();
    return switch (chain.kind()) {
      case GELU -> {
        Operand<T> cube = tf.math.mul(tf.math.mul(x, x), x);
        Operand<T> inner = tf.math.add(tf.math.mul(cube, number(tf, type, Chain.CUBIC)), x);
        Operand<T> tanh = tf.math.tanh(tf.math.mul(inner, number(tf, type, Chain.SCALE)));
        yield tf.math.mul(
            tf.math.mul(x, number(tf, type, 0.5)), tf.math.add(tanh, number(tf, type, 1)));
      }
      case SOFTMAX -> tf.nn.softmax(x);
      case LAYER_NORM -> {
        Operand<TInt32> columns = tf.constant(new int[] {1});
        Operand<T> mean = tf.math.mean(x, columns, Mean.keepDims(true));
        Operand<T> variance =
            tf.math.mean(tf.math.squaredDifference(x, mean), columns, Mean.keepDims(true));
        Operand<T> deviation = tf.math.sqrt(tf.math.add(variance, number(tf, type, Chain.EPSILON)));
        yield tf.math.add(
            tf.math.mul(tf.math.div(tf.math.sub(x, mean), deviation), in.get(1)), in.get(2));
      }
    };
  }

  /** A graph of a task, and its session. */
  private static final class Built {
    private final Task task;
    private final Graph graph = new Graph();
    private final List<Placeholder<?>> placeholders = new ArrayList<>();
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Op> targets = new ArrayList<>();
    private final Session session;
    private final Operand<?> output;

    Built(Task task) {
      this.task = task;
      ConfigProto.Builder config =
          ConfigProto.newBuilder()
              .setIntraOpParallelismThreads(threads())
              .setInterOpParallelismThreads(threads());
      if (task instanceof Chain chain && chain.kind() == Chain.Kind.LAYER_NORM) {
        // It would make one op of it, with another epsilon.
        config
            .getGraphOptionsBuilder()
            .getRewriteOptionsBuilder()
            .setRemapping(RewriterConfig.Toggle.OFF);
      }
      session = new Session(graph, config.build());
      Ops tf = Ops.create(graph);
      output =
          task instanceof Perceptron
              ? perceptron(tf, task.inputs())
              : fed(tf, type(task.dtype()), task.inputs());
    }

    private <T extends TNumber> Operand<T> fed(Ops tf, Class<T> type, List<HostArray> arrays) {
      List<Placeholder<T>> fed = new ArrayList<>();
      for (HostArray array : arrays) {
        fed.add(tf.placeholder(type, Placeholder.shape(shape(array))));
        inputs.add(tensor(array));
      }
      placeholders.addAll(fed);
      return build(tf, task, type, fed);
    }

    private Operand<TFloat32> perceptron(Ops tf, List<HostArray> arrays) {
      List<Placeholder<TFloat32>> fed = new ArrayList<>();
      for (HostArray array : arrays.subList(0, 2)) {
        fed.add(tf.placeholder(TFloat32.class, Placeholder.shape(shape(array))));
        inputs.add(tensor(array));
      }
      placeholders.addAll(fed);
      List<Variable<TFloat32>> weights = new ArrayList<>();
      for (HostArray array : arrays.subList(2, arrays.size())) {
        Variable<TFloat32> weight = tf.variable(shape(array), TFloat32.class);
        Placeholder<TFloat32> start =
            tf.placeholder(TFloat32.class, Placeholder.shape(shape(array)));
        try (Tensor values = tensor(array);
            Result _ =
                session.runner().feed(start, values).addTarget(tf.assign(weight, start)).run()) {
          weights.add(weight);
        }
      }
      Operand<TFloat32> h = fed.getFirst();
      for (int i = 0; i < weights.size(); i += 2) {
        h = tf.math.add(tf.linalg.matMul(h, weights.get(i)), weights.get(i + 1));
        h = i + 2 < weights.size() ? tf.nn.relu(h) : h;
      }
      Operand<TFloat32> losses = tf.nn.softmaxCrossEntropyWithLogits(h, fed.get(1)).loss();
      Operand<TFloat32> sum = tf.reduceSum(losses, tf.constant(0), ReduceSum.keepDims(false));
      Operand<TFloat32> loss =
          tf.math.div(sum, tf.constant((float) arrays.getFirst().type().shape().dim(0)));
      Gradients gradients = tf.gradients(loss, weights);
      // Else a weight changes while another gradient is computed with it.
      Ops after = tf.withControlDependencies(ops(gradients));
      for (int i = 0; i < weights.size(); i++) {
        targets.add(
            after.train.applyGradientDescent(
                weights.get(i), tf.constant((float) Perceptron.RATE), gradients.<TFloat32>dy(i)));
      }
      return loss;
    }

    private static List<Op> ops(Gradients gradients) {
      List<Op> ops = new ArrayList<>();
      gradients.forEach(ops::add);
      return ops;
    }

    Result run() {
      Session.Runner runner = session.runner();
      for (int i = 0; i < inputs.size(); i++) {
        runner.feed(placeholders.get(i), inputs.get(i));
      }
      targets.forEach(runner::addTarget);
      return runner.fetch(output).run();
    }

    void close() {
      session.close();
      graph.close();
      inputs.forEach(Tensor::close);
    }
  }
}
