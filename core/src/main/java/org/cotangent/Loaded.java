package org.cotangent;

import java.util.List;
import org.cotangent.compile.Executable;
import org.cotangent.graph.Origin;

/**
 * A program on a device, and what its results are called in messages: made once, for all runs.
 *
 * @param executable what runs
 * @param op the user's name of it, without a line
 * @param made what the memory of each result is for
 */
record Loaded(Executable executable, Origin op, List<Made> made) {
  Loaded(Executable executable, String name) {
    this(
        executable,
        new Origin(name, ""),
        executable.resultTypes().stream().map(type -> new Made(type, name)).toList());
  }
}
