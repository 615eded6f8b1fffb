/** The CPU backend: tiles of scalar primitives, blocked matmul, a pool of threads. */
@NullMarked
package org.cotangent.cpu;

import org.jspecify.annotations.NullMarked;
