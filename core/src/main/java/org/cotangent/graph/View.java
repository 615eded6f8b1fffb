package org.cotangent.graph;

import java.util.Optional;
import org.cotangent.type.Layout;

/** One input seen through an affine map of its indices; no element is computed or moved. */
public non-sealed interface View extends Op {

  /**
   * {@return the layout of the result over the input's memory, or empty where no affine map does it
   * and the input must be copied first}
   *
   * @param input layout of the input
   */
  Optional<Layout> view(Layout input);
}
