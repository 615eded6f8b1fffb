package org.cotangent.benchmarks.work;

import java.util.Arrays;
import java.util.List;
import org.cotangent.Device;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.task.Inputs;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;

/**
 * The logarithm of the posterior density of a mixture of Gaussians, in float64. A component's
 * precision matrix is {@code Q' Q}; Q is lower triangular and given by the logarithms of its
 * diagonal and, row by row, what lies below. Precision matrices have a Wishart prior. The objective
 * is that of Srajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic differentiation
 * tools", 2018.
 *
 * <p>Parameters are logarithms of weights {@code (k)}, means {@code (k, d)}, diagonals {@code (k,
 * d)} and what is below them {@code (k, d (d - 1) / 2)}; data are samples {@code (n, d)} and where
 * the elements of Q are found {@code (d, d)}.
 *
 * @param dims of a sample
 * @param components of the mixture
 * @param samples that are given
 */
record Mixture(int dims, int components, int samples) implements Objective {
  /** The prior's expectation is inverse to the square of this. */
  private static final double GAMMA = 0.9;

  /** Degrees of freedom of the prior beyond {@code dims + 1}. */
  private static final int FREEDOM = 2;

  private int below() {
    return dims * (dims - 1) / 2;
  }

  @Override
  public List<HostArray> parameters() {
    return List.of(
        Inputs.uniform(DType.FLOAT64, -1, 1, 1, components),
        Inputs.uniform(DType.FLOAT64, -1, 1, 2, components, dims),
        Inputs.uniform(DType.FLOAT64, -0.5, 0.5, 3, components, dims),
        Inputs.uniform(DType.FLOAT64, -0.5, 0.5, 4, components, below()));
  }

  @Override
  public List<HostArray> data() {
    HostArray places = Inputs.zeros(DType.INT64, dims, dims);
    for (int row = 0; row < dims; row++) {
      for (int column = 0; column < dims; column++) {
        // Above the diagonal is the zero that stands after the others.
        long place = column < row ? row * (row - 1) / 2 + column : below();
        places.set((long) row * dims + column, place);
      }
    }
    return List.of(Inputs.uniform(DType.FLOAT64, -2, 2, 5, samples, dims), places);
  }

  @Override
  public Tensor value(List<Tensor> parameters, List<Tensor> data) {
    Tensor weights = parameters.get(0);
    Tensor means = parameters.get(1);
    Tensor logDiagonals = parameters.get(2);
    Tensor below = parameters.get(3);
    Device device = weights.device();
    Tensor diagonals = logDiagonals.exp();
    Tensor zero = device.zeros(DType.FLOAT64, components, 1);
    Tensor q =
        Tensor.concatenate(1, below, zero)
            .take(data.get(1), 1)
            .add(diagonals.expandDims(2).mul(device.eye(DType.FLOAT64, dims)));
    // Q (x - m) = Q x - Q m for all components at once: one product of matrices.
    long columns = (long) components * dims;
    Tensor rotated = data.get(0).matmul(q.transpose(2, 0, 1).reshape(dims, columns));
    Tensor centres = q.matmul(means.expandDims(2)).reshape(columns);
    Tensor distances = rotated.sub(centres).square().reshape(samples, components, dims).sum(2);
    Tensor heights = weights.add(logDiagonals.sum(1));
    Tensor likelihoods = heights.sub(distances.mul(0.5)).logSumExp(1).sum();
    Tensor prior =
        logDiagonals
            .sum()
            .mul(FREEDOM)
            .sub(diagonals.square().sum().add(below.square().sum()).mul(GAMMA * GAMMA / 2));
    return likelihoods.sub(weights.logSumExp().mul(samples)).add(prior).add(constant());
  }

  /** What does not depend on the parameters. */
  private double constant() {
    int freedom = dims + FREEDOM + 1;
    double density = freedom * dims * (Math.log(GAMMA) - 0.5 * Math.log(2));
    return -samples * dims / 2.0 * Math.log(2 * Math.PI)
        + components * (density - logMultivariateGamma(freedom, dims));
  }

  /** The logarithm of the multivariate gamma function at half a number. */
  static double logMultivariateGamma(int twice, int dims) {
    double sum = dims * (dims - 1) / 4.0 * Math.log(Math.PI);
    for (int j = 0; j < dims; j++) {
      sum += logGamma(twice - j);
    }
    return sum;
  }

  private static double logGamma(int twice) {
    double sum = twice % 2 == 0 ? 0 : 0.5 * Math.log(Math.PI);
    for (int at = twice - 2; at > 0; at -= 2) {
      sum += Math.log(at / 2.0);
    }
    return sum;
  }

  @Override
  public double plain(List<double[]> parameters, List<double[]> data) {
    double[] weights = parameters.get(0);
    double[] means = parameters.get(1);
    double[] logDiagonals = parameters.get(2);
    double[] below = parameters.get(3);
    double[] samplesAt = data.getFirst();
    double value = constant() - samples * logSumExp(weights);
    for (int sample = 0; sample < samples; sample++) {
      double[] heights = weights.clone();
      for (int k = 0; k < components; k++) {
        int element = k * below();
        for (int row = 0; row < dims; row++) {
          double log = logDiagonals[k * dims + row];
          double sum = Math.exp(log) * (samplesAt[sample * dims + row] - means[k * dims + row]);
          for (int column = 0; column < row; column++) {
            double centred = samplesAt[sample * dims + column] - means[k * dims + column];
            sum += below[element++] * centred;
          }
          heights[k] += log - sum * sum / 2;
        }
      }
      value += logSumExp(heights);
    }
    for (double log : logDiagonals) {
      value += FREEDOM * log - GAMMA * GAMMA / 2 * Math.exp(2 * log);
    }
    for (double element : below) {
      value -= GAMMA * GAMMA / 2 * element * element;
    }
    return value;
  }

  private static double logSumExp(double[] terms) {
    double most = Arrays.stream(terms).max().orElseThrow();
    return most + Math.log(Arrays.stream(terms).map(term -> Math.exp(term - most)).sum());
  }

  @Override
  public double tolerance() {
    return 1e-7;
  }
}
