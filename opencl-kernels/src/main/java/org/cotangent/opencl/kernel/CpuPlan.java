package org.cotangent.opencl.kernel;

import org.cotangent.backend.Product;

/**
 * A product as a CPU will compute it: the shape of the tile that fits it, which operands are
 * copied, and the blocks that work-items own.
 *
 * @param product perhaps with rows and columns swapped
 * @param width elements of a vector
 * @param rows of a tile
 * @param vectors of a tile's row
 * @param packLeft whether the left operand is copied into panels
 * @param packRight whether the right operand is copied into panels
 * @param span steps of the depth between two rests of the accumulators
 * @param rowBlock rows of a block, a multiple of the tile's
 * @param columnBlock columns of a block, a multiple of the tile's
 * @param units compute units of the device
 */
record CpuPlan(
    Product product,
    int width,
    int rows,
    int vectors,
    boolean packLeft,
    boolean packRight,
    int span,
    long rowBlock,
    long columnBlock,
    int units) {
  /** Tiles that read a panel at least, for packing it to pay. */
  private static final long REUSE = 4;

  /** Pieces for each unit, so that one that starts late does not hold up the rest for long. */
  private static final int PIECES = 4;

  /** Multiply-adds that a piece has at least: they take about as long as starting it. */
  private static final double PIECE_WORK = 1 << 15;

  /**
   * {@return the plan for a product}
   *
   * @param product to compute
   * @param tile from the tuning table
   * @param traits of the device
   */
  static CpuPlan of(Product product, CpuTile tile, Traits traits) {
    int widest = traits.vectorBytes() / product.dtype().bytes();
    Product chosen = roles(product, widest);
    int width = (int) Math.min(widest, Math.max(1, Long.highestOneBit(2 * chosen.columns() - 1)));
    long vectorsNeeded = Math.ceilDiv(chosen.columns(), width);
    int rows = evenly(chosen.rows(), tile.rows());
    // Few rows: more vectors keep as many chains going.
    int vectors = Math.clamp(vectorsNeeded, 1, rows < 4 ? 8 / rows : tile.vectors());
    int panel = vectors * width;

    long bytes = product.dtype().bytes();
    boolean direct = chosen.columns() >= panel && (chosen.right().index() == 1 || width == 1);
    boolean packRight =
        !direct
            || (chosen.rows() >= REUSE * rows
                && chosen.depth() * chosen.columns() * bytes >= tile.packRight());
    boolean packLeft =
        chosen.columns() >= REUSE * panel
            && chosen.rows() * chosen.depth() * bytes >= tile.packLeft();

    long rowTiles = Math.ceilDiv(chosen.rows(), rows);
    long columnTiles = Math.ceilDiv(chosen.columns(), panel);
    long rowBlock = Math.clamp(tile.rowBlock() / rows, 1, rowTiles);
    long columnBlock = Math.clamp(tile.columnBlock() / panel, 1, columnTiles);
    double tileWork = (double) rows * panel * Math.max(1, chosen.depth());
    // Smaller blocks until there are enough of them, but not so small that starting them counts.
    while (chosen.batch()
                * Math.ceilDiv(rowTiles, rowBlock)
                * Math.ceilDiv(columnTiles, columnBlock)
            < (long) PIECES * traits.units()
        && rowBlock * columnBlock > 1
        && rowBlock * columnBlock * tileWork > PIECE_WORK) {
      // Columns first: items that share columns each copy the panel.
      if (columnBlock > 1) {
        columnBlock = Math.ceilDiv(columnBlock, 2);
      } else {
        rowBlock = Math.ceilDiv(rowBlock, 2);
      }
    }
    // Blocks of nearly the same size.
    rowBlock = Math.ceilDiv(rowTiles, Math.ceilDiv(rowTiles, rowBlock));
    columnBlock = Math.ceilDiv(columnTiles, Math.ceilDiv(columnTiles, columnBlock));
    return new CpuPlan(
        chosen,
        width,
        rows,
        vectors,
        packLeft,
        packRight,
        tile.span(),
        rowBlock * rows,
        columnBlock * panel,
        traits.units());
  }

  /** Rows of a tile so that the last one is nearly as full as the others. */
  private static int evenly(long count, int most) {
    if (count > 4L * most) {
      return most;
    }
    long tiles = Math.max(1, Math.ceilDiv(count, most));
    return (int) Math.max(1, Math.ceilDiv(count, tiles));
  }

  /** Swaps roles where columns would not fill vectors and rows would. */
  private static Product roles(Product product, int widest) {
    boolean columnsFill = product.columns() >= widest;
    boolean rowsFill = product.rows() >= widest;
    boolean fewColumns =
        !columnsFill && rowsFill && product.left().index() == 1 && product.left().depth() != 1;
    // A few rows times a matrix that lies transposed: it is read in the order in which it lies.
    boolean transposedVector =
        product.rows() < 4
            && product.columns() > product.rows()
            && product.right().depth() == 1
            && product.right().index() != 1;
    return fewColumns || transposedVector ? product.swap() : product;
  }

  /**
   * {@return how much of the depth one work-item copies of a panel}
   *
   * @param panels to copy
   * @param multiple that it is a multiple of
   */
  long stretch(long panels, int multiple) {
    long stretches = Math.ceilDiv((long) PIECES * units, panels);
    long blocks = Math.max(1, Math.ceilDiv(product.depth(), multiple));
    return Math.ceilDiv(blocks, Math.min(stretches, blocks)) * multiple;
  }
}
