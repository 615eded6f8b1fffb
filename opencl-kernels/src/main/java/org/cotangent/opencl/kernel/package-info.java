/**
 * From kernels of a program to OpenCL C: what is launched, over which text, with which arguments.
 * Nothing here calls OpenCL.
 */
@NullMarked
package org.cotangent.opencl.kernel;

import org.jspecify.annotations.NullMarked;
