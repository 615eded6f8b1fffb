package org.cotangent.opencl.kernel;

import java.util.List;

/**
 * One enqueued kernel function, over a range of one dimension: texts find their rows and columns
 * from the group's number, and local sizes stay few, because PoCL compiles for each anew.
 *
 * @param source text of the function
 * @param arguments its arguments
 * @param groups number of work-groups
 * @param local work-items of a group
 */
public record Launch(Source source, List<Argument> arguments, long groups, int local) {
  /** Copies the arguments. */
  public Launch {
    arguments = List.copyOf(arguments);
  }
}
