/** Measures tiles of matrix products on a device and writes the user's tuning table. */
@NullMarked
package org.cotangent.opencl.tune;

import org.jspecify.annotations.NullMarked;
