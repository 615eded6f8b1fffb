package org.cotangent.cpu;

import java.util.List;
import org.cotangent.backend.Kernel;

/**
 * A step, and what it does.
 *
 * @param step runs the kernels
 * @param kernels that follow each other in their program
 */
record Stage(Step step, List<Kernel> kernels) {}
