/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.djl;

import org.jspecify.annotations.NullMarked;
