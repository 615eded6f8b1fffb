/**
 * Matrix products on the CPU. Every element of a float product is one chain of fused multiply-adds
 * in ascending order of the depth, from +0, so its bits depend neither on the vector width, nor on
 * the blocking, nor on which pieces run where.
 */
@NullMarked
package org.cotangent.cpu.gemm;

import org.jspecify.annotations.NullMarked;
