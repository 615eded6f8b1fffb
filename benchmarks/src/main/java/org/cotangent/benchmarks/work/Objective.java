package org.cotangent.benchmarks.work;

import java.util.List;
import org.cotangent.Tensor;
import org.cotangent.type.HostArray;

/** A scalar function whose gradient is worth timing, on tensors and in loops of plain Java. */
sealed interface Objective permits Mixture, Lstm, Bundle {
  /** {@return where the gradient is taken, always the same} */
  List<HostArray> parameters();

  /** {@return what else the function depends on, always the same} */
  List<HostArray> data();

  /** {@return the value, a scalar tensor} */
  Tensor value(List<Tensor> parameters, List<Tensor> data);

  /** {@return the value in float64} Arrays are in C order. */
  double plain(List<double[]> parameters, List<double[]> data);

  /** {@return how far value and slopes may be from the plain ones, as a share} */
  double tolerance();
}
