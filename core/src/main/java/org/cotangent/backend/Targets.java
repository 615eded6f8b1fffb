package org.cotangent.backend;

import java.util.List;
import org.cotangent.scalar.Body;

/**
 * What one phase of a reduction writes for each kept index and each block of reduced elements.
 *
 * @param finish accumulators to what is written
 * @param outputs where it goes
 * @param kept for each output its strides on the kept axes
 * @param blocks for each output its stride from block to block; 0 where there is one block
 */
public record Targets(
    Body finish, List<Operand> outputs, List<List<Long>> kept, List<Long> blocks) {}
