/** The engine's own small hierarchy of exceptions. */
@NullMarked
package org.cotangent.error;

import org.jspecify.annotations.NullMarked;
