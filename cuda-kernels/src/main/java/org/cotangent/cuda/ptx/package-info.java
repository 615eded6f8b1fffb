/**
 * Kernels of a program as PTX, the assembly language of NVIDIA's GPUs, which the driver translates.
 * Nothing here calls the driver, so that every text can be read, assembled and run without a GPU.
 */
@NullMarked
package org.cotangent.cuda.ptx;

import org.jspecify.annotations.NullMarked;
