package org.cotangent.compile;

import java.util.Set;

/**
 * How a graph is compiled.
 *
 * @param donated the arguments whose memory a run may take over
 * @param checkNaN whether every op runs by itself and its results are searched for NaN
 */
public record CompileOptions(Set<Integer> donated, boolean checkNaN) {
  /** Nothing donated, nothing searched. */
  public static final CompileOptions DEFAULT = new CompileOptions(Set.of(), false);

  /** Copies the set. */
  public CompileOptions {
    donated = Set.copyOf(donated);
  }
}
