package org.cotangent.benchmarks.work;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.task.Inputs;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;

/**
 * A long short-term memory unrolled over one sequence, in float32: mean softmax cross-entropy of
 * what it says after each step. Gates are in the order input, forget, cell, output.
 *
 * <p>Parameters are weights of the input {@code (i, 4 h)}, of the hidden state {@code (h, 4 h)},
 * biases {@code (4 h)} and weights of the answers {@code (h, c)}; data are inputs {@code (t, i)}
 * and labels with a 1 in each row {@code (t, c)}.
 *
 * @param steps t
 * @param inputs i
 * @param hidden h
 * @param classes c
 */
record Lstm(int steps, int inputs, int hidden, int classes) implements Objective {
  @Override
  public List<HostArray> parameters() {
    double width = 1 / Math.sqrt(hidden);
    return List.of(
        Inputs.uniform(DType.FLOAT32, -width, width, 1, inputs, 4L * hidden),
        Inputs.uniform(DType.FLOAT32, -width, width, 2, hidden, 4L * hidden),
        Inputs.uniform(DType.FLOAT32, -width, width, 3, 4L * hidden),
        Inputs.uniform(DType.FLOAT32, -1, 1, 4, hidden, classes));
  }

  @Override
  public List<HostArray> data() {
    return List.of(
        Inputs.uniform(DType.FLOAT32, -1, 1, 5, steps, inputs), Inputs.labels(steps, classes));
  }

  @Override
  public Tensor value(List<Tensor> parameters, List<Tensor> data) {
    Device device = parameters.getFirst().device();
    Tensor state = device.zeros(DType.FLOAT32, 1, hidden);
    Tensor cell = state;
    List<Tensor> states = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      Tensor input = data.get(0).slice(0, step, step + 1L).matmul(parameters.get(0));
      Tensor gates = state.matmul(parameters.get(1)).add(input).add(parameters.get(2));
      Tensor kept = gate(gates, 1).sigmoid().mul(cell);
      cell = kept.add(gate(gates, 0).sigmoid().mul(gate(gates, 2).tanh()));
      state = gate(gates, 3).sigmoid().mul(cell.tanh());
      states.add(state);
    }
    Tensor answers = Tensor.concatenate(0, states.toArray(Tensor[]::new)).matmul(parameters.get(3));
    return answers.logSoftmax(1).mul(data.get(1)).sum().neg().div(steps);
  }

  private Tensor gate(Tensor gates, long number) {
    return gates.slice(1, number * hidden, (number + 1) * hidden);
  }

  @Override
  public double plain(List<double[]> parameters, List<double[]> data) {
    double[] state = new double[hidden];
    double[] cell = new double[hidden];
    double loss = 0;
    for (int step = 0; step < steps; step++) {
      double[] gates = parameters.get(2).clone();
      for (int i = 0; i < inputs; i++) {
        add(gates, data.get(0)[step * inputs + i], parameters.get(0), i);
      }
      for (int i = 0; i < hidden; i++) {
        add(gates, state[i], parameters.get(1), i);
      }
      for (int i = 0; i < hidden; i++) {
        cell[i] *= sigmoid(gates[hidden + i]);
        cell[i] += sigmoid(gates[i]) * Math.tanh(gates[2 * hidden + i]);
        state[i] = sigmoid(gates[3 * hidden + i]) * Math.tanh(cell[i]);
      }
      double[] answers = new double[classes];
      for (int i = 0; i < hidden; i++) {
        add(answers, state[i], parameters.get(3), i);
      }
      double sum = 0;
      for (double answer : answers) {
        sum += Math.exp(answer);
      }
      for (int i = 0; i < classes; i++) {
        loss -= data.get(1)[step * classes + i] * (answers[i] - Math.log(sum)) / steps;
      }
    }
    return loss;
  }

  /** Adds a multiple of a row of a matrix. */
  private static void add(double[] sums, double factor, double[] matrix, int row) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * matrix[row * sums.length + i];
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Override
  public double tolerance() {
    return 1e-3;
  }
}
