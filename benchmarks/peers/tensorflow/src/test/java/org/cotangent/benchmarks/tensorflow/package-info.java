/** Tests of this package. */
@NullMarked
package org.cotangent.benchmarks.tensorflow;

import org.jspecify.annotations.NullMarked;
