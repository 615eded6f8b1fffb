/** The CUDA backend. */
@NullMarked
package org.cotangent.cuda;

import org.jspecify.annotations.NullMarked;
