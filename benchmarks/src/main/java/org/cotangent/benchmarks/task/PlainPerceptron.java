package org.cotangent.benchmarks.task;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.type.HostArray;

/** {@link Perceptron} in loops of float64, written for itself. */
final class PlainPerceptron {
  private final int rows;
  private final double[] batch;
  private final double[] labels;
  private final List<double[]> weights = new ArrayList<>();
  private final List<double[]> biases = new ArrayList<>();

  PlainPerceptron(List<HostArray> inputs) {
    rows = (int) inputs.getFirst().type().shape().dim(0);
    batch = Inputs.doubles(inputs.get(0));
    labels = Inputs.doubles(inputs.get(1));
    for (int i = 2; i < inputs.size(); i += 2) {
      weights.add(Inputs.doubles(inputs.get(i)));
      biases.add(Inputs.doubles(inputs.get(i + 1)));
    }
  }

  /** Takes a step. {@return the loss before it} */
  double step() {
    List<double[]> layers = new ArrayList<>(List.of(batch));
    for (int i = 0; i < weights.size(); i++) {
      layers.add(forward(layers.get(i), weights.get(i), biases.get(i), i + 1 < weights.size()));
    }
    double[] gradient = layers.getLast().clone();
    double loss = 0;
    int classes = gradient.length / rows;
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int j = 0; j < classes; j++) {
        sum += Math.exp(gradient[row * classes + j]);
      }
      for (int j = 0; j < classes; j++) {
        int at = row * classes + j;
        double log = gradient[at] - Math.log(sum);
        loss -= labels[at] * log / rows;
        gradient[at] = (Math.exp(log) - labels[at]) / rows;
      }
    }
    for (int i = weights.size() - 1; i >= 0; i--) {
      gradient = backward(layers.get(i), weights.get(i), biases.get(i), gradient, i > 0);
    }
    return loss;
  }

  private double[] forward(double[] x, double[] w, double[] b, boolean relu) {
    int in = x.length / rows;
    int out = b.length;
    double[] y = new double[rows * out];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(b, 0, y, row * out, out);
      for (int i = 0; i < in; i++) {
        double factor = x[row * in + i];
        for (int j = 0; j < out; j++) {
          y[row * out + j] += factor * w[i * out + j];
        }
      }
    }
    for (int at = 0; relu && at < y.length; at++) {
      y[at] = Math.max(0, y[at]);
    }
    return y;
  }

  /** Changes weights and bias. {@return the gradient of the input, before the ReLU that made it} */
  private double[] backward(double[] x, double[] w, double[] b, double[] gradient, boolean relu) {
    int in = x.length / rows;
    int out = b.length;
    double[] before = new double[x.length];
    double[] change = new double[w.length];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < in; i++) {
        double factor = x[row * in + i];
        double sum = 0;
        for (int j = 0; j < out; j++) {
          double g = gradient[row * out + j];
          sum += g * w[i * out + j];
          change[i * out + j] += factor * g;
        }
        before[row * in + i] = relu && factor == 0 ? 0 : sum;
      }
    }
    for (int at = 0; at < w.length; at++) {
      w[at] -= Perceptron.RATE * change[at];
    }
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < out; j++) {
        b[j] -= Perceptron.RATE * gradient[row * out + j];
      }
    }
    return before;
  }
}
