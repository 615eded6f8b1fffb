package org.cotangent.nn;

import org.cotangent.Tensor;

/** How the losses of elements or examples become one. */
public enum LossReduction {
  /** They are left as they are. */
  NONE {
    @Override
    Tensor apply(Tensor losses) {
      return losses;
    }
  },
  /** Their mean; NaN of none. */
  MEAN {
    @Override
    Tensor apply(Tensor losses) {
      return losses.mean();
    }
  },
  /** Their sum. */
  SUM {
    @Override
    Tensor apply(Tensor losses) {
      return losses.sum();
    }
  };

  abstract Tensor apply(Tensor losses);
}
