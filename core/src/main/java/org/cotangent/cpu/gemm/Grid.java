package org.cotangent.cpu.gemm;

/**
 * How a batch of products is cut into independent pieces: over the batch first, then over rows and
 * columns of C, never over the depth, which would cut the chains.
 *
 * @param batches pieces along the batch
 * @param rows pieces along the rows of C
 * @param columns pieces along the columns of C
 */
record Grid(int batches, int rows, int columns) {
  /** Multiply-adds below which a piece costs less than handing it to another thread. */
  private static final double SMALLEST_PIECE = 1 << 19;

  /** Pieces for each thread, so that a thread that is held up leaves its rest to the others. */
  private static final int PIECES_PER_THREAD = 2;

  /** Rows and columns a piece starts at are multiples of these: the largest tile's. */
  private static final int ROW_UNIT = 4;

  private static final int COLUMN_UNIT = 64;

  static Grid of(long batch, Product p, int threads) {
    double work = (double) p.m() * p.n() * p.k();
    double most = Math.min(PIECES_PER_THREAD * (double) threads, batch * work / SMALLEST_PIECE);
    if (threads == 1 || most < 2) {
      return new Grid(1, 1, 1);
    }
    int pieces = (int) most;
    if (batch >= pieces) {
      return new Grid(pieces, 1, 1);
    }
    int batches = (int) batch;
    return cut(p, batches, Math.ceilDiv(pieces, batches));
  }

  /** Of all ways to cut a matrix into so many pieces, the one whose longest piece is shortest. */
  private static Grid cut(Product p, int batches, int pieces) {
    Grid best = new Grid(batches, 1, 1);
    double least = Double.POSITIVE_INFINITY;
    for (int rows = 1; rows <= pieces; rows++) {
      if (pieces % rows != 0) {
        continue;
      }
      Grid grid = new Grid(batches, rows, pieces / rows);
      double cost =
          cost(
              (double) longest(p.m(), ROW_UNIT, rows),
              (double) longest(p.n(), COLUMN_UNIT, grid.columns));
      if (cost < least) {
        least = cost;
        best = grid;
      }
    }
    return best;
  }

  /**
   * Time of a piece over its depth: its products, and reading its part of A and packing that of B.
   */
  private static double cost(double rows, double columns) {
    return rows * columns + 10 * rows + 20 * columns;
  }

  private static long longest(long extent, int unit, int pieces) {
    return Math.min(extent, Math.ceilDiv(Math.ceilDiv(extent, (long) unit), (long) pieces) * unit);
  }

  int pieces() {
    return batches * rows * columns;
  }

  long batchStart(long batch, int piece) {
    return start(batch, 1, batches, piece);
  }

  long rowStart(long m, int piece) {
    return start(m, ROW_UNIT, rows, piece);
  }

  long columnStart(long n, int piece) {
    return start(n, COLUMN_UNIT, columns, piece);
  }

  /** Where a piece starts; that of the piece after the last is the extent. */
  private static long start(long extent, int unit, int pieces, int piece) {
    long units = Math.ceilDiv(extent, (long) unit);
    long share = units / pieces;
    long larger = units % pieces;
    return Math.min(extent, (share * piece + Math.min(larger, piece)) * unit);
  }
}
