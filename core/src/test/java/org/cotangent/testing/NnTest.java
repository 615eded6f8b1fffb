package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.IndexException;
import org.cotangent.error.ShapeException;
import org.cotangent.nn.Activations;
import org.cotangent.nn.Attention;
import org.cotangent.nn.Dropout;
import org.cotangent.nn.Embeddings;
import org.cotangent.nn.Initializers;
import org.cotangent.nn.LossReduction;
import org.cotangent.nn.Losses;
import org.cotangent.nn.Normalization;
import org.cotangent.nn.Recurrent;
import org.cotangent.numpy.RealNumPy;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What models are made of, against their formulas in NumPy; derivatives; narrow floats. */
class NnTest extends OnCpu {
  private static final String PRELUDE =
      """
      import numpy as np, math
      def of(k, *dims):
        i = np.arange(int(np.prod(dims)))
        return (np.sin((i + 1) * (0.7 + k)) * 2.5).reshape(dims)
      def show(x):
        x = np.asarray(x)
        print(x.shape, *[repr(float(v)) for v in x.ravel()])
      erfc = np.vectorize(math.erfc)
      sigmoid = lambda x: 1 / (1 + np.exp(-x))
      def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)
      def norm(x, axes, e):
        m = x.mean(axes, keepdims=True)
        return (x - m) / np.sqrt(((x - m) ** 2).mean(axes, keepdims=True) + e)
      def gru(x, h, i, j):
        (a, b, c), (d, e, f) = np.split(i, 3, 1), np.split(j, 3, 1)
        z = sigmoid(b + e)
        return (1 - z) * np.tanh(c + sigmoid(a + d) * f) + z * h
      def lstm(h, gates):
        i, f, g, o = np.split(gates, 4, 1)
        c = sigmoid(f) * 2 * h + sigmoid(i) * np.tanh(g)
        return np.concatenate([sigmoid(o) * np.tanh(c), c])
      def attend(q, k, v, mask=None):
        r = q.shape[-3] // k.shape[-3] if q.ndim > 2 else 1
        if r > 1: k, v = k.repeat(r, -3), v.repeat(r, -3)
        s = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
        if mask is not None: s = np.where(mask, s, -np.inf)
        return softmax(s) @ v
      """;

  record Row(String python, List<Shape> shapes, Function<List<Tensor>, Tensor> call) {
    @Override
    public String toString() {
      return python;
    }
  }

  private static Row row(String python, Function<List<Tensor>, Tensor> call, Shape... shapes) {
    return new Row(python, List.of(shapes), call);
  }

  private static Shape shape(long... dims) {
    return Shape.of(dims);
  }

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "norm(a, (1, 2), 1e-5) * b + c",
            in -> Normalization.layerNorm(in.get(0), in.get(1), in.get(2), 1e-5),
            shape(3, 5, 7),
            shape(5, 7),
            shape(5, 7)),
        row(
            "a / np.sqrt((a * a).mean(-1, keepdims=True) + 1e-6) * b",
            in -> Normalization.rmsNorm(in.get(0), in.get(1), 1e-6),
            shape(4, 1, 9),
            shape(9)),
        row(
            "norm(a.reshape(2, 3, 20), 2, 1e-5).reshape(a.shape) * b[:, None, None] + c[:, None,"
                + " None]",
            in -> Normalization.groupNorm(in.get(0), 3, in.get(1), in.get(2), 1e-5),
            shape(2, 6, 5, 2),
            shape(6),
            shape(6)),
        row(
            "norm(a, (0, 2), 1e-5) * b[:, None] + c[:, None]",
            in -> Normalization.batchNorm(in.get(0), in.get(1), in.get(2), 1e-5).result(),
            shape(5, 3, 4),
            shape(3),
            shape(3)),
        row(
            "(a - b) / np.sqrt(abs(c) + 1e-3) * b + c",
            in ->
                Normalization.batchNorm(
                    in.get(0),
                    new Normalization.Statistics(in.get(1), in.get(2).abs()),
                    in.get(1),
                    in.get(2),
                    1e-3),
            shape(7, 3),
            shape(3),
            shape(3)),
        row("a * sigmoid(a)", in -> Activations.silu(in.get(0)), shape(3, 11)),
        row(
            "np.where(a > 0, a, 0.7 * np.expm1(a))",
            in -> Activations.elu(in.get(0), 0.7),
            shape(3, 11)),
        row(
            "1.0507009873554805 * np.where(a > 0, a, 1.6732632423543772 * np.expm1(a))",
            in -> Activations.selu(in.get(0)),
            shape(3, 11)),
        row(
            "np.where(a > 0, a, 0.1 * a)",
            in -> Activations.leakyRelu(in.get(0), 0.1),
            shape(3, 11)),
        row(
            "a * np.clip(2 * a + 3, 0, 6) / 3",
            in -> Activations.hardSwish(in.get(0).mul(2)),
            shape(31)),
        row("a * np.tanh(np.log1p(np.exp(a)))", in -> Activations.mish(in.get(0)), shape(3, 11)),
        row("a / 2 * erfc(-a / np.sqrt(2))", in -> Activations.gelu(in.get(0)), shape(3, 11)),
        row(
            "0.5 * a * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a ** 3)))",
            in -> Activations.geluTanh(in.get(0)),
            shape(3, 11)),
        row("a[:, :3] * sigmoid(a[:, 3:])", in -> Activations.glu(in.get(0), 1), shape(2, 6, 5)),
        row(
            "-(softmax(b) * np.log(softmax(a))).sum(-1).mean()",
            in -> Losses.softmaxCrossEntropy(in.get(0), in.get(1).softmax(-1)),
            shape(5, 3, 7),
            shape(5, 3, 7)),
        row(
            "-np.log(softmax(a))[np.arange(6), np.arange(6) % 4].sum()",
            in ->
                Losses.softmaxCrossEntropy(
                    in.get(0),
                    in.get(0).device().arange(DType.INT32, 6).remainder(4),
                    LossReduction.SUM),
            shape(6, 4)),
        row(
            "-a[np.arange(6), np.arange(6) % 4]",
            in ->
                Losses.nllLoss(
                    in.get(0),
                    in.get(0).device().arange(DType.INT64, 6).remainder(4),
                    LossReduction.NONE),
            shape(6, 4)),
        row(
            "(np.log1p(np.exp(a)) - b * a).mean()",
            in -> Losses.binaryCrossEntropyWithLogits(in.get(0), in.get(1)),
            shape(5, 3),
            shape(5, 3)),
        row(
            "((a - b) ** 2).mean()",
            in -> Losses.mse(in.get(0), in.get(1)),
            shape(5, 3),
            shape(5, 3)),
        row(
            "np.where(abs(a - b) < 1.5, (a - b) ** 2 / 2, 1.5 * (abs(a - b) - 0.75))",
            in -> Losses.huber(in.get(0), in.get(1), 1.5, LossReduction.NONE),
            shape(5, 3),
            shape(5, 3)),
        row(
            "np.tanh(a @ c.T + e + b @ d.T + f)",
            in -> Recurrent.rnn(in.get(0), in.get(1), weights(in)),
            shape(3, 5),
            shape(3, 4),
            shape(4, 5),
            shape(4, 4),
            shape(4),
            shape(4)),
        row(
            "gru(a, b, a @ c.T + e, b @ d.T + f)",
            in -> Recurrent.gru(in.get(0), in.get(1), weights(in)),
            shape(3, 5),
            shape(3, 4),
            shape(12, 5),
            shape(12, 4),
            shape(12),
            shape(12)),
        row(
            "lstm(b, a @ c.T + e + b @ d.T + f)",
            in -> {
              var next =
                  Recurrent.lstm(
                      in.get(0), new Recurrent.LstmState(in.get(1), in.get(1).mul(2)), weights(in));
              return Tensor.concatenate(0, next.hidden(), next.cell());
            },
            shape(3, 5),
            shape(3, 4),
            shape(16, 5),
            shape(16, 4),
            shape(16),
            shape(16)),
        row(
            "attend(a, b, c)",
            in -> Attention.attention(in.get(0), in.get(1), in.get(2)),
            shape(2, 3, 5, 4),
            shape(2, 3, 7, 4),
            shape(2, 3, 7, 6)),
        row(
            "attend(a, b, c)",
            in -> Attention.attention(in.get(0), in.get(1), in.get(2)),
            shape(5, 4),
            shape(3, 4),
            shape(3, 1)),
        row(
            "attend(a, b, c, np.tri(5, 5, dtype=bool))",
            in -> Attention.causalAttention(in.get(0), in.get(1), in.get(2)),
            shape(6, 5, 4),
            shape(2, 5, 4),
            shape(2, 5, 3)),
        row(
            "attend(a, b, c, np.arange(20).reshape(5, 4) % 3 != 1)",
            in ->
                Attention.attention(
                    in.get(0),
                    in.get(1),
                    in.get(2),
                    in.get(0)
                        .device()
                        .arange(DType.INT32, 20)
                        .remainder(3)
                        .notEqual(1)
                        .reshape(5, 4)),
            shape(2, 4, 5, 3),
            shape(2, 2, 4, 3),
            shape(2, 2, 4, 3)),
        row(
            "softmax(a @ b.swapaxes(-1, -2) / np.sqrt(3) + c[:, :4]) @ c[:4]",
            in ->
                Attention.attention(
                    in.get(0), in.get(1), in.get(2).slice(0, 0, 4), in.get(2).slice(1, 0, 4)),
            shape(5, 3),
            shape(4, 3),
            shape(5, 6)));
  }

  private static Recurrent.Weights weights(List<Tensor> in) {
    return new Recurrent.Weights(in.get(2), in.get(3), in.get(4), in.get(5));
  }

  private List<Tensor> inputs(Row row) {
    List<Tensor> inputs = new ArrayList<>();
    for (Shape shape : row.shapes()) {
      HostArray array = HostArray.allocate(new TensorType(DType.FLOAT64, shape));
      for (long i = 0; i < shape.size(); i++) {
        array.set(i, Math.sin((i + 1) * (0.7 + inputs.size())) * 2.5);
      }
      inputs.add(device.tensor(array));
    }
    return List.copyOf(inputs);
  }

  private static String line(Tensor x) {
    return x.shape() + " " + Arrays.toString(x.toDoubleArray());
  }

  @Test
  void followTheirFormulas() throws Exception {
    List<Row> rows = rows().toList();
    StringBuilder script = new StringBuilder(PRELUDE);
    for (Row row : rows) {
      for (int k = 0; k < row.shapes().size(); k++) {
        String dims = row.shapes().get(k).toString();
        script.append(
            "%c = of(%d, %s)%n".formatted('a' + k, k, dims.substring(1, dims.length() - 1)));
      }
      script.append("show(").append(row.python()).append(")\n");
    }
    List<String> theirs = RealNumPy.run(script.toString());
    assertEquals(rows.size(), theirs.size());
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      List<Tensor> in = inputs(row);
      Tensor mine = row.call().apply(in);
      String[] words = theirs.get(i).substring(theirs.get(i).indexOf(')') + 1).trim().split(" ");
      assertTrue(
          theirs.get(i).startsWith(mine.shape().toString()),
          row + ": " + mine.shape() + theirs.get(i));
      double[] numbers = Arrays.stream(words).mapToDouble(Double::parseDouble).toArray();
      assertArrayEquals(numbers, mine.toDoubleArray(), 1e-13, row.toString());
      try (var program = device.compiler().compile(row.call(), in)) {
        assertEquals(line(mine), line(program.run(in)), row.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void haveDerivatives(Row row) {
    Derivatives.check(device, row.call(), inputs(row));
  }

  /** Narrow floats are computed with as float32, and rounded once. */
  @ParameterizedTest
  @MethodSource("rows")
  void roundOnce(Row row) {
    for (DType narrow : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      List<Tensor> in = inputs(row).stream().map(x -> x.cast(narrow)).toList();
      Tensor wide = row.call().apply(in.stream().map(x -> x.cast(DType.FLOAT32)).toList());
      Tensor mine = row.call().apply(in);
      assertEquals(narrow, mine.dtype());
      assertEquals(
          line(wide.cast(narrow).cast(DType.FLOAT64)), line(mine.cast(DType.FLOAT64)), row + "");
    }
  }

  @Test
  void aQueryThatSeesNothingGetsZeros() {
    Tensor q = device.ones(DType.FLOAT32, 2, 3);
    Tensor mask = device.tensor(new boolean[] {true, false, false, false}, 2, 2);
    Function<Tensor, Tensor> f = x -> Attention.attention(x, x, x, mask.frozen());
    assertArrayEquals(new float[] {1, 1, 1, 0, 0, 0}, f.apply(q).toFloatArray());
    float[] slope = Cotangent.grad(x -> f.apply(x).sum(), q).toFloatArray();
    for (float number : slope) {
      assertTrue(Float.isFinite(number), Arrays.toString(slope));
    }
    assertEquals(
        "[true, false, false, true, true, false]",
        Arrays.toString(Attention.causalMask(device, 2, 3).toBooleanArray()));
  }

  @Test
  void runningStatisticsAreUnbiased() {
    Tensor x = device.tensor(new double[] {1, 10, 2, 20, 6, 60}, 3, 2);
    Tensor ones = device.ones(DType.FLOAT64, 2);
    Normalization.Batch batch = Normalization.batchNorm(x, ones, ones, 1e-5);
    Normalization.Statistics next = batch.into(new Normalization.Statistics(ones, ones), 0.25);
    assertArrayEquals(
        new double[] {0.75 + 3 * 0.25, 0.75 + 30 * 0.25}, next.mean().toDoubleArray());
    assertArrayEquals(
        new double[] {0.75 + 7 * 0.25, 0.75 + 700 * 0.25}, next.variance().toDoubleArray(), 1e-12);
  }

  @Test
  void dropoutKeepsTheMean() {
    Key key = device.key(5);
    Tensor x = device.ones(DType.FLOAT32, 200, 500);
    Tensor y = Dropout.dropout(x, 0.3, key);
    long zeros = Arrays.stream(floats(y)).filter(v -> v == 0).count();
    assertEquals(30_000.0, (double) zeros, 600);
    assertEquals(1, y.mean().item(), 0.01);
    assertArrayEquals(floats(y), floats(Dropout.dropout(x, 0.3, device.key(5))));
    assertArrayEquals(floats(x), floats(Dropout.dropout(x, 0, key)));
    assertEquals(DType.BFLOAT16, Dropout.dropout(x.cast(DType.BFLOAT16), 0.5, key).dtype());
  }

  private static double[] floats(Tensor x) {
    return x.cast(DType.FLOAT64).reshape(-1).toDoubleArray();
  }

  @Test
  void geluKeepsItsDigits() {
    // -10 times 7.6198530241605e-24, the integral of the normal density up to there.
    Tensor x = device.tensor(new double[] {-10, -40, 0, 10, Double.POSITIVE_INFINITY}, 5);
    double[] y = Activations.gelu(x).toDoubleArray();
    assertEquals(-7.61985302416052e-23, y[0], 1e-35);
    assertArrayEquals(
        new double[] {-0.0, 0, 10, Double.POSITIVE_INFINITY}, Arrays.copyOfRange(y, 1, 5));
    assertEquals(0.5, Cotangent.grad(Activations::gelu, device.scalar(0.0)).item());
    Tensor narrow = Activations.gelu(device.scalar(-3.0).cast(DType.BFLOAT16));
    assertEquals(DType.BFLOAT16, narrow.dtype());
    assertEquals(-0.00405, narrow.cast(DType.FLOAT64).item(), 0.00001);
  }

  @Test
  void embedding() {
    Tensor table = device.tensor(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor found = Embeddings.embedding(table, device.tensor(new int[] {2, 0, 2}, 1, 3));
    assertEquals(Shape.of(1, 3, 2), found.shape());
    assertArrayEquals(new double[] {5, 6, 1, 2, 5, 6}, floats(found));
    assertThrows(
        IndexException.class, () -> Embeddings.embedding(table, device.tensor(new int[] {3}, 1)));
  }

  @Test
  void initialValuesHaveTheirVariance() {
    Key key = device.key(1);
    Shape shape = Shape.of(300, 400);
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16)) {
      assertMoments(2.0 / 50, Initializers.heNormal(key, dtype, shape, 50), dtype, false);
      assertMoments(2.0 / 50, Initializers.heUniform(key, dtype, shape, 50), dtype, true);
      assertMoments(2.0 / 80, Initializers.glorotNormal(key, dtype, shape, 50, 30), dtype, false);
      assertMoments(2.0 / 80, Initializers.glorotUniform(key, dtype, shape, 50, 30), dtype, true);
      assertMoments(1.0 / 50, Initializers.lecunNormal(key, dtype, shape, 50), dtype, false);
      assertMoments(1.0 / 50, Initializers.lecunUniform(key, dtype, shape, 50), dtype, true);
    }
  }

  private static void assertMoments(double variance, Tensor x, DType dtype, boolean uniform) {
    assertEquals(dtype, x.dtype());
    double[] all = floats(x);
    double deviation = Math.sqrt(variance);
    assertEquals(0, Arrays.stream(all).average().orElseThrow(), deviation * 0.015);
    double square = Arrays.stream(all).map(v -> v * v).average().orElseThrow();
    assertEquals(variance, square, variance * 0.02);
    double most = Arrays.stream(all).map(Math::abs).max().orElseThrow() / deviation;
    assertTrue(uniform ? most > 1.72 && most < 1.734 : most > 3.8 && most < 6, "largest " + most);
  }

  @Test
  void orthogonalMatricesAre() {
    for (long[] dims : new long[][] {{1, 1}, {7, 3}, {3, 7}, {64, 64}, {129, 128}, {5, 1}}) {
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
        Tensor q = Initializers.orthogonal(device.key(3), dtype, dims[0], dims[1]);
        assertEquals(Shape.of(dims), q.shape());
        Tensor gram = dims[0] < dims[1] ? q.matmul(q.transpose()) : q.transpose().matmul(q);
        double error = gram.sub(device.eye(dtype, Math.min(dims[0], dims[1]))).abs().max().item();
        assertTrue(error < (dtype == DType.FLOAT32 ? 2e-5 : 1e-13), Arrays.toString(dims) + error);
      }
    }
    // No direction is preferred: the sign of the only element.
    double sum = 0;
    for (int i = 0; i < 100; i++) {
      sum += Initializers.orthogonal(device.key(i), DType.FLOAT32, 1, 1).item();
    }
    assertTrue(Math.abs(sum) < 40, "sum of signs " + sum);
  }

  @Test
  void badInput() {
    Tensor x = device.zeros(DType.FLOAT32, 2, 6, 3);
    Tensor three = device.zeros(DType.FLOAT32, 3);
    Tensor six = device.zeros(DType.FLOAT32, 6);
    Tensor ints = device.zeros(DType.INT32, 2, 6, 3);
    Tensor doubles = device.zeros(DType.FLOAT64, 3);
    Key key = device.key(0);
    assertBad(ShapeException.class, "(6,)", () -> Normalization.layerNorm(x, six, six, 1e-5));
    assertBad(ShapeException.class, "bias", () -> Normalization.layerNorm(x, three, six, 1e-5));
    assertBad(DTypeException.class, "int32", () -> Normalization.rmsNorm(ints, three, 1e-5));
    assertBad(DTypeException.class, "float64", () -> Normalization.rmsNorm(x, doubles, 1e-5));
    assertBad(ArgumentException.class, "above 0", () -> Normalization.rmsNorm(x, three, 0));
    assertBad(
        ArgumentException.class,
        "rank 0",
        () -> Normalization.rmsNorm(x, device.zeros(DType.FLOAT32), 1));
    assertBad(
        ShapeException.class,
        "4 groups do not divide",
        () -> Normalization.groupNorm(x, 4, six, six, 1e-5));
    assertBad(ShapeException.class, "(6,)", () -> Normalization.batchNorm(x, three, three, 1e-5));
    assertBad(
        ShapeException.class, "channels", () -> Normalization.batchNorm(three, three, three, 1));
    assertBad(
        ShapeException.class, "last axis", () -> Attention.attention(x, x.transpose(0, 2, 1), x));
    assertBad(
        ShapeException.class, "values as keys", () -> Attention.attention(x, x, x.slice(1, 0, 5)));
    assertBad(
        ShapeException.class,
        "heads",
        () -> Attention.attention(Tensor.concatenate(0, x, x.slice(0, 0, 1)), x, x));
    assertBad(DTypeException.class, "int32", () -> Attention.attention(x, ints, x));
    assertBad(ShapeException.class, "at least 2", () -> Attention.attention(three, three, three));
    assertBad(ArgumentException.class, "1.0", () -> Dropout.dropout(x, 1, key));
    assertBad(DTypeException.class, "int32", () -> Dropout.dropout(ints, 0.5, key));
    assertBad(
        ShapeException.class, "2 axes", () -> Embeddings.embedding(three, device.scalar(0.0)));
    assertBad(
        ArgumentException.class,
        "fan of 0",
        () -> Initializers.heNormal(key, DType.FLOAT32, Shape.of(2), 0));
    assertBad(
        DTypeException.class,
        "int32",
        () -> Initializers.heNormal(key, DType.INT32, Shape.of(2), 1));
    assertBad(
        ArgumentException.class, "0 rows", () -> Initializers.orthogonal(key, DType.FLOAT32, 0, 2));
  }

  private static void assertBad(
      Class<? extends CotangentException> kind, String part, Runnable call) {
    String message = String.valueOf(assertThrows(kind, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
