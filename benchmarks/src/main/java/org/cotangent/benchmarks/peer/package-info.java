/**
 * What Cotangent is measured against on the same machine: OpenBLAS for matmul on the CPU, CLBlast
 * for matmul through OpenCL, a plain OpenCL copy kernel for memory bandwidth. The libraries are the
 * system's, called through {@code java.lang.foreign}; {@code unavailable()} of each says what to
 * install where one is missing.
 */
@NullMarked
package org.cotangent.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
