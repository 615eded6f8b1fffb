package org.cotangent.cpu.tile;

import java.lang.classfile.CodeBuilder;
import java.util.List;
import org.cotangent.scalar.Body;

/** Code that combines the lanes of one vector, all of which count, for each accumulator. */
final class LaneCode extends VectorCode {
  /**
   * Of a body.
   *
   * @param combine makes one set of accumulators of two
   * @param lanes of the vectors
   * @param code takes the method
   * @param data takes its constants
   */
  LaneCode(Body combine, int lanes, CodeBuilder code, List<Object> data) {
    super(combine, lanes, code, data);
  }

  /**
   * Combines the upper half of the lanes with the lower one until one is left. The others are then
   * undefined.
   *
   * @param vectors variables that hold the accumulators; afterwards those that hold the results
   */
  void reduce(int[] vectors) {
    for (int step = lanes / 2; step > 0; step /= 2) {
      for (int a = 0; a < vectors.length; a++) {
        code.aload(vectors[a]);
        keep(a);
        code.aload(vectors[a]);
        down(body.dtype(a), step);
        keep(vectors.length + a);
      }
      applyAll();
      for (int a = 0; a < vectors.length; a++) {
        vectors[a] = slot(body.results().get(a));
      }
    }
  }
}
