package org.cotangent.opencl.kernel;

import java.util.List;
import org.cotangent.backend.Phases;
import org.cotangent.backend.ReduceKernel;

/** Reductions, a launch for each of their {@link Phases}. */
final class Reductions {
  private final Traits traits;

  Reductions(Traits traits) {
    this.traits = traits;
  }

  /**
   * {@return the phases}
   *
   * @param kernel whose domain is not empty
   * @param workspace buffer of {@link Phases#workspace} bytes
   */
  List<Launch> launches(ReduceKernel kernel, int workspace) {
    return Phases.of(
            kernel, workspace, elements -> Family.of(traits, kernel, elements) == Family.COLUMNS)
        .stream()
        .map(phase -> {
          Family family = Family.of(traits, kernel, phase.elements());
          return new Phase(traits, kernel, phase.elements(), family, phase.targets()).launch();
        })
        .toList();
  }
}
