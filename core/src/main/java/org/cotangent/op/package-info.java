/** The ops, one file each: shape rule, body or expansion, derivative, samples. */
@NullMarked
package org.cotangent.op;

import org.jspecify.annotations.NullMarked;
