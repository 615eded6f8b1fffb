package org.cotangent.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cotangent.backend.Kernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Program;

/**
 * Has threads share steps that follow each other and do not need each other, each too small to keep
 * all threads busy: the parameters of an update, the gates of a cell, the gradients of a layer.
 * Larger steps stay as they are; each thread then finds in its cache what it left there.
 *
 * <p>This is right if no step touches memory that another one writes, also where buffers share
 * memory, because one was dead before the other was written; {@link RowReach} tells.
 *
 * @param program whose steps they are
 * @param threads that share a step
 * @param portion work that another thread is worth handing to, at least
 */
record Waves(Program program, int threads, double portion) {
  /** Steps in a wave; each is compared with all before it. */
  private static final int MOST = 64;

  /**
   * {@return the steps, some of them joined}
   *
   * @param stages in the order of the program
   */
  List<Step> join(List<Stage> stages) {
    List<Step> joined = new ArrayList<>();
    int next = 0;
    while (next < stages.size()) {
      List<PieceStep> wave = longest(stages.subList(next, stages.size()));
      WaveStep shared = new WaveStep(wave, portion);
      if (shared.isWorthIt()) {
        joined.add(shared);
      } else {
        stages
            .subList(next, next + Math.max(1, wave.size()))
            .forEach(stage -> joined.add(stage.step()));
      }
      next += Math.max(1, wave.size());
    }
    return joined;
  }

  /** {@return the steps at the beginning of a list that may be shared, perhaps none} */
  private List<PieceStep> longest(List<Stage> stages) {
    List<PieceStep> wave = new ArrayList<>();
    List<RowReach> reaches = new ArrayList<>();
    for (Stage stage : stages) {
      if (wave.size() == MOST
          || !(stage.step() instanceof PieceStep step)
          || step.pieces() == 0
          || step.pieces() >= threads) {
        return wave;
      }
      List<RowReach> added = stage.kernels().stream().flatMap(this::reaches).toList();
      if (!added.stream().allMatch(one -> reaches.stream().allMatch(one::isApartFrom))) {
        return wave;
      }
      reaches.addAll(added);
      wave.add(step);
    }
    return wave;
  }

  private Stream<RowReach> reaches(Kernel kernel) {
    return Stream.concat(
        kernel.inputs().stream().map(input -> reach(input, false)),
        kernel.outputs().stream().map(output -> reach(output, true)));
  }

  private RowReach reach(Operand operand, boolean isWritten) {
    return RowReach.of(program, operand, operand.layout(), 0, isWritten);
  }
}
