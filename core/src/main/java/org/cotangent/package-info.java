/**
 * The user's face of the engine: {@link org.cotangent.Device}, {@link org.cotangent.Tensor}, {@link
 * org.cotangent.Cotangent} with the derivatives, {@link org.cotangent.Compiler} and {@link
 * org.cotangent.Trees}.
 */
@NullMarked
package org.cotangent;

import org.jspecify.annotations.NullMarked;
