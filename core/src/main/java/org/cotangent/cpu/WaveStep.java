package org.cotangent.cpu;

import java.util.ArrayList;
import java.util.List;

/** Steps that do not need each other, as one: the threads share the pieces of all. */
final class WaveStep implements Step {
  private final List<Portion> portions;
  private final double smallest;
  private final double work;
  private final Frame.Task task = this::portion;

  /** Pieces that one thread does, one after the other. */
  private static final class Portion {
    private final List<PieceStep> steps = new ArrayList<>();
    private final List<Integer> pieces = new ArrayList<>();
    private double work;

    void add(PieceStep step, int piece, double work) {
      steps.add(step);
      pieces.add(piece);
      this.work += work;
    }

    void run(Frame frame, WorkerState state) {
      for (int i = 0; i < steps.size(); i++) {
        steps.get(i).piece(frame, pieces.get(i), state);
      }
    }
  }

  /**
   * Joins steps.
   *
   * @param steps of which none touches what another one writes
   * @param smallest work of a portion, at least
   */
  WaveStep(List<? extends PieceStep> steps, double smallest) {
    this.smallest = smallest;
    work = steps.stream().mapToDouble(PieceStep::work).sum();
    int pieces = steps.stream().mapToInt(PieceStep::pieces).sum();
    portions = portions(steps, Math.clamp((long) (work / smallest), 1, Math.max(1, pieces)), work);
  }

  /** Cuts the work into even parts; a piece belongs where its middle lies. */
  private static List<Portion> portions(List<? extends PieceStep> steps, int count, double all) {
    List<Portion> portions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      portions.add(new Portion());
    }
    double before = 0;
    for (PieceStep step : steps) {
      double each = step.work() / step.pieces();
      for (int piece = 0; piece < step.pieces(); piece++) {
        int portion = Math.clamp((long) ((before + each / 2) / all * count), 0, count - 1);
        portions.get(portion).add(step, piece, each);
        before += each;
      }
    }
    portions.removeIf(portion -> portion.steps.isEmpty());
    return List.copyOf(portions);
  }

  /** {@return whether threads that share it save more than it takes to hand pieces over} */
  boolean isWorthIt() {
    double longest = portions.stream().mapToDouble(portion -> portion.work).max().orElse(0);
    return work - longest >= smallest;
  }

  @Override
  public void run(Frame frame) {
    frame.parallel(portions.size(), task);
  }

  private void portion(Frame frame, int portion, WorkerState state) {
    portions.get(portion).run(frame, state);
  }
}
