package org.cotangent.backend;

import java.util.List;
import org.cotangent.graph.Origin;
import org.cotangent.scalar.Body;
import org.cotangent.type.Shape;

/**
 * A body evaluated at each index of a domain, and its results combined over axes.
 *
 * <p>The association is fixed. For each kept index the elements, in row-major order of the reduced
 * axes, are cut into blocks of {@link #BLOCK}. In a block of m elements let h be the largest power
 * of two below m: element i is combined with element i + h where there is one, which leaves h
 * elements; this is repeated until one is left. The blocks' results are a new sequence, cut into
 * blocks again, until one element is left. So the bits do not depend on vector width, threads or
 * layout.
 *
 * @param label names of the ops
 * @param origin of the reduction
 * @param domain the indices before the reduction, not empty; every input's layout has this shape
 * @param axes the reduced axes, ascending
 * @param inputs operands for the first inputs of the lift
 * @param coordinates what the lift's further inputs are
 * @param lift the accumulators of one element
 * @param combine two sets of accumulators, first that with the lower index, to one
 * @param finish accumulators to results
 * @param outputs where the results go; their layouts have the shape of the kept axes
 */
public record ReduceKernel(
    String label,
    Origin origin,
    Shape domain,
    List<Integer> axes,
    List<Operand> inputs,
    List<Coordinate> coordinates,
    Body lift,
    Body combine,
    Body finish,
    List<Operand> outputs)
    implements Kernel {
  /** Elements combined in one tree. */
  public static final int BLOCK = 1024;
}
