package org.cotangent.compile;

import java.util.Set;
import org.cotangent.backend.Check;

/**
 * How a graph is compiled.
 *
 * @param donated the arguments whose memory a run may take over
 * @param check what is looked for in results; if anything, every op runs by itself
 */
public record CompileOptions(Set<Integer> donated, Check check) {
  /** Nothing donated, nothing searched. */
  public static final CompileOptions DEFAULT = new CompileOptions(Set.of(), Check.NOTHING);

  /** Copies the set. */
  public CompileOptions {
    donated = Set.copyOf(donated);
  }
}
