/**
 * What a tensor is made of: dtypes, shapes, layouts, and arrays in host memory. Depends on nothing.
 */
@NullMarked
package org.cotangent.type;

import org.jspecify.annotations.NullMarked;
