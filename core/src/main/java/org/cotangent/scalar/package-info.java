/** The scalar language of kernels: 26 exactly rounded primitives and straight-line bodies. */
@NullMarked
package org.cotangent.scalar;

import org.jspecify.annotations.NullMarked;
