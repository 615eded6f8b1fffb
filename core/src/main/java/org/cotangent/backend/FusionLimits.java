package org.cotangent.backend;

/**
 * How much of a graph one kernel of a backend may compute.
 *
 * @param instructions of a body up to which a group takes in more ops; one op alone may have more
 * @param operands that a kernel reads and writes; one op alone may have more
 * @param epilogues whether elementwise ops that follow a contraction are computed in its kernel
 */
public record FusionLimits(int instructions, int operands, boolean epilogues) {}
