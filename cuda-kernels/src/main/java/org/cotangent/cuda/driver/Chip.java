package org.cotangent.cuda.driver;

/**
 * A GPU, with what the driver says of it.
 *
 * @param index among the driver's devices
 * @param model as the vendor names it
 * @param major first number of its compute capability
 * @param minor second number
 * @param memoryBytes of its memory
 * @param units streaming multiprocessors
 * @param clockKilohertz of its cores, at most
 * @param driver version, as in 12040 for 12.4
 */
public record Chip(
    int index,
    String model,
    int major,
    int minor,
    long memoryBytes,
    int units,
    int clockKilohertz,
    int driver) {}
