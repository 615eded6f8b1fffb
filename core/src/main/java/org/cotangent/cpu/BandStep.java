package org.cotangent.cpu;

import java.util.List;

/** Steps with the same rows: a band of rows passes through all before the next begins. */
final class BandStep implements PieceStep {
  /** How many times the work of the smallest piece is that of a step in a band, at least. */
  private static final int BEGINNING = 4;

  private final RowStep[] steps;
  private final long rows;
  private final long bands;
  private final int pieces;
  private final double work;
  private final Frame.Task task = this::piece;

  /**
   * Joins steps.
   *
   * @param steps whose units are {@code rows} or a multiple
   * @param rows which need no other rows of any step
   * @param high rows of a band, at least 1
   * @param work of all steps
   */
  BandStep(List<RowStep> steps, long rows, long high, double work) {
    this.steps = steps.toArray(RowStep[]::new);
    this.rows = rows;
    this.work = work;
    // Each begins each step anew.
    int wanted = Pieces.of(rows, work / (BEGINNING * steps.size()));
    bands = Math.max(wanted, Math.ceilDiv(rows, high));
    pieces = (int) Math.min(bands, Pieces.MOST);
  }

  @Override
  public void run(Frame frame) {
    frame.parallel(pieces, task);
  }

  @Override
  public int pieces() {
    return pieces;
  }

  @Override
  public double work() {
    return work;
  }

  @Override
  public void piece(Frame frame, int piece, WorkerState state) {
    long last = Pieces.start(bands, pieces, piece + 1);
    for (long band = Pieces.start(bands, pieces, piece); band < last; band++) {
      long from = Pieces.start(rows, bands, band);
      long to = Pieces.start(rows, bands, band + 1);
      for (RowStep step : steps) {
        long units = step.units() / rows;
        step.run(frame, state, from * units, to * units);
      }
    }
  }
}
