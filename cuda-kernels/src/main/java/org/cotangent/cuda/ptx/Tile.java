package org.cotangent.cuda.ptx;

import org.cotangent.backend.Product;
import org.cotangent.type.DType;

/**
 * What a block of threads computes of a product at once.
 *
 * @param unit what multiplies
 * @param rows of a tile
 * @param columns of a tile
 * @param few columns of a product up to which it is meant for; 0 for those of any number
 * @param share of the unit's speed that it reaches on a busy chip: an estimate, by its loads from
 *     shared memory
 */
record Tile(Unit unit, int rows, int columns, int few, double share) {
  /** Blocks that keep a large chip busy. */
  private static final double BUSY = 128;

  /** What multiplies, each by a file of its own. */
  enum Unit {
    /** One number at a time: {@code matmul.cu}. */
    CORES,
    /** One number at a time, of few columns, as fast as memory is: {@code skinny.cu}. */
    SKINNY,
    /** Matrices: {@code tensor.cu}. */
    TENSOR_CORES,
    /** Matrices, by four warps together from shared memory: {@code hopper.cu}. */
    WARPGROUPS
  }

  /** {@return the tiles that cover a product} */
  long count(Product product) {
    return product.batch()
        * Math.ceilDiv(product.rows(), (long) rows)
        * Math.ceilDiv(product.columns(), (long) columns);
  }

  /** {@return the time of a product, in some unit} What lies beyond its ends is computed too. */
  double time(Product product) {
    return time(product, BUSY);
  }

  /**
   * {@return the same on a chip of some size}
   *
   * @param busy blocks that keep it busy
   */
  double time(Product product, double busy) {
    double tiles = count(product);
    return Math.max(tiles, busy) * rows * columns / share;
  }

  /** {@return the function that computes such tiles} */
  PtxTemplate template(DType dtype) {
    return switch (unit) {
      case CORES -> PtxTemplate.of("matmul", "%s_%dx%d".formatted(dtype, rows, columns));
      case SKINNY -> PtxTemplate.of("skinny", "%s_%dx%d".formatted(dtype, rows, columns));
      case TENSOR_CORES -> PtxTemplate.of("tensor", matrices(dtype));
      case WARPGROUPS -> PtxTemplate.of("hopper", matrices(dtype));
    };
  }

  private String matrices(DType dtype) {
    return "%s_%dx%d".formatted(dtype == DType.FLOAT32 ? "tf32" : "half", rows, columns);
  }
}
