/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks;

import org.jspecify.annotations.NullMarked;
