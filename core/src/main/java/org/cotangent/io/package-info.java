/**
 * Trees of tensors in files: {@code .npz} archives and safetensors. Which of the two is said, never
 * guessed; a file is written whole or not at all, and what is read is held against what is wanted.
 */
@NullMarked
package org.cotangent.io;

import org.jspecify.annotations.NullMarked;
