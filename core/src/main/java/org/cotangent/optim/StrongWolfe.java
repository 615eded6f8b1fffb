package org.cotangent.optim;

import java.util.function.DoubleFunction;
import org.cotangent.Tensor;

/**
 * A search along a line for a step that lowers the value enough and flattens the slope enough: the
 * strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6),
 * with cubic interpolation and PyTorch's constants.
 */
final class StrongWolfe {
  /** The share of the first slope by which the value has to fall. */
  private static final double DECREASE = 1e-4;

  /** The share of the first slope that may remain. */
  private static final double CURVATURE = 0.9;

  /** Most evaluations of one search. */
  private static final int EVALUATIONS = 25;

  /**
   * What is known at a step along the line.
   *
   * @param step its length, in directions
   * @param value of the function
   * @param slope along the direction
   * @param gradient all of it
   */
  record Point(double step, double value, double slope, Tensor gradient) {}

  private final Point start;
  private final DoubleFunction<Point> line;
  private int evaluations;

  private StrongWolfe(Point start, DoubleFunction<Point> line) {
    this.start = start;
    this.line = line;
  }

  /**
   * {@return the best point of a search}
   *
   * @param start at step 0, with a negative slope
   * @param first step to try
   * @param shortest the distance between two steps below which the search ends
   * @param line evaluates the function
   */
  static Point search(Point start, double first, double shortest, DoubleFunction<Point> line) {
    return new StrongWolfe(start, line).bracket(first, shortest);
  }

  private Point evaluate(double step) {
    evaluations++;
    return line.apply(step);
  }

  /** NaN has not fallen. */
  private boolean falls(Point at) {
    return at.value <= start.value + DECREASE * at.step * start.slope;
  }

  private boolean isFlat(Point at) {
    return Math.abs(at.slope) <= -CURVATURE * start.slope;
  }

  /** Goes on until a good step lies behind. */
  private Point bracket(double first, double shortest) {
    Point before = start;
    Point now = evaluate(first);
    while (true) {
      if (!falls(now) || (evaluations > 2 && now.value >= before.value) || now.slope >= 0) {
        return falls(now) && isFlat(now) ? now : zoom(before, now, shortest);
      }
      if (isFlat(now)) {
        return now;
      }
      if (evaluations >= EVALUATIONS) {
        return now;
      }
      double least = now.step + 0.01 * (now.step - before.step);
      double next = cubic(before, now, least, now.step * 10);
      before = now;
      now = evaluate(next);
    }
  }

  /** Narrows the interval between two points, of which the lower stays inside. */
  private Point zoom(Point one, Point other, double shortest) {
    boolean firstIsLow = one.value <= other.value || Double.isNaN(other.value);
    Point low = firstIsLow ? one : other;
    Point high = firstIsLow ? other : one;
    boolean stuck = false;
    while (evaluations < EVALUATIONS && Math.abs(high.step - low.step) >= shortest) {
      double left = Math.min(low.step, high.step);
      double right = Math.max(low.step, high.step);
      double next = cubic(low, high, left, right);
      // Twice in a row at the rim means that the interval does not shrink: go inside.
      double rim = 0.1 * (right - left);
      boolean atRim = Math.min(right - next, next - left) < rim;
      if (atRim && (stuck || next >= right || next <= left)) {
        next = right - next < next - left ? right - rim : left + rim;
        atRim = false;
      }
      stuck = atRim;
      Point now = evaluate(next);
      if (!falls(now) || now.value >= low.value) {
        high = now;
      } else {
        if (isFlat(now)) {
          return now;
        }
        if (now.slope * (high.step - low.step) >= 0) {
          high = low;
        }
        low = now;
      }
    }
    return low;
  }

  /** The minimum of the cubic through two points with their slopes, within bounds. */
  private static double cubic(Point one, Point other, double least, double most) {
    boolean inOrder = one.step <= other.step;
    Point left = inOrder ? one : other;
    Point right = inOrder ? other : one;
    double width = right.step - left.step;
    double mixed =
        left.slope + right.slope - 3 * (left.value - right.value) / (left.step - right.step);
    double root = Math.sqrt(mixed * mixed - left.slope * right.slope);
    double minimum =
        right.step - width * ((right.slope + root - mixed) / (right.slope - left.slope + 2 * root));
    return Double.isFinite(minimum) ? Math.min(Math.max(minimum, least), most) : (least + most) / 2;
  }
}
