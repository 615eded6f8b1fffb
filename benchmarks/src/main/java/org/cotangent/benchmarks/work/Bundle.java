package org.cotangent.benchmarks.work;

import java.util.List;
import org.cotangent.Tensor;
import org.cotangent.benchmarks.task.Inputs;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;

/**
 * The error of bundle adjustment, in float64: how far from where it was seen a camera sees each
 * point, squared, weighted and summed, and how far the squared weights are from 1.
 *
 * <p>Parameters are cameras {@code (11, n)}, points {@code (3, m)} and weights {@code (p)}. A
 * camera has an axis of rotation as long as its angle, a centre, the focal length, the principal
 * point and two coefficients of radial distortion. Data are camera {@code (p)} and point {@code
 * (p)} of each observation, and where it is in the picture {@code (2, p)}.
 *
 * @param cameras n; the first is not rotated
 * @param points m
 * @param observations p
 */
record Bundle(int cameras, int points, int observations) implements Objective {
  private static final int CENTRE = 3;
  private static final int FOCAL = 6;
  private static final int PRINCIPAL = 7;
  private static final int RADIAL = 9;
  private static final int SIZE = 11;

  @Override
  public List<HostArray> parameters() {
    HostArray all = Inputs.uniform(DType.FLOAT64, -0.2, 0.2, 1, SIZE, cameras);
    for (int camera = 0; camera < cameras; camera++) {
      // Points are about 4 before the cameras.
      change(all, CENTRE + 2, camera, -4);
      change(all, FOCAL, camera, 1);
    }
    for (int row = 0; row < CENTRE && cameras > 0; row++) {
      all.set((long) row * cameras, 0.0);
    }
    return List.of(
        all,
        Inputs.uniform(DType.FLOAT64, -1, 1, 2, 3, points),
        Inputs.uniform(DType.FLOAT64, 0.5, 1.5, 3, observations));
  }

  private void change(HostArray all, int row, int camera, double by) {
    long at = (long) row * cameras + camera;
    all.set(at, all.getDouble(at) + by);
  }

  @Override
  public List<HostArray> data() {
    return List.of(
        Inputs.indices(cameras, 4, observations),
        Inputs.indices(points, 5, observations),
        Inputs.uniform(DType.FLOAT64, -0.5, 0.5, 6, 2, observations));
  }

  /** Three coordinates of many vectors, each (p). */
  private record Vectors(Tensor x, Tensor y, Tensor z) {
    static Vectors rows(Tensor matrix, int from) {
      return new Vectors(row(matrix, from), row(matrix, from + 1), row(matrix, from + 2));
    }

    Vectors minus(Vectors other) {
      return new Vectors(x.sub(other.x), y.sub(other.y), z.sub(other.z));
    }

    Vectors plus(Vectors other, Tensor times) {
      return new Vectors(
          x.add(other.x.mul(times)), y.add(other.y.mul(times)), z.add(other.z.mul(times)));
    }

    Vectors cross(Vectors other) {
      return new Vectors(
          y.mul(other.z).sub(z.mul(other.y)),
          z.mul(other.x).sub(x.mul(other.z)),
          x.mul(other.y).sub(y.mul(other.x)));
    }
  }

  private static Tensor row(Tensor matrix, int number) {
    return matrix.slice(0, number, number + 1L).squeeze(0);
  }

  @Override
  public Tensor value(List<Tensor> parameters, List<Tensor> data) {
    Tensor camera = parameters.get(0).take(data.get(0), 1);
    Vectors point = Vectors.rows(parameters.get(1).take(data.get(1), 1), 0);
    Vectors seen = rotated(point.minus(Vectors.rows(camera, CENTRE)), Vectors.rows(camera, 0));
    Tensor x = seen.x().div(seen.z());
    Tensor y = seen.y().div(seen.z());
    Tensor radius = x.square().add(y.square());
    Tensor distortion =
        row(camera, RADIAL).mul(radius).add(row(camera, RADIAL + 1).mul(radius.square())).add(1);
    Tensor scale = distortion.mul(row(camera, FOCAL));
    Tensor right = x.mul(scale).add(row(camera, PRINCIPAL)).sub(row(data.get(2), 0));
    Tensor down = y.mul(scale).add(row(camera, PRINCIPAL + 1)).sub(row(data.get(2), 1));
    Tensor weight = parameters.get(2).square();
    Tensor off = right.square().add(down.square()).mul(weight);
    return off.add(weight.neg().add(1).square()).sum();
  }

  /**
   * Rodrigues' formula, {@code v + sin(a) / a (r x v) + (1 - cos(a)) / a^2 (r x (r x v))}, where
   * the angle a is the length of the axis r; also with its derivative at angle 0.
   */
  private static Vectors rotated(Vectors v, Vectors axis) {
    Tensor square = axis.x().square().add(axis.y().square()).add(axis.z().square());
    Tensor turned = square.greater(0);
    Tensor safe = turned.where(square, square.onesLike());
    Tensor angle = safe.sqrt();
    Tensor first = turned.where(angle.sin().div(angle), square.onesLike());
    Tensor second = turned.where(angle.cos().neg().add(1).div(safe), square.fullLike(0.5));
    Vectors once = axis.cross(v);
    return v.plus(once, first).plus(axis.cross(once), second);
  }

  @Override
  public double plain(List<double[]> parameters, List<double[]> data) {
    double value = 0;
    for (int i = 0; i < observations; i++) {
      double[] camera = column(parameters.get(0), cameras, (int) data.get(0)[i], SIZE);
      double[] point = column(parameters.get(1), points, (int) data.get(1)[i], 3);
      double[] picture = project(camera, point);
      double weight = parameters.get(2)[i];
      double right = picture[0] - data.get(2)[i];
      double down = picture[1] - data.get(2)[observations + i];
      double excess = 1 - weight * weight;
      value += weight * weight * (right * right + down * down) + excess * excess;
    }
    return value;
  }

  private static double[] column(double[] matrix, int columns, int number, int rows) {
    double[] column = new double[rows];
    for (int row = 0; row < rows; row++) {
      column[row] = matrix[row * columns + number];
    }
    return column;
  }

  /** By the matrix of the rotation, where {@link #rotated} has products of vectors. */
  private static double[] project(double[] camera, double[] point) {
    double angle = Math.sqrt(square(camera[0]) + square(camera[1]) + square(camera[2]));
    double[] seen = new double[3];
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        seen[row] += rotation(camera, angle, row, column) * (point[column] - camera[3 + column]);
      }
    }
    double x = seen[0] / seen[2];
    double y = seen[1] / seen[2];
    double radius = x * x + y * y;
    double scale = camera[6] * (1 + camera[9] * radius + camera[10] * radius * radius);
    return new double[] {scale * x + camera[7], scale * y + camera[8]};
  }

  private static double rotation(double[] axis, double angle, int row, int column) {
    if (angle == 0) {
      return row == column ? 1 : 0;
    }
    double cos = Math.cos(angle);
    double element = (1 - cos) * axis[row] * axis[column] / square(angle);
    if (row == column) {
      return element + cos;
    }
    double other = axis[3 - row - column] / angle * Math.sin(angle);
    return (column - row + 3) % 3 == 1 ? element - other : element + other;
  }

  private static double square(double x) {
    return x * x;
  }

  @Override
  public double tolerance() {
    return 1e-7;
  }
}
