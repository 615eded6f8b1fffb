package org.cotangent.backend;

/**
 * Memory that a program's kernels read and write.
 *
 * @param bytes its size
 * @param storage where it lies
 */
public record Buffer(long bytes, Storage storage) {}
