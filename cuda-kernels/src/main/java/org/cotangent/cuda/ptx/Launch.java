package org.cotangent.cuda.ptx;

import java.util.List;

/**
 * One launch of a kernel function, over blocks of one dimension.
 *
 * @param source text of the function
 * @param arguments its arguments
 * @param blocks how many
 * @param threads of each block
 */
public record Launch(Source source, List<Argument> arguments, int blocks, int threads) {
  /** Copies the arguments. */
  public Launch {
    arguments = List.copyOf(arguments);
  }
}
