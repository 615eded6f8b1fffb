package org.cotangent.opencl.kernel;

/** How a device goes through a matrix product; a line of a {@link TuningTable}. */
sealed interface Tile permits CpuTile, GpuTile {}
