/**
 * A machine that runs PTX, one thread for each thread of the GPU, and misses nothing that a GPU
 * lets pass: accesses outside of memory, odd addresses, registers that nothing was written to,
 * quotients that PTX does not define. What it does not know it refuses by name.
 */
@NullMarked
package org.cotangent.cuda.machine;

import org.jspecify.annotations.NullMarked;
