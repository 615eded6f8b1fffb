package org.cotangent.cuda.ptx;

import java.util.List;
import java.util.Optional;
import org.cotangent.cuda.driver.TensorMap;

/**
 * One launch of a kernel function, over blocks of one dimension.
 *
 * @param source text of the function
 * @param arguments its arguments
 * @param blocks how many
 * @param threads of each block
 * @param otherwise what does the same where the first element of a tensor map does not lie at a
 *     multiple of {@value TensorMap#ELEMENT_ALIGNMENT}; it has no maps; empty if this one has none
 */
public record Launch(
    Source source, List<Argument> arguments, int blocks, int threads, Optional<Launch> otherwise) {
  /** Copies the arguments. */
  public Launch {
    arguments = List.copyOf(arguments);
  }

  /** A launch without another in its place. */
  Launch(Source source, List<Argument> arguments, int blocks, int threads) {
    this(source, arguments, blocks, threads, Optional.empty());
  }

  /** {@return the same with another that is launched where this one cannot be} */
  Launch or(Launch other) {
    return new Launch(source, arguments, blocks, threads, Optional.of(other));
  }
}
